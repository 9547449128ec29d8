"""The driver of carriers: a fake peer, a clock that only moves when told, and every way a try can go."""

from __future__ import annotations

import asyncio
from math import ceil
from typing import TYPE_CHECKING

import pytest

from device_agent.carrier.carriers import PICTURE, SILENT_S, SOUND, STALL_AT_MOST_S, Carriers
from device_agent.carrier.machine import PATIENCE_S, State
from seal.errors import SealError
from seal.messages import CarrierName, Signal, SignalKind
from tests.agent.fakes import FakeClock
from wire.limits import (
    DIRECT_STALL_MS,
    LEASE_END_MS,
    LEASE_PING_FLOW_MS,
    PICTURE_QUEUE_BYTES,
    SIGNAL_OFFER_S,
    SIGNAL_OFFERS,
)

if TYPE_CHECKING:
    from collections.abc import Callable

STALL_S = DIRECT_STALL_MS / 1000
PONG_S = LEASE_PING_FLOW_MS / 1000
OFFER = Signal(kind=SignalKind.OFFER, data="an offer")
ANSWER = Signal(kind=SignalKind.ANSWER, data="an answer")
BYE = Signal(kind=SignalKind.BYE, data="")


class NoWay(Exception):  # noqa: N818
    """What the fake peer fails with."""


class FakePeer:
    """Answers when told to."""

    largest = 1000

    def __init__(
        self, opened: Callable[[], None], lost: Callable[[], None], arrived: Callable[[], None]
    ) -> None:
        self.opened, self.lost, self.arrived = opened, lost, arrived
        self.sent: list[tuple[int, bytes]] = []
        self.queued = self.dropped = 0
        self.is_shut = False
        self.answering: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def answer(self, offer: str) -> str:
        assert offer == OFFER.data
        return await self.answering

    def send(self, channel: int, frame: bytes) -> None:
        assert not self.is_shut
        self.sent.append((channel, frame))

    def drop(self) -> None:
        self.dropped += 1

    def shut(self) -> None:
        self.is_shut = True


