"""aiortc's SCTP, made to carry pictures: a small one leaves at once, and what is lost is repeated soon.

As the library has it, four packets leave and then a round trip is waited for, losses bring what may be on its
way down to a single packet, and the last packet of a picture is repeated after a second at the earliest.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from aiortc import RTCSctpTransport, rtcsctptransport
from aiortc.rtcsctptransport import USERDATA_MAX_LENGTH
from aiortc.utils import uint32_gt

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiortc.rtcsctptransport import SackChunk

# As much as a TCP connection begins with, and half as much again: no more than a small picture (RFC 6928).
LEAST_WINDOW: Final = 16 * USERDATA_MAX_LENGTH
# Until what a silence lost has come: two pictures of a menu. It says nothing of how much the line carries.
WINDOW_AFTER_SILENCE: Final = 32 * USERDATA_MAX_LENGTH
LEAST_REPEAT_S: Final = 0.3
# A line from which nothing comes is asked so often whether it is back, by the oldest that was lost: by two
# packets, since a browser answers every second one at once and a single one only after a while.
PROBE: Final = 2 * USERDATA_MAX_LENGTH
PROBE_S: Final = 0.1

rtcsctptransport.SCTP_RTO_MIN = LEAST_REPEAT_S  # type: ignore[assignment]


class PictureSctp(RTCSctpTransport):
    """The same association; only its sender is another."""

    _arrived: Callable[[], None]
    _in_vain: int  # how often all was repeated since the other end was heard
    _catches_up: bool  # what a silence lost is still on its way

    @classmethod
    def take_over(cls, transport: RTCSctpTransport, arrived: Callable[[], None]) -> None:
        """Before it starts: the library makes its own, and offers no other way in.

        `arrived` is called when the other end says that more of what was sent has come.
        """
        transport.__class__ = cls
        vars(transport).update(_arrived=arrived, _in_vain=0, _catches_up=False)

    @property
    def _cwnd(self) -> int:
        window: int = self.__dict__["_cwnd"]
        if self._is_line_silent:
            return PROBE
        return max(window, WINDOW_AFTER_SILENCE if self._catches_up else LEAST_WINDOW)

    @_cwnd.setter
    def _cwnd(self, window: int) -> None:
        self.__dict__["_cwnd"] = window

    @property
    def _rto(self) -> float:
        wait: float = self.__dict__["_rto"]
        return PROBE_S if self._is_line_silent else wait

    @_rto.setter
    def _rto(self, wait: float) -> None:
        self.__dict__["_rto"] = wait

    @property
    def _is_line_silent(self) -> bool:
        """One repeat in vain is a loss, and all is repeated at once; a second one is a line that is gone."""
        return self._in_vain > 1

    def _t3_expired(self) -> None:
        self._in_vain += 1
        super()._t3_expired()

    async def _receive_sack_chunk(self, chunk: SackChunk) -> None:
        before = self._last_sacked_tsn
        if uint32_gt(before, chunk.cumulative_tsn):
            return  # older than what is known
        self._catches_up = self._catches_up or self._is_line_silent
        self._in_vain = 0
        await super()._receive_sack_chunk(chunk)
        self._catches_up = self._catches_up and bool(self._sent_queue)
        if self._last_sacked_tsn != before:
            self._arrived()

    def drop(self) -> None:
        """What has not arrived is not sent any more: the other end is told to go on without (RFC 3758)."""
        for channel, _, data in self._data_channel_queue:
            channel._addBufferedAmount(-len(data))  # noqa: SLF001 - the library's own count of what waits here
        self._data_channel_queue.clear()
        for chunk in (*self._sent_queue, *self._outbound_queue):
            chunk._abandoned, chunk._retransmit = True, False  # noqa: SLF001 - the library's own marks
            self._flight_size_decrease(chunk)
        self._update_advanced_peer_ack_point()
        self._telling = asyncio.ensure_future(self._tell())

    async def _tell(self) -> None:
        with suppress(ConnectionError):  # the channel is shut: nobody is left to tell
            await self._transmit()

    async def _transmit(self) -> None:
        """Send all that the window allows, not four packets of it."""
        before = -1
        while before < self._flight_size:
            before = self._flight_size
            await super()._transmit()
