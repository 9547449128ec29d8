"""Frames are sealed when they leave and not before."""

from __future__ import annotations

import asyncio
from functools import partial

from device_agent.outbox import Outbox


def seal(order: list[int], number: int) -> bytes:
    order.append(number)
    return bytes([number])


def test_items_leave_in_the_order_they_came() -> None:
    outbox = Outbox()
    outbox.put("one")
    outbox.put_later(lambda: b"two")
    outbox.put(b"three")
    assert [outbox.take() for _ in range(4)] == ["one", b"two", b"three", None]


def test_what_is_dropped_was_never_sealed() -> None:
    """INV-B1: a dropped frame leaves no gap in the numbers."""
    outbox, sealed = Outbox(), list[int]()
    for number in range(3):
        outbox.put_later(partial(seal, sealed, number))
    outbox.put("record")
    assert outbox.take() == b"\0"
    outbox.drop_unsealed()
    assert [outbox.take(), outbox.take()] == ["record", None]
    assert sealed == [0]


def test_a_frame_that_must_not_leave_any_more_is_passed_over() -> None:
    outbox = Outbox()
    outbox.put_later(lambda: None)
    outbox.put("record")
    assert outbox.take() == "record"


def test_sealing_everything_keeps_the_order() -> None:
    outbox, order = Outbox(), list[int]()
    outbox.put_later(partial(seal, order, 1))
    outbox.put("record")
    outbox.put_later(partial(seal, order, 2))
    outbox.seal_all()
    assert order == [1, 2]
    assert [outbox.take() for _ in range(3)] == [b"\1", "record", b"\2"]


async def test_next_waits_for_an_item_and_ends_after_the_last() -> None:
    outbox = Outbox()
    waiting = asyncio.create_task(outbox.next())
    await asyncio.sleep(0)  # it comes to its waiting
    assert not waiting.done()
    outbox.put("word")
    assert await waiting == "word"
    outbox.put("last")
    outbox.finish()
    outbox.put("too late")
    assert [await outbox.next(), await outbox.next()] == ["last", None]
