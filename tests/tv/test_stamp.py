"""The clock in the moving picture, drawn and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from device_agent.devices.simulated_tv import stamp

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOW = 1_760_000_123_456


def stamped(at: int) -> NDArray[np.uint8]:
    pixels = np.full((stamp.HEIGHT, stamp.WIDTH, 4), 90, dtype=np.uint8)
    stamp.draw(pixels, at)
    return pixels


@pytest.mark.parametrize("at", [0, 1, NOW, stamp.MODULUS - 1, stamp.MODULUS, stamp.MODULUS + 5, 2**41])
def test_what_is_drawn_is_read(at: int) -> None:
    assert stamp.read(stamped(at)) == at % stamp.MODULUS


@pytest.mark.parametrize("size", [(1920, 1080), (1064, 598), (960, 540), (640, 360)])
def test_it_is_read_from_a_smaller_picture_of_the_whole(size: tuple[int, int]) -> None:
    small = np.asarray(Image.fromarray(stamped(NOW)[:, :, :3]).resize(size, Image.Resampling.BILINEAR))
    assert stamp.read(small) == NOW % stamp.MODULUS


def test_it_survives_a_lossy_picture() -> None:
    jpeg = simplejpeg.encode_jpeg(stamped(NOW), quality=40, colorspace="BGRX", colorsubsampling="420")
    assert stamp.read(simplejpeg.decode_jpeg(jpeg)) == NOW % stamp.MODULUS


@pytest.mark.parametrize("cell", range(stamp.CELLS))
def test_one_wrong_cell_reads_as_nothing(cell: int) -> None:
    pixels = stamped(NOW)
    left = stamp.LEFT + cell * stamp.CELL
    cells = pixels[stamp.TOP : stamp.TOP + stamp.CELL, left : left + stamp.CELL]
    cells[:] = 255 - cells
    assert stamp.read(pixels) is None


@pytest.mark.parametrize("level", [0, 90, 255])
def test_a_picture_without_a_stamp_reads_as_nothing(level: int) -> None:
    assert stamp.read(np.full((1080, 1920, 3), level, dtype=np.uint8)) is None


def test_age_counts_across_the_turn_of_the_clock() -> None:
    assert stamp.age_ms(stamp.MODULUS - 10, 5) == 15
