"""Places for pictures: none is written while somebody looks at it, and only stale rows are fetched again."""

from __future__ import annotations

import ctypes
import gc
from typing import TYPE_CHECKING

from device_agent.devices.x11.ring import MOST, Ring

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

WIDTH, HEIGHT = 8, 32


class Memory:
    """Hands out memory as a shared segment does."""

    def __init__(self) -> None:
        self.blocks: list[ctypes.Array[ctypes.c_char]] = []

    def make(self, size: int) -> tuple[Callable[[], ctypes.Array[ctypes.c_uint8]], int]:
        block = ctypes.create_string_buffer(size)
        self.blocks.append(block)
        kind = ctypes.c_uint8 * size
        return lambda: kind.from_address(ctypes.addressof(block)), len(self.blocks)


def ring() -> Ring:
    return Ring(WIDTH, HEIGHT, Memory().make)


def taken(it: Ring) -> NDArray[np.uint8]:
    slot = it.take()
    slot.stale = ()
    return it.lend(slot)


def test_a_place_is_used_again_only_when_nobody_holds_any_part_of_its_picture() -> None:
    it = ring()
    pictures = [taken(it) for _ in range(3)]
    places = {picture.ctypes.data for picture in pictures}
    part = pictures[0][4:8].data
    del pictures
    gc.collect()
    held = [taken(it) for _ in range(2)]
    assert {picture.ctypes.data for picture in held} < places
    assert it.count == 3
    another = taken(it)
    assert another.ctypes.data not in places
    part.release()
    assert taken(it).ctypes.data in places


def test_a_picture_cannot_be_written_to() -> None:
    assert not taken(ring()).flags.writeable


def test_there_is_an_end_to_the_places_and_the_last_is_copied_out_of() -> None:
    it = ring()
    held = [taken(it) for _ in range(MOST - 1)]
    for _ in range(3):
        slot = it.take()
        assert it.is_last
        copy = it.copied(slot)
        assert copy.ctypes.data not in {picture.ctypes.data for picture in held}
        held.append(copy)
    assert it.count == MOST


def test_each_place_remembers_what_changed_since_it_was_filled() -> None:
    it = ring()
    assert it.take().stale == ((0, HEIGHT),)
    it = ring()
    first = taken(it)
    it.damage([(3, 5)])
    second = it.take()
    assert second.stale == ((0, HEIGHT),)
    it.give_back(second)
    del first
    slot = it.take()
    assert slot.stale == ((3, 5),)
    it.give_back(slot)
    it.damage([(10, 12)])
    assert it.take().stale == ((3, 12),)


def test_the_place_with_least_to_fetch_comes_first() -> None:
    it = ring()
    picture = taken(it)
    address = picture.ctypes.data
    del picture
    assert taken(it).ctypes.data == address
