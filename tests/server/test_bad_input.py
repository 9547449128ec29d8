"""Whatever comes in, the answer is a refusal in one shape, never a fault of ours (INV-F1, INV-F2)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from server.problems import STATUS, Slug
from server.web import body as server_body
from wire.limits import HTTP_BODY_BYTES

if TYPE_CHECKING:
    import aiohttp

    from tests.server.conftest import Running

JSON = {"Content-Type": "application/json"}
B64 = "A" * 43

# A good body of every route that takes one.
GOOD: dict[str, dict[str, object]] = {
    "/v1/sign-in": {"login": "technician", "password": "x"},
    "/v1/sign-in/link": {"token": "x"},
    "/v1/badges": {"key": B64, "challenge": B64, "sig": "A" * 86},
    "/v1/sessions": {"locator": "12345", "badge": B64},
}
OTHER_TYPES = (
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonp",
    "multipart/form-data; boundary=x",
    "",
)
NOWHERE = ("/", "/v1", "/v2/me", "/admin", "/setup", "/v1/sessions/1", "/favicon.ico", "/static/../x", "/%ff")
EMPTY = ("/v1/sign-out", "/v1/badge-challenges")


def _spoilt(good: dict[str, object]) -> dict[str, bytes]:
    """Bodies that no route takes, made from one that its route would."""
    name = next(iter(good))
    deep = "[" * 5_000 + "]" * 5_000
    others: list[object] = [1, True, None, [], {}, 1.5, ["x"]]
    wrong_types = {f"{name} is {other!r}": good | {name: other} for other in others}
    missing = {f"without {left}": {k: v for k, v in good.items() if k != left} for left in good}
    named: dict[str, object] = (
        wrong_types
        | missing
        | {
            "extra": good | {"extra": 1},
            "role from the client": good | {"role": "auditor"},
            "empty text": good | {name: ""},
            "long text": good | {name: "x" * 5_000},
            "list": [good],
            "text": "x",
            "number": 1,
            "null": None,
            "empty object": {},
        }
    )
    raw = {
        "nothing": b"",
        "not json": b"{",
        "two objects": json.dumps(good).encode() * 2,
        "a name twice": json.dumps(good).encode().replace(b"{", f'{{"{name}": "x", '.encode(), 1),
        "a good field twice": json.dumps(good)[:-1].encode() + b", " + json.dumps(good)[1:].encode(),
        "a name twice, escaped": json.dumps(good)
        .encode()
        .replace(b"{", f'{{"\\u{ord(name[0]):04x}{name[1:]}": "x", '.encode(), 1),
        "invalid utf-8": json.dumps(good | {name: "?"}).encode().replace(b"?", b"\xff\xfe"),
        "overlong utf-8": json.dumps(good | {name: "?"}).encode().replace(b"?", b"\xc0\xaf"),
        "lone surrogate": json.dumps(good | {name: "?"}).encode().replace(b"?", b"\\ud800"),
        "bom": b"\xef\xbb\xbf" + json.dumps(good).encode(),
        "nan": json.dumps(good | {name: "?"}).encode().replace(b'"?"', b"NaN"),
        "huge number": json.dumps(good | {name: "?"}).encode().replace(b'"?"', b"1" * 400),
        "deep": deep.encode(),
        "deep field": json.dumps(good | {name: "?"}).encode().replace(b'"?"', deep.encode()),
        "deep extra": json.dumps(good | {"extra": "?"}).encode().replace(b'"?"', deep.encode()),
    }
    return {label: json.dumps(value).encode() for label, value in named.items()} | raw


def _check(answer: aiohttp.ClientResponse, body: dict[str, object], slug: Slug) -> None:
    assert answer.status == STATUS[slug]
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert body["type"] == f"urn:alongside:problem:{slug}"
    assert body["status"] == STATUS[slug]
    assert set(body) <= {"type", "title", "status", "retry_after_s"}


@pytest.mark.slow
@pytest.mark.parametrize("path", GOOD)
async def test_a_spoilt_body_is_a_bad_request_on_every_route(server: Running, path: str) -> None:
    token = await server.sign_in()
    for label, data in _spoilt(GOOD[path]).items():
        _, body, answer = await server.call("POST", path, token=token, data=data, headers=JSON)
        if path == "/v1/sign-in/link":
            # Outside the demo the route is not there; a body is judged first, so both are refusals.
            assert answer.status in {400, 404}, label
            continue
        assert answer.status == 400, label
        _check(answer, body, Slug.BAD_REQUEST)
    _is_quiet(server)


@pytest.mark.parametrize("path", EMPTY)
async def test_a_body_where_none_is_taken_is_refused(server: Running, path: str) -> None:
    token = await server.sign_in()
    for data in (b'{"a": 1}', b"[]", b"x", b" {}"):
        _, body, answer = await server.call("POST", path, token=token, data=data, headers=JSON)
        _check(answer, body, Slug.BAD_REQUEST)


async def test_a_query_is_refused_so_that_no_secret_is_ever_put_there(server: Running) -> None:
    """INV-C4."""
    token = await server.sign_in()
    for path in ("/v1/me?x=1", "/v1/sessions?token=mislaid", "/healthz?a"):
        _, body, answer = await server.call("GET", path, token=token)
        _check(answer, body, Slug.BAD_REQUEST)
    assert "mislaid" not in server.log.getvalue()


async def test_a_body_of_another_type_is_refused(server: Running) -> None:
    token = await server.sign_in()
    for path, good in GOOD.items():
        data = json.dumps(good)
        for kind in OTHER_TYPES:
            _, body, answer = await server.call(
                "POST", path, token=token, data=data, headers={"Content-Type": kind}
            )
            _check(answer, body, Slug.UNSUPPORTED_TYPE)
        headers = JSON | {"Content-Encoding": "gzip"}
        _, body, answer = await server.call("POST", path, token=token, data=data, headers=headers)
        _check(answer, body, Slug.UNSUPPORTED_TYPE)


async def test_a_body_over_the_limit_is_refused_whether_announced_or_not(server: Running) -> None:
    token = await server.sign_in()

    async def chunks() -> object:
        for _ in range(3):
            yield b" " * (HTTP_BODY_BYTES // 2)

    for path in (*GOOD, *EMPTY):
        for data in (b" " * (HTTP_BODY_BYTES + 1), chunks()):
            _, body, answer = await server.call("POST", path, token=token, data=data, headers=JSON)
            _check(answer, body, Slug.TOO_LARGE)


async def test_a_body_of_exactly_the_limit_is_read(server: Running) -> None:
    data = json.dumps(GOOD["/v1/sign-in"]).encode().ljust(HTTP_BODY_BYTES)
    status, _, _ = await server.call("POST", "/v1/sign-in", data=data, headers=JSON)
    assert status == 401


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"])
async def test_another_method_is_refused_and_the_right_one_named(server: Running, method: str) -> None:
    for path in ("/healthz", "/v1/sign-in", "/v1/sessions", "/v1/device"):
        status, body, answer = await server.call(method, path)
        assert status == 405
        assert answer.headers["Allow"] in {"GET", "POST", "GET, POST"}
        if method != "HEAD":
            _check(answer, body, Slug.METHOD_NOT_ALLOWED)


async def test_a_path_that_is_not_there_is_not_found(server: Running) -> None:
    token = await server.sign_in()
    for path in NOWHERE:
        _, body, answer = await server.call("GET", path, token=token)
        _check(answer, body, Slug.NOT_FOUND)


async def test_a_socket_route_called_without_a_socket_is_a_bad_request(server: Running) -> None:
    _, body, answer = await server.call("GET", "/v1/device")
    _check(answer, body, Slug.BAD_REQUEST)


async def test_a_problem_speaks_the_callers_language(server: Running) -> None:
    for wanted, language, title in (
        ("vi", "vi", "Hãy đăng nhập trước"),
        ("vi-VN, en;q=0.8", "vi", "Hãy đăng nhập trước"),
        ("en;q=0.5, vi;q=0.9", "vi", "Hãy đăng nhập trước"),
        ("xx, en;q=0.1", "en", "Sign in first"),
        ("vi;q=0", "en", "Sign in first"),
        ("vi_VN", "vi", "Hãy đăng nhập trước"),
        ("vi;q=x,,;;=,\u00e9" * 200, "en", "Sign in first"),
        ("", "en", "Sign in first"),
    ):
        _, body, answer = await server.call("GET", "/v1/me", headers={"Accept-Language": wanted})
        assert (body["title"], answer.headers["Content-Language"]) == (title, language)
        assert "Accept-Language" in answer.headers.getall("Vary")


async def test_a_body_that_never_ends_is_given_up(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_body, "BODY_WAIT_S", 0.05)
    host, port = server.origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    head = ("POST /v1/sign-in HTTP/1.1", f"Host: {host}:{port}", "Content-Type: application/json")
    writer.write("\r\n".join((*head, "Content-Length: 99", "", "{")).encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 400")
    writer.close()
    await writer.wait_closed()


async def test_a_fault_of_ours_is_a_reference_and_nothing_else(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_account: object) -> bytes:
        raise ValueError("the secret reason")

    monkeypatch.setattr(server.service.badges, "challenge", broken)
    token = await server.sign_in()
    status, body, answer = await server.call("POST", "/v1/badge-challenges", token=token)
    assert status == 500
    assert set(body) == {"type", "title", "status", "reference"}
    assert "secret reason" not in await answer.text()
    log = server.log.getvalue()
    assert str(body["reference"]) in log
    assert "ValueError" in log
    assert "secret reason" not in log
    assert (await server.call("GET", "/v1/me", token=token))[0] == 200


def _is_quiet(server: Running) -> None:
    log = server.log.getvalue()
    assert "Traceback" not in log
    assert "our fault" not in log
    assert "library" not in log
