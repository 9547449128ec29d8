"""`POST /v1/pictures` by the front door: what a held-up socket owes its console (SPEC §5.3)."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from relay.session import alive, handlers
from relay.session.alive import key_of
from server.run import listen
from tests.relay.kit import frame
from tests.server import conftest
from tests.server.conftest import CONSOLE, running_server
from tests.server.test_alive import paired_on_record
from wire.commands import Grant
from wire.encoding import b64
from wire.frames import Stream
from wire.limits import ALIVE_BODY_BYTES, PICTURES_UNREAD, SEQ_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.conftest import Running
    from tests.server.ends import Pair

pytestmark = pytest.mark.slow


async def shown(pair: Pair, *numbers: int, size: int = 64) -> list[bytes]:
    """The device sends these pictures, and the console gets them on its socket."""
    frames = [frame(Stream.D2T_PICTURE_WS, seq, size) for seq in numbers]
    for one in frames:
        await pair.device.end.send(one)
        assert await pair.console.hear_frame() == one
    return frames


async def watching(server: Running) -> tuple[Pair, str]:
    """A session whose customer lets the technician see."""
    pair, ticket, records = await paired_on_record(server)
    consent = records.consent(dts=2, grants=(Grant.VIEW,), for_s=600)
    await pair.device.end.say("record", rec=b64(consent))
    await pair.console.hear("record")
    return pair, ticket


async def asked(server: Running, text: str, **headers: str) -> tuple[int, bytes, Any]:
    told = {"Origin": CONSOLE, "Content-Type": "text/plain"} | headers
    url = f"{server.origin}/v1/pictures"
    async with server.http.post(url, data=text.encode(), headers=told) as answer:
        return answer.status, await answer.read(), answer


def wish(ticket: str, **other: object) -> str:
    return json.dumps({"key": key_of(ticket), "seq": 0} | other)


def slug_of(body: bytes) -> str:
    return str(json.loads(body)["type"]).rpartition(":")[2]


async def test_what_went_to_the_socket_comes_beside_it_as_it_is(server: Running) -> None:
    pair, ticket = await watching(server)
    first, second = await shown(pair, 0, 1)
    status, body, response = await asked(server, wish(ticket))
    assert status == 200
    assert body == b"".join(len(one).to_bytes(4, "big") + one for one in (first, second))
    assert response.headers["Access-Control-Allow-Origin"] == CONSOLE
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_who_has_them_all_gets_the_next_one(server: Running) -> None:
    pair, ticket = await watching(server)
    await shown(pair, 0)
    waiting = asyncio.ensure_future(asked(server, wish(ticket, seq=1)))
    [next_one] = await shown(pair, 1)
    status, body, _ = await waiting
    assert (status, body[4:]) == (200, next_one)


async def test_where_none_comes_nobody_is_left_waiting(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alive, "ALIVE_ANSWER_S", 0.05)
    _, ticket = await watching(server)
    status, body, _ = await asked(server, wish(ticket))
    assert (status, body) == (204, b"")


async def test_without_the_key_of_its_ticket_there_are_none(server: Running) -> None:
    pair, ticket = await watching(server)
    await shown(pair, 0)
    for key in (key_of("another"), ticket, pair.session.ljust(43, "0")):
        status, body, _ = await asked(server, wish(ticket, key=key))
        assert (status, slug_of(body)) == (403, "not-allowed")


async def test_a_session_that_is_over_has_none(server: Running) -> None:
    pair, ticket = await watching(server)
    await shown(pair, 0)
    await pair.console.say("abort")
    await pair.device.end.farewell()
    assert (await asked(server, wish(ticket)))[0] == 403


async def test_only_pages_that_are_a_console_may_ask(server: Running) -> None:
    """INV-G3."""
    pair, ticket = await watching(server)
    await shown(pair, 0)
    for origin in ("https://elsewhere.example", "null"):
        assert (await asked(server, wish(ticket), Origin=origin))[0] == 403


@pytest.mark.parametrize(
    "other",
    [
        {"seq": -1}, {"seq": SEQ_LIMIT}, {"seq": "0"}, {"seq": 1.5}, {"seq": None}, {"key": ""},
        {"key": "a" * 44}, {"more": 1},
    ],
    ids=str,
)  # fmt: skip
async def test_what_is_no_such_wish_is_refused(server: Running, other: dict[str, object]) -> None:
    _, ticket = await watching(server)
    status, body, _ = await asked(server, wish(ticket, **other))
    assert (status, slug_of(body)) == (400, "bad-request")


async def test_it_is_plain_text_and_short(server: Running) -> None:
    _, ticket = await watching(server)
    assert (await asked(server, wish(ticket), **{"Content-Type": "application/json"}))[0] == 415
    assert (await asked(server, wish(ticket) + " " * ALIVE_BODY_BYTES))[0] == 413


async def test_who_reads_none_of_it_is_dropped_and_holds_little_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-F3."""
    monkeypatch.setattr(handlers, "PICTURES_READ_S", 0.5)
    monkeypatch.setattr(conftest, "listen", _with_little_room)
    async with running_server(tmp_path / "data") as server:
        pair, ticket = await watching(server)
        await shown(pair, 0, size=400_000)
        with heard(pair), ExitStack() as stack:
            ends = [stack.enter_context(socket.socket()) for _ in range(PICTURES_UNREAD)]
            for end in ends:
                await _ask(server, end, wish(ticket))
            async with asyncio.timeout(5):
                while (status := (await asked(server, wish(ticket)))[0]) == 200:
                    pass
            assert status == 429, "all of them wait to be read"
            async with asyncio.timeout(5):
                while (status := (await asked(server, wish(ticket)))[0]) == 429:
                    pass
            assert status == 200, "they do not wait any more"
            for end in ends:
                assert await _left_for(end) < 400_000
            with socket.socket() as end:
                await _ask(server, end, wish(ticket))
            assert (await asked(server, wish(ticket)))[0] == 200
        assert "our fault" not in server.log.getvalue(), "who goes is no fault of ours"


@contextmanager
def heard(pair: Pair) -> Iterator[None]:
    """Both ends answer pings meanwhile, however long it takes."""
    reading = [asyncio.ensure_future(end.farewell(60)) for end in (pair.console, pair.device.end)]
    try:
        yield
    finally:
        for one in reading:
            one.cancel()


def _with_little_room(host: str, port: int) -> list[socket.socket]:
    sockets = listen(host, port)
    for one in sockets:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32_768)
    return sockets


async def _ask(server: Running, end: socket.socket, text: str) -> None:
    """Over a connection of little room, whose answer nobody takes."""
    host, _, port = server.origin.removeprefix("http://").partition(":")
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    end.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(end, ("127.0.0.1", int(port)))
    head = f"POST /v1/pictures HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {CONSOLE}\r\n"
    body = f"Content-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n{text}"
    await loop.sock_sendall(end, (head + body).encode())


async def _left_for(end: socket.socket) -> int:
    """How many bytes there still are to be read, once the connection is over."""
    size = 0
    async with asyncio.timeout(5):
        with suppress(ConnectionError):
            while data := await asyncio.get_running_loop().sock_recv(end, 65_536):
                size += len(data)
    return size


async def test_nothing_of_it_is_in_the_log(server: Running) -> None:
    """INV-C4."""
    pair, ticket = await watching(server)
    await shown(pair, 0)
    await asked(server, wish(ticket))
    await asked(server, wish(ticket, key=key_of("another")))
    log = server.log.getvalue()
    for secret in (ticket, key_of(ticket), key_of("another")):
        assert secret not in log
