"""The picture at rest: text and flat areas without loss, photographs nearly so.

Video of a still picture converges slowly and never quite: limited range and halved colour alone keep a menu
below 41 dB, while all its text without loss is some 90 KB. So a still screen is finished in strips.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, features

from device_agent.picture.changes import BAND_ROWS
from device_agent.picture.encoder import Encoded
from device_agent.picture.jpeg import MAX_DATA_BYTES, strips
from seal.pictures import Codec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from device_agent.picture.changes import Rows

# A band is flat, and cheap without loss, where this share of its pixels repeat the one before.
FLAT_SHARE: Final = 0.6
NEARLY: Final = 92  # JPEG quality of the others, in full colour: 51 dB on a menu of photographs
NEARER: Final = 98  # where the link is wide: 54 dB, in 1.8 times the bytes
_SAMPLED: Final = 4  # every so many rows are looked at
# A maker's build of the library may lack it: then all is nearly exact.
CAN_LOSSLESS: Final = bool(features.check("webp"))


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows to be sent once more, and how."""

    rows: Rows
    lossless: bool


def pieces(pixels: NDArray[np.uint8], bands: Iterable[Rows], *, most_rows: int) -> tuple[Piece, ...]:
    """What to send of these bands, text first; no piece is higher than `most_rows`, whole bands each."""
    found = [piece for band in bands for piece in _alike(pixels, band, most_rows)]
    return tuple(sorted(found, key=lambda piece: (not piece.lossless, piece.rows)))


def encode(pixels: NDArray[np.uint8], piece: Piece, *, quality: int = NEARLY) -> tuple[Encoded, ...]:
    """One piece, in as few strips as fit a frame; `quality` is that of what is not lossless."""
    if not piece.lossless:
        return strips(pixels, piece.rows, quality=quality, subsampling="444")
    top, bottom = piece.rows
    data = webp(pixels[top:bottom])
    if len(data) <= MAX_DATA_BYTES:
        return (Encoded(Codec.WEBP, key=False, y=top, rows=bottom - top, data=data),)
    middle = (top + bottom) // 2
    upper, lower = Piece((top, middle), lossless=True), Piece((middle, bottom), lossless=True)
    return encode(pixels, upper, quality=quality) + encode(pixels, lower, quality=quality)


def _alike(pixels: NDArray[np.uint8], band: Rows, most_rows: int) -> Iterator[Piece]:
    """Neighbours of one kind in one piece."""
    tops = range(*band, BAND_ROWS)
    begun, flat = band[0], _is_flat(pixels, band[0])
    for top in tops[1:]:
        is_flat = _is_flat(pixels, top)
        if is_flat is not flat or top - begun >= most_rows:
            yield Piece((begun, top), flat)
            begun, flat = top, is_flat
    yield Piece((begun, band[1]), flat)


def _is_flat(pixels: NDArray[np.uint8], top: int) -> bool:
    if not CAN_LOSSLESS:
        return False
    rows = pixels[top : top + BAND_ROWS : _SAMPLED].view(np.uint32)[..., 0]
    return float(np.mean(rows[:, 1:] == rows[:, :-1])) >= FLAT_SHARE


def image(pixels: NDArray[np.uint8]) -> Image.Image:
    """These rows as the image library has them."""
    height, width = pixels.shape[:2]
    return Image.frombuffer("RGB", (width, height), np.ascontiguousarray(pixels), "raw", "BGRX", 0, 1)


def webp(pixels: NDArray[np.uint8]) -> bytes:
    """These rows, each pixel as it is."""
    data = io.BytesIO()
    image(pixels).save(data, "WEBP", lossless=True, quality=0, method=0)
    return data.getvalue()