class Table:
    """One session's carriers and all that they say."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.said: list[Signal] = []
        self.changes = self.held = 0
        self.peers: list[FakePeer] = []
        self.carriers = Carriers(
            frames=self,
            clock=self.clock,
            spawn=lambda work: asyncio.get_running_loop().create_task(work),
            make_peer=self._make,
            failures=(NoWay,),
        )

    def _make(
        self, opened: Callable[[], None], lost: Callable[[], None], arrived: Callable[[], None]
    ) -> FakePeer:
        self.peers.append(FakePeer(opened, lost, arrived))
        return self.peers[-1]

    def say(self, signal: Signal) -> None:
        self.said.append(signal)

    def proofs(self) -> list[bytes]:
        return [b"one", b"two", b"three"]

    def carrier_changed(self) -> None:
        self.changes += 1

    def held_up(self) -> None:
        self.held += 1

    @property
    def state(self) -> State:
        return self.carriers.state

    @property
    def peer(self) -> FakePeer:
        return self.peers[-1]

    async def to(self, state: State) -> Table:
        """An honest console takes it there."""
        steps = [State.ANSWERING, State.OPENING, State.PROVING, State.DIRECT]
        for goal in steps[: steps.index(state) + 1]:
            match goal:
                case State.ANSWERING:
                    self.carriers.heard(OFFER)
                case State.OPENING:
                    await settle()
                    self.peer.answering.set_result(ANSWER.data)
                case State.PROVING:
                    self.peer.opened()
                case _:
                    self.carriers.told(CarrierName.DC)
            await settle()
        assert self.state is state
        return self

    async def pass_time(self, seconds: float, *, silent: bool = False) -> None:
        """The console answers pings all the while, unless nothing of it comes through the relay."""
        steps = max(1, ceil(seconds / PONG_S))
        for _ in range(steps):
            self.clock.advance(seconds / steps)
            if not silent:
                self.carriers.console_heard()
            await settle()


async def settle() -> None:
    for _ in range(6):
        await asyncio.sleep(0)  # every other task runs until it waits


async def test_pictures_take_the_channel_once_the_console_has_opened_the_proofs() -> None:
    table = await Table().to(State.PROVING)
    assert table.said == [ANSWER]
    assert table.peer.sent == [(PICTURE, b"one"), (PICTURE, b"two"), (PICTURE, b"three")]
    assert table.changes == 0
    table.carriers.told(CarrierName.DC)
    assert table.carriers.is_direct
    assert table.changes == 1
    table.carriers.send_picture(7, b"picture")
    table.carriers.send_sound(b"sound")
    assert table.peer.sent[3:] == [(PICTURE, b"picture"), (SOUND, b"sound")]


@pytest.mark.parametrize("state", [State.ANSWERING, State.OPENING, State.PROVING, State.DIRECT])
async def test_the_end_shuts_the_channel_in_the_same_step_and_says_nothing(state: State) -> None:
    """INV-B1, INV-B3: no timeout of ICE or SCTP is waited for."""
    table = await Table().to(state)
    await settle()
    said, peer = list(table.said), table.peer
    table.carriers.close()
    assert (table.state, peer.is_shut, table.said) == (State.OVER, True, said)
    table.carriers.send_picture(8, b"late")
    table.carriers.send_sound(b"late")
    table.carriers.heard(OFFER)
    peer.opened()
    table.carriers.told(CarrierName.DC)
    await table.pass_time(60)
    assert (table.state, table.said, len(table.peers)) == (State.OVER, said, 1)
    assert (PICTURE, b"late") not in peer.sent


@pytest.mark.parametrize("state", PATIENCE_S)
async def test_a_try_that_takes_too_long_is_given_up(state: State) -> None:
    table = await Table().to(state)
    await settle()
    await table.pass_time(PATIENCE_S[state] - 0.01)
    assert table.state is state
    await table.pass_time(0.02)
    assert (table.state, table.peer.is_shut, table.said[-1]) == (State.RELAY, True, BYE)


async def test_an_offer_that_leads_nowhere_is_answered_with_bye() -> None:
    table = await Table().to(State.ANSWERING)
    await settle()
    table.peer.answering.set_exception(NoWay("no candidate"))
    await settle()
    assert (table.state, table.peer.is_shut, table.said) == (State.RELAY, True, [BYE])


async def test_pictures_that_are_not_acknowledged_end_the_channel_within_its_time() -> None:
    """INV-B3: a dead way is left after 500 ms, not when SCTP or ICE notice."""
    table = await Table().to(State.DIRECT)
    table.carriers.send_picture(1, b"picture")
    await settle()
    await table.pass_time(STALL_S - 0.01)
    assert table.carriers.is_direct
    await table.pass_time(0.02)
    assert (table.state, table.peer.is_shut, table.said[-1], table.changes) == (State.RELAY, True, BYE, 2)


async def test_a_line_that_is_silent_altogether_does_not_cost_the_channel() -> None:
    """Both ways wait for it, and this one is the sooner back (decision 0070)."""
    table = await Table().to(State.DIRECT)
    table.carriers.send_picture(1, b"picture")
    await settle()
    await table.pass_time(LEASE_END_MS / 1000, silent=True)
    assert table.carriers.is_direct
    table.carriers.console_heard()  # and what it has drawn it says next
    await table.pass_time(STALL_S - 0.05)
    assert table.carriers.is_direct
    table.carriers.acknowledged(1)
    await table.pass_time(60)
    assert table.carriers.is_direct
    assert table.said == [ANSWER]


@pytest.mark.parametrize("word_s", [0.0, 0.05, 0.3, STALL_S - 0.01])
async def test_a_word_that_was_on_its_way_when_the_line_fell_silent_does_not_cost_the_channel(
    word_s: float,
) -> None:
    table = await Table().to(State.DIRECT)
    table.carriers.send_picture(1, b"picture")
    await table.pass_time(word_s, silent=True)
    table.carriers.console_heard()
    await table.pass_time(3, silent=True)
    assert table.carriers.is_direct
    table.carriers.console_heard()
    await table.pass_time(0.2)
    table.carriers.acknowledged(1)
    await table.pass_time(10)
    assert table.carriers.is_direct


@pytest.mark.parametrize("silence_s", [SILENT_S + 0.01, 1.0, 2.0])
async def test_a_silence_is_one_from_six_tenths_of_a_second_on(silence_s: float) -> None:
    table = await Table().to(State.DIRECT)
    table.carriers.send_picture(1, b"picture")
    await table.pass_time(silence_s, silent=True)
    table.carriers.console_heard()
    assert table.carriers.is_direct
    await table.pass_time(STALL_S + 0.01)
    assert table.state is State.RELAY


async def test_one_word_now_and_then_keeps_no_dead_channel() -> None:
    """INV-B3 in spirit: not while a relay lets through what keeps the session and nothing else."""
    table = await Table().to(State.DIRECT)
    table.carriers.send_picture(1, b"picture")
    passed = 0.0
    while table.carriers.is_direct:
        assert passed <= LEASE_END_MS / 1000 + STALL_AT_MOST_S + 1
        await table.pass_time(0.7, silent=True)
        passed += 0.7
        table.carriers.console_heard()


async def test_into_a_silence_no_sound_is_sent() -> None:
    """It would come late, and before the pictures."""
    table = await Table().to(State.DIRECT)
    for seconds, piece in ((1.05, b"1"), (0.5, b"2"), (0.06, b"late"), (3, b"late")):
        await table.pass_time(seconds, silent=True)
        table.carriers.send_sound(piece)
    table.carriers.console_heard()
    table.carriers.send_sound(b"3")
    assert [data for channel, data in table.peer.sent if channel == SOUND] == [b"1", b"2", b"3"]


async def test_a_still_screen_that_is_asked_once_a_second_loses_no_sound() -> None:
    table = await Table().to(State.DIRECT)
    for piece in range(500):
        await table.pass_time(0.02, silent=piece % 50 != 0)
        table.carriers.send_sound(b"sound")
    assert len([channel for channel, _ in table.peer.sent if channel == SOUND]) == 500


async def test_what_the_customer_hides_is_dropped_and_not_waited_for() -> None:
    for state, dropped in ((State.DIRECT, 1), (State.PROVING, 0)):
        table = await Table().to(state)
        table.carriers.send_picture(1, b"picture")
        table.carriers.drop()
        assert table.peer.dropped == dropped
        await table.pass_time(1)
        assert table.state is state
    Table().carriers.drop()  # with no channel there is nothing to drop


async def test_a_channel_that_stays_dead_when_the_line_is_back_is_left_like_any_other() -> None:
    table = await Table().to(State.DIRECT)
    table.carriers.send_picture(1, b"picture")
    await settle()
    await table.pass_time(3, silent=True)
    table.carriers.console_heard()
    await table.pass_time(STALL_S - 0.05)
    assert table.carriers.is_direct
    await table.pass_time(STALL_S)
    assert (table.state, table.peer.is_shut, table.said[-1]) == (State.RELAY, True, BYE)


async def test_what_arrives_lets_another_leave_only_while_nothing_else_is_heard() -> None:
    table = await Table().to(State.DIRECT)
    table.carriers.send_picture(1, b"picture")
    table.carriers.acknowledged(1)
    await table.pass_time(SILENT_S - 0.05, silent=True)
    table.peer.arrived()
    assert table.held == 0
    await table.pass_time(0.1, silent=True)
    assert table.held == 0
    table.carriers.tick()
    assert table.held == 1, "what had come before it fell silent counts as well"
    table.carriers.tick()
    assert table.held == 1, "and once"
    table.peer.arrived()
    assert table.held == 2, "what comes now is told at once"
    table.carriers.console_heard()
    table.peer.arrived()
    table.carriers.tick()
    assert table.held == 2


async def test_what_an_old_channel_reports_to_have_arrived_says_nothing() -> None:
    table = await Table().to(State.DIRECT)
    old = table.peer
    await table.pass_time(SIGNAL_OFFER_S)
    await table.to(State.DIRECT)
    assert table.peer is not old
    await table.pass_time(1, silent=True)
    old.arrived()
    assert table.held == 0
    table.peer.arrived()
    assert table.held == 1


async def test_a_channel_that_does_not_carry_yet_lets_nothing_leave() -> None:
    table = await Table().to(State.PROVING)
    await table.pass_time(1, silent=True)
    table.peer.arrived()  # its proofs
    assert table.held == 0


async def test_acknowledged_pictures_keep_the_channel() -> None:
    table = await Table().to(State.DIRECT)
    for pic in range(1, 20):
        table.carriers.send_picture(pic, b"picture")
        await settle()
        await table.pass_time(STALL_S / 2)
        table.carriers.acknowledged(pic)
    await table.pass_time(60)
    assert table.carriers.is_direct


async def test_a_console_that_always_took_long_is_given_longer_but_not_for_ever() -> None:
    table = await Table().to(State.DIRECT)
    table.carriers.send_picture(1, b"picture")
    await settle()
    await table.pass_time(0.5)
    table.carriers.acknowledged(1)
    table.carriers.send_picture(2, b"picture")
    await settle()
    await table.pass_time(1.4)
    assert table.carriers.is_direct
    await table.pass_time(0.2)
    assert table.state is State.RELAY


async def test_a_large_picture_is_given_the_time_that_its_bytes_take() -> None:
    table = await Table().to(State.DIRECT)
    table.carriers.send_picture(1, bytes(100_000))
    await settle()
    await table.pass_time(STALL_S + 0.39)
    assert table.carriers.is_direct
    await table.pass_time(0.02)
    assert table.state is State.RELAY


async def test_a_key_frame_in_place_of_what_was_lost_is_not_held_against_the_channel() -> None:
    table = await Table().to(State.DIRECT)
    table.carriers.send_picture(1, b"picture")
    await settle()
    await table.pass_time(STALL_S / 2)
    table.carriers.forget()
    await table.pass_time(STALL_S)
    assert table.carriers.is_direct


async def test_a_queue_that_only_grows_ends_the_channel() -> None:
    """INV-F3."""
    table = await Table().to(State.DIRECT)
    table.peer.queued = PICTURE_QUEUE_BYTES + 1
    table.carriers.send_picture(1, b"picture")
    assert table.state is State.RELAY


@pytest.mark.parametrize("state", [State.ANSWERING, State.OPENING, State.PROVING, State.DIRECT])
async def test_a_console_that_goes_back_is_followed_without_a_word(state: State) -> None:
    for word in (BYE, CarrierName.WS):
        table = await Table().to(state)
        await settle()
        said, peer = list(table.said), table.peer
        if isinstance(word, Signal):
            table.carriers.heard(word)
        else:
            table.carriers.told(word)
        assert (table.state, peer.is_shut, table.said) == (State.RELAY, True, said)
        assert table.changes == (2 if state is State.DIRECT else 0)


async def test_what_an_old_peer_reports_changes_nothing() -> None:
    table = await Table().to(State.OPENING)
    old = table.peer
    await table.pass_time(SIGNAL_OFFER_S)
    table.carriers.heard(OFFER)
    await settle()
    assert old.is_shut
    old.opened()
    old.lost()
    assert (table.state, len(table.peers)) == (State.ANSWERING, 2)


async def test_proofs_that_nobody_sent_prove_nothing() -> None:
    table = await Table().to(State.OPENING)
    table.carriers.told(CarrierName.DC)
    assert table.state is State.OPENING


async def test_offers_come_one_after_another_and_not_for_ever() -> None:
    """INV-F2: neither fast nor many."""
    table = await Table().to(State.ANSWERING)
    table.carriers.heard(OFFER)
    await settle()
    assert (table.said, len(table.peers)) == ([BYE], 1)
    for _ in range(SIGNAL_OFFERS + 2):
        await table.pass_time(SIGNAL_OFFER_S)
        table.carriers.heard(OFFER)
        await settle()
    assert len(table.peers) == SIGNAL_OFFERS
    assert table.said[-1] == BYE


async def test_the_console_does_not_answer() -> None:
    with pytest.raises(SealError):
        Table().carriers.heard(ANSWER)


async def test_a_screen_that_may_not_be_seen_any_more_has_no_channel() -> None:
    table = await Table().to(State.DIRECT)
    table.carriers.withdraw()
    assert (table.state, table.peer.is_shut, table.said[-1]) == (State.RELAY, True, BYE)
