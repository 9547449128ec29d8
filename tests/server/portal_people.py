"""A running service of the invented maker's with its catalogue, and people who speak HTTP to its portal."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zlib import crc32

import aiohttp
from yarl import URL

import locales
from care.catalogue.maker import INVENTED, read_maker_data
from identity.customers.rules import csrf_of
from identity.customers.service import Asked
from identity.customers.sessions import SignedIn
from server.demo_desk import fill
from server.web.access import COOKIE
from tests.server.conftest import PASSWORD, running_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from server.portal.opening import OpenPortal
    from tests.server.conftest import Running

TERMS = "lv-2026-11"
SERIALS = ("0B4X7WS50312R6K", "UYJPB5X8M4P6QNW", "KQ22CN1U7J6FCAF", "D0AN2RY0NAH2YJD", "B4VLC2WLNBF7KDR")
"""Televisions of the invented supply list."""
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person is told: the status, the headers, the body as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def cookies(self) -> list[str]:
        """Those that are set, each as it stands."""
        return [value for name, value in self.headers.items() if name.lower() == "set-cookie"]

    @property
    def where(self) -> str:
        return self.headers.get("Location", "")


@dataclass
class Person:
    """Somebody with a browser of their own; `token` is their session's, "" for a stranger."""

    running: Running
    token: str = ""
    id: str = ""
    email: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    source: str = ""

    @property
    def csrf(self) -> str:
        return csrf_of(self.token) if self.token else ""

    async def ask(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any
    ) -> Answer:
        """A request as it is said here: nothing is encoded anew, no redirect is followed."""
        url = URL(self.running.origin + path, encoded=True)
        from_where = {"X-Forwarded-For": self.source} if self.source else {}
        async with self.running.http.request(
            method, url, headers=from_where | dict(headers or {}), allow_redirects=False, **options
        ) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def api(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any
    ) -> Answer:
        """As an app does, with the token as a bearer's."""
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return await self.ask(method, path, headers=own | dict(headers or {}), **options)

    async def page(self, path: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """A page, as a browser asks for it."""
        own = {"Accept": "text/html", "Cookie": self._cookie()}
        return await self.ask("GET", path, headers=own | dict(headers or {}))

    async def send(
        self,
        path: str,
        fields: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **more: str,
    ) -> Answer:
        """A form of our own page, with its proof."""
        own = {"Origin": self.running.origin, "Cookie": self._cookie()}
        data = aiohttp.FormData({"csrf": self.csrf} | dict(fields or {}) | more)
        return await self.ask("POST", path, headers=own | dict(headers or {}), data=data)

    async def send_raw(self, path: str, body: bytes, *, kind: str = FORM) -> Answer:
        """Any bytes as a form of our own page."""
        headers = {"Origin": self.running.origin, "Cookie": self._cookie(), "Content-Type": kind}
        return await self.ask("POST", path, headers=headers, data=body)

    def _cookie(self) -> str:
        own = {COOKIE: self.token} if self.token else {}
        return "; ".join(f"{name}={value}" for name, value in (own | self.cookies).items())

    async def register(self, serial: str, *, key: str) -> dict[str, Any]:
        """The registration of a television that our list knows."""
        answer = await self.api(
            "POST",
            "/api/v1/me/registrations",
            json={"serial": serial, "terms": TERMS, "own_device": True},
            headers={"Idempotency-Key": key},
        )
        assert answer.status == 201, answer.body
        made: dict[str, Any] = json_of(answer)
        return made


def json_of(answer: Answer) -> Any:
    return json.loads(answer.body)


def portal_of(running: Running) -> OpenPortal:
    portal = running.service.portal
    assert portal is not None
    return portal


async def customer(running: Running, name: str, *, market: str = "LV") -> Person:
    """Signed up and in, past the limits by address."""
    customers = portal_of(running).accounts.customers
    email = f"{name}@customers.example"
    number = crc32(name.encode()) % 65_536
    source = f"198.18.{number >> 8}.{number & 255}"
    asked = await customers.sign_up(
        email=email,
        password=PASSWORD,
        name=name.title(),
        language="en",
        market=market,
        kind="homeowner",
        source=source,
    )
    assert asked == Asked()
    signed = await customers.sign_in(email=email, password=PASSWORD, source=source)
    assert isinstance(signed, SignedIn)
    return Person(running, signed.token, signed.customer.id, email)


@asynccontextmanager
async def open_portal_server(folder: Path, **changes: Any) -> AsyncIterator[Running]:
    """Its mails go into a folder; its technician and auditor are there, and the catalogue is filled."""
    mails = folder / "mails"
    mails.mkdir(mode=0o700)
    settings = {"maker": INVENTED, "mail": f"folder:{mails}", "mail_from": "care@hallmere.example"}
    async with running_server(folder / "data", **(settings | changes)) as running:
        await fill(running.office, read_maker_data(INVENTED, languages=locales.languages()))
        yield running


async def signed_in(running: Running, person: Person) -> Person:
    """The same customer in another browser."""
    answer = await portal_of(running).accounts.customers.sign_in(
        email=person.email, password=PASSWORD, source=f"203.0.113.{len(person.email)}"
    )
    assert isinstance(answer, SignedIn)
    return Person(running, answer.token, person.id, person.email)
