"""Routes of what a technician asks of the desk, in a live session with a device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from aiohttp import hdrs, web

from identity.ports import Refusal
from identity.request_keys import ACCOUNT, BODY
from server.portal.device_cards import DeviceCard
from server.problems import Slug, choose_language
from server.web.routes import Access, Facts, Route
from wire.limits import BADGE_CHARACTERS

if TYPE_CHECKING:
    from server.portal.device_cards import CardDesk

_TECHNICIANS: Final = frozenset({Access.TECHNICIAN})


class DeviceCardBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The device's credential as it showed it in the session (seal SPEC §9)."""

    credential: Annotated[str, msgspec.Meta(min_length=1, max_length=BADGE_CHARACTERS)]


def technician_routes(cards: CardDesk | None) -> list[Route]:
    """Served without cards, too: a console of another origin is told `not-found`, and not nothing at all."""

    async def device_card(request: web.Request) -> web.Response:
        if cards is None:
            raise Refusal("not-found")
        body: DeviceCardBody = request[BODY]
        card = await cards.read(
            account=request[ACCOUNT].id,
            session=request.match_info["session"],
            credential=body.credential,
            language=choose_language(request.headers.get(hdrs.ACCEPT_LANGUAGE, "")),
        )
        return web.json_response(body=msgspec.json.encode(card))

    return [
        Route(
            "POST",
            "/api/v1/tech/sessions/{session}/device",
            _TECHNICIANS,
            device_card,
            DeviceCardBody,
            facts=Facts(
                "Technicians",
                "The product before you, while the customer's yes holds; each reading is on record",
                {200: DeviceCard},
                (Slug.SESSION_NOT_LIVE, Slug.UNIT_NOT_PROVEN),
            ),
        )
    ]
