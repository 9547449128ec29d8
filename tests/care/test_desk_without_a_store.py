"""A desk's life on a store that dies at every step there is, on both databases.

Each round plays it until the store dies. Then, on the store as it was left: what was answered is there, and
asked again with the same key everything goes on to the same end (INV-E1, INV-E3, I19).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from care.desk.ground import Customer
from care.desk.once import wish
from care.desk.sighting import Seen
from care.ports import Refusal
from care.registration import store as registration
from care.registration.rules import Channel
from server.desk import Imports, Table
from tests.care.desks import OEM_ROW, TV_ROW, House, Ids, house_of, link, slug, terms_of
from tests.care.tables import file_of, imported
from tests.contract.crash import STEPS_OF_THE_DESK, MortalStorage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from care.desk.once import Once
    from server.storage.engine import Database

pytestmark = pytest.mark.slow

STRIDE = 1 if os.environ.get("ALONGSIDE_PROVE") else 7
IDS = Ids()


class Life:
    """Two customers and a television; `done` says how far they came. `n` tells one life from another."""

    def __init__(self, house: House, n: int) -> None:
        self.house = house
        self.n = n
        self.gives = Customer(f"{n:031x}a", "LV", "lv")
        self.takes = Customer(f"{n:031x}b", "NO", "nb")
        self.serial = f"0A1B2C3D4E{n:05d}"
        self.done: dict[str, object] = {}
        self.released_unheard = False  # the store died with it done, before anybody was told

    async def play(self) -> None:
        """From where it came to. What has no key may have happened already, and is told so."""
        for name, work in self._steps():
            if name not in self.done:
                self.done[name] = await work()

    def _steps(self) -> list[tuple[str, Callable[[], Awaitable[object]]]]:
        desk, gives = self.house.desk, self.gives
        return [
            ("import", self._supply),
            ("draft", self._draft),
            ("register", lambda: self.register(gives)),
            ("scan", self._scan),
            ("dismiss", lambda: self._may_be_done(desk.sightings.dismiss(gives, self._id("scan")))),
            ("paired", self._paired),
            ("upgrade", lambda: desk.upgrading.ask(gives, self._product(), once=self._key("upgrade"))),
            ("cancel", lambda: self._may_be_done(desk.upgrading.cancel(gives, self._product()))),
            ("ask", lambda: desk.upgrading.ask(gives, self._product(), once=self._key("ask"))),
            ("online", lambda: desk.upgrading.device_came_online(self._product(), "proof")),
            ("offer", lambda: desk.owning.offer(gives, self._id("register"), once=self._key("offer"))),
            ("back", lambda: self._may_be_done(desk.owning.take_back(gives, self._id("register")))),
            ("again", lambda: desk.owning.offer(gives, self._id("register"), once=self._key("again"))),
            ("accept", self._accept),
            ("release", self._release),
            ("erase", lambda: desk.personal_data.erase(gives.id)),
            ("tidy", desk.tidy),
        ]

    def _id(self, name: str) -> str:
        return str(self.done[name].id)  # type: ignore[attr-defined]

    def _product(self) -> str:
        return str(self.done["register"].product)  # type: ignore[attr-defined]

    def _key(self, name: str) -> Once:
        return wish(f"{name}-{self.n}", "POST", f"/{name}", b"")

    async def _may_be_done(self, work: Awaitable[object]) -> object:
        return await _or(work, "not-found")

    async def _supply(self) -> object:
        row = TV_ROW | {"serial": self.serial, "document": f"DN-{self.n:04d}"}
        return await imported(self.house.imports, Table.SUPPLY, file_of([row]))

    async def _draft(self) -> object:
        desk = self.house.desk
        begun = await desk.drafts.begin_typed(self.gives, self.serial, source="")
        await desk.drafts.choose(self.gives, begun, "VQ55Q7")
        return begun

    async def register(self, who: Customer) -> object:
        return await self.house.register(
            who, channel=Channel.WEB, typed=self.serial, once=self._key(f"register-{who.id[-1]}")
        )

    async def _scan(self) -> object:
        codes = [link(f"0A1B2C3D4F{self.n:05d}")]
        return await self.house.desk.sightings.scanned(self.gives, codes, once=self._key("scan"))

    async def _paired(self) -> object:
        seen = [Seen(self.takes.id, OEM_ROW["serial"])]
        return await _or(self.house.desk.sightings.paired(f"delivery-{self.n}", seen), "delivery-known")

    async def _accept(self) -> object:
        code = self.done["again"].code  # type: ignore[attr-defined]
        return await self.house.desk.owning.accept(
            self.takes,
            code,
            terms=terms_of(self.takes),
            own_device=True,
            once=self._key("accept"),
            source="",
        )

    async def _release(self) -> object:
        return await self.house.desk.owning.release(
            self.takes,
            self._id("accept"),
            version=None,
            once=self._key("release"),
        )


async def _or(work: Awaitable[object], slug_of_done: str) -> object:
    """Its answer, or nothing where it happened before and nobody was told."""
    try:
        return await work
    except Refusal as refused:
        if refused.slug != slug_of_done:
            raise
    return None


async def test_a_store_that_dies_at_any_step_of_a_desks_life_keeps_what_was_answered(
    database: Database,
) -> None:
    whole = await house_of(database, ids=IDS)
    dies_at, steps = STRIDE, set[str]()
    while True:
        storage = MortalStorage(database, dies_at=dies_at)
        dying = await house_on(database, storage, whole)
        life = Life(dying, dies_at)
        try:
            await life.play()
        except sa.exc.SQLAlchemyError:
            assert storage.dead.is_set()
        steps |= {name.partition(":")[0] for name in storage.steps}
        life.house = whole
        life.released_unheard = storage.steps[-1] == "release: committed"
        await check_what_was_answered(life)
        await life.play()
        await check_the_end(life)
        whole.clock.pass_by(days=2)
        if not storage.dead.is_set():
            break
        dies_at += STRIDE
    assert steps == STEPS_OF_THE_DESK
    assert dies_at > 80


async def house_on(database: Database, storage: MortalStorage, whole: House) -> House:
    """The same house, whose desk and imports write to another store."""
    house = await house_of(database, supplied=False, storage=storage, ids=IDS)
    house.clock.now = whole.clock.now
    house.imports = Imports(storage, whole.imports.clock, whole.imports.maker)  # type: ignore[arg-type]
    return house


async def check_what_was_answered(life: Life) -> None:
    """It is there, and the same answer is given for the same key."""
    done, desk = life.done, life.house.desk
    if "erase" not in done and "accept" in done and "release" not in done:
        owned = await desk.products.registered(life.takes)
        kept = [] if life.released_unheard else [life._id("accept")]
        assert [one.registration for one in owned.products] == kept
    if "register" in done and "accept" not in done:
        again = await life.register(life.gives)
        assert again.id == life._id("register")  # type: ignore[attr-defined]


async def check_the_end(life: Life) -> None:
    """One owner after the other, none left, and nothing that leads to who was erased."""
    async with life.house.database.read() as conn:
        assert await registration.all_of(conn, life.gives.id) == []
        [taken] = await registration.all_of(conn, life.takes.id)
        assert await registration.owner(conn, taken.unit) is None
    assert await slug(life.house.desk.products.product(life.takes, taken.unit)) == "not-found"
    kept = await life.house.desk.personal_data.export(life.gives.id)
    assert (kept.consents, kept.sightings, kept.transfers, kept.upgrades, kept.keys) == ([], [], [], [], [])
