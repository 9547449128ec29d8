"""A write that is asked twice happens once: its answer is kept beside it (INV-E3, I19).

The answer is written in the same transaction as what it tells of. A refusal has changed nothing and is not
kept: asked again, it is judged again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
import sqlalchemy as sa

from care.ports import Refusal
from care.units.store import insert_into

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

KEY_MOST: Final = 64
KEPT_MS: Final = 24 * 3_600_000

metadata = sa.MetaData()

kept_answer = sa.Table(
    "kept_answer",
    metadata,
    sa.Column("customer", sa.String(32), primary_key=True),
    sa.Column("key", sa.String(KEY_MOST), primary_key=True),
    sa.Column("asked", sa.String(64), nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Once:
    """The key that a caller gave to one wish, and that wish as SHA-256 in hexadecimal."""

    key: str
    asked: str


def wish(key: str, method: str, path: str, body: bytes) -> Once:
    """Method, path and body, as they came. Raises ValueError for a key that has not 1 to 64 characters."""
    if not 1 <= len(key) <= KEY_MOST or not all("!" <= character <= "~" for character in key):
        raise ValueError("1 to 64 visible ASCII characters")
    head = f"{method} {path}\n".encode()
    return Once(key, hashlib.sha256(head + body).hexdigest())


async def happen(
    conn: AsyncConnection,
    customer: str,
    once: Once | None,
    answer: type[_T],
    work: Callable[[], Awaitable[_T]],
    *,
    now: int,
) -> _T:
    """What `work` gives, or what it gave the first time; without a key it simply happens.

    Of many at once with one key the others wait for the first, in the database. Raises Refusal
    `idempotency-key-reused` where the key came with another wish.
    """
    if once is None:
        return await work()
    new = (
        insert_into(conn, kept_answer)
        .values(customer=customer, key=once.key, asked=once.asked, answer="", at=now)
        .on_conflict_do_nothing()
        .returning(kept_answer.c.key)
    )
    if (await conn.execute(new)).first() is None:
        kept = await given_before(conn, customer, once, answer)
        assert kept is not None, "its row was in the way"
        return kept
    given = await work()
    mine = sa.and_(kept_answer.c.customer == customer, kept_answer.c.key == once.key)
    written = msgspec.json.encode(given).decode()
    await conn.execute(kept_answer.update().where(mine).values(answer=written))
    return given


async def given_before(
    conn: AsyncConnection, customer: str, once: Once | None, answer: type[_T]
) -> _T | None:
    """The answer that is kept of this wish: for whoever counts questions, and a retry is none.

    Raises Refusal `idempotency-key-reused` where the key came with another wish.
    """
    if once is None:
        return None
    query = sa.select(kept_answer).where(kept_answer.c.customer == customer, kept_answer.c.key == once.key)
    kept = (await conn.execute(query)).first()
    if kept is None:
        return None
    if kept.asked != once.asked:
        raise Refusal("idempotency-key-reused")
    return msgspec.json.decode(kept.answer, type=answer)


async def keys_of(conn: AsyncConnection, customer: str) -> list[tuple[str, int]]:
    """Their keys and when each came first."""
    query = (
        sa.select(kept_answer.c.key, kept_answer.c.at)
        .where(kept_answer.c.customer == customer)
        .order_by(kept_answer.c.at, kept_answer.c.key)
    )
    return [(row.key, row.at) for row in await conn.execute(query)]


async def drop_of(conn: AsyncConnection, customer: str) -> None:
    await conn.execute(kept_answer.delete().where(kept_answer.c.customer == customer))


async def drop_old(conn: AsyncConnection, now: int) -> None:
    await conn.execute(kept_answer.delete().where(kept_answer.c.at <= now - KEPT_MS))
