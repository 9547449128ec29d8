"""Signs of life beside a console's socket, at the relay: who may say them, and for how long they count."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from relay.ports import Refusal
from relay.session.alive import AliveDesk, key_of
from relay.session.facts import Limits, Side
from relay.session.machine import State
from tests.relay.kit import FakeClock, Table
from wire.limits import ALIVE_BURST, ALIVE_MOST_S, ALIVE_NODE_BURST, ALIVE_PER_S, CODE_LIFE_S
from wire.messages import Alive, AliveAnswer
from wire.reasons import EndReason, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from relay.session.broker import Broker

SIGN = Alive(k=1, n=7, pic=3, tag=bytes([5] * 64))
ANSWER = AliveAnswer(k=1, n=9, heard=7, tag=bytes([6] * 64))


class Heard(list[AliveAnswer]):
    def __call__(self, answer: AliveAnswer) -> None:
        self.append(answer)


def ended(table: Table) -> list[EndReason]:
    return [reason for reason, _ in table.journal.ends]


def only_device_speaks(table: Table, seconds: float, each: Callable[[], object] = lambda: None) -> None:
    for _ in range(round(seconds * 4)):
        table.clock.advance(0.25)
        table.broker.heard(Side.DEVICE)
        each()
        table.broker.tick(table.clock.s)


def test_it_goes_to_the_device_as_it_is_and_the_answer_to_who_asked() -> None:
    table, heard = Table().to_active(), Heard()
    assert table.broker.alive(SIGN, heard)
    assert table.device.said[-1] == SIGN
    table.says(Side.DEVICE, ANSWER)
    assert heard == [ANSWER]
    assert ANSWER not in table.console.said


def test_one_answer_is_for_all_who_wait_and_a_further_one_for_nobody() -> None:
    table, first, second = Table().to_active(), Heard(), Heard()
    table.broker.alive(SIGN, first)
    table.broker.alive(SIGN, second)
    table.says(Side.DEVICE, ANSWER)
    table.says(Side.DEVICE, ANSWER)
    assert (first, second) == ([ANSWER], [ANSWER])
    assert table.broker.state is State.ACTIVE


@pytest.mark.parametrize(
    ("reached", "may"), [("joined", False), ("sealed", False), ("to_consent", True), ("to_active", True)]
)
def test_only_where_the_ends_share_keys_and_the_device_has_said_so(reached: str, may: bool) -> None:  # noqa: FBT001 - the expected answer
    """A device that is asked before would have to take the relay for another one."""
    table: Table = getattr(Table(), reached)()
    assert table.broker.may_be_asked is may


def test_a_session_that_is_over_is_not_asked() -> None:
    table = Table().to_active()
    table.broker.end(EndReason.DRAINING)
    assert not table.broker.may_be_asked


def test_a_device_that_answers_before_it_shares_keys_breaks_the_rules() -> None:
    table = Table().joined()
    table.says(Side.DEVICE, ANSWER)
    assert table.device.error == (ErrorCode.WRONG_STATE, 4409)


def test_a_console_does_not_say_it_on_its_socket() -> None:
    table = Table().to_active()
    table.says(Side.CONSOLE, SIGN)
    assert table.console.error == (ErrorCode.BAD_MESSAGE, 4400)


def test_a_technician_heard_beside_the_socket_is_not_lost() -> None:
    table = Table().to_active()
    only_device_speaks(table, 9, lambda: table.broker.alive(SIGN, Heard()))
    assert not ended(table)


def test_it_stands_in_for_the_socket_for_ten_seconds_and_no_longer() -> None:
    """INV-B3: a connection that is lost for good ends the session, whatever comes beside it."""
    table = Table().to_active()
    only_device_speaks(table, ALIVE_MOST_S, lambda: table.broker.alive(SIGN, Heard()))
    assert not ended(table)
    only_device_speaks(table, 4.75, lambda: table.broker.alive(SIGN, Heard()))
    assert ended(table) == [EndReason.TECHNICIAN_LOST]


def test_heard_again_on_the_socket_it_counts_anew() -> None:
    table = Table().to_active()
    for _ in range(3):
        only_device_speaks(table, 9, lambda: table.broker.alive(SIGN, Heard()))
        table.broker.heard(Side.CONSOLE)
    assert not ended(table)


def test_silence_on_both_ways_ends_it_within_five_seconds() -> None:
    table = Table().to_active()
    only_device_speaks(table, 2)
    table.broker.alive(SIGN, Heard())
    only_device_speaks(table, 4.5)
    assert not ended(table)
    only_device_speaks(table, 0.25)
    assert ended(table) == [EndReason.TECHNICIAN_LOST]


def test_there_are_so_many_a_second_and_no_more_wait_than_may_ask() -> None:
    table, heard = Table().to_active(), Heard()
    taken = [table.broker.alive(SIGN, heard) for _ in range(ALIVE_BURST + 1)]
    assert taken == [True] * ALIVE_BURST + [False]
    table.clock.advance(1)
    taken = [table.broker.alive(SIGN, heard) for _ in range(ALIVE_PER_S + 1)]
    assert taken == [True] * ALIVE_PER_S + [False]
    assert len(table.device.said) >= ALIVE_BURST + ALIVE_PER_S
    table.says(Side.DEVICE, ANSWER)
    assert len(heard) == ALIVE_BURST


def test_a_device_with_no_room_is_lost_as_with_any_message() -> None:
    table = Table().to_active()
    table.device.room = 0
    table.broker.alive(SIGN, Heard())
    assert ended(table) == [EndReason.DEVICE_LOST]


# By which session a request finds its own


def desk(table: Table, clock: FakeClock | None = None) -> AliveDesk:
    brokers: dict[str, Broker] = {table.facts.session: table.broker}
    return AliveDesk(brokers, clock or table.clock)


async def test_its_key_finds_the_session_and_nothing_else_does() -> None:
    table = Table().to_active()
    at = desk(table)
    at.admit("the ticket", table.facts.session)

    async def answers() -> None:
        assert table.device.said[-1] == SIGN
        table.says(Side.DEVICE, ANSWER)

    answer, _ = await asyncio.gather(at.ask(key_of("the ticket"), SIGN), answers())
    assert answer == ANSWER
    for key in (key_of("another"), "the ticket", table.facts.session, ""):
        with pytest.raises(Refusal, match="not-allowed"):
            await at.ask(key, SIGN)


async def test_a_key_reaches_the_device_of_its_own_session_and_no_other() -> None:
    """Somebody else's ticket is somebody else's session, however alive both are."""
    mine, other = Table().to_active(), Table().to_active()
    at = AliveDesk({"1" * 32: mine.broker, "2" * 32: other.broker}, mine.clock)
    at.admit("my ticket", "1" * 32)
    at.admit("another's ticket", "2" * 32)

    async def answers() -> None:
        assert SIGN in other.device.said
        other.says(Side.DEVICE, ANSWER)

    await asyncio.gather(at.ask(key_of("another's ticket"), SIGN), answers())
    assert SIGN not in mine.device.said


async def test_one_that_comes_too_often_is_told_so() -> None:
    table = Table().to_active()
    at = desk(table)
    at.admit("the ticket", table.facts.session)
    while table.broker.alive(SIGN, Heard()):
        pass
    with pytest.raises(Refusal, match="too-many"):
        await at.ask(key_of("the ticket"), SIGN)


async def test_a_session_that_is_over_or_unknown_here_is_not_asked() -> None:
    table = Table().to_active()
    at = desk(table)
    at.admit("the ticket", table.facts.session)
    at.admit("of another node", "f" * 32)
    table.broker.end(EndReason.DRAINING)
    for ticket in ("the ticket", "of another node"):
        with pytest.raises(Refusal, match="not-allowed"):
            await at.ask(key_of(ticket), SIGN)


async def test_its_key_is_forgotten_with_the_session() -> None:
    table = Table().to_active()
    brokers = {table.facts.session: table.broker}
    at = AliveDesk(brokers, table.clock)
    at.admit("the ticket", table.facts.session)
    at.admit("of a code that nobody typed", "f" * 32)
    table.clock.advance(CODE_LIFE_S)
    at.tick(table.clock.s)
    assert len(at._held) == 1
    brokers.clear()
    at.tick(table.clock.s)
    assert at._held == {}


async def test_a_node_takes_no_more_than_it_can_whoever_asks() -> None:
    """INV-H3: after a standstill all consoles may speak at once; who is too many comes again."""
    table = Table().to_active()
    at = desk(table)
    at.admit("the ticket", table.facts.session)
    assert at._all.take(table.clock.s, ALIVE_NODE_BURST)
    with pytest.raises(Refusal, match="try-later"):
        await at.ask(key_of("the ticket"), SIGN)
    assert SIGN not in table.device.said


async def test_who_says_it_too_often_takes_nothing_from_the_others_at_a_node() -> None:
    """INV-H1."""
    table = Table().to_active()
    at = desk(table)
    at.admit("the ticket", table.facts.session)
    while table.broker.alive(SIGN, Heard()):
        pass
    for _ in range(ALIVE_NODE_BURST + 1):
        with pytest.raises(Refusal, match="too-many"):
            await at.ask(key_of("the ticket"), SIGN)
    assert at._all.take(table.clock.s, ALIVE_NODE_BURST)


async def test_who_has_no_key_takes_nothing_from_those_who_have_one() -> None:
    """INV-H1."""
    table = Table().to_active()
    at = desk(table)
    for _ in range(ALIVE_NODE_BURST + 1):
        with pytest.raises(Refusal, match="not-allowed"):
            await at.ask(key_of("nobody's"), SIGN)
    assert at._all.take(table.clock.s, ALIVE_NODE_BURST)


def test_it_is_no_command_so_that_idle_stays_idle() -> None:
    """INV-B5."""
    table = Table(Limits(idle_s=8)).to_active()
    for _ in range(40):
        only_device_speaks(table, 0.25, lambda: table.broker.alive(SIGN, Heard()))
        table.broker.heard(Side.CONSOLE)
    assert ended(table) == [EndReason.IDLE]
