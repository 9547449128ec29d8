"""Whether a device has time to spare for a costlier codec, from how long its pictures take it. Pure."""

from __future__ import annotations

from typing import Final

SPARE_S: Final = 0.06  # a first picture of AV1 takes up to twenty times as long: a second of standing still
_NEWEST: Final = 1 / 8  # what the newest picture counts


class Load:
    """One device's, seen in pictures of one kind. Nothing is known before the first, and that is no load."""

    def __init__(self) -> None:
        self._usual: float | None = None

    def note(self, seconds: float) -> None:
        """One more picture took so long from beginning to end, whatever else ran meanwhile."""
        usual = seconds if self._usual is None else self._usual
        self._usual = usual + (seconds - usual) * _NEWEST

    @property
    def is_high(self) -> bool:
        """Whether a usual picture takes longer than a device with time to spare needs."""
        return self._usual is not None and self._usual > SPARE_S
