"""The device's own requests against the real service, and against one that answers otherwise (SPEC §5.6)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from device_agent.account.service import (
    ANSWER_BYTES,
    HttpService,
    Impossible,
    Lapsed,
    NoLine,
    Stale,
    Token,
    Wait,
)
from device_agent.account.view import Basis, Cover, Right, Why
from device_agent.trust import DeviceKey
from identity.device_sign_in.handlers import DeviceHandlers
from server.storage.engine import Database
from tests.agent.fakes import NOW_MS, FakeClock
from tests.contract.sign_in_stage import Maker
from tests.relay.play import unique
from tests.server.device_house import application
from tests.unit.test_device_registration import COVER, Desk
from wire.encoding import key_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from aiohttp.typedefs import Handler

pytestmark = pytest.mark.slow

CODE = {
    "device_code": "d" * 43,
    "user_code": "BCDF-GHJK",
    "expires_in": 600,
    "interval": 5,
}


class Street:
    """A maker's service on a port of this machine, and one device that calls it."""

    def __init__(self, maker: Maker, desk: Desk, origin: str) -> None:
        self.maker, self.desk, self.origin = maker, desk, origin
        self.tv = maker.television()
        self.clock = FakeClock()
        assert maker.clock.ms == NOW_MS
        raw = self.tv.key.private_bytes_raw()
        self.credential = self.tv.credential()
        self.service = HttpService(
            origin, key=DeviceKey(raw), credential=lambda: self.credential, clock=self.clock
        )

    async def sign_in(self, customer: str = "liga") -> str:
        code = await self.service.authorize()
        await self.maker.decide(code.user_code, customer=customer)
        said = await self.service.token(code.device_code)
        assert isinstance(said, Token)
        return said.access_token


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    database = await Database.open(f"sqlite:///{tmp_path / 'alongside.db'}")
    maker, desk = Maker(database, tmp_path), Desk()

    async def on_the_makers_clock(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = http_date(maker.clock.ms)

    # The port is known only once something listens; the routes need it before.
    async with TestServer(web.Application()) as probe:
        port = probe.port
    origin = f"http://127.0.0.1:{port}"
    maker.at(origin)
    app = application(
        DeviceHandlers(maker.requests, maker.sign_ins, desk.service(), desk.came_online).entries()
    )
    app.on_response_prepare.append(on_the_makers_clock)
    async with TestServer(app, port=port):
        yield Street(maker, desk, origin)
    await database.close()


def http_date(ms: int) -> str:
    return formatdate(ms / 1_000, usegmt=True)


async def test_a_device_signs_in_and_registers(street: Street) -> None:
    """R44, end to end but for the screen."""
    code = await street.service.authorize()
    assert code.verification_uri == f"{street.origin}/tv"
    assert await street.service.token(code.device_code) is Wait.PENDING
    assert await street.service.token(code.device_code) is Wait.SLOW_DOWN
    token = await street.sign_in()
    terms = await street.service.terms(token, "lv")
    assert terms.paragraphs == ("LV lv",)
    done = await street.service.register(token, terms.version, "lv")
    expected = Cover(Right.MAKER, Basis.CALCULATED, "2026-03-15", "2028-03-15")
    assert (done.model, done.covers, done.is_new) == ("Vista 55 Q7", (expected,), True)
    assert (await street.service.register(token, terms.version, "lv")).is_new is False
    await street.service.sign_out(token)
    with pytest.raises(Lapsed):
        await street.service.terms(token, "lv")


@pytest.mark.parametrize("wrong_s", [-86_400 * 400, -120, 120, 86_400])
async def test_a_device_whose_clock_is_wrong_learns_the_time_from_the_refusal(
    street: Street, wrong_s: int
) -> None:
    street.clock.set_wall(NOW_MS + wrong_s * 1_000)
    token = await street.sign_in()
    assert (await street.service.terms(token, "lv")).version == "terms-3"


async def test_a_revoked_device_and_one_of_another_maker_read_that_it_is_not_possible(street: Street) -> None:
    await street.maker.revocations.revoke_key(key_id(street.tv.public), named=False)
    with pytest.raises(Impossible) as refused:
        await street.service.authorize()
    assert refused.value.why is Why.NOT_PROVEN
    street.credential = ""
    with pytest.raises(Impossible) as refused:
        await street.service.authorize()
    assert refused.value.why is Why.NOT_ENROLLED


async def test_another_devices_token_is_no_sign_in(street: Street) -> None:
    token = await street.maker.token(street.maker.television(unit="HM-55Q7-009999"), "liga")
    with pytest.raises(Lapsed):
        await street.service.register(token, "terms-3", "lv")


async def test_stale_terms_and_another_owner(street: Street) -> None:
    token = await street.sign_in()
    with pytest.raises(Stale):
        await street.service.register(token, "terms-2", "lv")
    street.desk.owner = "ola"
    with pytest.raises(Impossible) as refused:
        await street.service.register(token, "terms-3", "lv")
    assert refused.value.why is Why.TAKEN


async def test_nobody_there_is_no_line(street: Street) -> None:
    service = HttpService(
        "http://127.0.0.1:9", key=DeviceKey(unique(32)), credential=street.tv.credential, clock=street.clock
    )
    with pytest.raises(NoLine):
        await service.authorize()


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[HttpService]:
    """A service of which every answer is the test's."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app) as server:
        origin = f"http://127.0.0.1:{server.port}"
        yield HttpService(origin, key=DeviceKey(unique(32)), credential=lambda: "a.b.c", clock=FakeClock())


def json(body: object, status: int = 200) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(_request: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    return handler


@pytest.mark.parametrize(
    "links",
    [
        ("https://elsewhere.example/tv", "https://elsewhere.example/tv?code=BCDF-GHJK"),
        ("OWN/tv", "https://elsewhere.example/tv?code=BCDF-GHJK"),
        ("OWN.elsewhere.example/tv", "OWN/tv?code=BCDF-GHJK"),
        ("OWN/t\u202ev", "OWN/tv"),
    ],
)
async def test_no_link_leads_anywhere_but_to_the_device_s_own_service(links: tuple[str, str]) -> None:
    """R104"""

    async def handler(request: web.Request) -> web.Response:
        own = [link.replace("OWN", f"http://{request.host}") for link in links]
        return web.json_response(CODE | {"verification_uri": own[0], "verification_uri_complete": own[1]})

    async with answering(handler) as service:
        with pytest.raises(NoLine):
            await service.authorize()


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "code",
        CODE,
        CODE | {"user_code": "<b>"},
        CODE | {"interval": 0},
        CODE | {"expires_in": 10**9},
        {"access_token": ""},
        {"version": "1", "paragraphs": []},
        {"version": "1", "paragraphs": ["\u202eevil"]},
        {"version": "1", "paragraphs": ["x" * 4_001]},
        {"model": "x" * 65, "is_new": True, "is_verified": True, "covers": []},
    ],
    ids=repr,
)
@pytest.mark.parametrize("status", [200, 201, 302, 400, 404, 500, 503])
async def test_what_a_service_should_not_say_is_no_answer(body: object, status: int) -> None:
    """INV-F1 on the device: no crash, nothing strange on the screen."""
    async with answering(json(body, status)) as service:
        for call in (
            service.authorize(),
            service.token("d"),
            service.terms("t", "en"),
            service.register("t", "1", "en"),
        ):
            with pytest.raises(NoLine):
                await call


async def test_a_redirect_is_not_followed_and_no_token_goes_along() -> None:
    paths: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        paths.append(request.path)
        raise web.HTTPTemporaryRedirect("/elsewhere")

    async with answering(handler) as service:
        with pytest.raises(NoLine):
            await service.terms("t" * 43, "en")
    assert paths == ["/api/v1/device/terms"]


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    """INV-F2"""

    async def handler(_request: web.Request) -> web.Response:
        return web.Response(body=b" " * (4 * ANSWER_BYTES), content_type="application/json")

    async with answering(handler) as service:
        with pytest.raises(NoLine):
            await service.authorize()


async def test_a_refusal_of_the_proof_is_asked_once_more_and_not_again_and_again() -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.headers["Device-Assertion"])
        date = {"Date": http_date(NOW_MS + 3_600_000 * len(asked))}
        return web.json_response({"error": "invalid_client"}, status=401, headers=date)

    async with answering(handler) as service:
        with pytest.raises(Impossible):
            await service.authorize()
    assert len(asked) == len(set(asked)) == 2


async def test_a_new_kind_of_cover_is_left_out_and_the_rest_is_shown(street: Street) -> None:
    token = await street.sign_in()
    street.desk.covers = (replace(COVER, right="lease"), COVER)
    done = await street.service.register(token, "terms-3", "lv")
    assert [cover.right for cover in done.covers] == [Right.MAKER]
