"""What the desk asks of its database is found by an index, however much stands in it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from care.registration.rules import Channel
from tests.care.desks import ANNA, BERIT, IMEI, SERIAL, UNKNOWN, WASHER, House, house_of, key, link, slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from server.storage.engine import Database

pytestmark = pytest.mark.slow

GROWING = (
    "unit",
    "unit_imei",
    "supply_record",
    "registration",
    "sighting",
    "consent",
    "coverage_period",
    "coverage_event",
    "purchase_confirmation",
    "upgrade",
    "transfer_offer",
    "registration_draft",
    "kept_answer",
    "pace",
)
"""Tables with rows for each product, customer or question. Those of the catalogue are a few hundred rows."""


@contextmanager
def heard() -> Iterator[dict[str, Any]]:
    """Each statement that any database is sent until the block ends, with values that it was sent with."""
    found: dict[str, Any] = {}

    def hear(_conn: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:  # noqa: FBT001 - the form that SQLAlchemy calls
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            found.setdefault(statement, values[0] if many else values)

    event.listen(sa.Engine, "before_cursor_execute", hear)
    try:
        yield found
    finally:
        event.remove(sa.Engine, "before_cursor_execute", hear)


async def whole_readings(database: Database, statements: dict[str, Any]) -> list[str]:
    """The statements that read a growing table from end to end."""
    async with database.write("plan") as conn:
        if conn.dialect.name == "postgresql":
            await conn.execute(sa.text("SET LOCAL enable_seqscan = off"))  # a small table is read whole
        explain = "EXPLAIN " if conn.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
        found = []
        for statement, values in statements.items():
            plan = await conn.exec_driver_sql(explain + statement, values)
            if reads_whole([str(row) for row in plan]):
                found.append(statement)
        return found


def reads_whole(plan: Sequence[str]) -> bool:
    return any(
        mark in f"{line} "
        for line in plan
        for table in GROWING
        for mark in (f"SCAN {table} ", f"SCAN {table}'", f"Seq Scan on {table} ", f"Seq Scan on {table}'")
    )


async def ask_much(house: House) -> None:
    """Inquiries of every kind, registrations by several ways in, and what their owners look at."""
    asking = house.desk.asking
    for typed in (SERIAL, IMEI):
        await asking.inquire(typed, brand="", source="192.0.2.1", language="en")
        await asking.check(typed, source="192.0.2.1", language="en")
    unknown = asking.inquire(UNKNOWN, brand="", source="192.0.2.1", language="en")
    assert await slug(unknown) == "unknown-serial"
    await house.register(once=key("one"))
    await house.register(BERIT, typed=IMEI, once=key("two"))
    await house.register(BERIT, typed="", codes=(link(WASHER),), channel=Channel.APP)
    assert await slug(house.register(BERIT)) == "already-registered"
    await house.register(typed=UNKNOWN, model="VQ55Q7")
    await asking.inquire(SERIAL, brand="", source="192.0.2.1", language="en")
    await house.desk.products.registered(ANNA)


async def test_neither_an_inquiry_nor_a_registration_reads_a_table_from_end_to_end(
    database: Database,
) -> None:
    """A maker has millions of products; a question that reads them all would be an attack of its own."""
    house = await house_of(database)
    with heard() as statements:
        await ask_much(house)
    assert {name for name in GROWING if any(f" {name}" in one for one in statements)} >= {
        "unit",
        "unit_imei",
        "supply_record",
        "registration",
        "coverage_period",
        "purchase_confirmation",
        "upgrade",
        "kept_answer",
        "pace",
    }
    assert await whole_readings(database, statements) == []


async def test_forgetting_a_customer_reads_only_what_is_theirs(database: Database) -> None:
    """It is one transaction with all that is theirs: a table of millions would never end it."""
    house = await house_of(database)
    await ask_much(house)
    with heard() as statements:
        await house.desk.personal_data.export(BERIT.id)
        await house.desk.personal_data.erase(BERIT.id)
    assert any("coverage_event" in one for one in statements)
    assert await whole_readings(database, statements) == []


async def test_a_question_without_an_index_would_be_noticed(database: Database) -> None:
    await house_of(database)
    mark = "?" if database_is_a_file(database) else "$1::VARCHAR"
    without = {f"SELECT id FROM unit WHERE market = {mark}": ("LV",)}
    assert await whole_readings(database, without) == list(without)


def database_is_a_file(database: Database) -> bool:
    return database.change() is not None
