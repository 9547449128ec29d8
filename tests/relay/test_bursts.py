"""A console within its rates never fills the queue to the device; one beyond them pays itself (SPEC §9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relay.session.bucket import TokenBucket
from relay.session.facts import Side
from relay.session.line import Line
from tests.relay.kit import Table, frame
from wire.frames import Stream
from wire.limits import (
    CONSOLE_BYTES_BURST,
    CONSOLE_BYTES_PER_S,
    CONTROL_FRAME_BYTES,
    CONTROL_FRAMES_BURST,
    CONTROL_QUEUE_BYTES,
    CONTROL_QUEUE_FRAMES,
    FRAME_MIN_BYTES,
    LINK_FRAMES_BURST,
    TEXT_MESSAGE_BYTES,
)
from wire.reasons import EndReason

if TYPE_CHECKING:
    from wire.reasons import CloseCode
    from wire.structs import Message

HEADER = 12
SMALL = FRAME_MIN_BYTES - HEADER
LARGE = CONTROL_FRAME_BYTES - HEADER


class Stopped:
    """A device's socket that takes nothing more: what is sent to it stays in its line's queue."""

    async def send(self, data: str | bytes) -> None: ...

    async def ping(self) -> None: ...

    async def close(self, code: int) -> None: ...

    def abort(self) -> None: ...

    def drop_unsent(self) -> None: ...


class QueueingLine(Line):
    """The relay's own line, which the broker of a `Table` takes for the device."""

    def __init__(self) -> None:
        super().__init__(Stopped())
        self.last: Message | None = None

    def close(self, last: Message | None, code: CloseCode, now: float) -> None:
        self.last = last
        super().close(last, code, now)


def table_with_a_queue() -> tuple[Table, QueueingLine]:
    """An active session whose device gets nothing out of its queue from here on; all buckets are full."""
    table = Table().to_active()
    table.wait(60)
    line = QueueingLine()
    table.broker._ends[Side.DEVICE].line = line
    return table, line


def over(table: Table) -> EndReason | None:
    return None if table.broker.ended is None else table.broker.ended.reason


def send(table: Table, stream: Stream, seq: int, size: int) -> None:
    table.broker.receive(Side.CONSOLE, frame(stream, seq, size))
    table.journal.settle()


def test_both_bursts_at_once_fit_into_the_queue_of_the_device() -> None:
    """INV-H1: an honest console never ends a session with `device_lost`."""
    table, line = table_with_a_queue()
    for seq in range(LINK_FRAMES_BURST):
        send(table, Stream.T2D_LINK, seq, SMALL)
    for seq in range(1, 1 + CONTROL_FRAMES_BURST):
        send(table, Stream.T2D_CONTROL, seq, SMALL)
    assert over(table) is None
    assert len(line._control) == LINK_FRAMES_BURST + CONTROL_FRAMES_BURST < CONTROL_QUEUE_FRAMES


@pytest.mark.parametrize("stream", [Stream.T2D_CONTROL, Stream.T2D_LINK])
def test_a_burst_of_the_largest_frames_is_cut_off_before_the_queue_is_full(stream: Stream) -> None:
    """INV-F2: the console is told, and the device is not blamed for what the console sent."""
    table, line = table_with_a_queue()
    first = 1 if stream is Stream.T2D_CONTROL else 0
    fit = CONSOLE_BYTES_BURST // CONTROL_FRAME_BYTES
    for seq in range(first, first + fit):
        send(table, stream, seq, LARGE)
    assert over(table) is None
    assert line._control_bytes == fit * CONTROL_FRAME_BYTES
    send(table, stream, first + fit, LARGE)
    assert table.console.error == ("too_many", 4429)
    assert over(table) is EndReason.INTEGRITY_FAILED
    assert table.broker.ended == line.last


def test_large_frames_of_both_streams_share_one_budget() -> None:
    table, _ = table_with_a_queue()
    fit = CONSOLE_BYTES_BURST // CONTROL_FRAME_BYTES
    for number in range(fit // 2 + 1):
        send(table, Stream.T2D_LINK, number, LARGE)
        send(table, Stream.T2D_CONTROL, number + 1, LARGE)
    assert table.console.error == ("too_many", 4429)


def test_large_frames_at_the_allowed_rate_pass_for_ever() -> None:
    table = Table().to_active()
    table.wait(60)
    for number in range(100):
        for half in range(CONSOLE_BYTES_PER_S // CONTROL_FRAME_BYTES):
            seq = number * (CONSOLE_BYTES_PER_S // CONTROL_FRAME_BYTES) + half
            send(table, Stream.T2D_LINK, seq, LARGE)
        table.wait(1)
    assert over(table) is None


def test_the_device_s_own_frames_and_pictures_are_not_counted_against_the_console() -> None:
    table = Table().to_active()
    table.wait(60)
    for seq in range(2 * CONSOLE_BYTES_BURST // CONTROL_FRAME_BYTES):
        table.broker.receive(Side.DEVICE, frame(Stream.D2T_CONTROL, seq, LARGE))
    send(table, Stream.T2D_LINK, 0, LARGE)
    assert over(table) is None


def test_the_numbers_leave_room_for_the_relays_own_messages() -> None:
    """After the bursts, one more message of every kind the relay says still fits."""
    assert CONTROL_QUEUE_FRAMES - LINK_FRAMES_BURST - CONTROL_FRAMES_BURST >= 16
    assert CONTROL_QUEUE_BYTES - CONSOLE_BYTES_BURST >= 16 * TEXT_MESSAGE_BYTES


def test_what_does_not_fit_into_a_bucket_costs_nothing() -> None:
    bucket = TokenBucket(per_s=1, burst=10, now=0)
    assert not bucket.take(0, 11)
    assert bucket.take(0, 10)
    assert not bucket.take(0)
    assert bucket.take(1)
