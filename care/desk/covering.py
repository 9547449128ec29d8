"""Keeps a piece's cover in line with what is known of it; it never shrinks silently (I2, D9)."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING

from care.desk.facts import facts_of
from care.units import store as units
from care.warranty import extending, rules
from care.warranty import store as warranty
from care.warranty.rows import State, covers

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.warranty.rows import Cover


class Cause(StrEnum):
    """What made the cover another one."""

    REGISTERED = "registered"
    SUPPLIED = "supplied"
    CONFIRMED = "confirmed"
    UPGRADED = "upgraded"
    DECIDED = "decided"


class NoSuchPiece(Exception):  # noqa: N818 - names what is not there
    """There is no piece of this id."""


async def bring_up_to_date(
    conn: AsyncConnection,
    unit: str,
    *,
    markets: Container[str],
    cause: Cause,
    actor: str,
    new_id: Callable[[], str],
    now: int,
    shortening: rules.Shortening | None = None,
) -> tuple[Cover, ...]:
    """The cover as it is from now on; done twice, nothing is written the second time.

    `actor` is the id of who did it, "" for a rule. Raises NoSuchPiece.
    """
    piece = await units.held(conn, unit)
    if piece is None:
        raise NoSuchPiece(unit)
    facts = await facts_of(conn, piece, markets)
    before = await warranty.rows_of(conn, unit)
    change = rules.change(
        before, rules.due(facts, await warranty.terms_of(conn, facts.market)), shortening=shortening
    )
    assert shortening is not None or not change.shrinks, "nothing ends earlier by itself (I2)"
    await warranty.apply(conn, unit, change, new_id=new_id, now=now)
    await _move_extensions(conn, unit, new_id, now)
    after = covers(await warranty.rows_of(conn, unit))
    if after != change.before:
        event: dict[str, object] = {
            "id": new_id(),
            "unit": unit,
            "before": _written(change.before),
            "after": _written(after),
            "cause": cause.value,
            "actor": shortening.actor if shortening else actor,
            "reason": shortening.reason if shortening else "",
            "at": now,
            "told_at": None,
        }
        await warranty.add_events(conn, [event])
    return after


async def _move_extensions(conn: AsyncConnection, unit: str, new_id: Callable[[], str], now: int) -> None:
    """What was added behind the maker's cover follows its new end."""
    moved = extending.moved_behind(await warranty.rows_of(conn, unit))
    if moved:
        await warranty.end_rows(conn, [id_ for id_, _ in moved], State.SUPERSEDED, now)
        await warranty.add_rows(conn, unit, [draft for _, draft in moved], new_id=new_id, now=now)


def _written(read: tuple[Cover, ...]) -> str:
    return json.dumps(
        [
            {
                "right": cover.right,
                "starts_on": cover.starts_on.isoformat(),
                "ends_on": cover.ends_on.isoformat(),
                "basis": cover.basis,
            }
            for cover in read
        ]
    )
