"""The queues to one end: bounded, control never dropped, pictures oldest first (INV-F3)."""

from __future__ import annotations

import asyncio

import pytest

from relay.session.line import CLOSING_S, Line
from wire.limits import (
    CONTROL_QUEUE_BYTES,
    CONTROL_QUEUE_FRAMES,
    PICTURE_QUEUE_BYTES,
    PICTURE_QUEUE_FRAMES,
    SOUND_QUEUE_FRAMES,
)
from wire.messages import Ended, RecordMsg, encode
from wire.reasons import CloseCode, EndReason, ErrorCode

ENDED = Ended(reason=EndReason.DRAINING, at=1)


class Reader:
    """A socket whose other end reads only when the test lets it."""

    def __init__(self) -> None:
        self.sent: list[str | bytes] = []
        self.pings = 0
        self.closed: int | None = None
        self.aborted = False
        self.unsent_dropped = False
        self._may_read = asyncio.Event()
        self._may_read.set()

    def stop_reading(self) -> None:
        self._may_read.clear()

    def read_on(self) -> None:
        self._may_read.set()

    async def send(self, data: str | bytes) -> None:
        await self._may_read.wait()
        if self.aborted:
            raise ConnectionResetError
        self.sent.append(data)

    async def ping(self) -> None:
        await self._may_read.wait()
        self.pings += 1

    async def close(self, code: int) -> None:
        self.closed = code

    def abort(self) -> None:
        self.aborted = True
        self._may_read.set()

    def drop_unsent(self) -> None:
        self.unsent_dropped = True


