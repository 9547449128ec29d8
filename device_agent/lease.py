"""The lease: the device executes only while technician and relay prove by the second that they are there.

Pure; `now` is a clock that also counts sleep (seal/SPEC §5, INV-B2 to INV-B4).
"""

from __future__ import annotations

from typing import Final

from seal.errors import SealError
from wire.limits import ALIVE_MOST_S, LEASE_END_MS, LEASE_MS, LEASE_PING_FLOW_MS, LEASE_PING_MS
from wire.reasons import EndReason

LEASE_S: Final = LEASE_MS / 1000
END_S: Final = LEASE_END_MS / 1000
PING_S: Final = LEASE_PING_MS / 1000
PING_FLOW_S: Final = LEASE_PING_FLOW_MS / 1000
_REMEMBERED: Final = 32  # pings; an older one is too old for anything
_PICTURES: Final = 64  # remembered, of those that left


class Lease:
    """Counts pings out and pongs in. What matters is when a ping was sent, never when its pong came.

    Only pongs let the device execute. An acknowledged picture proves as well that somebody was there after it
    had left, and puts off the end: a browser needs every bit of the five seconds to be heard again after
    three without a line (decision 0055).
    """

    def __init__(self, now: float, *, relay_heard_at: float) -> None:
        self._sent: dict[int, float] = {}
        self._count = 0
        self._pinged_at = float("-inf")
        self._answered_at = now  # when the newest answered ping was sent
        self._answered = False
        self._heard = 0  # number of that ping
        self._relay_heard_at = relay_heard_at
        self._rtt_ms = 0
        self._left: dict[int, float] = {}  # when a picture was handed over
        self._left_at = float("-inf")  # when the newest picture left
        self._drew_at = now  # when the newest picture that was drawn had left
        self._alive_at = now  # when the newest ping was sent that the console named beside its socket

    @property
    def newest(self) -> int:
        """Number of the newest ping sent; 0 before the first."""
        return self._count

    @property
    def heard(self) -> int:
        """Number of the newest ping that was answered on the socket; 0 for none."""
        return self._heard

    @property
    def rtt_ms(self) -> int:
        """Newest round trip."""
        return self._rtt_ms

    def due(self, now: float) -> bool:
        """Whether the next ping is due: more often while pictures leave, or the newest is still to be drawn.

        So the newest answer is younger when a silence begins, and a browser has longer to be heard again
        (decision 0066); and a data channel that is dead is told from a line that is (decision 0070).
        """
        undrawn = self._drew_at < self._left_at and now - self._left_at < END_S
        flows = undrawn or now - self._left_at < PING_S
        return now - self._pinged_at >= (PING_FLOW_S if flows else PING_S)

    def ping(self, now: float) -> int:
        """Number of the ping that leaves now."""
        self._count += 1
        self._sent[self._count] = now
        self._sent.pop(self._count - _REMEMBERED, None)
        self._pinged_at = now
        return self._count

    def pong(self, n: int, now: float) -> None:
        """The console answered ping `n`; one that was never sent is forged."""
        sent = self._sent_at(n)
        if sent is None or (self._answered and sent <= self._answered_at):
            return
        self._answered, self._answered_at, self._heard = True, sent, n
        self._rtt_ms = round((now - sent) * 1000)

    def alive(self, n: int, now: float) -> bool:
        """The console named ping `n` beside its socket: that puts off the end, and lets nothing execute.

        Whether it says anything: a ping of long ago says nothing of now, and deserves no answer.
        """
        sent = self._sent_at(n)
        if sent is None or now - sent >= END_S:
            return False
        self._alive_at = max(self._alive_at, sent)
        return True

    def _sent_at(self, n: int) -> float | None:
        """When ping `n` left; None where that is long ago. Raises SealError for one that never did."""
        if not 1 <= n <= self._count:
            raise SealError("bad_message", "a ping not sent")
        return self._sent.get(n)

    def picture(self, pic: int, now: float) -> None:
        """Picture `pic` leaves."""
        self._left[pic] = self._left_at = now
        self._left.pop(pic - _PICTURES, None)

    def acknowledge(self, pic: int) -> None:
        """The console has drawn `pic`; what never left, or long ago, proves nothing."""
        self._drew_at = max(self._drew_at, self._left.get(pic, self._drew_at))

    @property
    def relay_heard_at(self) -> float:
        """When the relay last sent a WebSocket ping."""
        return self._relay_heard_at

    def relay_heard(self, at: float) -> None:
        """The relay's newest WebSocket ping came at `at`."""
        self._relay_heard_at = at

    def holds(self, now: float) -> bool:
        """Whether the device may execute at all."""
        return self._answered and now - self._answered_at < LEASE_S and now - self._relay_heard_at < LEASE_S

    def is_fresh(self, hb: int, now: float) -> bool:
        """Whether a command that names ping `hb` is younger than the lease."""
        sent = self._sent.get(hb)
        return sent is not None and now - sent < LEASE_S

    def verdict(self, now: float) -> EndReason | None:
        """Why the device must end by itself now, if it must."""
        relay_silent_s = now - self._relay_heard_at
        if relay_silent_s >= END_S:
            return EndReason.RELAY_LOST
        if now - self._newest_sign(now) >= END_S:
            # Through a relay that is silent as well nobody can answer.
            return EndReason.RELAY_LOST if relay_silent_s >= LEASE_S else EndReason.TECHNICIAN_LOST
        return None

    def _newest_sign(self, now: float) -> float:
        """When that left by which the console was last known to be there.

        What is said beside a socket stands in for it no longer than a browser needs to be heard there again.
        """
        on_socket = max(self._answered_at, self._drew_at)
        return max(on_socket, self._alive_at) if now - on_socket < ALIVE_MOST_S else on_socket
