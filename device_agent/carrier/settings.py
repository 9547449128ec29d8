"""What the maker says of data channels on the command line, and why some of it cannot be."""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING, Final

from device_agent.carrier.policy import Direct, DirectSettings

if TYPE_CHECKING:
    from pathlib import Path

_STUN: Final = re.compile(r"stun:[A-Za-z0-9.-]{1,253}(:\d{1,5})?")
_TURN: Final = re.compile(r"turns?:[A-Za-z0-9.-]{1,253}(:\d{1,5})?(\?transport=(udp|tcp))?")
_LOGIN_BYTES: Final = 1_024


class DirectError(Exception):
    """These settings do not go together; the text says what to change."""


def direct_settings(*, direct: str, stun: str | None, turn: str | None, login: Path | None) -> DirectSettings:
    """The settings in force; raises DirectError."""
    way = Direct(direct)
    if way is Direct.OFF and (stun or turn or login):
        raise DirectError(
            "--stun and --turn are for data channels; say --direct public, turn or all with them"
        )
    if way is Direct.TURN and not turn:
        raise DirectError("--direct turn goes through a TURN server; name yours with --turn")
    if way is Direct.TURN and stun:
        raise DirectError("--direct turn names no address that a STUN server could tell; leave --stun out")
    if stun and not _STUN.fullmatch(stun):
        raise DirectError("a STUN server is named as stun:HOST or stun:HOST:PORT")
    if turn and not _TURN.fullmatch(turn):
        raise DirectError("a TURN server is named as turn:HOST, turns:HOST or turn:HOST:PORT?transport=tcp")
    if (turn is None) is not (login is None):
        raise DirectError("--turn and --turn-login belong together")
    user, password = _read_login(login) if login else ("", "")
    return DirectSettings(way, stun or "", turn or "", user, password)


def _read_login(path: Path) -> tuple[str, str]:
    """NAME:PASSWORD from a file that is its owner's alone."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise DirectError(f"{path} can be read by others; set its mode to 600")
        text = path.read_bytes()[:_LOGIN_BYTES].decode().strip()
    except (OSError, UnicodeDecodeError):
        raise DirectError(f"{path} cannot be read") from None
    name, colon, password = text.partition(":")
    if not (name and colon and password) or "\n" in text:
        raise DirectError(f"{path} holds one line, NAME:PASSWORD")
    return name, password
