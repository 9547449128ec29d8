"""The desk's answers as the view models of pages: facts only, in the reader's language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from care.identifiers import Kind
from care.warranty.rows import Kind as CoverKind
from care.warranty.rows import Right, Source, Standing
from customer_web.views.cover import Change, Changed, CoverLine, ground
from customer_web.views.mine import (
    Card,
    Document,
    Drawing,
    FoundBy,
    ProductPage,
    Sighting,
    TransferState,
    UpgradeState,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from care.desk.views import CoverageEventView, CoverageView, CoverView, ProductView, SightingView

SUPPORT: Final = "/support"
_DRAWINGS: Final = {
    "tv": Drawing.TV,
    "monitor": Drawing.MONITOR,
    "phone": Drawing.PHONE,
    "tablet": Drawing.TABLET,
    "wearable": Drawing.WATCH,
    "laptop": Drawing.LAPTOP,
    "laundry": Drawing.WASHER,
    "cooling": Drawing.FRIDGE,
    "kitchen": Drawing.OVEN,
    "floor": Drawing.VACUUM,
    "air": Drawing.AIR,
    "sound": Drawing.SOUND,
}
_FOUND: Final = {"smart-home": FoundBy.HOME_APP, "app-scan": FoundBy.MEMBERS_APP, "tv": FoundBy.TV}
_UPGRADES: Final = {
    "requested": UpgradeState.WAITING_ONLINE,
    "waiting_online": UpgradeState.WAITING_ONLINE,
    "done": UpgradeState.DONE,
}
_ORDER: Final = (Right.MAKER, Right.EXTENSION, Right.LEGAL)


def drawing_of(group: str) -> Drawing:
    """By the code of a group, of whichever level: `tv-4k-oled` is a TV."""
    return _DRAWINGS.get(group.partition("-")[0], Drawing.OTHER)


def day_of(at_ms: int, zone: ZoneInfo) -> date:
    """The date of an instant where the customer is."""
    return datetime.fromtimestamp(at_ms / 1_000, UTC).astimezone(zone).date()


def line(cover: CoverView) -> CoverLine:
    return CoverLine(
        right=Right(cover.right),
        ground=ground(CoverKind(cover.kind), Source(cover.source)),
        starts_on=cover.starts_on,
        ends_on=cover.ends_on,
        standing=Standing(cover.standing),
    )


def lines(covers: Sequence[CoverView]) -> tuple[CoverLine, ...]:
    """The maker's first, then what extends it, then the law's."""
    found = [line(cover) for cover in covers]
    return tuple(sorted(found, key=lambda one: (_ORDER.index(one.right), one.starts_on)))


def number_of(product: ProductView | SightingView) -> tuple[str, Kind]:
    """The number that people know it by: a telephone's IMEI, else its serial number."""
    if product.serial:
        return product.serial, Kind.SERIAL
    return (product.imeis[0], Kind.IMEI) if product.imeis else ("", Kind.SERIAL)


def card(product: ProductView) -> Card:
    number, kind = number_of(product)
    told = lines(product.covers)
    makers = [one for one in told if one.right is not Right.LEGAL]
    running = [one for one in makers if one.standing is Standing.RUNNING]
    first = max(running or makers or told, key=lambda one: one.ends_on, default=None)
    return Card(
        id=product.id,
        name=product.model.name,
        drawing=drawing_of(product.type.code if product.type else ""),
        number=number,
        number_kind=kind,
        support_url=f"{SUPPORT}?product={product.id}",
        line=first,
        legal_runs=first is not None
        and first.standing is Standing.ENDED
        and any(one.right is Right.LEGAL and one.standing is Standing.RUNNING for one in told),
    )


def sighting(seen: SightingView, type_code: str, zone: ZoneInfo) -> Sighting:
    return Sighting(
        id=seen.id,
        name=seen.model.name if seen.model else number_of(seen)[0],
        drawing=drawing_of(type_code),
        found_by=_FOUND.get(seen.source, FoundBy.OTHER),
        found_on=day_of(seen.seen_at, zone),
    )


def product_page(
    product: ProductView, coverage: CoverageView, *, market: str, today: date, zone: ZoneInfo
) -> ProductPage:
    """`market` is the customer's: cover of another country's is said to be that."""
    number, kind = number_of(product)
    told = lines(coverage.covers)
    upgrade = None
    if product.upgrade is not None:
        upgrade = _UPGRADES.get(product.upgrade.state)
    if upgrade is None and "upgrade" in coverage.actions:
        upgrade = UpgradeState.OFFERED
    return ProductPage(
        id=product.id,
        name=product.model.name,
        drawing=drawing_of(product.type.code if product.type else ""),
        number=number,
        number_kind=kind,
        today=today,
        support_url=f"{SUPPORT}?product={product.id}",
        covers=told,
        changes=tuple(_changes(coverage.events, zone)),
        made_on=product.manufactured_on,
        is_unverified=not product.verified and not told,
        country=product.market if product.market not in {"", market} else "",
        remote_assist=product.remote_assist,
        documents=tuple(Document(one.title, one.url) for one in product.documents),
        upgrade=upgrade,
        transfer=TransferState.OFFERED if product.transfer else TransferState.NONE,
    )


_CAUSES: Final = {
    "registered": Changed.CALCULATED,
    "supplied": Changed.CALCULATED,
    "upgraded": Changed.UPGRADED,
    "confirmed": Changed.ORDER_CONFIRMED,
    "decided": Changed.SHORTENED,
}


def _changes(events: Sequence[CoverageEventView], zone: ZoneInfo) -> list[Change]:
    """What changed, newest first: of each event the right whose end it moved the furthest."""
    found = []
    for event in reversed(events):
        makers = [one for one in event.after if one.right == Right.MAKER] or list(event.after)
        until = max((one.ends_on for one in makers), default=None)
        what = _CAUSES.get(event.cause, Changed.CALCULATED)
        found.append(Change(on=day_of(event.at, zone), what=what, until=until, reason=event.reason))
    return found
