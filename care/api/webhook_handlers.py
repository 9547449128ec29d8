"""What other services of the maker tell us, signed (R37)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web

from care.api.bodies import PairedBody
from care.desk.sighting import Seen
from care.desk.signed import is_genuine
from care.ports import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from care.api.request import Reading
    from care.desk.service import Desk

SIGNATURE: Final = "Alongside-Signature"
DELIVERY: Final = "Alongside-Delivery"


class WebhookHandlers:
    """Without `secrets` nobody is believed."""

    def __init__(self, desk: Desk, reading: Reading, secrets: Sequence[bytes]) -> None:
        self._desk = desk
        self._reading = reading
        self._secrets = tuple(secrets)

    async def smart_home(self, request: web.Request) -> web.Response:
        """`POST /api/v1/webhooks/smart-home`: products that were paired; which we know is not told."""
        body = self._reading.sent_of(request)
        delivery = request.headers.get(DELIVERY, "")
        genuine = is_genuine(
            signature=request.headers.get(SIGNATURE, ""),
            delivery=delivery,
            body=body,
            secrets=self._secrets,
            now_s=self._desk.ground.now() // 1000,
        )
        if not genuine:
            raise Refusal("signature-refused")
        try:
            told = msgspec.json.decode(body, type=PairedBody, strict=True)
        except (msgspec.DecodeError, ValueError, RecursionError):
            raise Refusal("bad-request") from None
        await self._desk.sightings.paired(
            delivery, [Seen(one.account, one.serial, one.brand) for one in told.events]
        )
        return web.Response(status=202)
