"""The pointer's picture over the screen's, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest

from device_agent.devices.x11.cursor import Placed, Shape

RED_HALF = (0, 0, 128, 128)  # BGRA, multiplied


def placed(x: int, y: int, colour: tuple[int, int, int, int] = (0, 0, 255, 255)) -> Placed:
    return Placed(Shape(np.full((4, 3, 4), colour, np.uint8), (0, 0)), x, y)


@pytest.mark.parametrize(
    ("x", "y", "rows", "drawn"),
    [
        (5, 6, (6, 10), 12),
        (-2, 0, (0, 4), 4),
        (9, 9, (9, 10), 1),
        (10, 0, None, 0),
        (0, -4, None, 0),
    ],
)
def test_what_of_it_is_on_the_output_is_drawn(
    x: int, y: int, rows: tuple[int, int] | None, drawn: int
) -> None:
    pixels = np.zeros((10, 10, 4), np.uint8)
    assert placed(x + 100, y + 50).draw(pixels, 100, 50) == rows
    assert np.count_nonzero(pixels[..., 2]) == drawn
    assert not pixels[..., [0, 1, 3]].any()


def test_what_is_half_there_lets_the_screen_through() -> None:
    pixels = np.full((10, 10, 4), (200, 100, 50, 7), np.uint8)
    placed(0, 0, RED_HALF).draw(pixels, 0, 0)
    assert pixels[0, 0].tolist() == [100, 50, 153, 7]
    assert pixels[5, 5].tolist() == [200, 100, 50, 7]


def test_what_is_more_than_its_alpha_stays_a_colour() -> None:
    pixels = np.full((4, 3, 4), 255, np.uint8)
    placed(0, 0, (255, 255, 255, 1)).draw(pixels, 0, 0)
    assert (pixels == 255).all()
