"""A small change on a wide link: its own pixels as JPEG, instead of another picture of the whole video.

A menu that moves its focus changes a tenth of the screen. As JPEG it takes 3 ms from pixels to the
technician's canvas, as video 20 ms; it costs half as many bytes again (decision 0054). Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from device_agent.picture.changes import area
from device_agent.picture.rest import Allowance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from device_agent.devices.protocol import Region
    from device_agent.picture.changes import Rows

MOST_SHARE: Final = 1 / 6  # of the screen
MOST_ROWS: Final = 1 / 2  # of the screen's: a film is not even looked at
MOST_STRIPS: Final = 3  # each is a picture on its own, and a relay holds back four
LINK_BIT_RATE: Final = 8_000_000  # below it the bytes take longer than the video's work
MOST_BYTES: Final = 60_000  # of one change: noise is the video's
AT_ONCE_BYTES: Final = 240_000
BYTES_PER_S: Final = 60_000  # in the long run: what always moves is the video's
REST_S: Final = 2.0  # so long it is the video's then: quality must not change from picture to picture
QUALITY: Final = 75


class SmallChanges:
    """Which changes go by themselves. `now` is seconds on a clock that only moves forward."""

    def __init__(self) -> None:
        self._allowance = Allowance(AT_ONCE_BYTES, BYTES_PER_S)
        self._again_at = float("-inf")

    def may(self, link_rate: int | None, now: float) -> bool:
        """Whether a change that is small enough would."""
        if link_rate is None or link_rate < LINK_BIT_RATE or now < self._again_at:
            return False
        if self._allowance.there_at(now) > now:
            self._again_at = now + REST_S
        return now >= self._again_at

    def may_fit(self, bands: Sequence[Rows], height: int) -> bool:
        """Whether changes in these rows may be small at all."""
        return len(bands) <= MOST_STRIPS and sum(b - a for a, b in bands) <= MOST_ROWS * height

    def fit(self, boxes: Sequence[Region], width: int, height: int) -> bool:
        """Whether these changes are small on such a screen."""
        return area(boxes) <= MOST_SHARE * width * height

    def cost(self, sizes: Sequence[int], now: float) -> bool:
        """Strips of so many bytes came out; whether they are to be sent. They are paid for in either case."""
        self._allowance.spend(sum(sizes), now)
        return len(sizes) <= MOST_STRIPS and sum(sizes) <= MOST_BYTES
