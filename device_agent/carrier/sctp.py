"""aiortc's SCTP, made to carry pictures: a small one leaves at once, and what is lost is repeated soon.

As the library has it, four packets leave and then a round trip is waited for, losses bring what may be on its
way down to a single packet, and the last packet of a picture is repeated after a second at the earliest.
"""

from __future__ import annotations

from typing import Final

from aiortc import RTCSctpTransport, rtcsctptransport
from aiortc.rtcsctptransport import USERDATA_MAX_LENGTH

# As much as a TCP connection begins with, and half as much again: no more than a small picture (RFC 6928).
LEAST_WINDOW: Final = 16 * USERDATA_MAX_LENGTH
LEAST_REPEAT_S: Final = 0.3

rtcsctptransport.SCTP_RTO_MIN = LEAST_REPEAT_S  # type: ignore[assignment]


class PictureSctp(RTCSctpTransport):
    """The same association; only its sender is another."""

    @classmethod
    def take_over(cls, transport: RTCSctpTransport) -> None:
        """Before it starts: the library makes its own, and offers no other way in."""
        transport.__class__ = cls

    @property
    def _cwnd(self) -> int:
        window: int = self.__dict__["_cwnd"]
        return max(window, LEAST_WINDOW)

    @_cwnd.setter
    def _cwnd(self, window: int) -> None:
        self.__dict__["_cwnd"] = window

    async def _transmit(self) -> None:
        """Send all that the window allows, not four packets of it."""
        before = -1
        while before < self._flight_size:
            before = self._flight_size
            await super()._transmit()
