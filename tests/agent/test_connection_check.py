"""The verdict before a code, from real lines to servers on this machine that are not what they should be."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from websockets.exceptions import InvalidMessage

from device_agent import link, network, opening
from device_agent.link import LineProblem, dial
from device_agent.network import ENOUGH, QUESTIONS, Failure, Stage
from device_agent.opening import failure_of
from device_agent.panel_view import Page, Problem
from tests.agent.fakes import FakeClock
from tests.agent.house import at_home
from tests.agent.servers import certificate, nobody, proxied, quiet, relay, saying, unanswering

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request, Response

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"


async def problem_at(origin: str) -> LineProblem:
    with pytest.raises(LineProblem) as caught:
        await dial(origin, FakeClock())
    assert caught.value.measured is not None
    return caught.value


async def word_at(origin: str) -> Problem:
    return (await problem_at(origin)).problem


TIMES = {"LATE_S": network, "DOUBT_S": network, "OPEN_S": link, "BETWEEN_S": link, "PATIENCE_S": link}


@pytest.fixture
def tenth(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes some of the times a tenth: what would take seconds shows in tenths of one."""

    def shorten(*names: str) -> None:
        for name in names:
            monkeypatch.setattr(TIMES[name], name, getattr(TIMES[name], name) / 10)

    return shorten


async def test_a_good_line_is_open_at_once_and_asked_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def asked(_connection: object) -> NoReturn:
        pytest.fail("a good opening needs no closer look")

    monkeypatch.setattr(link, "_answers", asked)
    monkeypatch.setattr(network, "DOUBT_S", link.OPEN_S)  # a busy machine is no slow line
    async with relay() as origin:
        (await dial(origin, FakeClock())).abort()


def test_a_verdict_stands_within_nine_seconds() -> None:
    assert link.OPEN_S + QUESTIONS * link.BETWEEN_S + link.PATIENCE_S < 9


async def test_nobody_there_does_not_answer() -> None:
    with nobody() as origin:
        assert await word_at(origin) is Problem.SERVER_UNREACHABLE


async def test_a_network_that_swallows_everything_does_not_answer(tenth: Callable[..., None]) -> None:
    tenth("OPEN_S")
    with unanswering() as origin:
        problem = await problem_at(origin)
    assert problem.problem is Problem.SERVER_UNREACHABLE
    assert problem.measured is not None
    assert (problem.measured.stage, problem.measured.failure) == (Stage.CONNECT, Failure.TIMED_OUT)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_server_that_hangs_does_not_answer(tenth: Callable[..., None], scheme: str) -> None:
    tenth("OPEN_S")
    async with saying(None) as origin:
        problem = await problem_at(origin.replace("http", scheme))
    assert problem.problem is Problem.SERVER_UNREACHABLE
    assert problem.measured is not None
    assert problem.measured.stage is (Stage.SECURE if scheme == "https" else Stage.GREET)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_server_that_hangs_up_does_not_answer(scheme: str) -> None:
    async with saying(b"") as origin:
        assert await word_at(origin.replace("http", scheme)) is Problem.SERVER_UNREACHABLE


async def test_a_server_of_somebody_else_is_the_wrong_one() -> None:
    async with saying(PLAIN) as origin:
        assert await word_at(origin) is Problem.WRONG_SERVER
    async with saying(b"SSH-2.0-other\r\n") as origin:
        assert await word_at(origin) is Problem.WRONG_SERVER
    async with relay(subprotocols=None) as origin:
        assert await word_at(origin) is Problem.WRONG_SERVER


async def test_plain_http_where_there_should_be_tls_is_not_private() -> None:
    """INV-C2."""
    async with saying(PLAIN) as origin:
        assert await word_at(origin.replace("http", "https")) is Problem.NOT_SECURE


@pytest.mark.proves(
    "P4", by="a wrong clock is called a line that is not private, and checking again forgets the typed code"
)
@pytest.mark.parametrize(
    ("days", "is_known", "problem"),
    [
        ((-1, 1), True, None),
        ((-1, 1), False, Problem.NOT_SECURE),
        ((-3, -1), True, Problem.CLOCK_WRONG),
        ((1, 3), True, Problem.CLOCK_WRONG),
        ((-3, -1), False, Problem.NOT_SECURE),
    ],
    ids=["good", "unknown", "expired", "not yet valid", "expired and unknown"],
)
async def test_a_certificate_that_does_not_fit_the_clock_is_told_from_one_nobody_vouches_for(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    days: tuple[int, int],
    problem: Problem | None,
    *,
    is_known: bool,
) -> None:
    """INV-C2: no accept anyway."""
    context = certificate(tmp_path / "server.pem", days=days)
    if is_known:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    async with relay(ssl=context) as origin:
        if problem is None:
            (await dial(origin, FakeClock())).abort()
        else:
            assert await word_at(origin) is problem


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (HTTPStatus.SERVICE_UNAVAILABLE, Problem.BUSY),
        (HTTPStatus.TOO_MANY_REQUESTS, Problem.BUSY),
        (HTTPStatus.BAD_GATEWAY, Problem.SERVER_UNREACHABLE),
        (HTTPStatus.NOT_FOUND, Problem.WRONG_SERVER),
        (HTTPStatus.FOUND, Problem.WRONG_SERVER),
    ],
)
async def test_an_answer_that_is_no_line_has_its_word(status: HTTPStatus, problem: Problem) -> None:
    def answer(connection: ServerConnection, _request: Request) -> Response:
        return connection.respond(status, "")

    async with relay(quiet, process_request=answer) as origin:
        assert await word_at(origin) is problem


