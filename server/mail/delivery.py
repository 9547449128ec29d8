"""Sends what is in the outbox, a few at a time; one mail that does not go out holds up no other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from server.logs import log, where
from server.mail.message import outgoing
from server.mail.ways import NotSent
from server.storage.engine import StorageAway

if TYPE_CHECKING:
    from server.mail.outbox import Outbox, Waiting
    from server.mail.ways import Way

AT_ONCE: Final = 4
LOOK_S: Final = 0.5
AWAY_S: Final = 5.0


class Delivery:
    """One of these runs per process; several processes share one outbox."""

    def __init__(self, outbox: Outbox, way: Way, *, sender: str, maker: str) -> None:
        self._outbox = outbox
        self._way = way
        self._sender = sender
        self._maker = maker

    async def run(self) -> None:
        """Until cancelled. What nobody foresaw is logged, and sending goes on (INV-H1)."""
        while True:
            try:
                sent = await self.once()
                await asyncio.sleep(0 if sent else LOOK_S)
            except StorageAway:
                log().warning("mails put off")
                await asyncio.sleep(AWAY_S)
            except Exception as error:  # noqa: BLE001 - the boundary of a task that has to go on
                log().error("mail_fault", error=type(error).__name__, where=where(error))
                await asyncio.sleep(AWAY_S)

    async def once(self) -> int:
        """Tries what is due now, at most AT_ONCE mails; how many those were."""
        if not await self._outbox.is_due():
            return 0
        mails = await self._outbox.claim(AT_ONCE)
        await asyncio.gather(*(self._try(mail) for mail in mails))
        return len(mails)

    async def _try(self, mail: Waiting) -> None:
        try:
            await self._send(mail)
        except NotSent as error:
            again = await self._outbox.failed(mail, error.fault, for_good=error.for_good)
            # Nothing of the mail: whom it was for is in nobody's log (INV-C4).
            log().warning("mail not sent", mail=mail.id, fault=error.fault, tries=mail.tries, again=again)
        else:
            await self._outbox.sent(mail)

    async def _send(self, mail: Waiting) -> None:
        try:
            ready = outgoing(mail, sender=self._sender, maker=self._maker)
        except ValueError as error:
            raise NotSent("form", for_good=True) from error
        await self._way.send(ready)
