"""Lossless stills on request: one at a time, recorded when begun and when over (seal/SPEC §4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from device_agent.devices.protocol import Pressed
from wire.commands import ActionCause, ActionClass, Outcome
from wire.limits import STILL_AGAIN_S

if TYPE_CHECKING:
    from device_agent.host import Pictures
    from device_agent.picture.still import Ended

_CLASS: Final = ActionClass.STILL


class Scribe(Protocol):
    """Who records for the session."""

    def act(self, action_class: ActionClass, done: Pressed, frame: str, *, pc: str = "") -> None:
        """Record what became of the command in `frame`."""
        ...


class Stills:
    """One session's."""

    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe
        self._under_way = False
        self._begun_at = float("-inf")
        self._is_over = False
        self.taken = 0

    def take(self, frame: str, pictures: Pictures | None, now: float) -> None:
        """Begin one, or say why not."""
        cause = self._why_not(now)
        if cause is None and (
            pictures is None or not pictures.take_still(lambda end: self._ended(frame, end))
        ):
            cause = ActionCause.NO_PICTURE
        if cause is not None:
            self._scribe.act(_CLASS, Pressed(Outcome.REFUSED, cause=cause), frame)
            return
        self._under_way, self._begun_at = True, now
        self._scribe.act(_CLASS, Pressed(Outcome.STARTED), frame)

    def end(self) -> None:
        """The session is over: nothing more is recorded."""
        self._is_over = True

    def _why_not(self, now: float) -> ActionCause | None:
        if self._under_way:
            return ActionCause.BUSY
        return ActionCause.TOO_SOON if now - self._begun_at < STILL_AGAIN_S else None

    def _ended(self, frame: str, end: Ended) -> None:
        if self._is_over:
            return
        self._under_way = False
        if end.sha256:
            self.taken += 1
            done = Pressed(Outcome.DONE)
        else:
            done = Pressed(Outcome.FAILED) if end.cause is None else Pressed(Outcome.REFUSED, cause=end.cause)
        self._scribe.act(_CLASS, done, frame, pc=end.sha256)
