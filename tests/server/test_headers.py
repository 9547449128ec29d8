"""Headers of the service: for the console's origin alone, with nothing a browser could misuse (INV-G5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from server.app import Service
from server.run import listen, port_of, started
from server.settings import Settings
from server.web.access import source_of
from tests.server.conftest import CONSOLE, open_test_office

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Running


async def test_every_answer_is_closed_to_browsers_tricks(server: Running) -> None:
    token = await server.sign_in()
    for path, status in (("/v1/me", 200), ("/nowhere", 404), ("/healthz", 200)):
        got, _, answer = await server.call("GET", path, token=token)
        assert got == status
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Server" not in answer.headers
        assert "Set-Cookie" not in answer.headers


async def test_the_console_may_read_an_answer_and_when_to_come_back(server: Running) -> None:
    for path, status in (("/healthz", 200), ("/v1/me", 401)):
        got, _, answer = await server.call("GET", path, headers={"Origin": CONSOLE})
        assert got == status
        assert answer.headers["Access-Control-Allow-Origin"] == CONSOLE
        assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Origin" in answer.headers.getall("Vary")


async def test_without_an_origin_no_origin_is_named(server: Running) -> None:
    _, _, answer = await server.call("GET", "/healthz")
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_preflight_of_the_console_is_answered_and_of_another_page_refused(server: Running) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    status, _, answer = await server.call("OPTIONS", "/v1/sessions", headers={"Origin": CONSOLE, **asks})
    assert status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == CONSOLE
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    status, _, answer = await server.call("OPTIONS", "/nowhere", headers={"Origin": CONSOLE, **asks})
    assert status == 404
    status, _, answer = await server.call(
        "OPTIONS", "/v1/me", headers={"Origin": "http://evil.example", **asks}
    )
    assert status == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


def _request(**headers: str) -> web.Request:
    class Transport:
        def get_extra_info(self, name: str, default: object = None) -> object:
            return ("192.0.2.9", 1) if name == "peername" else default

    return make_mocked_request("GET", "/", headers=headers, transport=Transport())


@pytest.mark.parametrize(
    ("behind_proxy", "forwarded", "source"),
    [
        (False, "203.0.113.5", "192.0.2.9"),
        (True, "203.0.113.5", "203.0.113.5"),
        (True, "1.1.1.1, 203.0.113.5", "203.0.113.5"),
        (True, "203.0.113.5, not an address", "unknown"),
        (True, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (True, "", "unknown"),
    ],
)
def test_a_callers_address_comes_from_our_own_proxy_only(
    behind_proxy: bool,  # noqa: FBT001 - a table's column
    forwarded: str,
    source: str,
) -> None:
    """INV-G7: what stands before the proxy's own entry is the caller's invention."""
    request = _request(**{"X-Forwarded-For": forwarded})
    assert source_of(request, behind_proxy=behind_proxy) == source


def test_a_proxy_may_name_the_caller_in_a_header_line_of_its_own() -> None:
    """INV-G7: otherwise a caller who sends the header first chooses by which address it is throttled."""
    lines = CIMultiDict([("X-Forwarded-For", "198.51.100.7"), ("X-Forwarded-For", "203.0.113.5")])
    request = make_mocked_request("GET", "/", headers=lines)
    assert source_of(request, behind_proxy=True) == "203.0.113.5"


async def test_over_tls_browsers_are_told_to_stay_with_it(tmp_path: Path) -> None:
    sockets = listen("127.0.0.1", 0)
    settings = Settings(
        origin="https://service.example",
        console_origins=("https://console.example",),
        data=tmp_path,
        behind_proxy=True,
    )
    url = f"http://127.0.0.1:{port_of(sockets)}/v1/me"
    async with (
        open_test_office(settings) as office,
        started(Service(office), sockets),
        aiohttp.ClientSession() as http,
        http.get(url, headers={"Host": "service.example"}) as answer,
    ):
        assert answer.status == 401
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
