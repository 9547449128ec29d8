"""My products: what a customer registered or may register, and what covers each (R6, R24, R45-R49)."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import date
from typing import TYPE_CHECKING, Final

from care.catalogue import store as catalogue
from care.desk import shown
from care.desk.views import (
    CoverageEventView,
    CoverageReadView,
    CoverageRowView,
    CoverageView,
    ProductPage,
    ProductView,
    SightingPage,
)
from care.ports import Refusal
from care.registration import sightings
from care.registration import store as registration
from care.warranty import rows as warranty_rows
from care.warranty import store as warranty
from care.warranty import upgrades

if TYPE_CHECKING:
    from care.desk.ground import Customer, Ground
    from care.warranty.rows import Row

PAGE_MOST: Final = 100
_ID: Final = re.compile(r"[0-9a-f]{32}")


class Products:
    """Another customer's is as if there were none (I9)."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def registered(
        self, customer: Customer, *, cursor: str = "", limit: int = PAGE_MOST
    ) -> ProductPage:
        """Their products, oldest first. Raises Refusal `bad-request` for a cursor that was not given out."""
        _check(limit)
        after = after_of(cursor)
        async with self._ground.storage.read() as conn:
            found = await registration.of_customer(conn, customer.id, after=after, most=limit + 1)
            page = found[:limit]
            known = await shown.known_of(
                conn, [one.unit for one in page], [one.id for one in page], self._ground.now()
            )
        listed = [self._view(customer, one, known) for one in page]
        return ProductPage(listed, cursor_of(page[-1].id) if len(found) > limit else None)

    async def unregistered(
        self, customer: Customer, *, cursor: str = "", limit: int = PAGE_MOST
    ) -> SightingPage:
        """What they were seen with and nobody registered, oldest first. Raises Refusal `bad-request`."""
        _check(limit)
        after = after_of(cursor)
        async with self._ground.storage.read() as conn:
            found = await sightings.unregistered(conn, customer.id, after=after, most=limit + 1)
            page = found[:limit]
            known = await shown.known_of(conn, [one.unit for one in page], [], self._ground.now())
        listed = [shown.sighting(one, known, customer.language) for one in page]
        return SightingPage(listed, cursor_of(page[-1].id) if len(found) > limit else None)

    async def product(self, customer: Customer, product_id: str) -> ProductView:
        """Raises Refusal `not-found`."""
        async with self._ground.storage.read() as conn:
            owned = await registration.owned(conn, product_id, customer.id)
            if owned is None:
                raise Refusal("not-found")
            known = await shown.known_of(conn, [product_id], [owned.id], self._ground.now())
        return self._view(customer, owned, known)

    async def coverage(self, customer: Customer, product_id: str) -> CoverageView:
        """Every row and what became of it, and what can be asked for. Raises Refusal `not-found`."""
        async with self._ground.storage.read() as conn:
            owned = await registration.owned(conn, product_id, customer.id)
            if owned is None:
                raise Refusal("not-found")
            rows = await warranty.rows_of(conn, product_id)
            events = await warranty.events_of(conn, product_id)
            known = await shown.known_of(conn, [product_id], [owned.id], self._ground.now())
            upgrade = await upgrades.live(conn, product_id)
        today = self._ground.today(owned.market)
        covers = warranty_rows.covers(rows)
        model = known.models.get(known.pieces[product_id].model)
        return CoverageView(
            covers=shown.cover_list(covers, today),
            rows=[_row(row) for row in rows],
            events=[_event(event, customer.id) for event in events],
            actions=shown.actions(model, covers, upgrade, offered=owned.id in known.offers, today=today),
        )

    async def owned_categories(self, customer: Customer) -> frozenset[str]:
        """The categories of what they own: what is recommended goes by them (R2)."""
        async with self._ground.storage.read() as conn:
            found = await registration.of_customer(conn, customer.id, after="", most=PAGE_MOST)
            known = await shown.known_of(conn, [one.unit for one in found], [], self._ground.now())
            models = await catalogue.models_by_codes(
                conn, sorted({piece.model for piece in known.pieces.values()})
            )
        return frozenset(model.category for model in models.values())

    def _view(self, customer: Customer, one: registration.Registration, known: shown.Known) -> ProductView:
        return shown.product(
            one,
            known,
            self._ground.maker.documents,
            language=customer.language,
            today=self._ground.today(one.market),
        )


def cursor_of(id_: str) -> str:
    """What a caller gives back to read on; nobody is promised what it is made of."""
    return base64.urlsafe_b64encode(b"1" + bytes.fromhex(id_)).rstrip(b"=").decode()


def after_of(cursor: str) -> str:
    """The id that a page begins after, "" for the first. Raises Refusal `bad-request`."""
    if not cursor:
        return ""
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("bad-request") from None
    if not raw.startswith(b"1") or _ID.fullmatch(raw[1:].hex()) is None:
        raise Refusal("bad-request")
    return raw[1:].hex()


def _check(limit: int) -> None:
    if not 1 <= limit <= PAGE_MOST:
        raise Refusal("bad-request")


def _row(row: Row) -> CoverageRowView:
    draft = row.draft
    return CoverageRowView(
        kind=draft.kind.value,
        right=draft.right.value,
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        source=draft.source.value,
        reference=draft.reference,
        term=draft.term,
        state=row.state.value,
    )


def _event(event: warranty.Event, customer: str) -> CoverageEventView:
    by = "rule" if not event.actor else "you" if event.actor == customer else "other"
    return CoverageEventView(
        at=event.at,
        cause=event.cause,
        by=by,
        reason=event.reason,
        before=[_read(one) for one in event.before],
        after=[_read(one) for one in event.after],
    )


def _read(one: dict[str, str]) -> CoverageReadView:
    return CoverageReadView(
        right=one["right"],
        starts_on=date.fromisoformat(one["starts_on"]),
        ends_on=date.fromisoformat(one["ends_on"]),
        basis=one["basis"],
    )
