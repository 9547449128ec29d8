"""Bugs put into the product on purpose: a simulator that does not find them would not find others either.

Each is a small change somebody could make in good faith. `profiles` are the days on which it can show.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import sqlalchemy as sa

from device_agent.actions import Actions
from device_agent.call import Call
from device_agent.picture.still import Ended, Still
from device_agent.session import Session
from relay.pin import store as pin_store
from relay.pin.machine import State
from relay.pin.rules import Kind
from relay.pin.service import PinService
from relay.ports import Redeemed
from relay.session import store as session_store
from relay.session.broker import Broker
from relay.session.command_log import CommandLog, _tell
from relay.session.facts import Side
from relay.session.seat import DeviceSeat
from relay.session.service import SessionService
from relay.session.tickets import _hash
from tests.sim.loop import process_here
from tests.sim.store import Store
from wire.encoding import sha256_b64

if TYPE_CHECKING:
    from wire.reasons import EndReason

Plant = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Bug:
    name: str
    plant: Plant
    profiles: tuple[str, ...]
    promises: tuple[str, ...]  # one of these must be what the oracle names


def _patched(owner: object, name: str, double: object) -> Plant:
    return lambda: mock.patch.object(owner, name, double)


_LOADED: Final[contextvars.ContextVar[str | None]] = contextvars.ContextVar("loaded")


@contextmanager
def _load_then_save() -> Iterator[None]:
    redeem = PinService.redeem

    async def load_first(self: PinService, *, locator: str, **rest: Any) -> object:
        async with self._storage.read() as conn:
            query = sa.select(pin_store.pin.c.session).where(
                pin_store.pin.c.locator_live == locator,
                pin_store.pin.c.state == State.ISSUED,
                pin_store.pin.c.expires_at > self._clock.now_ms(),
            )
            _LOADED.set((await conn.execute(query)).scalar_one_or_none())
        return await redeem(self, locator=locator, **rest)

    async def save(conn: Any, *, account: str, now: int, **_: object) -> str | None:
        session = _LOADED.get()
        if session is not None:
            taken = {
                "state": State.REDEEMED,
                "locator_live": None,
                "redeemed_by": account,
                "redeemed_at": now,
            }
            await conn.execute(
                pin_store.pin.update().where(pin_store.pin.c.session == session).values(**taken)
            )
        return session

    with mock.patch.object(PinService, "redeem", load_first), mock.patch.object(pin_store, "take", save):
        yield


async def _end_again(conn: Any, session_id: str, reason: EndReason, at: int) -> bool:
    session = session_store.session
    await conn.execute(session.update().where(session.c.id == session_id).values(reason=reason, ended_at=at))
    return True


@contextmanager
def _resumed() -> Iterator[None]:
    gone = Broker.gone

    def join(self: SessionService, ticket: str) -> object:
        held = self._tickets._held.get(_hash(ticket))
        return held.place if held is not None else None

    def only_the_device(self: Broker, side: Side) -> None:
        if side is Side.DEVICE:
            gone(self, side)

    with mock.patch.object(SessionService, "join", join), mock.patch.object(Broker, "gone", only_the_device):
        yield


@contextmanager
def _forgotten_at_success() -> Iterator[None]:
    redeem = PinService.redeem

    async def forgiving(self: PinService, *, account: str, **rest: Any) -> object:
        outcome = await redeem(self, account=account, **rest)
        if isinstance(outcome, Redeemed):
            async with self._storage.write("forgive") as conn:
                await pin_store.put(conn, Kind.MISS, account, ())
        return outcome

    with mock.patch.object(PinService, "redeem", forgiving):
        yield


@contextmanager
def _in_memory() -> Iterator[None]:
    """The limiter's counts live in the process: a restart forgets them."""
    counts: dict[tuple[object, Kind, str], tuple[int, ...]] = {}

    async def held(conn: Any, kind: Kind, subject: str) -> tuple[int, ...]:
        return counts.get((process_here(), kind, subject), ())

    async def kept(conn: Any, kind: Kind, subject: str, times: tuple[int, ...]) -> None:
        counts[process_here(), kind, subject] = times

    with mock.patch.object(pin_store, "hold", held), mock.patch.object(pin_store, "put", kept):
        yield


def _forward_at_once(self: Broker, seq: int, frame: bytes) -> None:
    digest = sha256_b64(frame)
    self._records.answers.forwarded(digest, self._clock.monotonic())
    self._to_device(frame)
    self._journal.frame(seq, digest, lambda: None)


async def _nothing(self: SessionService, account: str) -> None:
    return


@contextmanager
def _told_too_soon() -> Iterator[None]:
    commit = CommandLog._commit

    async def tell_first(self: CommandLog, batch: Any) -> None:
        for item in batch:
            _tell(item.done)
            with contextlib.suppress(AttributeError):
                item.done = lambda: None
        await commit(self, batch)

    with mock.patch.object(CommandLog, "_commit", tell_first):
        yield


