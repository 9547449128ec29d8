"""An outbox, a clock, and deliveries by the way that a test chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from server.mail.delivery import Delivery
from server.mail.outbox import Outbox, mail_outbox
from tests.server.desk import FakeClock

if TYPE_CHECKING:
    import sqlalchemy as sa

    from server.mail.ways import Way
    from server.storage.engine import Database

SENDER: Final = "care@hallmere.example"


class PostOffice:
    """What a process has of mails."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FakeClock()
        self.outbox = Outbox(storage=database, clock=self.clock)

    async def put(self, *recipients: str, text: str = "Labdien.\n", subject: str = "Adrese") -> None:
        for recipient in recipients:
            async with self.database.write("test") as conn:
                await self.outbox.put(conn, recipient=recipient, subject=subject, text=text, language="lv")

    def by(self, way: Way) -> Delivery:
        return Delivery(self.outbox, way, sender=SENDER, maker="Hallmere")

    async def rows(self) -> list[sa.Row[Any]]:
        async with self.database.read() as conn:
            return list(await conn.execute(mail_outbox.select().order_by(mail_outbox.c.id)))
