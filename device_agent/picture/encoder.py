"""Turns changed rows of the screen into pictures for the console: what every encoder of the pipeline is.

The encoders stand behind a protocol because x264 in the library's wheel is GPL and a maker may want another
(docs/licences.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from device_agent.picture.changes import Rows
    from seal.pictures import Codec


@dataclass(frozen=True, slots=True)
class Encoded:
    """One picture ready to be sealed; what of it is drawn: `rows` from `y` on, of them `columns` from `x` on.

    Without `columns` these are all.
    """

    codec: Codec
    key: bool
    y: int
    rows: int
    data: bytes
    x: int = 0
    columns: int | None = None


class Encoder(Protocol):
    """One screen's encoder. Calls come one after the other, from a worker thread."""

    @property
    def codec(self) -> Codec:
        """What it makes."""
        ...

    @property
    def is_sharp(self) -> bool:
        """Whether the newest picture is as sharp as it gets by sending it again."""
        ...

    def encode(
        self, pixels: NDArray[np.uint8], bands: Sequence[Rows], *, drawn: Rows, key: bool
    ) -> tuple[Encoded, ...]:
        """The picture, of which only `bands` changed since the last call; the console is to draw `drawn`.

        `key` asks for one that stands alone; then the console draws all of it, and so it does where the
        encoder makes one unasked.
        """
        ...

    def refine(self, drawn: Rows) -> tuple[Encoded, ...]:
        """The same picture again, sharper; nothing when no more is to be had."""
        ...

    def steer(self, bit_rate: int) -> None:
        """Aim at so many bits a second from now on."""
        ...
