"""Which control frames still wait for the device's record (SPEC §6). Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wire.commands import Outcome
from wire.limits import RECORD_DUE_S, STARTED_AT_ONCE
from wire.records import ActionRecord

if TYPE_CHECKING:
    from wire.commands import ActionClass
    from wire.records import EndRecord, PairedRecord


@dataclass(frozen=True, slots=True)
class _Waiting:
    digest: str
    due: float


class Answers:
    """Frames the device was given, oldest first: it answers each once and in this order.

    What it only started it answers a second time, whenever that is over, and as the same command.
    """

    def __init__(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._started: dict[str, tuple[ActionClass, str]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def forwarded(self, digest: str, now: float) -> None:
        self._waiting.append(_Waiting(digest, now + RECORD_DUE_S))

    def answered(self, record: PairedRecord | ActionRecord | EndRecord) -> bool:
        """Whether this is the frame whose turn it was, or one that was started and is over now."""
        if isinstance(record, ActionRecord) and record.frame in self._started:
            begun = self._started.pop(record.frame)
            return record.outcome is not Outcome.STARTED and begun == (record.action_class, record.path)
        if not self._waiting or self._waiting[0].digest != record.frame:
            return False
        self._waiting.popleft()
        if isinstance(record, ActionRecord) and record.outcome is Outcome.STARTED:
            self._started[record.frame] = (record.action_class, record.path)
        return len(self._started) <= STARTED_AT_ONCE

    def due(self) -> float | None:
        """When the oldest frame's record must be here."""
        return self._waiting[0].due if self._waiting else None