@pytest.mark.proves("R97", "P3", by="a doubtful line is offered a code without a closer look")
async def test_a_slow_line_is_too_slow(tenth: Callable[..., None]) -> None:
    tenth("LATE_S", "DOUBT_S", "BETWEEN_S")
    async with relay() as server, proxied(server, lambda _: 0.15) as origin:
        problem = await problem_at(origin)
    assert problem.problem is Problem.TOO_SLOW
    assert problem.measured is not None
    assert len(problem.measured.answers) == QUESTIONS


@pytest.mark.proves("R97", "P3", "P4", by="a doubtful line is offered a code without a closer look")
async def test_a_line_whose_answers_get_lost_is_unsteady(tenth: Callable[..., None]) -> None:
    """A few answers come, then none."""
    tenth("DOUBT_S", "BETWEEN_S", "PATIENCE_S")
    pieces = [0.08, 0, 0, 60]
    async with relay() as server, proxied(server, lambda n: pieces[min(n, 3)]) as origin:
        problem = await problem_at(origin)
    assert problem.problem is Problem.UNSTEADY
    assert problem.measured is not None
    assert problem.measured.answers[-1] is None
    assert problem.measured.answers[0] is not None


async def test_a_line_that_was_slow_to_open_and_then_is_not_is_good_enough() -> None:
    """A doubt costs a second, not the session."""
    pieces = [network.DOUBT_S + 0.05]
    async with relay() as server, proxied(server, lambda n: pieces[n] if n < 1 else 0) as origin:
        began = time.monotonic()
        (await dial(origin, FakeClock())).abort()
        looked = time.monotonic() - began - pieces[0]
    assert looked >= link.BETWEEN_S * (ENOUGH - 1)


async def test_a_check_that_is_called_off_leaves_no_connection_behind() -> None:
    """Back, while it goes on."""
    asked, closed = asyncio.Event(), asyncio.Event()

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        asked.set()
        await reader.read()
        closed.set()
        writer.close()

    async with await asyncio.start_server(serve_one, "127.0.0.1", 0) as server, asyncio.timeout(3):
        origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        dialling = asyncio.create_task(dial(origin, FakeClock()))
        await asked.wait()
        dialling.cancel()
        await asyncio.wait({dialling})
        assert dialling.cancelled()
        await closed.wait()


@pytest.mark.proves("P4")
@pytest.mark.parametrize("has_route", [True, False])
@pytest.mark.parametrize("number", [socket.EAI_AGAIN, socket.EAI_NONAME])
async def test_a_name_that_is_not_found_is_told_from_no_network(
    monkeypatch: pytest.MonkeyPatch, number: int, *, has_route: bool
) -> None:
    def unknown(*_args: Any, **_options: Any) -> NoReturn:
        raise socket.gaierror(number, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setattr(opening, "_has_route", lambda: has_route)
    word = await word_at("https://relay.invalid")
    assert word is (Problem.SERVER_NOT_FOUND if has_route else Problem.NO_NETWORK)


def test_a_device_without_a_way_out_is_known_by_its_own_system(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nowhere(socket.socket):
        def connect(self, _address: object) -> NoReturn:
            raise OSError(101, "network is unreachable")

    class Somewhere(socket.socket):
        def connect(self, _address: object) -> None:
            pass

    monkeypatch.setattr(socket, "socket", Nowhere)
    assert not opening._has_route()
    monkeypatch.setattr(socket, "socket", Somewhere)
    assert opening._has_route()


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (TimeoutError(), Failure.TIMED_OUT),
        (TimeoutError(110, "timed out"), Failure.TIMED_OUT),
        (OSError(101, "network is unreachable"), Failure.NO_ROUTE),
        (OSError(113, "no route to host"), Failure.NO_ROUTE),
        (ConnectionRefusedError(111, "refused"), Failure.REFUSED),
        (ConnectionResetError(104, "reset"), Failure.CUT),
        (OSError("Multiple exceptions: …"), Failure.CUT),
        (InvalidMessage("not HTTP"), Failure.NOT_OURS),
    ],
    ids=str,
)
def test_each_error_of_the_system_has_its_name(error: Exception, failure: Failure) -> None:
    assert failure_of(error) is failure


async def test_the_log_has_the_same_word_as_the_customer_and_no_address(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with nobody() as origin:
        async with at_home(tmp_path) as house:
            house.relay.problem = await problem_at(origin)
            with caplog.at_level(logging.WARNING):
                house.press("help", "ok")
                await house.until_page(Page.PROBLEM)
            assert house.agent.view.problem == "server_unreachable"
    assert "no code: server_unreachable (" in caplog.text
    assert "connect refused" in caplog.text
    assert origin.rsplit(":", 1)[1] not in caplog.text.replace(".py:", "")
    assert "127.0.0.1" not in caplog.text
