"""Routes of codes and sessions, and whether the service is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa
from aiohttp import web

from identity.request_keys import ACCOUNT, BODY, SOURCE
from relay.session.handlers import AliveBody, PicturesBody, RedeemBody, SessionHandlers, ShowBody
from relay.session.http_answers import AboutAnswer, AliveSaid, CodeAnswer, SessionAnswer, SessionsAnswer
from server.problems import Slug
from server.web.body import parsed
from server.web.routes import Access, Facts, Raw, Route
from wire.limits import ALIVE_BODY_BYTES

if TYPE_CHECKING:
    from relay.session.service import SessionService
    from server.storage.engine import Database

_ANYONE = frozenset({Access.ANYONE})
_TECHNICIAN = frozenset({Access.TECHNICIAN})
_AREA = "Sessions"


class Health(msgspec.Struct, frozen=True):
    """The service answers, and so does its database."""

    status: str


def health_route(database: Database) -> Route:
    async def health(_request: web.Request) -> web.Response:
        async with database.read() as conn:
            await conn.execute(sa.select(1))
        return web.json_response(body=msgspec.json.encode(Health("ok")))

    return Route("GET", "/healthz", _ANYONE, health, facts=Facts("Service", "Is it well?", {200: Health}))


def session_routes(sessions: SessionService) -> list[Route]:
    handlers = SessionHandlers(
        sessions,
        account_of=lambda request: request[ACCOUNT],
        source_of=lambda request: request[SOURCE],
        body_of=lambda request: request[BODY],
        show_body_of=lambda request: request[BODY],
        alive_body_of=lambda request: parsed(request[BODY], AliveBody),
        pictures_body_of=lambda request: parsed(request[BODY], PicturesBody),
    )
    return [
        Route(
            "POST",
            "/v1/codes",
            _TECHNICIAN,
            handlers.create_code,
            ShowBody,
            facts=Facts(_AREA, "A code for the console to show", {201: CodeAnswer}, (Slug.TOO_MANY,)),
        ),
        Route(
            "POST",
            "/v1/sessions",
            _TECHNICIAN,
            handlers.create_session,
            RedeemBody,
            facts=Facts(_AREA, "Spend a code", {201: SessionAnswer}, (Slug.CODE_NOT_OPEN, Slug.TOO_MANY)),
        ),
        Route(
            "GET",
            "/v1/sessions",
            _TECHNICIAN,
            handlers.list_sessions,
            facts=Facts(_AREA, "The technician's own sessions", {200: SessionsAnswer}),
        ),
        Route(
            "POST",
            "/v1/alive",
            frozenset({Access.TICKET}),
            handlers.alive,
            Raw(frozenset({"text/plain"}), ALIVE_BODY_BYTES),
            facts=Facts(
                _AREA,
                "A console whose socket is held up says that it is there",
                {200: AliveSaid, 204: None},
                (Slug.TOO_MANY,),
            ),
        ),
        Route(
            "POST",
            "/v1/pictures",
            frozenset({Access.TICKET}),
            handlers.pictures,
            Raw(frozenset({"text/plain"}), ALIVE_BODY_BYTES),
            facts=Facts(
                _AREA,
                "The sealed pictures that a console lacks whose socket is held up",
                {200: bytes, 204: None},
                (Slug.TOO_MANY,),
            ),
        ),
        Route(
            "GET",
            "/v1/about",
            _ANYONE,
            handlers.about,
            facts=Facts(_AREA, "Who serves the page that asks", {200: AboutAnswer}),
        ),
        Route(
            "GET",
            "/v1/device",
            frozenset({Access.DEVICE}),
            handlers.device_socket,
            facts=Facts(_AREA, "A device's socket (protocol alongside.device.1)", {101: None}),
        ),
        Route(
            "GET",
            "/v1/console",
            frozenset({Access.TICKET}),
            handlers.console_socket,
            facts=Facts(_AREA, "A console's socket (protocol alongside.console.1)", {101: None}),
        ),
    ]
