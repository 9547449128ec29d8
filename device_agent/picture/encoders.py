"""The encoder in use: another, from a key picture on, where the link, the console or a failure ask for it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from device_agent.picture.changes import changed_boxes, joined, span, without
from device_agent.picture.choice import BROKEN, choose, make_encoder
from device_agent.picture.flow import START_BIT_RATE
from device_agent.picture.jpeg import cut
from device_agent.picture.load import Load
from device_agent.picture.motion import Motion
from device_agent.picture.small import QUALITY, SmallChanges
from seal.pictures import VIDEO, Codec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from device_agent.picture.changes import Rows
    from device_agent.picture.encoder import Encoded, Encoder

log = logging.getLogger(__name__)

SWITCH_S: Final = 2.0  # each costs a key picture, so not more often
NARROW_S: Final = 1.0  # a console that has only begun, or is busy, looks like a narrow link for a moment
_H264: Final = frozenset({Codec.H264, Codec.H264_444})  # by them the load is told


class Encoders:
    """One session's. `encode` and `refine` are called one after the other, from a worker thread."""

    def __init__(
        self,
        offered: Iterable[Codec],
        make: Callable[[Codec, int, int, int], Encoder] | None = None,
    ) -> None:
        self._offered = tuple(offered)
        self._make = make or make_encoder
        self._broken: set[Codec] = set()
        self._encoder: Encoder | None = None
        self._size = (0, 0)
        self._bit_rate = START_BIT_RATE
        self._link_rate: int | None = None
        self._switched_at = float("-inf")
        self._motion = Motion()
        self._load = Load()
        self._is_film = False
        self._narrow_at: float | None = None  # since then AV1 would be better, as far as is known
        self._is_due = False  # another codec, with the next picture
        self._small = SmallChanges()
        self._owed: tuple[Rows, ...] = ()  # what changed and the video has not

    def offer(self, codecs: Iterable[Codec]) -> None:
        """What the console can follow from now on."""
        self._offered = tuple(codecs)

    def steer(self, bit_rate: int, link_rate: int | None) -> None:
        """Aim at so many bits a second on a link that carries so many, if that is known."""
        self._bit_rate, self._link_rate = bit_rate, link_rate
        if self._encoder is not None:
            self._encoder.steer(bit_rate)

    def took(self, encoded: Sequence[Encoded], seconds: float) -> None:
        """What `encode` made took so long: AV1 takes many times that for its first picture."""
        if encoded and encoded[0].codec in _H264 and not encoded[0].key:
            self._load.note(seconds)

    def wants_another(self, now: float, *, changed: float) -> bool:
        """Whether it is time to go on with another codec, from a key picture on; True only once for each.

        `changed` is the share of the rows in which the picture to be sent next shows something new, 0 where
        there is none. A link must have been narrow for a second: a first picture of AV1 takes a device with
        little to spare longer than that. Away from AV1 it is time only amid motion: a menu is well served as
        it is, and where nothing moves a first picture of the other codec, coarse as it is, would take the
        place of a sharp one.
        """
        moves = changed > 0 and self._motion.changed(changed, now)
        self._is_film = self._motion.is_film(now)
        encoder = self._encoder
        if encoder is None or self._is_due or now - self._switched_at < SWITCH_S:
            return False
        choice = self._choice()
        must = self._is_narrow_for_long(choice, now) or encoder.codec not in self._offered
        if choice is encoder.codec or not (must or (moves and choice is not Codec.AV1)):
            return False
        self._switched_at, self._is_due = now, True
        return True

    @property
    def is_due(self) -> bool:
        """Whether the next picture is another codec's."""
        return self._is_due

    def _is_narrow_for_long(self, choice: Codec, now: float) -> bool:
        if choice is not Codec.AV1:
            self._narrow_at = None
            return False
        if self._narrow_at is None:
            self._narrow_at = now
        return now - self._narrow_at >= NARROW_S

    def encode(
        self, pixels: NDArray[np.uint8], bands: Sequence[Rows], *, soft: Sequence[Rows], key: bool
    ) -> tuple[Encoded, ...]:
        """The picture, of which `bands` changed; what is `soft` on the console is drawn along."""
        whole: Rows = (0, len(pixels))
        encoder, fresh = self._encoder_for(pixels)
        key = key or fresh
        drawn = whole if key else span(joined((*bands, *soft)))
        bands = (whole,) if key else joined((*bands, *self._owed))
        self._owed = ()
        try:
            return encoder.encode(pixels, bands, drawn=drawn, key=key)
        except BROKEN as failure:
            self._give_up(encoder, failure)
            return self.encode(pixels, (whole,), soft=(), key=True)

    def encode_small(
        self,
        before: NDArray[np.uint8],
        after: NDArray[np.uint8],
        bands: Sequence[Rows],
        *,
        soft: Sequence[Rows],
        now: float,
    ) -> tuple[Encoded, ...]:
        """Only what changed since `before`, by itself; nothing where that is the video's.

        So it is while what the video has drawn is coarse: each picture of it draws the `soft` rows sharper,
        and something small that never rests must not keep them as they are. `now` is seconds on a clock that
        only moves forward.
        """
        encoder, (height, width) = self._encoder, after.shape[:2]
        if encoder is None or encoder.codec not in VIDEO or self._size != (width, height):
            return ()
        if not encoder.is_sharp and self._left_by_video(soft):
            return ()
        if not self._small.may_fit(bands, height) or not self._small.may(self._link_rate, now):
            return ()
        boxes = changed_boxes(before, after, bands)
        if not self._small.fit(boxes, width, height):
            return ()
        found = tuple(one for box in boxes for one in cut(after, box, quality=QUALITY))
        if not self._small.cost([len(one.data) for one in found], now):
            return ()
        self._owed = joined((*self._owed, *bands))
        return found

    def _left_by_video(self, soft: Sequence[Rows]) -> tuple[Rows, ...]:
        """Of these rows those that did not go by themselves."""
        for rows in self._owed:
            soft = without(soft, rows)
        return tuple(soft)

    def refine(self, soft: Sequence[Rows]) -> tuple[Encoded, ...]:
        """The same picture again, sharper; nothing when no more is to be had.

        That is also so while the video lacks what went by itself.
        """
        encoder = self._encoder
        if encoder is None or not soft or self._owed:
            return ()
        try:
            return encoder.refine(span(soft))
        except BROKEN as failure:
            self._give_up(encoder, failure)
            return ()

    def _encoder_for(self, pixels: NDArray[np.uint8]) -> tuple[Encoder, bool]:
        height, width = pixels.shape[:2]
        fits, self._size = self._size == (width, height), (width, height)
        while True:
            current = self._encoder
            if fits and current is not None and not self._is_due:
                return current, False
            codec, self._is_due = self._choice(), False
            if fits and current is not None and current.codec is codec:
                return current, False
            try:
                self._encoder = self._make(codec, width, height, self._bit_rate)
            except BROKEN as failure:
                self._broken.add(codec)
                _say(codec, failure)
            else:
                return self._encoder, True

    def _choice(self) -> Codec:
        current = self._encoder.codec if self._encoder is not None else None
        return choose(
            self._offered,
            broken=self._broken,
            size=self._size,
            link_rate=self._link_rate,
            current=current,
            film=self._is_film,
            busy=self._load.is_high,
        )

    def _give_up(self, encoder: Encoder, failure: Exception) -> None:
        """A poorer picture is no reason to end."""
        self._broken.add(encoder.codec)
        self._encoder = None
        _say(encoder.codec, failure)


def _say(codec: Codec, failure: Exception) -> None:
    log.warning("no %s, another instead: %s", codec, type(failure).__name__)
