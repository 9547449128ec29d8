"""Session descriptions, as far as this end trusts them: one section for data channels, one fingerprint.

Pure (seal/SPEC §11). What comes in and what goes out passes here, so that the library sees no candidate
which the settings forbid, and the other end sees no address which they do not let out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wire.limits import DIRECT_FRAME_BYTES, SIGNAL_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable

CANDIDATES: Final = 16
_SECTION: Final = re.compile(r"m=application \d{1,5} UDP/DTLS/SCTP webrtc-datachannel")
_FINGERPRINT: Final = re.compile(r"a=fingerprint:sha-256 ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})", re.IGNORECASE)
_CANDIDATE: Final = re.compile(
    r"a=candidate:(?P<foundation>[\w+/]{1,32}) 1 udp (?P<priority>\d{1,10}) (?P<address>[\w.:-]{1,80}) "
    r"(?P<port>\d{1,5}) typ (?P<kind>host|srflx|relay|prflx)(?: .*)?",
    re.IGNORECASE,
)
_LARGEST: Final = re.compile(r"a=max-message-size:(\d{1,10})")
# What an end takes that names no size (RFC 8841 §6).
_LARGEST_UNNAMED: Final = 65_536
_NOWHERE: Final = "c=IN IP4 0.0.0.0"


class BadDescription(Exception):  # noqa: N818 - what it is
    """Not a description this end goes by."""


@dataclass(frozen=True, slots=True)
class Description:
    """What is left of one: its text with the candidates that may stay, and whom it names."""

    text: str
    fingerprint: str
    candidates: int
    largest: int


def read(text: str, may_stay: Callable[[str, str], bool]) -> Description:
    """Judge and thin out a description; `may_stay` takes a candidate's kind and address."""
    if len(text) > SIGNAL_CHARACTERS:
        raise BadDescription("too long")
    lines = text.split("\r\n") if "\r\n" in text else text.split("\n")
    sections = [line for line in lines if line.startswith("m=")]
    if len(sections) != 1 or not _SECTION.fullmatch(sections[0]):
        raise BadDescription("not one section for data channels")
    prints = {found.group(1).upper() for line in lines if (found := _FINGERPRINT.fullmatch(line))}
    if len(prints) != 1:
        raise BadDescription("not one fingerprint")
    kept = [thinned for line in lines if (thinned := _line(line, may_stay)) is not None]
    named = [line for line in kept if line.startswith("a=candidate:")]
    for line in named[CANDIDATES:]:
        kept.remove(line)
    return Description("\r\n".join(kept), prints.pop(), min(len(named), CANDIDATES), _largest(lines))


def _largest(lines: list[str]) -> int:
    """The largest message that the end behind this description takes, and that a frame may be."""
    named = [int(found.group(1)) for line in lines if (found := _LARGEST.fullmatch(line))]
    largest = named[0] if named else _LARGEST_UNNAMED
    return min(largest or DIRECT_FRAME_BYTES, DIRECT_FRAME_BYTES)


def _line(line: str, may_stay: Callable[[str, str], bool]) -> str | None:
    """The line as it may stay; the addresses that libraries repeat elsewhere are blotted out."""
    if line.startswith("m="):
        return re.sub(r"^m=application \d+", "m=application 9", line)
    if line.startswith("c="):
        return _NOWHERE
    if not line.startswith("a=candidate:"):
        return line
    found = _CANDIDATE.fullmatch(line)
    if found is None or not may_stay(found["kind"].lower(), found["address"]):
        return None
    plain = (
        f"a=candidate:{found['foundation']} 1 udp {found['priority']} {found['address']} {found['port']} "
        f"typ {found['kind'].lower()}"
    )
    return plain if found["kind"].lower() == "host" else f"{plain} raddr 0.0.0.0 rport 9"