@contextmanager
def _stop_asks_the_relay() -> Iterator[None]:
    stop = Call.stop

    def later(self: Call, reason: EndReason) -> None:
        async def when_heard() -> None:
            line, asked = self._line, self._kit.clock.boot()
            while line is not None and line.heard_at <= asked:  # noqa: ASYNC110 - it need not be elegant
                await asyncio.sleep(0.02)  # virtual time
            stop(self, reason)

        self._spawn(when_heard())

    with mock.patch.object(Call, "stop", later):
        yield


class _Wall:
    """The server's clock without its memory of how late it was."""

    def __init__(self, clock: Any) -> None:
        self.now_ms = clock._wall_ms
        self.monotonic = clock.monotonic


@contextmanager
def _by_the_wall() -> Iterator[None]:
    made, sat = PinService.__init__, DeviceSeat.__init__

    def make(self: PinService, **parts: Any) -> None:
        made(self, **parts)
        self._clock = _Wall(self._clock)

    def sit(self: DeviceSeat, **parts: Any) -> None:
        sat(self, **parts)
        self._clock = _Wall(self._clock)

    def has_expired(self: DeviceSeat, now: float) -> bool:
        assert self.issued is not None
        return self._clock.now_ms() >= self.issued.expires_at

    def get(self: Call) -> float | None:
        until: float | None = self.__dict__.get("until")
        return until if self._taken or until is None else float("inf")  # the set trusts the relay

    def put(self: Call, value: float | None) -> None:
        self.__dict__["until"] = value

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(PinService, "__init__", make))
        stack.enter_context(mock.patch.object(DeviceSeat, "__init__", sit))
        stack.enter_context(mock.patch.object(DeviceSeat, "_has_expired", has_expired))
        stack.enter_context(mock.patch.object(Call, "_expires_at", property(get, put), create=True))
        yield


@contextmanager
def _unsynced() -> Iterator[None]:
    made = Store.__init__

    def careless(self: Store, *parts: Any) -> None:
        made(self, *parts)
        self.health.unsynced = True

    with mock.patch.object(Store, "__init__", careless):
        yield


@contextmanager
def _shown_without_a_word() -> Iterator[None]:
    record = Session._record_hide

    def only_hiding(self: Session, *, hidden: bool) -> None:
        if hidden:
            record(self, hidden=hidden)

    with mock.patch.object(Session, "_record_hide", only_hiding):
        yield


def _signs_what_is_there(self: Still) -> None:
    """The hash of the last part, where that of the whole is meant."""
    assert self._made is not None
    self._end(Ended(sha256=sha256_b64(self._made.data[-1:])))


async def _pins_only(self: SessionService) -> int:
    return await self._pins.recover()


BUGS: Final = (
    Bug(
        "a code is loaded, then saved",
        _load_then_save,
        ("people", "guessing"),
        ("INV-A1", "INV-B5", "INV-B6"),
    ),
    Bug(
        "the lease is not checked",
        _patched(Session, "may_execute", lambda self, hb: True),
        ("lines", "ends"),
        ("INV-B3", "INV-B4"),
    ),
    Bug(
        "an end is written twice", _patched(session_store, "end", _end_again), ("store", "relay"), ("INV-B6",)
    ),
    Bug("an old ticket resumes a session", _resumed, ("lines", "ends"), ("INV-A8",)),
    Bug("answers come before the disk has it", _unsynced, ("relay", "store"), ("INV-E1", "INV-D2")),
    Bug("a good code clears the misses", _forgotten_at_success, ("guessing",), ("INV-A4",)),
    Bug("the limiter forgets at a restart", _in_memory, ("guessing",), ("INV-A4",)),
    Bug(
        "a command is forwarded before it is durable",
        _patched(Broker, "_command", _forward_at_once),
        ("calm", "lines"),
        ("INV-D1",),
    ),
    Bug(
        "signing out leaves the session open",
        _patched(SessionService, "revoke", _nothing),
        ("people",),
        ("INV-B5",),
    ),
    Bug("a record is told before the commit", _told_too_soon, ("calm", "store"), ("INV-D1", "INV-E1")),
    Bug("stop waits for the network", _stop_asks_the_relay, ("lines", "calm"), ("INV-B1",)),
    Bug("a code expires by the relay's wall clock alone", _by_the_wall, ("patient",), ("INV-A3",)),
    Bug(
        "a restart leaves sessions open",
        _patched(SessionService, "recover", _pins_only),
        ("relay",),
        ("INV-B6",),
    ),
    Bug(
        "a text is typed on under a hidden screen",
        _patched(Actions, "customer_hid", lambda self: None),
        ("undecided",),
        ("decision 0044",),
    ),
    Bug(
        "a still goes on once the screen is shown again",
        _patched(Still, "withdraw", lambda self: None),
        ("undecided",),
        ("decision 0044",),
    ),
    Bug("showing the screen again is not signed", _shown_without_a_word, ("undecided",), ("decision 0047",)),
    Bug(
        "a still is signed with another hash",
        _patched(Still, "sent", _signs_what_is_there),
        ("undecided",),
        ("decision 0045",),
    ),
    Bug(
        "the technician reaches the panel",
        _patched(Call, "is_covered", lambda self: False),
        ("calm", "lines"),
        ("INV-B9",),
    ),
)
