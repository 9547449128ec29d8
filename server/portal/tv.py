"""The page where a customer lets a television sign in as them (RFC 8628 §3.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from customer_web.views.accounts import TvPage, TvState
from customer_web.views.shell import Fault, FieldError, Nav
from identity.device_sign_in.service import Decided, Later, NotOpen, Waiting
from identity.ports import Refusal
from identity.request_keys import BODY, CUSTOMER
from server.portal.site import source_of

if TYPE_CHECKING:
    from aiohttp import web

    from identity.device_sign_in.service import DeviceSignIns
    from server.portal.site import Site
    from server.web.routes import Filled


class TvPages:
    def __init__(self, site: Site, sign_ins: DeviceSignIns) -> None:
        self._site = site
        self._sign_ins = sign_ins

    async def ask(self, request: web.Request) -> web.Response:
        """The link on the screen brings its code along; it is looked up only when the button is pressed."""
        return self._site.show(request, TvPage(user_code=request.query.get("code", "")[:16]), Nav.PRODUCTS)

    async def answer(self, request: web.Request) -> web.Response:
        form: Filled = request[BODY]
        code = form["user_code"]
        if not code:
            return self._wrong(request, "", Fault.USER_CODE_REQUIRED)
        if form["answer"] not in {"allow", "no"}:
            return await self._look(request, code)
        allow = form["answer"] == "allow"
        said = await self._sign_ins.decide(
            user_code=code, customer=request[CUSTOMER].id, source=source_of(request), allow=allow
        )
        match said:
            case Decided():
                state = TvState.ALLOWED if allow else TvState.REFUSED
                return self._site.show(request, TvPage(state), Nav.PRODUCTS)
            case NotOpen():
                return self._wrong(request, code, Fault.USER_CODE_UNKNOWN)
            case Later(wait_ms):
                raise Refusal("too-many", retry_after_s=-(-wait_ms // 1_000))

    async def _look(self, request: web.Request, code: str) -> web.Response:
        found = await self._sign_ins.look_up(
            user_code=code, customer=request[CUSTOMER].id, source=source_of(request)
        )
        match found:
            case Waiting():
                zone = self._site.maker.markets[request[CUSTOMER].market].zone
                asked_at = datetime.fromtimestamp(found.asked_at / 1_000, UTC).astimezone(zone)
                page = TvPage(TvState.DECIDE, code, found.model, asked_at.replace(tzinfo=None))
                return self._site.show(request, page, Nav.PRODUCTS)
            case NotOpen():
                return self._wrong(request, code, Fault.USER_CODE_UNKNOWN)
            case Later(wait_ms):
                raise Refusal("too-many", retry_after_s=-(-wait_ms // 1_000))

    def _wrong(self, request: web.Request, code: str, fault: Fault) -> web.Response:
        page = TvPage(user_code=code, errors=(FieldError("user_code", fault),))
        return self._site.show(request, page, Nav.PRODUCTS, status=422)
