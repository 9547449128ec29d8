"""Rows as the values that customers read: names in their language, and every date with its basis (I11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from care.catalogue import store as catalogue
from care.desk import views
from care.registration import transfers
from care.units import store as units
from care.warranty import rows as warranty_rows
from care.warranty import store as warranty
from care.warranty import upgrades
from care.warranty.rows import Right, Standing
from care.warranty.upgrade_machine import State as UpgradeState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.catalogue.documents import Documents
    from care.catalogue.groups import Group
    from care.catalogue.models import Model
    from care.registration.sightings import Sighting
    from care.registration.store import Registration
    from care.registration.transfers import Offer
    from care.units.store import Unit
    from care.warranty.rows import Cover, Row
    from care.warranty.upgrades import Upgrade


@dataclass(frozen=True, slots=True)
class Known:
    """All that a page of products needs, each table read once."""

    pieces: Mapping[str, Unit]
    imeis: Mapping[str, tuple[str, ...]]
    models: Mapping[str, Model]
    groups: Mapping[str, Group]
    rows: Mapping[str, tuple[Row, ...]]
    supplied: frozenset[str]
    upgrades: Mapping[str, Upgrade]
    offers: Mapping[str, Offer]


async def known_of(
    conn: AsyncConnection, ids: Sequence[str], registrations: Sequence[str], now: int
) -> Known:
    """Everything about these pieces, and what is offered of these registrations."""
    pieces = await units.by_ids(conn, ids)
    return Known(
        pieces=pieces,
        imeis=await units.imeis_of(conn, ids),
        models=await catalogue.models_by_codes(conn, sorted({piece.model for piece in pieces.values()})),
        groups={group.code: group for group in await catalogue.all_groups(conn)},
        rows=await warranty.rows_of_units(conn, ids),
        supplied=await units.supplied_among(conn, ids),
        upgrades=await upgrades.live_of(conn, ids),
        offers=await transfers.open_of(conn, registrations, now),
    )


def product(
    owned: Registration, known: Known, documents: Documents, *, language: str, today: date
) -> views.ProductView:
    piece = known.pieces[owned.unit]
    model = known.models.get(piece.model)
    path = _path(model, known.groups)
    covers = warranty_rows.covers(known.rows.get(piece.id, ()))
    upgrade = known.upgrades.get(piece.id)
    return views.ProductView(
        id=piece.id,
        registration=owned.id,
        version=owned.version,
        model=model_name(piece.model, model, language),
        brand=piece.brand,
        type=_named(path, 2, language),
        subtype=_named(path, 1, language),
        category=_named(path, 0, language),
        serial=piece.serial,
        imeis=list(known.imeis.get(piece.id, ())),
        manufactured_on=piece.manufactured_on,
        market=piece.market or owned.market,
        bought_on=owned.bought_on,
        registered_at=owned.created_at,
        verified=piece.id in known.supplied,
        smart=model is not None and model.smart,
        remote_assist=model is not None and model.remote_assist,
        covers=cover_list(covers, today),
        upgrade=upgrade_view(upgrade),
        transfer=transfer_view(known.offers.get(owned.id)),
        documents=[
            views.DocumentView(one.kind.value, one.title(language), one.url)
            for one in documents.of(piece.model)
        ],
        actions=actions(model, covers, upgrade, offered=owned.id in known.offers, today=today),
    )


def sighting(seen: Sighting, known: Known, language: str) -> views.SightingView:
    piece = known.pieces[seen.unit]
    model = known.models.get(piece.model)
    return views.SightingView(
        id=seen.id,
        model=model_name(piece.model, model, language) if piece.model else None,
        type=_named(_path(model, known.groups), 2, language),
        serial=piece.serial,
        imeis=list(known.imeis.get(piece.id, ())),
        source=seen.source.value,
        seen_at=seen.seen_at,
    )


def registration(
    one: Registration,
    model: views.Name,
    *,
    notes: Sequence[str] = (),
    covers: Sequence[Cover] = (),
    offer: Offer | None = None,
    today: date,
) -> views.RegistrationView:
    return views.RegistrationView(
        id=one.id,
        product=one.unit,
        model=model,
        channel=one.channel.value,
        state=one.state.value,
        market=one.market,
        terms=one.terms,
        bought_on=one.bought_on,
        created_at=one.created_at,
        version=one.version,
        notes=list(notes),
        covers=cover_list(covers, today),
        transfer=transfer_view(offer),
    )


def actions(
    model: Model | None,
    covers: Sequence[Cover],
    upgrade: Upgrade | None,
    *,
    offered: bool,
    today: date,
) -> list[str]:
    """What can be asked for now (R89): a certificate shows an upgraded cover, codes extend one that runs."""
    found = ["support"]
    runs = any(
        cover.right is not Right.LEGAL and warranty_rows.standing(cover, today) is not Standing.ENDED
        for cover in covers
    )
    if model is not None and model.smart and upgrade is None:
        found.append("upgrade")
    if upgrade is not None and upgrade.state is UpgradeState.DONE:
        found.append("certificate")
    if runs:
        found.append("extend")
    if runs and model is not None and model.online_extension:
        found.append("buy_extension")
    return [*found, *([] if offered else ["transfer"]), "release"]


def cover_list(covers: Sequence[Cover], today: date) -> list[views.CoverView]:
    return [
        views.CoverView(
            right=cover.right.value,
            kind=cover.draft.kind.value,
            source=cover.draft.source.value,
            starts_on=cover.starts_on,
            ends_on=cover.ends_on,
            basis=cover.basis.value,
            standing=warranty_rows.standing(cover, today).value,
        )
        for cover in covers
    ]


def upgrade_view(one: Upgrade | None) -> views.UpgradeView | None:
    return None if one is None else views.UpgradeView(one.id, one.unit, one.state.value, one.online_on)


def transfer_view(offer: Offer | None) -> views.TransferView | None:
    return None if offer is None else views.TransferView(offer.id, offer.expires_at)


def model_name(code: str, model: Model | None, language: str) -> views.Name:
    """A model that left the catalogue is called by its code."""
    return views.Name(code, code if model is None else model.name(language))


async def name_of(conn: AsyncConnection, code: str, language: str) -> views.Name:
    return model_name(code, await catalogue.model_by_code(conn, code), language)


def _path(model: Model | None, groups: Mapping[str, Group]) -> list[Group]:
    """Category, subtype and type, as far as they are there."""
    found: list[Group] = []
    code = model.category if model is not None else ""
    while code in groups:
        found.append(groups[code])
        code = groups[code].parent
    return found


def _named(path: Sequence[Group], place: int, language: str) -> views.Name | None:
    return views.Name(path[place].code, path[place].name(language)) if place < len(path) else None
