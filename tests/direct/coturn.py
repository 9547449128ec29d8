"""A real coturn on this machine's own address, with the secret that our server makes logins from."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ifaddr

from server.direct import TurnLogins

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = b"shared-with-our-own-coturn"


@dataclass(frozen=True)
class Login:
    """A name and a password at it."""

    username: str
    password: str


@dataclass(frozen=True)
class Coturn:
    """Where it listens."""

    address: str
    port: int

    @property
    def url(self) -> str:
        return f"turn:{self.address}:{self.port}"

    async def login(self, now_ms: int, secret: bytes = SECRET) -> Login:
        """As `POST /v1/turn-logins` gives them."""
        logins = TurnLogins(secret, now_ms=lambda: now_ms, random_bytes=os.urandom)
        answer = await logins.create(None)  # type: ignore[arg-type]
        assert isinstance(answer.body, bytes)
        said = json.loads(answer.body)
        return Login(said["username"], said["password"])


def own_address() -> str:
    """An address of this machine that is not loopback: ICE uses no other."""
    addresses = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, str)]
    found = next((address for address in addresses if not address.startswith("127.")), None)
    assert found, "this machine has no address but loopback; `ip link add type dummy` gives it one"
    return found


@contextmanager
def coturn(folder: Path) -> Iterator[Coturn]:
    """Running until the block is left."""
    program = shutil.which("turnserver")
    assert program, "coturn is not installed; `make test` installs it where it may"
    address = own_address()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.bind((address, 0))
        port = asked.getsockname()[1]
    command = [
        program, "-n", "--no-cli", "--no-tls", "--no-dtls", "--fingerprint",
        f"--listening-ip={address}", f"--relay-ip={address}", f"--listening-port={port}",
        "--min-port=50000", "--max-port=50200", "--realm=alongside.example",
        "--use-auth-secret", f"--static-auth-secret={SECRET.decode()}",
        f"--pidfile={folder / 'pid'}", f"--db={folder / 'db'}", "--log-file=stdout", "--simple-log",
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
    ) as process:
        try:
            _until_it_answers(address, port)
            yield Coturn(address, port)
        finally:
            process.kill()


def _until_it_answers(address: str, port: int) -> None:
    """Ask it a STUN question, again and again; it says nothing else when it is ready."""
    request = b"\x00\x01\x00\x00\x21\x12\xa4\x42" + os.urandom(12)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.1)
        for _ in range(200):
            asking.sendto(request, (address, port))
            try:
                answer = asking.recv(1_500)
            except OSError:
                continue
            assert answer[8:20] == request[8:20]
            return
    raise AssertionError("coturn does not answer")
