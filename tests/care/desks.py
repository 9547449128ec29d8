"""A desk of the invented maker's over a database, with its catalogue and a few supplied pieces."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import locales
from care.catalogue.maker import INVENTED, read_maker_data
from care.desk.ground import Customer, Ground
from care.desk.once import wish
from care.desk.registering import Wish
from care.desk.service import Desk
from care.ids import uuid7
from care.ports import Refusal
from care.registration.rules import Channel
from server.desk import Table
from server.storage.engine import StorageAway
from tests.care.tables import NOW_MS, catalogue_of, file_of, imported

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from care.desk.ground import Storage
    from care.desk.once import Once
    from care.desk.views import RegistrationView
    from server.desk import Imports
    from server.storage.engine import Database

TERMS = "lv-2026-11"
ANNA = Customer("a" * 32, "LV", "lv")
BERIT = Customer("b" * 32, "NO", "nb")
SERIAL = "0A1B2C3D4E5F6G7"  # a television's
WASHER = "WM11AA22BB33CC4"
IMEI = "490154203237518"
UNKNOWN = "0A1B2C3D4E5F6G8"
TV_ROW = {
    "serial": SERIAL,
    "imei": "",
    "model": "VQ55Q7",
    "manufactured_on": "2026-01-10",
    "shipped_on": "2026-02-01",
    "delivered_on": "2026-02-09",
    "country": "LV",
    "document": "DN-1001",
}
WASHER_ROW = TV_ROW | {"serial": WASHER, "model": "WF9T6", "document": "DN-1002"}
PHONE_ROW = TV_ROW | {"serial": "R5CX1234567", "imei": IMEI, "model": "PH24", "document": "DN-1003"}
OEM_ROW = TV_ROW | {"serial": "OEM1AA22BB33CC4", "model": "WF7E1"}
SSD_ROW = TV_ROW | {"serial": "SSD1AA22BB33CC4", "model": "SSD2T"}
ROWS = (TV_ROW, WASHER_ROW, PHONE_ROW, OEM_ROW, SSD_ROW)
MAKER = read_maker_data(INVENTED, languages=locales.languages())


@dataclass
class Clock:
    now: int = NOW_MS

    def __call__(self) -> int:
        return self.now

    def pass_by(self, *, ms: int = 0, days: int = 0) -> None:
        self.now += ms + days * 86_400_000


class Ids:
    """Ids in their order."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self) -> str:
        self._count += 1
        return uuid7(NOW_MS + self._count, bytes(10))


@dataclass
class Devices:
    """Who is connected now, with what proves it."""

    online: dict[str, str] = field(default_factory=dict)

    async def __call__(self, unit: str) -> str | None:
        return self.online.get(unit)


@dataclass
class House:
    desk: Desk
    clock: Clock
    devices: Devices
    database: Database
    imports: Imports

    async def register(self, customer: Customer = ANNA, **changes: Any) -> RegistrationView:
        once = changes.pop("once", None)
        asked = replace(WISH, **{"terms": terms_of(customer)} | changes)
        return await self.desk.registering.register(customer, asked, once=once, source="192.0.2.1")

    async def supply(self, *rows: dict[str, str]) -> None:
        run = await imported(self.imports, Table.SUPPLY, file_of(list(rows)))
        assert run.refused == []


WISH = Wish(Channel.WEB, typed=SERIAL, own_device=True)


async def house_of(
    database: Database,
    *,
    supplied: bool = True,
    needed: frozenset[str] = frozenset(),
    storage: Storage | None = None,
    ids: Ids | None = None,
) -> House:
    """`needed`: codes whose supply lists are complete. `storage` is what the desk writes to, if another.

    Desks that stand on one database take their `ids` from one place.
    """
    imports = await catalogue_of(database)
    clock, devices = Clock(), Devices()
    maker = replace(
        MAKER,
        maker=type(MAKER.maker)(
            name=MAKER.maker.name,
            brands=MAKER.maker.brands,
            link_hosts=MAKER.maker.link_hosts,
            code_hosts=MAKER.maker.code_hosts,
            supply_needed=needed,
        ),
    )
    ground = Ground(storage or database, maker, now=clock, new_id=ids or Ids(), key=b"k" * 32)
    house = House(Desk(ground, is_online=devices), clock, devices, database, imports)
    if supplied:
        await house.supply(*ROWS)
    return house


def terms_of(customer: Customer) -> str:
    text = MAKER.markets[customer.market].terms_on(MAKER.markets[customer.market].today(NOW_MS))
    assert text is not None
    return text.version


def link(number: str, gtin: str = "02000000000299") -> str:
    return f"https://id.hallmere.example/01/{gtin}/21/{number}"


def key(name: str, body: bytes = b"{}") -> Once:
    return wish(name, "POST", "/api/v1/me/registrations", body)


async def refusal(work: Awaitable[object]) -> Refusal:
    """How it was refused."""
    try:
        await work
    except Refusal as refused:
        return refused
    raise AssertionError("not refused")


async def slug(work: Awaitable[object]) -> str:
    return (await refusal(work)).slug


AWAY = "try-later"
"""What a caller hears whom a busy machine's database did not answer in time, with the outcome unknown."""


async def at_once(*works: Awaitable[object]) -> list[object]:
    """What came of each, refusals as their slugs."""
    results = await asyncio.gather(*works, return_exceptions=True)
    for one in results:
        if isinstance(one, BaseException) and not isinstance(one, Refusal | StorageAway):
            raise one
    return [
        one.slug if isinstance(one, Refusal) else AWAY if isinstance(one, StorageAway) else one
        for one in results
    ]
