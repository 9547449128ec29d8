"""Tables and queries of terms, cover and what became of it. Rows are never rewritten (I2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from care.limits import CODE_MOST
from care.warranty.rows import Draft, Kind, Row, Source, State
from care.warranty.terms import Start, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.warranty.rules import Change

metadata = sa.MetaData()

warranty_term = sa.Table(
    "warranty_term",
    metadata,
    sa.Column("version", sa.String(CODE_MOST), primary_key=True),
    sa.Column("market", sa.String(2), nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("months", sa.Integer, nullable=False),
    sa.Column("starts", sa.String(64), nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("applies_to", sa.String(CODE_MOST), nullable=False),
    sa.Column("delay_months", sa.Integer, nullable=False),
    sa.Column("repair_extends_once", sa.Boolean, nullable=False),
    sa.Column("signed_off_on", sa.Date),
    sa.Column("imported_at", sa.BigInteger, nullable=False),
)

coverage_period = sa.Table(
    "coverage_period",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("unit", sa.String(32), nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("reference", sa.String(64), nullable=False),
    sa.Column("term", sa.String(CODE_MOST), nullable=False),
    sa.Column("anchor_on", sa.Date),
    sa.Column("months", sa.Integer),
    sa.Column("counted", sa.Integer),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger),
)

coverage_event = sa.Table(
    "coverage_event",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("unit", sa.String(32), nullable=False, index=True),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("cause", sa.String(32), nullable=False),
    sa.Column("actor", sa.String(64), nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("told_at", sa.BigInteger),
)


@dataclass(frozen=True, slots=True)
class Event:
    """`before` and `after` are what was read of each right: its name, its days, and their basis."""

    before: list[dict[str, str]]
    after: list[dict[str, str]]
    cause: str
    actor: str
    reason: str
    at: int


async def add_terms(conn: AsyncConnection, terms: Iterable[Term], now: int) -> None:
    """Adds versions; one that is there already is never edited."""
    there = {str(row.version) for row in await conn.execute(sa.select(warranty_term.c.version))}
    rows = [_term_values(term, now) for term in terms if term.version not in there]
    if rows:
        await conn.execute(warranty_term.insert(), rows)


async def sign_off(conn: AsyncConnection, version: str, day: date | None) -> None:
    """When counsel approved a version; None where they took that back."""
    await conn.execute(
        warranty_term.update().where(warranty_term.c.version == version).values(signed_off_on=day)
    )


async def all_terms(conn: AsyncConnection) -> list[Term]:
    rows = await conn.execute(sa.select(warranty_term).order_by(warranty_term.c.version))
    return [_term(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name


async def terms_of(conn: AsyncConnection, market: str) -> list[Term]:
    query = sa.select(warranty_term).where(warranty_term.c.market == market)
    return [_term(row._mapping) for row in await conn.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name


async def rows_of(conn: AsyncConnection, unit: str) -> tuple[Row, ...]:
    """All rows of a piece, oldest first."""
    query = sa.select(coverage_period).where(coverage_period.c.unit == unit).order_by(coverage_period.c.id)
    return tuple(_row(row._mapping) for row in await conn.execute(query))  # noqa: SLF001 - public


async def rows_of_units(conn: AsyncConnection, units: Collection[str]) -> dict[str, tuple[Row, ...]]:
    """All rows of each piece that has any, oldest first."""
    query = sa.select(coverage_period).where(coverage_period.c.unit.in_(units)).order_by(coverage_period.c.id)
    found: dict[str, tuple[Row, ...]] = {}
    for row in await conn.execute(query):
        found[row.unit] = (*found.get(row.unit, ()), _row(row._mapping))  # noqa: SLF001 - public
    return found


async def apply(
    conn: AsyncConnection, unit: str, change: Change, *, new_id: Callable[[], str], now: int
) -> None:
    """Writes a change's rows."""
    if change.supersede:
        await end_rows(conn, change.supersede, State.SUPERSEDED, now)
    await add_rows(conn, unit, change.add, new_id=new_id, now=now)


async def add_rows(
    conn: AsyncConnection, unit: str, drafts: Sequence[Draft], *, new_id: Callable[[], str], now: int
) -> None:
    if drafts:
        rows = [_draft_values(unit, draft, new_id(), now) for draft in drafts]
        await conn.execute(coverage_period.insert(), rows)


async def end_rows(conn: AsyncConnection, ids: Collection[str], state: State, now: int) -> None:
    await conn.execute(
        coverage_period.update()
        .where(coverage_period.c.id.in_(ids), coverage_period.c.state == State.ACTIVE.value)
        .values(state=state.value, ended_at=now)
    )


async def add_events(conn: AsyncConnection, events: Sequence[dict[str, object]]) -> None:
    await conn.execute(coverage_event.insert(), list(events))


async def events_of(conn: AsyncConnection, unit: str) -> list[Event]:
    """What became of a piece's cover, oldest first."""
    query = (
        sa.select(coverage_event)
        .where(coverage_event.c.unit == unit)
        .order_by(coverage_event.c.at, coverage_event.c.id)
    )
    return [
        Event(json.loads(row.before), json.loads(row.after), row.cause, row.actor, row.reason, row.at)
        for row in await conn.execute(query)
    ]


async def forget_actor(conn: AsyncConnection, actor: str, other: str) -> None:
    """What was done stays, who it was does not (I20)."""
    await conn.execute(coverage_event.update().where(coverage_event.c.actor == actor).values(actor=other))


def _term_values(term: Term, now: int) -> dict[str, object]:
    return {
        "version": term.version,
        "market": term.market,
        "kind": term.kind.value,
        "months": term.months,
        "starts": " ".join(start.value for start in term.starts),
        "valid_from": term.valid_from,
        "valid_to": term.valid_to,
        "applies_to": term.applies_to,
        "delay_months": term.delay_months,
        "repair_extends_once": term.repair_extends_once,
        "signed_off_on": term.signed_off_on,
        "imported_at": now,
    }


def _term(row: sa.RowMapping) -> Term:
    return Term(
        version=row["version"],
        market=row["market"],
        kind=Kind(row["kind"]),
        months=row["months"],
        starts=tuple(map(Start, row["starts"].split())),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        applies_to=row["applies_to"],
        delay_months=row["delay_months"],
        repair_extends_once=row["repair_extends_once"],
        signed_off_on=row["signed_off_on"],
    )


def _draft_values(unit: str, draft: Draft, id_: str, now: int) -> dict[str, object]:
    return {
        "id": id_,
        "unit": unit,
        "kind": draft.kind.value,
        "starts_on": draft.starts_on,
        "ends_on": draft.ends_on,
        "source": draft.source.value,
        "reference": draft.reference,
        "term": draft.term,
        "anchor_on": draft.anchor_on,
        "months": draft.months,
        "counted": draft.counted,
        "state": State.ACTIVE.value,
        "created_at": now,
    }


def _row(row: sa.RowMapping) -> Row:
    return Row(
        row["id"],
        Draft(
            kind=Kind(row["kind"]),
            starts_on=row["starts_on"],
            ends_on=row["ends_on"],
            source=Source(row["source"]),
            reference=row["reference"],
            term=row["term"],
            anchor_on=row["anchor_on"],
            months=row["months"],
            counted=row["counted"],
        ),
        State(row["state"]),
    )
