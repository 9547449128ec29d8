"""Writes what a supply list says: pieces that were not known, and for each the record that counts (R86).

A batch is one transaction. Batches of two imports go one after the other: two that both bring a telephone
which nothing but its IMEI names would make two pieces of it, and neither could see the other's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from care.table import Fault, Outcome, Taken
from care.units.store import Unit, imei, insert_into, supply, unit, unit_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.units.supply_rows import SupplyRow


# Any fixed number that stands for nothing else here.
_ONE_BY_ONE = 0x737570706C79
_SAYS = ("shipped_on", "delivered_on", "country", "document")


async def put(
    conn: AsyncConnection, rows: Sequence[SupplyRow], *, new_id: Callable[[], str], now: int, source: str
) -> list[tuple[str, Taken]]:
    """The piece and what came of each row; no two rows name one piece, and a refused one has none ("").

    A record that says the same is not written again.
    """
    if conn.dialect.name == "postgresql":  # SQLite has one writer
        await conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_BY_ONE)))
    known = await _known(conn, rows)
    refused = {place: fault for place, row in enumerate(rows) if (fault := _fault(row, known)) is not None}
    good = [row for place, row in enumerate(rows) if place not in refused]
    fresh = [row for row in good if known.of(row) is None]
    made = await _add_units(conn, fresh, known, new_id, now)
    if len(made) < len(fresh):  # somebody registered one in the meantime, and it is theirs that is there
        known = await _known(conn, good)
    await _correct_units(conn, good, known)
    pairs = [(known.sure(row), row) for row in good]
    news = iter(await _put_records(conn, pairs, new_id, now, source, made=made))
    pieces = iter([known.sure(row).id for row in good])
    return [
        ("", refused[place]) if place in refused else (next(pieces), next(news)) for place in range(len(rows))
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    by_serial: dict[tuple[str, str], Unit]
    by_imei: dict[str, Unit]

    def of(self, row: SupplyRow) -> Unit | None:
        """By its serial number; a telephone known by its IMEI alone is told its serial number here."""
        if row.serial is not None and (row.brand, row.serial) in self.by_serial:
            return self.by_serial[row.brand, row.serial]
        named = (self.by_imei[number] for number in row.imeis if number in self.by_imei)
        return next((there for there in named if row.serial is None or there.serial is None), None)

    def sure(self, row: SupplyRow) -> Unit:
        found = self.of(row)
        assert found is not None, "just added"
        return found


async def _known(conn: AsyncConnection, rows: Sequence[SupplyRow]) -> _Known:
    """The pieces that are there, held until the transaction ends where the database can."""
    serials = sorted({row.serial for row in rows if row.serial is not None})
    numbers = sorted({number for row in rows for number in row.imeis})
    by_serial: dict[tuple[str, str], Unit] = {}
    by_imei: dict[str, Unit] = {}
    if serials:
        query = sa.select(unit).where(unit.c.serial.in_(serials)).order_by(unit.c.id).with_for_update()
        for found in map(unit_of, await conn.execute(query)):
            by_serial[found.brand, found.serial or ""] = found
    if numbers:
        joined = sa.select(unit, imei.c.imei).join(imei, imei.c.unit == unit.c.id)
        for row in await conn.execute(joined.where(imei.c.imei.in_(numbers))):
            by_imei[row.imei] = unit_of(row)
    return _Known(by_serial, by_imei)


def _fault(row: SupplyRow, known: _Known) -> Taken | None:
    """What is known already speaks against the row: a person has to look."""
    there = known.of(row)
    if there is not None and there.model not in {"", row.model}:
        return Taken(Outcome.REFUSED, "model", Fault.CONTRADICTS)
    for number in row.imeis:
        other = known.by_imei.get(number)
        if other is not None and (there is None or other.id != there.id):
            return Taken(Outcome.REFUSED, "imei", Fault.CONTRADICTS)
    return None


async def _add_units(
    conn: AsyncConnection, rows: Sequence[SupplyRow], known: _Known, new_id: Callable[[], str], now: int
) -> frozenset[str]:
    """Those that are made by this transaction: nobody else can have said anything of them yet."""
    if not rows:
        return frozenset()
    new = [Unit(new_id(), row.brand, row.serial, row.model, row.manufactured_on, row.country) for row in rows]
    adding = insert_into(conn, unit).on_conflict_do_nothing().returning(unit.c.id)
    made = frozenset([row.id for row in await conn.execute(adding, [_values(one, now) for one in new])])
    numbers = [
        (number, one) for one, row in zip(new, rows, strict=True) if one.id in made for number in row.imeis
    ]
    if numbers:
        await conn.execute(imei.insert(), [{"imei": number, "unit": one.id} for number, one in numbers])
    known.by_serial.update({(one.brand, one.serial): one for one in new if one.serial is not None})
    known.by_imei.update(numbers)
    return made


def _values(one: Unit, now: int) -> dict[str, Any]:
    return {
        "id": one.id,
        "brand": one.brand,
        "serial": one.serial,
        "model": one.model,
        "manufactured_on": one.manufactured_on,
        "market": one.market,
        "created_at": now,
    }


async def _correct_units(conn: AsyncConnection, rows: Iterable[SupplyRow], known: _Known) -> None:
    """What the list says of pieces that were there: model if it was not known, day and country."""
    corrected = []
    fresh = []
    for row in rows:
        there = known.sure(row)
        says = {
            "its_serial": row.serial or there.serial,
            "its_model": row.model,
            "its_day": row.manufactured_on or there.manufactured_on,
            "its_market": row.country,
        }
        if (there.serial, there.model, there.manufactured_on, there.market) != tuple(says.values()):
            corrected.append({"piece": there.id, **says})
        fresh += [{"imei": number, "unit": there.id} for number in row.imeis if number not in known.by_imei]
    if corrected:
        await conn.execute(
            unit.update()
            .where(unit.c.id == sa.bindparam("piece"))
            .values(
                serial=sa.bindparam("its_serial"),
                model=sa.bindparam("its_model"),
                manufactured_on=sa.bindparam("its_day", type_=sa.Date),
                market=sa.bindparam("its_market"),
                version=unit.c.version + 1,
            ),
            corrected,
        )
    if fresh:
        await conn.execute(imei.insert(), fresh)


async def _put_records(
    conn: AsyncConnection,
    pairs: Sequence[tuple[Unit, SupplyRow]],
    new_id: Callable[[], str],
    now: int,
    source: str,
    *,
    made: Container[str],
) -> list[Taken]:
    """The record that counts for each piece; the one before it is superseded, never rewritten."""
    known = await _current(conn, [there.id for there, _ in pairs if there.id not in made])
    taken: list[Taken] = []
    fresh: list[dict[str, Any]] = []
    for there, row in pairs:
        says = {name: getattr(row, name) for name in _SAYS}
        before = known.get(there.id)
        if before == tuple(says.values()):
            taken.append(Taken(Outcome.SAME))
            continue
        taken.append(Taken(Outcome.ADDED if before is None else Outcome.CHANGED))
        fresh.append({"id": new_id(), "unit": there.id, **says, "source": source, "imported_at": now})
    replaced = [one["unit"] for one in fresh if one["unit"] in known]
    if replaced:
        superseding = supply.update().where(supply.c.unit.in_(replaced), supply.c.superseded_at.is_(None))
        await conn.execute(superseding.values(superseded_at=now))
    if fresh:
        await conn.execute(supply.insert(), fresh)
    return taken


async def _current(conn: AsyncConnection, pieces: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """What the records that count say of these pieces."""
    if not pieces:
        return {}
    query = sa.select(supply).where(supply.c.unit.in_(pieces), supply.c.superseded_at.is_(None))
    return {row.unit: tuple(getattr(row, name) for name in _SAYS) for row in await conn.execute(query)}
