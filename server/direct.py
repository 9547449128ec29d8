"""What an operator says of data channels: this console's ways, and logins for the operator's own TURN server.

The service never sees what such a channel carries; it only lends a technician a name and a password which
coturn itself can check (its `use-auth-secret`), for as long as a session lasts at most.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import stat
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web

from identity.ports import Refusal
from wire.limits import SESSION_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET_LEAST: Final = 16
SECRET_MOST: Final = 256
_STUN: Final = re.compile(r"stun:[A-Za-z0-9.-]{1,253}(:\d{1,5})?")
_TURN: Final = re.compile(r"turns?:[A-Za-z0-9.-]{1,253}(:\d{1,5})?(\?transport=(udp|tcp))?")


class Direct(StrEnum):
    """How far a console goes for a data channel; a device has its own word on it."""

    OFF = "off"
    TURN = "turn"
    PUBLIC = "public"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class DirectWays:
    """What a console is told. None of it is secret."""

    direct: Direct = Direct.OFF
    stun: str = ""
    turn: str = ""

    def faults(self) -> list[str]:
        """Why these do not go together."""
        if self.direct is Direct.OFF:
            named = self.stun or self.turn
            return ["--stun and --turn are for data channels; say --direct with them"] if named else []
        faults = []
        if self.direct is Direct.TURN and (not self.turn or self.stun):
            faults.append("--direct turn goes through a TURN server alone: name yours with --turn, no --stun")
        if self.stun and not _STUN.fullmatch(self.stun):
            faults.append("a STUN server is named as stun:HOST or stun:HOST:PORT")
        if self.turn and not _TURN.fullmatch(self.turn):
            faults.append("a TURN server is named as turn:HOST, turns:HOST or turn:HOST:PORT?transport=tcp")
        return faults


def read_turn_secret(path: Path) -> tuple[bytes, list[str]]:
    """The secret shared with coturn, or why it cannot be used."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            return b"", [f"{path} can be read by others; set its mode to 600"]
        with path.open("rb") as file:
            secret = file.read(SECRET_MOST + 1).strip()
    except OSError as error:
        return b"", [f"{path} cannot be read: {error.strerror}"]
    if not SECRET_LEAST <= len(secret) <= SECRET_MOST:
        return b"", [f"{path} holds a secret of {SECRET_LEAST} to {SECRET_MOST} bytes"]
    return secret, []


class TurnLogin(msgspec.Struct, frozen=True):
    """What a browser or a device says to coturn; `ttl` in seconds."""

    username: str
    password: str
    ttl: int


class TurnLogins:
    """Logins that coturn believes until they are over; nothing of them is kept, nobody is named in them."""

    def __init__(
        self, secret: bytes, *, now_ms: Callable[[], int], random_bytes: Callable[[int], bytes]
    ) -> None:
        self._secret = secret
        self._now_ms = now_ms
        self._random_bytes = random_bytes

    async def create(self, _request: web.Request) -> web.Response:
        """A fresh one; there is none where the operator has no TURN server."""
        if not self._secret:
            raise Refusal("not-found")
        username = f"{self._now_ms() // 1000 + SESSION_S}:{self._random_bytes(8).hex()}"
        # coturn's own form: SHA-1 is its choice, the secret never leaves either server.
        mac = hmac.new(self._secret, username.encode(), hashlib.sha1).digest()
        login = TurnLogin(username, base64.b64encode(mac).decode(), SESSION_S)
        return web.json_response(body=msgspec.json.encode(login), status=201)
