"""The device card: what is known of the product before a technician (R9, CARE section 3.5).

Whoever asks has a live session with the very device, and its maker's word on which piece it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from care import identifiers
from care.catalogue import store as catalogue
from care.desk import inquiry, shown
from care.desk.views import DeviceCardView
from care.identifiers import Number
from care.registration import store as registration
from care.units import store as units
from care.warranty import rows as warranty_rows
from care.warranty import store as warranty

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.desk.ground import Ground
    from care.units.store import Unit


@dataclass(frozen=True, slots=True)
class Found:
    """The card, and the customer whose product it is: their id, or None."""

    view: DeviceCardView
    owner: str | None


class DeviceCards:
    """Cards by what a device's credential says: its maker's number and name for it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def of(self, conn: AsyncConnection, unit: str, model: str, language: str) -> Found:
        """Names in `language`. A product that nothing is known of has a card that says so."""
        number = identifiers.classify(unit)
        piece = await self._piece(conn, number.canonical, model) if isinstance(number, Number) else None
        if piece is None:
            return Found(DeviceCardView(unit=unit), None)
        named = await shown.name_of(conn, piece.model, language) if piece.model else None
        owned = await registration.active(conn, piece.id)
        if owned is not None:
            covers, market = warranty_rows.covers(await warranty.rows_of(conn, piece.id)), owned.market
        else:
            # What anybody reads of it: a product that nobody registered has no other cover.
            asked = await inquiry.inquire(conn, unit, self._ground.maker.markets.by_code, brand=piece.brand)
            if not isinstance(asked, inquiry.Answer):
                return Found(DeviceCardView(unit=unit, model=named), None)
            covers, market = asked.covers, asked.market
        card = DeviceCardView(
            unit=unit,
            known=True,
            model=named,
            manufactured_on=piece.manufactured_on,
            market=market,
            registered_at=None if owned is None else owned.created_at,
            covers=shown.cover_list(covers, self._ground.today(market)),
        )
        return Found(card, None if owned is None else owned.customer)

    async def _piece(self, conn: AsyncConnection, serial: str, model: str) -> Unit | None:
        """Of two brands' pieces with one number, the one of the model that the maker enrolled."""
        brands = self._ground.maker.maker.brands
        found = [piece for piece in await units.by_serial(conn, serial) if piece.brand in brands]
        if len(found) > 1:
            models = await catalogue.models_by_codes(conn, sorted({piece.model for piece in found}))
            found = [
                piece
                for piece in found
                if (it := models.get(piece.model)) is not None and model in {it.code, it.name("en")}
            ]
        return found[0] if len(found) == 1 else None
