"""Routes of what an enrolled device asks over HTTP, each request signed by its key (SPEC §5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from identity.device_sign_in.handlers import DeviceHandlers
from identity.device_sign_in.registering import DeviceRegistration
from server.problems import Slug
from server.web.routes import Access, Facts, Route

if TYPE_CHECKING:
    from identity.device_requests.service import DeviceRequests
    from identity.device_sign_in.service import DeviceSignIns
    from server.portal.device_desk import DeviceDesk

_DEVICES: Final = frozenset({Access.DEVICE})


def device_routes(requests: DeviceRequests, sign_ins: DeviceSignIns, desk: DeviceDesk) -> list[Route]:
    registration = DeviceRegistration(register=desk.register, terms=desk.terms, market=desk.market)
    handlers = DeviceHandlers(requests, sign_ins, registration, desk.came_online)
    return [
        Route(
            entry.method,
            entry.path,
            _DEVICES,
            entry.handler,
            entry.body,
            entry.queries,
            portal=True,
            facts=Facts("Devices", entry.summary, entry.answers, tuple(map(Slug, entry.slugs))),
        )
        for entry in handlers.entries()
    ]
