"""Pictures that a console's socket holds up, asked for beside it: which come, to whom, and which never do."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from relay.ports import Refusal
from relay.session.alive import AliveDesk, key_of
from relay.session.beside import Beside
from relay.session.facts import Side
from tests.relay.kit import Table, frame
from wire.commands import Grant
from wire.frames import Stream
from wire.limits import (
    PICTURES_BURST,
    PICTURES_KEPT,
    PICTURES_KEPT_BYTES,
    PICTURES_KEPT_S,
    PICTURES_NODE_BURST,
    PICTURES_PER_S,
    PICTURES_UNREAD,
)
from wire.reasons import EndReason


class Came(list[tuple[bytes, ...]]):
    def __call__(self, frames: tuple[bytes, ...]) -> None:
        self.append(frames)


def picture(seq: int, size: int = 64) -> bytes:
    return frame(Stream.D2T_PICTURE_WS, seq, size)


def shown(table: Table, *numbers: int) -> list[bytes]:
    frames = [picture(seq) for seq in numbers]
    for one in frames:
        table.broker.receive(Side.DEVICE, one)
    return frames


def test_what_went_to_the_socket_comes_beside_it_as_it_is_and_only_what_is_asked_for() -> None:
    table, came = Table().to_active(), Came()
    frames = shown(table, 0, 1, 2)
    for seq in (0, 1, 2):
        assert table.broker.pictures(seq, came)
    assert came == [tuple(frames), tuple(frames[1:]), tuple(frames[2:])]
    assert table.console.pictures == frames


def test_who_has_them_all_waits_for_the_next_one() -> None:
    table, came = Table().to_active(), Came()
    shown(table, 0)
    table.broker.pictures(1, came)
    assert came == []
    [next_one] = shown(table, 1)
    assert came == [(next_one,)]
    shown(table, 2)
    assert len(came) == 1


def test_one_waits_at_a_time_and_who_waited_before_gets_none() -> None:
    table, before, came = Table().to_active(), Came(), Came()
    table.broker.pictures(0, before)
    table.broker.pictures(0, came)
    assert before == [()]
    frames = shown(table, 0)
    assert came == [tuple(frames)]


def test_where_one_is_not_kept_any_more_none_comes_for_the_socket_may_bring_it_yet() -> None:
    """Brought after a later one, it would be one too late, and end the session."""
    table, came = Table().to_active(), Came()
    frames = shown(table, *range(PICTURES_KEPT + 1))
    table.broker.pictures(0, came)
    table.broker.pictures(1, came)
    assert came == [(), tuple(frames[1:])]


def test_only_so_many_bytes_are_kept() -> None:
    beside, came = Beside(0.0), Came()
    half = picture(0, PICTURES_KEPT_BYTES // 2)
    for seq in range(3):
        beside.keep(seq, half, 0.0)
    beside.ask(1, 0.0, came)
    beside.ask(2, 0.0, came)
    assert came == [(), (half,)]
    beside.keep(3, picture(3, PICTURES_KEPT_BYTES), 0.0)
    beside.ask(3, 0.0, came)
    assert came[-1] == ()


def test_what_went_long_before_a_socket_that_is_always_heard_has_come_and_is_forgotten() -> None:
    table, came = Table().to_active(), Came()
    shown(table, 0)
    table.wait(PICTURES_KEPT_S / 2)
    frames = shown(table, 1)
    table.wait(PICTURES_KEPT_S / 2)
    table.broker.pictures(0, came)
    table.wait(0.25)
    table.broker.pictures(0, came)
    table.broker.pictures(1, came)
    assert [len(found) for found in came] == [2, 0, 1]
    assert came[2] == tuple(frames)


def test_after_a_silence_nothing_shows_yet_that_what_went_there_has_come() -> None:
    table, came = Table().to_active(), Came()
    table.wait(PICTURES_KEPT_S)
    frames = shown(table, 0)
    table.clock.advance(4)
    table.wait(PICTURES_KEPT_S - 0.25)
    table.broker.pictures(0, came)
    table.wait(0.5)
    table.broker.pictures(0, came)
    assert came == [tuple(frames), ()]


def test_what_a_console_says_shows_nothing_of_what_it_has_heard() -> None:
    """Its way up may be open while the way down is held up; an answer to a ping shows that way, too."""
    table, came = Table().to_active(), Came()
    table.wait(PICTURES_KEPT_S)
    frames = shown(table, 0)
    for seq in range(12):
        table.clock.advance(0.25)
        table.broker.receive(Side.CONSOLE, frame(Stream.T2D_LINK, seq))
    table.broker.pictures(0, came)
    assert came == [tuple(frames)]


def test_without_consent_to_them_there_are_none() -> None:
    """INV-B4: neither those that come meanwhile nor those that came before."""
    table, came = Table().to_active(), Came()
    shown(table, 0, 1)
    table.consent(Grant.KEYS)
    table.broker.pictures(2, came)
    table.journal.settle()
    assert came == [()]
    shown(table, 2)
    for seq in (0, 1, 2):
        table.broker.pictures(seq, came)
    assert came == [()] * 3
    table.consent(Grant.KEYS, Grant.VIEW)
    table.journal.settle()
    [first] = shown(table, 3)
    assert came == [()] * 3 + [(first,)]


def test_what_the_customer_hides_comes_no_more() -> None:
    """Before the record of it is durable: it is their key."""
    table, came = Table().to_active(), Came()
    shown(table, 0, 1)
    table.broker.pictures(2, came)
    table.hide(hidden=True)
    for seq in (0, 1):
        table.broker.pictures(seq, came)
    assert came == [()] * 3
    table.hide(hidden=False)
    [next_one] = shown(table, 2)
    table.broker.pictures(2, came)
    assert came[-1] == (next_one,)


def test_with_the_session_they_are_gone_and_nobody_waits() -> None:
    table, came = Table().to_active(), Came()
    shown(table, 0)
    table.broker.pictures(1, came)
    table.broker.end(EndReason.CUSTOMER_STOPPED)
    assert came == [()]
    assert not table.broker.may_be_asked
    table.broker.pictures(0, came)
    assert came == [(), ()]


def test_asking_keeps_nobody_in_the_session() -> None:
    """INV-B3: it is no sign of life; those are proven."""
    table = Table().to_active()
    for _ in range(20):
        table.clock.advance(0.25)
        table.broker.heard(Side.DEVICE)
        table.broker.pictures(0, Came())
        table.broker.tick(table.clock.s)
    assert [reason for reason, _ in table.journal.ends] == [EndReason.TECHNICIAN_LOST]


def test_there_are_so_many_a_second() -> None:
    table, came = Table().to_active(), Came()
    taken = [table.broker.pictures(0, came) for _ in range(PICTURES_BURST + 1)]
    assert taken == [True] * PICTURES_BURST + [False]
    table.clock.advance(1)
    taken = [table.broker.pictures(0, came) for _ in range(PICTURES_PER_S + 1)]
    assert taken == [True] * PICTURES_PER_S + [False]


# By which session a request finds its own


def desk(table: Table) -> AliveDesk:
    at = AliveDesk({table.facts.session: table.broker}, table.clock)
    at.admit("the ticket", table.facts.session)
    return at


async def test_its_key_finds_the_session_and_nothing_else_does() -> None:
    table = Table().to_active()
    at = desk(table)
    frames = shown(table, 0)
    assert await at.pictures(key_of("the ticket"), 0) == tuple(frames)
    for key in (key_of("another"), "the ticket", table.facts.session, ""):
        with pytest.raises(Refusal, match="not-allowed"):
            await at.pictures(key, 0)


async def test_a_key_brings_the_pictures_of_its_own_session_and_no_other() -> None:
    mine, other = Table().to_active(), Table().to_active()
    at = AliveDesk({"1" * 32: mine.broker, "2" * 32: other.broker}, mine.clock)
    at.admit("my ticket", "1" * 32)
    at.admit("another's ticket", "2" * 32)
    [theirs] = shown(other, 0)
    waiting = asyncio.ensure_future(at.pictures(key_of("my ticket"), 0))
    assert await at.pictures(key_of("another's ticket"), 0) == (theirs,)
    [own] = [picture(0, size=32)]
    mine.broker.receive(Side.DEVICE, own)
    assert await waiting == (own,)


async def test_one_that_asks_too_often_is_told_so() -> None:
    table = Table().to_active()
    at = desk(table)
    while table.broker.pictures(0, Came()):
        pass
    with pytest.raises(Refusal, match="too-many"):
        await at.pictures(key_of("the ticket"), 0)


async def test_who_asks_too_often_takes_nothing_from_the_others_at_a_node() -> None:
    """INV-H1."""
    table, other = Table().to_active(), Table().to_active()
    at = AliveDesk({"1" * 32: table.broker, "2" * 32: other.broker}, table.clock)
    at.admit("the ticket", "1" * 32)
    at.admit("another's ticket", "2" * 32)
    while table.broker.pictures(0, Came()):
        pass
    for _ in range(PICTURES_NODE_BURST + 1):
        with pytest.raises(Refusal, match="too-many"):
            await at.pictures(key_of("the ticket"), 0)
    frames = shown(other, 0)
    assert await at.pictures(key_of("another's ticket"), 0) == tuple(frames)


def test_so_many_answers_of_a_session_may_be_unread_and_one_more_is_refused() -> None:
    """INV-F3: whoever opens connections and reads nothing holds no more than this."""
    table = Table().to_active()
    at = desk(table)
    with ExitStack() as unread:
        for _ in range(PICTURES_UNREAD):
            unread.enter_context(at.answering(key_of("the ticket")))
        with pytest.raises(Refusal, match="too-many"), at.answering(key_of("the ticket")):
            pass
        with at.answering(key_of("another's")):
            pass
    with at.answering(key_of("the ticket")):
        pass
    assert at._answering == {}


async def test_a_node_takes_no_more_than_it_can_and_signs_of_life_have_their_own_room() -> None:
    """INV-H3."""
    table = Table().to_active()
    at = desk(table)
    assert at._all_pictures.take(table.clock.s, PICTURES_NODE_BURST)
    with pytest.raises(Refusal, match="try-later"):
        await at.pictures(key_of("the ticket"), 0)
    assert at._all.take(table.clock.s)
