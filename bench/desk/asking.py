"""All that is asked of desks with few and with many pieces: registrations, then inquiries of three kinds."""

from __future__ import annotations

import random
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Final

import aiohttp

from bench.desk.load import timed
from bench.desk.report import Measured
from bench.desk.serving import served
from bench.desk.ways import MARKET, InProcess, OverHttp, new_owners, open_desk
from care.desk.counting import pace
from care.desk.limits import ASK_BY_ALL
from server.storage.engine import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from bench.desk.load import Timing
    from bench.desk.supply import SupplyList
    from bench.desk.ways import Way
    from server.settings import Settings

AT_ONCE: Final = (1, 16)
INQUIRIES: Final = ("known", "unknown", "registered")
REGISTRATION: Final = "registration"
_INQUIRIES_MOST: Final = 100_000  # of one kind; each comes from an address of its own
_REGISTRATIONS_A_SECOND_MOST: Final = 400
_REGISTRATIONS_LEAST: Final = 4
_BEYOND: Final = 1_000_000  # so many places behind the last one that is ever supplied nothing is


class Wrong(Exception):  # noqa: N818 - reads as what it is
    """A question was answered otherwise than it must be: what it took says nothing then."""


@dataclass(frozen=True, slots=True)
class Stock:
    """What a desk was supplied with: the first `units` places of the list.

    Of each two neighbours the first may be registered, the second never is.
    """

    name: str
    units: int
    registered: list[int] = field(default_factory=list)

    def to_register(self, seed: int, count: int) -> list[int]:
        """So many places of which nothing is registered yet."""
        taken = set(self.registered)
        free = [place for place in range(0, self.units, 2) if place not in taken]
        return random.Random(seed).sample(free, count)

    def places(self, kind: str, seed: int) -> Callable[[int], int]:
        """The place of each question in turn, drawn from all there are."""
        drawn = random.Random(seed)
        match kind:
            case "known":
                return lambda _: 2 * drawn.randrange(self.units // 2) + 1
            case "registered":
                return lambda _: drawn.choice(self.registered)
        return lambda _: self.units + _BEYOND + drawn.randrange(_BEYOND)


@dataclass(frozen=True, slots=True)
class OpenDesk:
    """A desk on its database, and every way to ask it."""

    stock: Stock
    database: Database
    ways: dict[str, Way]


@asynccontextmanager
async def opened(settings: Settings, folder: Path, stock: Stock) -> AsyncIterator[OpenDesk]:
    """With a server of its own, until the block ends."""
    database = await Database.open(settings.database)
    try:
        desk = open_desk(database)
        limit = aiohttp.TCPConnector(limit=max(AT_ONCE))
        async with served(settings, folder) as origin, aiohttp.ClientSession(connector=limit) as http:
            ways = (InProcess(desk), OverHttp(http, origin, desk.terms_of(MARKET)))
            yield OpenDesk(stock, database, {way.name: way for way in ways})
    finally:
        await database.close()


@dataclass(frozen=True, slots=True)
class Visit:
    """How long each load is asked. `pieces` is the list that all desks were supplied from."""

    pieces: SupplyList
    seed: int
    seconds: float

    async def ask_all(self, desks: Sequence[OpenDesk], say: Callable[[str], None]) -> list[Measured]:
        """Each load of all desks in turn: what slows the machine meets them alike. Raises Wrong."""
        measured: list[Measured] = []
        for what in (REGISTRATION, *INQUIRIES):
            for way, at_once in product(desks[0].ways, AT_ONCE):
                for desk in desks:
                    load = self._registrations if what == REGISTRATION else partial(self._inquiries, what)
                    timing = await load(desk, desk.ways[way], at_once)
                    measured.append(Measured(desk.stock.name, what, way, at_once, timing))
                    say(str(measured[-1]))
        return measured

    async def _registrations(self, desk: OpenDesk, way: Way, at_once: int) -> Timing:
        stock = desk.stock
        loads = len(desk.ways) * len(AT_ONCE)
        wanted = max(int(self.seconds * _REGISTRATIONS_A_SECOND_MOST), _REGISTRATIONS_LEAST)
        most = min(wanted, stock.units // 2 // loads)
        chosen = stock.to_register(self.seed, most)
        async with desk.database.write("owners") as conn:
            owners = await new_owners(conn, most, now=time.time_ns() // 1_000_000)

        async def register(number: int) -> None:
            place = chosen[number]
            came = await way.register(owners[number], self.pieces[place], source=_source(number))
            _check(REGISTRATION, came, "")
            stock.registered.append(place)

        return await timed(register, at_once=at_once, seconds=self.seconds, most=most, before=_nothing)

    async def _inquiries(self, kind: str, desk: OpenDesk, way: Way, at_once: int) -> Timing:
        place_of = desk.stock.places(kind, self.seed + at_once)
        expected = "unknown-serial" if kind == "unknown" else ""

        async def inquire(number: int) -> None:
            piece = self.pieces[place_of(number)]
            _check(kind, await way.inquire(piece.number, source=_source(number)), expected)

        async def before(number: int) -> None:
            if number % (ASK_BY_ALL.burst // 2) == 0:
                await _forget_pace(desk.database)

        return await timed(
            inquire, at_once=at_once, seconds=self.seconds, most=_INQUIRIES_MOST, before=before
        )


def _check(what: str, came: str, expected: str) -> None:
    if came != expected:
        raise Wrong(f"{what}: {came or 'answered'} instead of {expected or 'an answer'}")


def _source(number: int) -> str:
    """An address of its own: the limits of one caller are never met."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


async def _nothing(_: int) -> None:
    pass


async def _forget_pace(database: Database) -> None:
    """What all together may ask begins anew: the desk is measured, and not how it slows them down."""
    async with database.write("pace") as conn:
        await conn.execute(pace.delete())
