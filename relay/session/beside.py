"""Pictures that a console may lack whose socket is held up, over requests of their own (SPEC §5.3).

They are the sealed frames that the socket carries, as they are. What a socket owes the system repeats at its
own pace; a new connection need not wait for that.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relay.session.bucket import TokenBucket
from wire.limits import (
    PICTURES_BURST,
    PICTURES_KEPT,
    PICTURES_KEPT_BYTES,
    PICTURES_KEPT_S,
    PICTURES_PER_S,
    RELAY_PING_S,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Answered = Callable[[tuple[bytes, ...]], None]


@dataclass(frozen=True, slots=True)
class _Kept:
    seq: int
    frame: bytes
    at: float


class Beside:
    """The newest pictures of one session that may still be on their way to its console."""

    def __init__(self, now: float) -> None:
        self._bucket = TokenBucket(per_s=PICTURES_PER_S, burst=PICTURES_BURST, now=now)
        self._kept: deque[_Kept] = deque()
        self._bytes = 0
        self._from = 0  # all that was passed from this number on is here
        self._heard = self._steady_since = now
        self._waiting: tuple[int, Answered] | None = None

    def keep(self, seq: int, frame: bytes, now: float) -> None:
        """Frame `seq` goes to the console now; who waits for one gets it."""
        self._kept.append(_Kept(seq, frame, now))
        self._bytes += len(frame)
        while len(self._kept) > PICTURES_KEPT or self._bytes > PICTURES_KEPT_BYTES:
            self._forget()
        if self._waiting is not None:
            self._answer(*self._waiting)

    def heard(self, now: float) -> None:
        """The console answered a ping: what went there has come, after a while of answers without a gap."""
        if now - self._heard > RELAY_PING_S + PICTURES_KEPT_S / 2:
            self._steady_since = now
        self._heard = now
        while (
            now - self._steady_since >= PICTURES_KEPT_S
            and self._kept
            and self._kept[0].at < now - PICTURES_KEPT_S
        ):
            self._forget()

    def clear(self) -> None:
        """No consent to them any more, or the session is over."""
        while self._kept:
            self._forget()
        if self._waiting is not None:
            self._answer(*self._waiting)

    def ask(self, seq: int, now: float, answered: Answered) -> bool:
        """All from frame `seq` on, once there is one; whoever asked before gets none. False: too many ask.

        None where one of them is not here any more: the socket may still bring it, and then it would be late.
        """
        if not self._bucket.take(now):
            return False
        if self._waiting is not None:
            self._waiting[1](())
        self._waiting = (seq, answered)
        is_gap = seq < self._from
        if is_gap or any(kept.seq >= seq for kept in self._kept):
            self._answer(seq, answered)
        return True

    def _answer(self, seq: int, answered: Answered) -> None:
        self._waiting = None
        answered(() if seq < self._from else tuple(kept.frame for kept in self._kept if kept.seq >= seq))

    def _forget(self) -> None:
        gone = self._kept.popleft()
        self._bytes -= len(gone.frame)
        self._from = gone.seq + 1
