"""Device and viewer in network namespaces of their own, with one line between them.

The bench itself, the screen and every server stand on the device's side. Only the browser stands in the
viewer's namespace, which has no loopback: its 127.0.0.1 is routed over the line and is the device's own. So
every address stays as it is, pages keep their secure context, and every byte is counted where it passes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.screen.children import ROOT, CannotRun, first_line, over, running, start, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.screen.profiles import Profile

DEVICE: Final = "198.18.99.1"  # of the range that is kept for benchmarks (RFC 2544)
VIEWER: Final = "198.18.99.2"
_INSIDE: Final = "ALONGSIDE_BENCH_INSIDE"
_OWN: Final = Path("/proc/self/ns/net")
_LONGEST_S: Final = 7200
_CUBIC: Final = ("congctl", "cubic")  # what devices have, whatever this machine prefers
_LINK: Final = Path(__file__).with_name("link.c")


def why_not() -> str:
    """Why no networks can be made here, or nothing."""
    missing = [name for name in ("unshare", "nsenter", "ip", "sysctl", "Xvfb") if shutil.which(name) is None]
    return f"{', '.join(missing)} must be installed" if missing else ""


def step_inside(arguments: list[str]) -> None:
    """Goes on in a fresh network namespace: its lines carry this bench and nothing else."""
    if os.environ.get(_INSIDE):
        return
    os.environ[_INSIDE] = "1"
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    loopback = 'ip link set lo up && exec "$@"'
    module = [sys.executable, "-m", "bench.screen", *arguments]
    os.execvp("unshare", ["unshare", "--net", *user, "sh", "-c", loopback, "sh", *module])


@dataclass(frozen=True, slots=True)
class Counted:
    """Bytes of IP packets so far: from the device to the viewer, and back."""

    up: int
    down: int


class Line:
    """The line between the two; `silence` only where a profile shapes it."""

    def __init__(self, holder: int, shaper: subprocess.Popen[str] | None) -> None:
        self._holder = holder
        self._shaper = shaper

    @property
    def before(self) -> list[str]:
        """Put before a command it runs where the viewer is."""
        return ["nsenter", f"--net=/proc/{self._holder}/ns/net"]

    def chromium(self, folder: Path, program: str) -> str:
        """A program that is this browser in the viewer's place."""
        script = folder / "chromium-there.sh"
        script.write_text(f'#!/bin/sh\nexec {" ".join(self.before)} {program} "$@"\n', encoding="utf-8")
        script.chmod(0o700)
        return str(script)

    def counted(self) -> Counted:
        """By the device's interface, where a pair of them adds 14 bytes a packet."""
        for row in Path("/proc/net/dev").read_text(encoding="ascii").splitlines():
            name, _, numbers = row.partition(":")
            if name.strip() == "dev0":
                fields = numbers.split()
                return Counted(up=int(fields[8]), down=int(fields[0]))
        raise CannotRun("the line is gone")

    @property
    def is_shaped(self) -> bool:
        return self._shaper is not None

    def silence(self, ms: int) -> None:
        """Nothing passes from now on for so long."""
        self._ask(f"silence {ms}")

    def dropped(self) -> dict[str, int]:
        """How many packets passed, overflowed and were lost, each way."""
        if self._shaper is None:
            return {}
        names = [f"{way}_{what}" for way in ("up", "down") for what in ("passed", "overflowed", "lost")]
        return dict(zip(names, map(int, self._ask("count").split()), strict=True))

    def _ask(self, line: str) -> str:
        assert self._shaper is not None
        assert self._shaper.stdin is not None
        assert self._shaper.stdout is not None
        self._shaper.stdin.write(f"{line}\n")
        return self._shaper.stdout.readline().strip()


@contextmanager
def line(profile: Profile | None, *, seed: int, folder: Path) -> Iterator[Line]:
    """A fresh line with empty queues; without a profile nothing shapes it."""
    log = folder / "line.log"
    holder = start(["unshare", "--net", "sleep", str(_LONGEST_S)], log=log)
    with running(holder):
        there = Path(f"/proc/{holder.pid}/ns/net")
        until(lambda: there.readlink() != _OWN.readlink(), "the viewer's network")
        shaper = None if profile is None else _shaper(profile, there, seed, folder)
        if shaper is None:
            _run(
                [
                    "ip",
                    "link",
                    "add",
                    "dev0",
                    "type",
                    "veth",
                    "peer",
                    "name",
                    "view0",
                    "netns",
                    str(holder.pid),
                ]
            )
        try:
            between = Line(holder.pid, shaper)
            _address(between.before)
            yield between
        finally:
            if shaper is None:
                _run(["ip", "link", "del", "dev0"])
            else:
                over(shaper)


def _shaper(profile: Profile, there: Path, seed: int, folder: Path) -> subprocess.Popen[str]:
    program = folder / "link"
    if not program.exists():
        compiler = shutil.which("cc")
        if compiler is None:
            raise CannotRun(
                "a C compiler is needed for this network: install gcc, or measure --network direct"
            )
        _run([compiler, "-O2", "-o", str(program), str(_LINK)])
    shaper = start(
        [str(program), str(there), str(seed), *profile.arguments], log=folder / "line.log", talks=True
    )
    first_line(shaper, "the shaper")
    return shaper


def _address(before: list[str]) -> None:
    """Both ends, and the way from the viewer's 127.0.0.1 to the device's."""
    for place, device, own, peer in (([], "dev0", DEVICE, VIEWER), (before, "view0", VIEWER, DEVICE)):
        loose = [f"net.ipv4.conf.{device}.route_localnet=1", f"net.ipv4.conf.{device}.rp_filter=0"]
        _run([*place, "sysctl", "-eqw", *loose, f"net.ipv6.conf.{device}.disable_ipv6=1"])
        _run([*place, "ip", "address", "add", own, "peer", peer, "dev", device])
        _run([*place, "ip", "link", "set", device, "up", "mtu", "1500"])
    _run(["ip", "route", "replace", VIEWER, "dev", "dev0", "src", DEVICE, *_CUBIC])
    there = ["127.0.0.1/32", "via", DEVICE, "dev", "view0", "src", VIEWER]
    _run([*before, "ip", "route", "add", *there, *_CUBIC])
    # So that a browser finds which address is its own; nothing but the device is there to answer.
    _run([*before, "ip", "route", "add", "default", "via", DEVICE, "dev", "view0"])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotRun(f"{' '.join(command)}: {done.stderr.strip()}")
