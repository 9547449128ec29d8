"""Where the parties stand: all on this machine's loopback, or devices and consoles in networks of their own.

A network namespace is joined to this machine by a pair of interfaces in 198.18.0.0/15, the range that is kept
for benchmarks (RFC 2544). Silence is a black hole inside: what leaves is dropped, and so is what arrives,
since nothing could go back where it came from (strict reverse path). Nothing is refused, no socket is closed.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.endings.cases import Party

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_PREFIX: Final = "alongside"
_OURS: Final = re.compile(rf"{_PREFIX}-(\d+)-\w+")
_OUR_LINK: Final = re.compile(r"al(\d+)[a-z]0")
_HOME: Final = "127.0.0.1"


class CannotSilence(Exception):  # noqa: N818 - reads as what it is
    """This machine, or this user, makes no network namespaces."""


@dataclass(frozen=True, slots=True)
class Network:
    """One namespace and both ends of its only line."""

    name: str
    outside: str
    inside: str
    relay: str

    async def silence(self) -> None:
        """From now on nothing passes, in neither direction."""
        await _ip("-n", self.name, "route", "add", "blackhole", f"{self.relay}/32")

    async def heal(self) -> None:
        await _ip("-n", self.name, "route", "del", "blackhole", f"{self.relay}/32")


@dataclass(frozen=True, slots=True)
class Places:
    """Where the relay listens, and what to put before the command of each party."""

    address: str = _HOME
    hosts: Path | None = None
    networks: dict[Party, Network] | None = None

    @property
    def is_home(self) -> bool:
        return self.networks is None

    def before(self, party: Party) -> list[str]:
        """`localhost` is the relay for everybody: the origin that keys and badges name stays one text."""
        if self.networks is None:
            return []
        move = (
            ["ip", "netns", "exec", self.networks[party].name]
            if party in self.networks
            else ["unshare", "-m"]
        )
        return [*move, "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', str(self.hosts)]


async def why_not() -> str:
    """Why no network can be silenced here, or nothing."""
    if os.geteuid() != 0:
        return "it needs root, to make a network namespace"
    for program in ("ip", "unshare", "mount"):
        if shutil.which(program) is None:
            return f"it needs the program {program}"
    name = f"{_PREFIX}-{os.getpid()}-try"
    try:
        await _ip("netns", "add", name)
    except CannotSilence as refused:
        return str(refused)
    await _ip("netns", "del", name)
    return ""


@asynccontextmanager
async def apart(folder: Path) -> AsyncIterator[Places]:
    """Devices and consoles each in a network of their own; nothing of it is left afterwards."""
    await _clear_leftovers()
    relay = _pair(0)[0]
    networks = {
        party: Network(f"{_PREFIX}-{os.getpid()}-{party}", *_pair(number), relay)
        for number, party in enumerate((Party.DEVICE, Party.CONSOLE))
    }
    hosts = folder / "hosts"
    hosts.write_text(f"{relay} localhost\n", encoding="utf-8")
    try:
        for party, network in networks.items():
            await _make(network, _pair_name(party))
        yield Places(relay, hosts, networks)
    finally:
        for party, network in networks.items():
            await _remove(network.name, _pair_name(party))


def _pair_name(party: Party) -> str:
    return f"al{os.getpid()}{party[0]}"


def _pair(number: int) -> tuple[str, str]:
    """Addresses outside and inside. Two benches do not meet: each takes a block by its process id."""
    block = (os.getpid() * 2 + number) % 16_384 * 4
    high, low = divmod(block, 256)
    stem = f"198.18.{high}"
    return f"{stem}.{low + 1}", f"{stem}.{low + 2}"


async def _make(network: Network, pair: str) -> None:
    inside = ("-n", network.name)
    await _ip("netns", "add", network.name)
    await _ip("link", "add", f"{pair}0", "type", "veth", "peer", "name", f"{pair}1", "netns", network.name)
    await _ip("addr", "add", f"{network.outside}/30", "dev", f"{pair}0")
    await _ip("link", "set", f"{pair}0", "up")
    await _ip(*inside, "addr", "add", f"{network.inside}/30", "dev", f"{pair}1")
    await _ip(*inside, "link", "set", f"{pair}1", "up")
    await _ip(*inside, "link", "set", "lo", "up")
    await _ip("netns", "exec", network.name, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter")
    if network.relay != network.outside:
        await _ip(*inside, "route", "add", f"{network.relay}/32", "via", network.outside, "metric", "100")


async def _remove(name: str, pair: str) -> None:
    """The pair of interfaces, and with it every route; then the namespace.

    A namespace lives on without its name while a connection in it has something to send, and keeps its end.
    """
    if f"{pair}0" in _links():
        await _ip("link", "del", f"{pair}0")
    if name in await _names():
        await _ip("netns", "del", name)


async def _clear_leftovers() -> None:
    """Namespaces of benches that were killed; those that run keep theirs."""
    for name in await _names():
        owner = _OURS.fullmatch(name)
        if owner and not _runs(int(owner[1])):
            await _ip("netns", "del", name)
    for link in _links():
        owner = _OUR_LINK.fullmatch(link)
        if owner and not _runs(int(owner[1])):
            await _ip("link", "del", link)


def _links() -> list[str]:
    return [link.name for link in Path("/sys/class/net").iterdir()]


def _runs(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


async def _names() -> list[str]:
    return [line.split()[0] for line in (await _output("netns", "list")).splitlines() if line.strip()]


async def _ip(*arguments: str) -> None:
    await _output(*arguments)


async def _output(*arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "ip", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complained = await process.communicate()
    if process.returncode:
        raise CannotSilence(f"`ip {' '.join(arguments)}` was refused: {complained.decode().strip()}")
    return said.decode()
