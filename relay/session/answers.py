"""Which control frames still wait for the device's record (SPEC §6). Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from wire.limits import RECORD_DUE_S


@dataclass(frozen=True, slots=True)
class _Waiting:
    digest: str
    due: float


class Answers:
    """Frames the device was given, oldest first: it answers each once and in this order."""

    def __init__(self) -> None:
        self._waiting: deque[_Waiting] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def forwarded(self, digest: str, now: float) -> None:
        self._waiting.append(_Waiting(digest, now + RECORD_DUE_S))

    def answered(self, digest: str) -> bool:
        """Whether this is the frame whose turn it was."""
        if not self._waiting or self._waiting[0].digest != digest:
            return False
        self._waiting.popleft()
        return True

    def due(self) -> float | None:
        """When the oldest frame's record must be here."""
        return self._waiting[0].due if self._waiting else None