async def settle() -> None:
    """Lets every other task run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)  # every other task runs until it waits


def assert_dropped_in_time(line: Line, socket: Reader, *, since: float) -> None:
    """Not before the time to close is over, and then at once."""
    aborted = []
    for now in (since + CLOSING_S - 0.01, since + CLOSING_S):
        line.tick(now)
        aborted.append(socket.aborted)
    assert aborted == [False, True]


async def test_control_goes_out_in_order_and_before_pictures() -> None:
    line = Line(socket := Reader())
    line.pass_picture(b"picture")
    line.pass_control(b"one")
    line.say(RecordMsg(rec=b"two"))
    line.close(ENDED, CloseCode.ENDED, 0)
    await line.run()
    assert socket.sent == [b"one", encode(RecordMsg(rec=b"two")), encode(ENDED)]
    assert socket.closed == 1000


async def test_pictures_are_sent_when_no_control_waits() -> None:
    line = Line(socket := Reader())
    running = asyncio.create_task(line.run())
    line.pass_picture(b"one")
    await settle()
    line.pass_picture(b"two")
    await settle()
    assert socket.sent == [b"one", b"two"]
    line.close(None, CloseCode.ENDED, 0)
    await running


def test_a_full_picture_queue_drops_its_oldest() -> None:
    line = Line(Reader())
    for number in range(PICTURE_QUEUE_FRAMES + 3):
        line.pass_picture(bytes([number]))
    assert line.dropped_pictures == 3
    assert [frame[0] for frame in line._pictures] == [3, 4, 5, 6]


def test_the_picture_queue_is_bounded_in_bytes_too() -> None:
    line = Line(Reader())
    for _ in range(3):
        line.pass_picture(bytes(PICTURE_QUEUE_BYTES // 2))
    assert sum(len(frame) for frame in line._pictures) <= PICTURE_QUEUE_BYTES
    assert line.dropped_pictures == 1


async def test_sound_goes_out_behind_control_and_before_pictures() -> None:
    line = Line(socket := Reader())
    running = asyncio.create_task(line.run())
    line.pass_picture(b"picture")
    line.pass_sound(b"sound")
    line.pass_control(b"control")
    await settle()
    assert socket.sent == [b"control", b"sound", b"picture"]
    line.close(None, CloseCode.ENDED, 0)
    await running


def test_a_full_sound_queue_drops_its_oldest() -> None:
    """INV-F3."""
    line = Line(Reader())
    for number in range(SOUND_QUEUE_FRAMES + 3):
        line.pass_sound(bytes([number]))
    assert [frame[0] for frame in line._sound] == [*range(3, SOUND_QUEUE_FRAMES + 3)]


async def test_a_reader_that_stops_costs_four_pictures_and_no_more() -> None:
    """INV-F3: a thousand pictures for somebody who reads none."""
    line = Line(socket := Reader())
    socket.stop_reading()
    running = asyncio.create_task(line.run())
    for number in range(1000):
        line.pass_picture(number.to_bytes(2, "big") + bytes(10_000))
        if number % 100 == 0:
            await settle()
    assert len(line._pictures) == PICTURE_QUEUE_FRAMES
    socket.read_on()
    await settle()
    # One was already on its way; of the rest the newest survive.
    assert [int.from_bytes(data[:2], "big") for data in socket.sent if isinstance(data, bytes)] == [
        0,
        996,
        997,
        998,
        999,
    ]
    line.close(None, CloseCode.ENDED, 0)
    await running


def test_control_is_refused_when_its_queue_is_full_and_never_dropped() -> None:
    line = Line(Reader())
    taken = [line.pass_control(bytes([number % 256])) for number in range(CONTROL_QUEUE_FRAMES + 1)]
    assert taken == [True] * CONTROL_QUEUE_FRAMES + [False]
    assert [frame[0] for frame in line._control if isinstance(frame, bytes)] == list(range(256))


def test_the_control_queue_is_bounded_in_bytes_too() -> None:
    line = Line(Reader())
    assert line.pass_control(bytes(CONTROL_QUEUE_BYTES))
    assert not line.pass_control(b"x")


async def test_what_was_sent_makes_room_again() -> None:
    line = Line(Reader())
    assert line.pass_control(bytes(CONTROL_QUEUE_BYTES))
    running = asyncio.create_task(line.run())
    await settle()
    assert line.pass_control(bytes(CONTROL_QUEUE_BYTES))
    line.close(None, CloseCode.ENDED, 0)
    await running


async def test_the_last_word_is_said_even_through_a_full_queue() -> None:
    line = Line(socket := Reader())
    while line.pass_control(b"x"):
        pass
    line.refuse(ErrorCode.TOO_MANY, 0)
    await line.run()
    assert isinstance(socket.sent[-1], str)
    assert "too_many" in socket.sent[-1]
    assert socket.closed == 4429


async def test_closing_drops_the_pictures_and_sounds_that_still_wait() -> None:
    line = Line(socket := Reader())
    line.pass_picture(b"old")
    line.pass_sound(b"old")
    line.close(ENDED, CloseCode.ENDED, 0)
    line.pass_picture(b"late")
    line.pass_sound(b"late")
    line.pass_control(b"late")
    await line.run()
    assert socket.sent == [encode(ENDED)]


async def test_frames_that_wait_can_be_dropped_and_the_relays_own_words_stay() -> None:
    line = Line(socket := Reader())
    socket.stop_reading()
    running = asyncio.create_task(line.run())
    line.pass_control(b"on its way")
    await settle()
    line.pass_control(b"waits")
    line.say(RecordMsg(rec=b"said"))
    line.drop_frames()
    line.close(ENDED, CloseCode.ENDED, 0)
    socket.read_on()
    await running
    assert socket.sent == [b"on its way", encode(RecordMsg(rec=b"said")), encode(ENDED)]


def test_dropped_frames_make_room_again() -> None:
    line = Line(Reader())
    while line.pass_control(bytes(CONTROL_QUEUE_BYTES // 4)):
        pass
    line.drop_frames()
    assert line.pass_control(bytes(CONTROL_QUEUE_BYTES))


async def test_an_end_that_does_not_let_itself_be_closed_is_dropped() -> None:
    """Ending never waits."""
    line = Line(socket := Reader())
    socket.stop_reading()
    running = asyncio.create_task(line.run())
    line.close(ENDED, CloseCode.ENDED, 100.0)
    await settle()
    assert_dropped_in_time(line, socket, since=100.0)
    await running


async def test_pings_do_not_pile_up_and_go_first() -> None:
    line = Line(socket := Reader())
    socket.stop_reading()
    running = asyncio.create_task(line.run())
    for _ in range(50):
        line.ping()
    await settle()
    socket.read_on()
    await settle()
    assert socket.pings <= 2
    line.close(None, CloseCode.ENDED, 0)
    await running


async def test_a_socket_that_is_gone_stops_the_line() -> None:
    line = Line(Reader())
    running = asyncio.create_task(line.run())
    await settle()
    line.pass_control(b"x")
    line.hang_up(0)
    async with asyncio.timeout(1):
        await running


async def test_an_end_that_says_goodbye_and_reads_nothing_is_dropped() -> None:
    """INV-F3: it would hold its place and its connection for ever."""
    line = Line(socket := Reader())
    socket.stop_reading()
    running = asyncio.create_task(line.run())
    line.pass_picture(b"nobody reads this")
    line.pass_sound(b"nobody hears this")
    await settle()
    line.hang_up(100.0)
    assert_dropped_in_time(line, socket, since=100.0)
    await running


async def test_saying_goodbye_gives_nobody_more_time_than_the_relay_gave_it() -> None:
    line = Line(socket := Reader())
    socket.stop_reading()
    running = asyncio.create_task(line.run())
    line.close(ENDED, CloseCode.ENDED, 100.0)
    await settle()
    line.hang_up(100.0 + CLOSING_S - 0.01)
    line.tick(100.0 + CLOSING_S)
    assert socket.aborted
    await running


async def test_what_nobody_has_taken_when_all_is_said_is_dropped() -> None:
    line = Line(socket := Reader())
    line.close(ENDED, CloseCode.ENDED, 0)
    await line.run()
    assert (socket.sent, socket.unsent_dropped) == ([encode(ENDED)], True)


@pytest.mark.parametrize("code", [CloseCode.ENDED, CloseCode.TOO_BIG, CloseCode.CODE_OVER])
async def test_the_first_close_code_stays(code: CloseCode) -> None:
    line = Line(socket := Reader())
    line.close(None, code, 0)
    line.close(ENDED, CloseCode.TRY_LATER, 0)
    await line.run()
    assert socket.closed == code
    assert socket.sent == []
