"""The console's origin: strict policy, listed files only, nothing read by a path from outside (INV-G5)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import aiohttp
import pytest
from yarl import URL

import locales
from server.app import Service
from server.console import ConsoleSettings, console_application, policy
from server.release import Release, read_release
from server.run import listen, port_of, running, started
from server.settings import Settings
from tests.server.conftest import open_test_office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SERVICE = "http://localhost:8400"
PAGE = """<!doctype html>
<head>
<title>Console</title>
<link rel="stylesheet" href="/tokens.css">
<script type="module" src="/app.js"></script>
</head>
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pages = tmp_path / "pages"
    (pages / "core").mkdir(parents=True)
    (pages / "index.html").write_text(PAGE)
    (pages / "app.js").write_text("import { ONE } from './core/code.js';\nimport('./ui/later.js');\n")
    (pages / "core" / "code.js").write_text("export const ONE = 1;\n")
    (pages / "ui").mkdir()
    (pages / "ui" / "later.js").write_text("export const TWO = 2;\n")
    (pages / "tokens.css").write_text(":root {}\n" * 40)
    (pages / "__init__.py").write_text("secret = 1")
    (pages / "tokens.json").write_text("{}")
    (pages / ".hidden.js").write_text("x")
    (tmp_path / "outside.js").write_text("outside")
    return pages


@pytest.fixture
def release(folder: Path) -> Release:
    return read_release(folder)


@pytest.fixture
async def console(release: Release) -> AsyncIterator[str]:
    sockets = listen("127.0.0.1", 0)
    origin = f"http://localhost:{port_of(sockets)}"
    settings = ConsoleSettings(origin, SERVICE, demo=True, tv="http://localhost:8402")
    app = console_application(settings, release)
    async with running(app, sockets):
        yield origin


async def test_only_what_a_page_is_made_of_is_served(console: str) -> None:
    kinds = {
        "/": "text/html; charset=utf-8",
        "/app.js": "text/javascript; charset=utf-8",
        "/ui/later.js": "text/javascript; charset=utf-8",
        "/styles.css": "text/css; charset=utf-8",
        "/config.json": "application/json",
        "/locales/vi.json": "application/json",
        "/release.txt": "text/plain; charset=utf-8",
    }
    async with aiohttp.ClientSession() as http:
        for path, kind in kinds.items():
            async with http.get(console + path) as answer:
                assert (path, answer.status, answer.headers["Content-Type"]) == (path, 200, kind)


NOT_SERVED = (
    "/__init__.py",
    "/tokens.json",
    "/.hidden.js",
    "/index.html",
    "/core/code.js",
    "/tokens.css",
    "/core",
    "/core/",
    "/../outside.js",
    "/..%2foutside.js",
    "/%2e%2e/outside.js",
    "/core/../app.js%00",
    "/%61pp.js",
    "//app.js",
    "/locales/xx.json",
    "/locales/..%2fen.json",
    "/locales/console.po",
)


async def test_nothing_else_is_there_under_any_spelling(console: str) -> None:
    async with aiohttp.ClientSession() as http:
        for path in NOT_SERVED:
            async with http.get(URL(console + path, encoded=True)) as answer:
                assert (path, answer.status) == (path, 404)
                assert answer.headers["Content-Type"].startswith("application/problem+json")
                assert "outside" not in await answer.text()


async def test_every_answer_carries_the_policy(console: str) -> None:
    async with aiohttp.ClientSession() as http:
        for path in ("/", "/app.js", "/config.json", "/nothing"):
            async with http.get(console + path) as answer:
                assert answer.headers["Content-Security-Policy"] == policy(SERVICE)
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_policy_allows_no_inline_and_no_foreign_code() -> None:
    text = policy("https://service.example")
    assert "unsafe" not in text
    assert "*" not in text
    rules = dict(rule.split(" ", 1) for rule in text.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"] == "'self' https://service.example wss://service.example"
    assert rules["require-trusted-types-for"] == "'script'"
    assert rules["trusted-types"] == "'none'"
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'none'"


async def test_the_settings_name_the_service_the_tv_and_the_release(console: str, release: Release) -> None:
    async with aiohttp.ClientSession() as http, http.get(console + "/config.json") as answer:
        assert await answer.json() == {
            "service": SERVICE,
            "demo": True,
            "tv": "http://localhost:8402",
            "root": None,
            "release": release.name,
            "direct": "off",
            "stun": "",
            "turn": "",
        }


async def test_what_is_served_is_what_was_hashed_to_the_last_byte(console: str, folder: Path) -> None:
    """Whatever happens to the files meanwhile: the release that was named stays the one that is served."""
    (folder / "app.js").write_text("export const CHANGED = 1;\n")
    async with aiohttp.ClientSession() as http:
        async with http.get(console + "/release.txt") as answer:
            manifest = await answer.read()
        async with http.get(console + "/config.json") as answer:
            assert hashlib.sha256(manifest).hexdigest() == (await answer.json())["release"]
        first, *lines = manifest.decode().splitlines()
        assert first == "alongside console release 1"
        assert len(lines) == 4 + len(locales.languages())
        for line in lines:
            digest, kind, path = line.split("  ")
            async with http.get(console + path) as answer:
                assert answer.headers["Content-Type"] == kind
                assert hashlib.sha256(await answer.read()).hexdigest() == digest


async def test_a_file_that_did_not_change_is_not_sent_again(console: str) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.get(console + "/app.js") as answer:
            etag = answer.headers["ETag"]
            assert answer.headers["Cache-Control"] == "no-cache"
        async with http.get(console + "/app.js", headers={"If-None-Match": etag}) as answer:
            assert answer.status == 304
        async with http.get(console + "/styles.css", headers={"If-None-Match": etag}) as answer:
            assert answer.status == 200


async def test_another_name_and_another_method_are_refused(console: str) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.get(console + "/", headers={"Host": "evil.example"}) as answer:
            assert answer.status == 400
        async with http.post(console + "/", data=b"x") as answer:
            assert answer.status == 405


async def test_a_page_is_told_whether_this_service_s_operator_serves_it(tmp_path: Path) -> None:
    """Whoever is not named as served elsewhere counts as the operator's own; no page, no claim."""
    ours, elsewhere = "http://localhost:8401", "https://console.example"
    sockets = listen("127.0.0.1", 0)
    service = f"http://localhost:{port_of(sockets)}"
    settings = Settings(
        origin=service,
        console_origins=(ours, elsewhere),
        consoles_elsewhere=(elsewhere,),
        data=tmp_path / "d",
    )
    expected = {
        ours: (200, True),
        elsewhere: (200, False),
        "https://evil.example": (403, None),
        "": (200, False),
    }
    async with (
        open_test_office(settings) as office,
        started(Service(office), sockets),
        aiohttp.ClientSession() as http,
    ):
        for origin, said in expected.items():
            headers = {"Origin": origin} if origin else {}
            async with http.get(f"{service}/v1/about", headers=headers) as answer:
                assert (answer.status, (await answer.json()).get("serves_console")) == said, origin
