"""No second spelling of a path opens anything, for anybody: every protected route, many spellings (INV-G1).

A proxy may judge paths before we do: it must never have judged another one than we.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

from server.web.routes import Access, Raw
from tests.server.conftest import CONSOLE

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Iterator

    from server.web.routes import Route
    from tests.server.conftest import Running

BODIES = {
    "/v1/badges": {"key": "A" * 43, "challenge": "A" * 43, "sig": "A" * 86},
    "/api/v1/tech/sessions/{session}/device": {"credential": "A"},
    "/v1/alive": {"key": "A" * 43, "k": 1, "n": 1, "pic": 0, "tag": "A" * 86},
    "/v1/pictures": {"key": "A" * 43, "seq": 0},
    "/v1/codes": {"badge": "A" * 43},
    "/v1/sessions": {"locator": "12345", "badge": "A" * 43},
}


def spellings(path: str, here: str) -> Iterator[str]:
    """Other texts that a lenient reader takes for this path."""
    version, _, rest = path.removeprefix("/").partition("/")
    letter = f"%{ord(rest[0]):02x}"
    yield from (f"{path}/", f"/{path}", f"//{version}//{rest}", f"/{version}//{rest}", f"{path}//")
    yield from (f"/./{version}/{rest}", f"/{version}/./{rest}", f"{path}/.", f"{path}/x/..")
    yield from (f"/x/../{version}/{rest}", f"/{version}/x/../{rest}", f"/../{version}/{rest}")
    yield from (f"/{version}/%2e/{rest}", f"/{version}/%2E%2e/{version}/{rest}", f"/%2e{path}")
    yield from (f"/{version}%2f{rest}", f"%2f{version}/{rest}", f"/{version}%5c{rest}", f"/{version}\\{rest}")
    yield from (
        f"/{version}/{letter}{rest[1:]}",
        f"/%76{version[1:]}/{rest}",
        f"/{version}/%25{letter[1:]}{rest[1:]}",
    )
    yield from (path.upper(), path.title(), f"/{version.upper()}/{rest}", f"/{version}/{rest.upper()}")
    yield from (f"{path};", f"{path};a=b", f"/{version};a=b/{rest}", f"{path}%3b")
    yield from (
        f"{path}#",
        f"{path}#x",
        f"{path}%23",
        f"{path}?",
        f"{path}?#",
        f"{path}?#x",
        f"{path}%3f",
    )
    yield from (
        f"{path}%00",
        f"{path}%20",
        f"{path}%0d%0a",
        f"{path}%09",
        f"{path}.json",
        f"{path}.",
        f"{path}~",
    )
    yield from (f"/{version}/%c1%ad{rest[1:]}", f"/{version}/%ef%bd%8d{rest[1:]}", f"/{version}/{rest}%c2%a0")
    yield from (f"http://{here}{path}", f"HTTP://{here}{path}", f"//{here}{path}", path.removeprefix("/"))


class Wire:
    """Requests as they are written, one after another; a new connection where the last was closed."""

    def __init__(self, server: Running) -> None:
        self.here = server.origin.removeprefix("http://")
        self._ends: tuple[StreamReader, StreamWriter] | None = None

    async def ask(self, method: str, target: str, *lines: str, body: bytes = b"") -> tuple[int, str]:
        if self._ends is None:
            self._ends = await asyncio.open_connection("127.0.0.1", int(self.here.rpartition(":")[2]))
        reader, writer = self._ends
        head = [f"{method} {target} HTTP/1.1", f"Host: {self.here}", f"Content-Length: {len(body)}", *lines]
        writer.write("\r\n".join((*head, "", "")).encode("latin-1") + body)
        async with asyncio.timeout(10):
            said = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            [length] = re.findall("Content-Length: ([0-9]+)", said) or ["0"]
            content = (await reader.readexactly(int(length))).decode()
        if "Connection: close" in said or said.startswith("HTTP/1.0"):
            self.close()
        return int(said.split(" ")[1]), content

    def close(self) -> None:
        if self._ends is not None:
            self._ends[1].close()
        self._ends = None


async def test_no_protected_route_answers_to_another_spelling(server: Running) -> None:
    """With the token of the right role, of the wrong one, and of nobody; nothing is done, nothing is told."""
    tokens = {"nobody": "", "auditor": await server.sign_in("auditor"), "technician": await server.sign_in()}
    routes = [route for route in server.service.routes if Access.ANYONE not in route.access]
    assert len(routes) >= 8
    wire, asked = Wire(server), 0
    for route in routes:
        path = route.path.format(session="0" * 32)
        for target in dict.fromkeys(spellings(path, wire.here)):
            for who, token in tokens.items():
                status, content = await wire.ask(
                    route.method, target, *_headers(route, token), body=_body(route)
                )
                assert 400 <= status < 500, (target, who, status)
                assert status in {400, 404, 405}, (target, who, status)
                assert "Demo" not in content
                assert json.loads(content)["type"].startswith("urn:alongside:problem:")
                asked += 1
    wire.close()
    assert asked > 1_000
    for who, token in tokens.items():
        if token:
            status, body, _ = await server.call("GET", "/v1/me", token=token)
            assert (status, body["role"]) == (200, who), "somebody was signed out under another name"


async def test_no_header_names_another_path_or_method(server: Running) -> None:
    """What frameworks behind a proxy sometimes believe."""
    token, wire = await server.sign_in(), Wire(server)
    bearer = f"Authorization: Bearer {token}"
    for name in (
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Forwarded-Path",
        "X-Forwarded-Prefix",
        "X-Original-URI",
    ):
        assert (await wire.ask("GET", "/v1/nothing", bearer, f"{name}: /v1/me"))[0] == 404
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert (await wire.ask("GET", "/v1/sign-out", bearer, f"{name}: POST"))[0] == 405
        assert (await wire.ask("POST", "/v1/me", bearer, f"{name}: GET"))[0] == 405
    for name in (
        "X-Forwarded-Host",
        "X-Host",
        "Forwarded",
        "X-Forwarded-Proto",
        "X-Forwarded-User",
        "X-Remote-User",
    ):
        assert (await wire.ask("GET", "/v1/me", f"{name}: technician"))[0] == 401
    wire.close()


def _headers(route: Route, token: str) -> list[str]:
    found = [f"Authorization: Bearer {token}"] if token else []
    match route.body:
        case None:
            return found
        case Raw(kinds=kinds):  # what a console made from its ticket comes from its page
            return [*found, f"Content-Type: {min(kinds)}", f"Origin: {CONSOLE}"]
        case _:
            return [*found, "Content-Type: application/json"]


def _body(route: Route) -> bytes:
    return json.dumps(BODIES[route.path]).encode() if route.body else b""
