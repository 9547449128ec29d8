"""Mails that are still to be sent, in the transaction of what they tell of (INV-E1, INV-E2).

A mail goes out at least once: whoever dies between sending and noting it sends it again, under the same
Message-ID. Once it is over, nothing of it is kept but when and whether it went out.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from server.mail.schedule import KEPT_MS, SENDING_MS, UNSENT_MS, next_try

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from identity.ports import Clock, Storage

metadata = sa.MetaData()

mail_outbox = sa.Table(
    "mail_outbox",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("recipient", sa.String(320), nullable=False, index=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("tries", sa.Integer, nullable=False),
    # None once it is over: sent, or given up.
    sa.Column("next_at", sa.BigInteger, index=True),
    sa.Column("sent_at", sa.BigInteger),
    sa.Column("last_fault", sa.String(32), nullable=False),
)

_OVER = {"recipient": "", "subject": "", "text": "", "language": "", "next_at": None}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail to be sent now; `tries` counts this one. `created_at` in ms."""

    id: str
    recipient: str
    subject: str
    text: str
    language: str
    created_at: int
    tries: int


class Outbox:
    """What is to be sent, and what came of it."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    async def put(
        self, conn: AsyncConnection, *, recipient: str, subject: str, text: str, language: str
    ) -> None:
        """Adds a mail in the caller's transaction: it is sent if and only if that is kept."""
        now = self._clock.now_ms()
        await conn.execute(
            mail_outbox.insert().values(
                id=secrets.token_hex(16),
                recipient=recipient,
                subject=subject,
                text=text,
                language=language,
                created_at=now,
                tries=0,
                next_at=now,
                last_fault="",
            )
        )

    async def drop(self, conn: AsyncConnection, recipient: str) -> None:
        """Erases what was not sent yet to somebody, in the caller's transaction."""
        change = mail_outbox.update().where(mail_outbox.c.recipient == recipient)
        await conn.execute(change.values(**_OVER, last_fault="dropped"))

    async def is_due(self) -> bool:
        """Whether there is a mail to be sent now; a read alone."""
        query = sa.select(mail_outbox.c.id).where(mail_outbox.c.next_at <= self._clock.now_ms()).limit(1)
        async with self._storage.read() as conn:
            return (await conn.execute(query)).first() is not None

    async def claim(self, most: int) -> list[Waiting]:
        """Mails that are due, for this caller alone; the try is counted before it is made."""
        now = self._clock.now_ms()
        due = (
            sa.select(mail_outbox.c.id)
            .where(mail_outbox.c.next_at <= now)
            .order_by(mail_outbox.c.next_at, mail_outbox.c.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        change = (
            mail_outbox.update()
            .where(mail_outbox.c.id.in_(due.scalar_subquery()))
            .values(tries=mail_outbox.c.tries + 1, next_at=now + SENDING_MS)
            .returning(*(mail_outbox.c[name] for name in Waiting.__dataclass_fields__))
        )
        async with self._storage.write("mail_claim") as conn:
            return [Waiting(*row) for row in await conn.execute(change)]

    async def sent(self, mail: Waiting) -> None:
        """Erases what was in it (INV-H5)."""
        await self._settle(mail, **_OVER, sent_at=self._clock.now_ms(), last_fault="")

    async def failed(self, mail: Waiting, fault: str, *, for_good: bool) -> bool:
        """Plans the next try; False where there is none, and the mail is erased unsent."""
        again = None if for_good else next_try(mail.tries, self._clock.now_ms())
        if again is None:
            await self._settle(mail, **_OVER, last_fault=fault)
        else:
            await self._settle(mail, next_at=again, last_fault=fault)
        return again is not None

    async def _settle(self, mail: Waiting, **values: object) -> None:
        change = mail_outbox.update().where(
            mail_outbox.c.id == mail.id,
            # Whoever took so long that another has tried since decides nothing any more.
            mail_outbox.c.tries == mail.tries,
            mail_outbox.c.next_at.is_not(None),
        )
        async with self._storage.write("mail_settle") as conn:
            await conn.execute(change.values(**values))

    async def forget(self) -> None:
        """Erases what has outlived its use (INV-H5)."""
        now = self._clock.now_ms()
        created = mail_outbox.c.created_at
        unsent = mail_outbox.update().where(created <= now - UNSENT_MS, mail_outbox.c.next_at.is_not(None))
        async with self._storage.write("mail_forget") as conn:
            await conn.execute(unsent.values(**_OVER, last_fault="too_old"))
            await conn.execute(mail_outbox.delete().where(created <= now - KEPT_MS))
