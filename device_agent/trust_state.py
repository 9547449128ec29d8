"""What a device keeps of its maker's signed words, and the marks behind which it never goes back.

The marks stand in two files, `trust-state.json` and `device-state.json`: whoever loses one of them is still
offered nothing older (seal/SPEC §7, §8).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from wire.encoding import b64, unb64
from wire.errors import WireError


@dataclass(frozen=True, slots=True)
class Marks:
    """How far a device has come. Times in seconds; `status_s` is of the lists of the key `status_kid`."""

    serial: int = 0
    root_s: int = 0
    status_kid: str = ""
    status_s: int = 0


def read_marks(value: Any) -> Marks:
    """The marks, from JSON; raises TypeError for anything else."""
    marks = Marks(**value)
    numbers = (marks.serial, marks.root_s, marks.status_s)
    if not isinstance(marks.status_kid, str) or any(type(number) is not int for number in numbers):
        raise TypeError("another type")
    return marks


def higher(one: Marks, other: Marks) -> Marks:
    """The higher of both in everything; the lists' mark follows the newer keyset."""
    newer, older = (one, other) if one.serial >= other.serial else (other, one)
    is_same_key = newer.status_kid == older.status_kid
    return Marks(
        serial=newer.serial,
        root_s=max(one.root_s, other.root_s),
        status_kid=newer.status_kid,
        status_s=max(one.status_s, other.status_s) if is_same_key else newer.status_s,
    )


@dataclass(frozen=True, slots=True)
class TrustState:
    """Keyset and list word for word; `kids` are revoked by earlier lists of the same status key."""

    keyset: bytes = b""
    status: bytes = b""
    kids: frozenset[str] = frozenset()
    marks: Marks = field(default_factory=Marks)

    def to_bytes(self) -> bytes:
        """The file's content."""
        state = {
            "keyset": b64(self.keyset),
            "status": b64(self.status),
            "kids": sorted(self.kids),
            "marks": asdict(self.marks),
        }
        return json.dumps(state).encode()


def read_state(data: bytes) -> TrustState | None:
    """What `to_bytes` wrote; None for anything else. Says nothing about who signed it."""
    try:
        state = json.loads(data)
        kids = state.get("kids", [])
        if not isinstance(kids, list) or not all(isinstance(kid, str) for kid in kids):
            return None
        return TrustState(
            keyset=unb64(state["keyset"]),
            status=unb64(state["status"]),
            kids=frozenset(kids),
            marks=read_marks(state.get("marks", {})),
        )
    except (ValueError, KeyError, TypeError, AttributeError, WireError):
        return None
