"""A whole server on a free loopback port, with password hashing that costs a test nothing."""

from __future__ import annotations

import io
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from argon2 import PasswordHasher

from identity.rules import Role
from server import logs
from server.app import Office, Service, open_office
from server.run import listen, port_of, started
from server.settings import Settings
from tests.server_keys import give_keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

CONSOLE = "http://localhost:8401"
PASSWORD = "a long and good password"
WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass(frozen=True)
class Running:
    """A server, what it logged, and a client that speaks to it."""

    service: Service
    origin: str
    http: aiohttp.ClientSession
    log: io.StringIO

    @property
    def office(self) -> Office:
        return self.service.office

    async def call(
        self, method: str, path: str, *, token: str = "", **options: object
    ) -> tuple[int, dict[str, object], aiohttp.ClientResponse]:
        headers = dict(options.pop("headers", {}))  # type: ignore[call-overload]
        if token:
            headers["Authorization"] = f"Bearer {token}"
        async with self.http.request(method, self.origin + path, headers=headers, **options) as answer:  # type: ignore[arg-type]
            text = await answer.text()
            body = await answer.json(content_type=None) if text.startswith("{") else {}
            return answer.status, body, answer

    async def sign_in(self, login: str = "technician") -> str:
        status, body, _ = await self.call("POST", "/v1/sign-in", json={"login": login, "password": PASSWORD})
        assert status == 200
        return str(body["token"])


def open_test_office(settings: Settings) -> AbstractAsyncContextManager[Office]:
    give_keys(settings.data, iss=settings.iss)
    return open_office(settings, hasher=WEAK)


async def add_accounts(office: Office) -> None:
    """One of each role, called like it."""
    for role in Role:
        await office.identity.add_account(
            login=role.value,
            password=PASSWORD,
            name=f"Demo {role.value.title()}",
            org="Hallmere Care",
            role=role,
            language="en",
        )


@pytest.fixture(autouse=True)
def _logs_end_with_the_test() -> Iterator[None]:
    """Commands run in this process leave their logs on a stream that is closed by then."""
    yield
    logs.configure(io.StringIO())


@asynccontextmanager
async def running_server(folder: Path, **changes: Any) -> AsyncIterator[Running]:
    """`changes` are settings that differ from those of a server on its own."""
    log = io.StringIO()
    logs.configure(log)
    sockets = listen("127.0.0.1", 0)
    origin = f"http://localhost:{port_of(sockets)}"
    settings = replace(Settings(origin=origin, console_origins=(CONSOLE,), data=folder), **changes)
    async with open_test_office(settings) as office, aiohttp.ClientSession() as http:
        await add_accounts(office)
        service = Service(office)
        async with started(service, sockets):
            yield Running(service, origin, http, log)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_server(tmp_path / "data") as running:
        yield running
