"""Products that an account was seen with: scanned in an app, paired in a smart home (R24, R37, R38, R41).

None is registered by it: that takes the customer's own press.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from care import identifiers
from care.catalogue import store as catalogue
from care.desk import finding, refusing, shown
from care.desk import once as asked_once
from care.desk.limits import SEE_BY_CUSTOMER
from care.desk.views import Nothing, SightingView
from care.identifiers import Kind, Number
from care.ports import Refusal
from care.registration import sightings
from care.registration.rules import Refused
from care.registration.sightings import Sighting, Source
from care.units import store as units
from care.units.store import Unit, insert_into

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.catalogue.models import Model
    from care.desk.counting import Counter
    from care.desk.ground import Customer, Ground
    from care.desk.once import Once

KEPT_MS: Final = 24 * 3_600_000
"""How long a delivery's id is kept: far longer than a signature is good for."""

metadata = sa.MetaData()

webhook_delivery = sa.Table(
    "webhook_delivery",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A product in somebody's smart home, as another service names both."""

    account: str
    number: str
    brand: str = ""


class Sightings:
    """`customer_of` gives our customer's id for an account as the smart home names it, None for nobody."""

    def __init__(
        self, ground: Ground, counter: Counter, customer_of: Callable[[str], Awaitable[str | None]]
    ) -> None:
        self._ground = ground
        self._counter = counter
        self._customer_of = customer_of

    async def scanned(self, customer: Customer, codes: Sequence[str], *, once: Once | None) -> SightingView:
        """A label that the customer scanned, as one of their unregistered products. Raises Refusal."""
        async with self._ground.storage.read() as conn:
            before = await asked_once.given_before(conn, customer.id, once, SightingView)
        if before is not None:
            return before
        await self._counter.take((SEE_BY_CUSTOMER, customer.id))
        async with self._ground.storage.write("scan") as conn:
            return await asked_once.happen(
                conn,
                customer.id,
                once,
                SightingView,
                lambda: self._scanned(conn, customer, codes),
                now=self._ground.now(),
            )

    async def dismiss(self, customer: Customer, sighting_id: str) -> Nothing:
        """It is not theirs, and is not listed again until they scan it themself. Raises Refusal."""
        async with self._ground.storage.write("dismiss") as conn:
            if not await sightings.dismiss(conn, sighting_id, customer.id, self._ground.now()):
                raise Refusal("not-found")
        return Nothing()

    async def paired(self, delivery: str, events: Sequence[Seen]) -> None:
        """What a smart home tells of; numbers and accounts that we do not know are passed over in silence.

        Raises Refusal `delivery-known` where this delivery was taken before.
        """
        whose = {account: await self._customer_of(account) for account in {one.account for one in events}}
        now = self._ground.now()
        async with self._ground.storage.write("paired") as conn:
            new = (
                insert_into(conn, webhook_delivery)
                .values(id=delivery, at=now)
                .on_conflict_do_nothing()
                .returning(webhook_delivery.c.id)
            )
            if (await conn.execute(new)).first() is None:
                raise Refusal("delivery-known")
            # In one order, so that two deliveries of the same pieces do not wait for each other.
            for event in sorted(events, key=lambda one: (one.account, one.number, one.brand)):
                customer = whose[event.account]
                piece = await self._paired_piece(conn, event)
                if customer is not None and piece is not None:
                    await sightings.put(
                        conn,
                        Sighting(self._ground.new_id(), piece.id, customer, Source.SMART_HOME, now),
                        asked_for=False,
                    )

    async def _scanned(self, conn: AsyncConnection, customer: Customer, codes: Sequence[str]) -> SightingView:
        now = self._ground.now()
        named = finding.of_codes(codes, self._ground.maker.maker.code_hosts, "/codes")
        found = await finding.find(conn, named, "")
        if found.at_odds:
            raise refusing.refused(Refused.MODEL_MISMATCH, pointer="/codes")
        if not found.model:
            raise refusing.refused(Refused.MODEL_NEEDED, pointer="/codes")
        model = await catalogue.model_by_code(conn, found.model)
        if model is None:
            raise refusing.refused(Refused.NOT_OURS, pointer="/codes")
        if model.why_not is not None:
            raise refusing.refused(Refused.NOT_REGISTRABLE, pointer="/codes", why_not=model.why_not.value)
        assert named.number is not None, "a label names a number"
        piece = found.piece or await self._new_piece(conn, named.number, model, now)
        seen = await sightings.put(
            conn,
            Sighting(self._ground.new_id(), piece.id, customer.id, Source.APP_SCAN, now),
            asked_for=True,
        )
        known = await shown.known_of(conn, [piece.id], [], now)
        return shown.sighting(seen, known, customer.language)

    async def _new_piece(self, conn: AsyncConnection, number: Number, model: Model, now: int) -> Unit:
        kind = identifiers.fit(number, model.rule)
        if not isinstance(kind, Kind):
            raise refusing.misfit(kind, number.look_alikes, "/codes")
        serial = None if kind is Kind.IMEI else number.canonical
        imeis = (number.canonical,) if kind is Kind.IMEI else ()
        new = Unit(self._ground.new_id(), model.brand, serial, model.code, None, "")
        return await units.add(conn, new, now=now, imeis=imeis)

    async def _paired_piece(self, conn: AsyncConnection, event: Seen) -> Unit | None:
        """A piece of ours that lists itself when it is paired: an OEM's does not (R38)."""
        number = identifiers.classify(event.number)
        if not isinstance(number, Number):
            return None
        pieces = [
            piece
            for piece in await units.by_serial(conn, number.canonical)
            if event.brand in {"", piece.brand}
        ]
        if len(pieces) != 1:
            return None
        model = await catalogue.model_by_code(conn, pieces[0].model)
        return pieces[0] if model is not None and model.is_registrable and not model.oem else None


async def drop_old_deliveries(conn: AsyncConnection, now: int) -> None:
    await conn.execute(webhook_delivery.delete().where(webhook_delivery.c.at <= now - KEPT_MS))
