"""The shipped server killed between its storage steps, while a customer registers, hands on and is erased.

What was answered is there afterwards, nothing is there by half, and whoever asks again with the same key is
told the same (INV-E1, INV-E3, I19, I20).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import pytest

from care.catalogue.maker import INVENTED
from identity.customers.rules import csrf_of
from server.desk import Table, open_imports
from tests.contract.crash import STEPS_OF_ERASING
from tests.databases import postgresql_uri, postgresql_url
from tests.e2e.server_process import DiedStarting, Site, drained, ended_by, free_port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

pytestmark = pytest.mark.slow
__all__ = ["postgresql_uri", "postgresql_url"]

PASSWORD: Final = "the kettle sings at seven"
TERMS: Final = "lv-2026-11"
TV, OTHER_TV = "0B4X7WS50312R6K", "UYJPB5X8M4P6QNW"
ME: Final = "/api/v1/me"
LABEL: Final = "https://id.hallmere.example/01/02000000000299/21/0A1B2C3D4E5F6G7"

# `@n`: the n-th passing. The first to sign up gives, the second takes.
OFTEN: Final = (
    "customer_sign_up.committed",
    "register.commit",
    "accept_transfer.committed",
    "erase_customer.committed",
    "erase_account.commit",
)
assert {point.partition(".")[0] for point in OFTEN} >= STEPS_OF_ERASING
_ONCE: Final = (
    *("customer_sign_up", "customer_count", "customer_admit", "mail_claim", "mail_settle"),
    *("register", "offer_transfer", "take_back_transfer", "accept_transfer", "upgrade", "cancel_upgrade"),
    *("scan", "dismiss", "begin_draft", "release", "customer_forgive", "erase_customer", "erase_account"),
)
_TWICE: Final = ("customer_sign_up", "customer_admit", "register", "offer_transfer", "pace")
_PLACES: Final = ("begin", "commit", "committed")
ALL: Final = (
    *(f"{step}.{place}" for step in _ONCE for place in _PLACES),
    *(f"{step}.{place}@2" for step in _TWICE for place in _PLACES),
    *(f"pace.{place}@{n}" for n in range(3, 7) for place in _PLACES),
    *(f"customer_count.{place}@{n}" for n in (2, 3) for place in _PLACES),
    *(f"register.{place}@3" for place in _PLACES),
)
PROVING: Final = os.environ.get("ALONGSIDE_PROVE") == "1"
CASES: Final = (*ALL, *(f"{point} again" for point in ALL if ".begin" not in point)) if PROVING else OFTEN


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the invented maker's catalogue, imported as an operator does."""
    data = tmp_path_factory.mktemp("founded") / "data"
    asyncio.run(found(Site(data, free_port(), maker=INVENTED)))
    return data


async def found(site: Site) -> None:
    (site.data.parent / "mails").mkdir(mode=0o700)
    await site.add_technician()
    files = {
        Table.GROUPS: "groups.csv",
        Table.MODELS: "demo/models.csv",
        Table.TERMS: "terms.csv",
        Table.SUPPLY: "demo/supply.csv",
    }
    async with open_imports(replace(site.settings, maker=INVENTED)) as imports:
        for table, name in files.items():
            with (INVENTED / name).open("rb") as file:
                await imports.run(table, file, source=name, dry_run=False, told=lambda _: None)


def copy_of(founded: Path, folder: Path) -> Site:
    data = folder / "data"
    shutil.copytree(founded, data)
    data.chmod(0o700)
    (folder / "mails").mkdir(mode=0o700)
    return Site(data, free_port(), maker=INVENTED)


@pytest.fixture
def site(founded: Path, tmp_path: Path) -> Site:
    return copy_of(founded, tmp_path)


@dataclass
class Answer:
    status: int
    etag: str
    body: bytes

    def __getitem__(self, name: str) -> Any:
        return json.loads(self.body)[name]


@dataclass
class Customers:
    """Two customers at one server; `answers` is what they were told, by the name of their wish."""

    site: Site
    http: aiohttp.ClientSession
    tokens: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)

    async def live(self) -> None:
        """All they wish for, from where they came to."""
        for name, wish, good in self._wishes():
            if name not in self.answers:
                answer = await wish()
                assert answer.status in good, (name, answer.status, answer.body)
                self.answers[name] = answer

    def _wishes(self) -> list[tuple[str, Callable[[], Awaitable[Answer]], set[int]]]:
        """Each with the answers that are good, also where it was asked before and nobody was told."""
        told = self.answers
        return [
            *(("up " + who, lambda who=who: self._sign_up(who), {202}) for who in ("gives", "takes")),
            *(("in " + who, lambda who=who: self._sign_in(who), {200}) for who in ("gives", "takes")),
            ("register", lambda: self._register("gives", TV, "k1"), {201}),
            ("register another", lambda: self._register("gives", OTHER_TV, "k2"), {201}),
            ("upgrade", lambda: self._product("POST", "k3"), {200}),
            (
                "cancel",
                lambda: self._product("DELETE"),
                {200, 404},
            ),
            ("offer", lambda: self._of("POST", "registrations", "register", "/transfer", "k4"), {201}),
            ("take back", lambda: self._of("DELETE", "registrations", "register", "/transfer"), {204, 404}),
            ("offer again", lambda: self._of("POST", "registrations", "register", "/transfer", "k5"), {201}),
            ("accept", lambda: self._accept(told["offer again"]["code"]), {201}),
            ("scan", lambda: self.ask("gives", "POST", f"{ME}/sightings", "k7", {"codes": [LABEL]}), {201}),
            ("dismiss", lambda: self._of("DELETE", "sightings", "scan", ""), {204, 404}),
            ("draft", self._draft, {303}),
            ("release", self._release, {200}),
            ("third", lambda: self._register("takes", OTHER_TV, "k9"), {201}),
            ("erase", self._erase, {204, 401}),
        ]

    async def ask(
        self, who: str, method: str, path: str, key: str = "", body: object = None, **headers: str
    ) -> Answer:
        own = {"Authorization": f"Bearer {self.tokens[who]}"} if who in self.tokens else {}
        own |= {"Idempotency-Key": key} if key else {}
        async with self.http.request(
            method, self.site.origin + path, json=body, headers=own | headers, allow_redirects=False
        ) as answer:
            return Answer(answer.status, answer.headers.get("ETag", ""), await answer.read())

    async def again(self) -> dict[str, Answer]:
        """What was asked with a key and answered, asked once more."""
        wishes = {name: wish for name, wish, _ in self._wishes()}
        keyed = set(self.answers) & KEYED
        return {name: await wishes[name]() for name in sorted(keyed)}

    async def _sign_up(self, who: str) -> Answer:
        details = {"name": who.title(), "language": "en", "market": "LV"}
        body = {"email": f"{who}@mail.example", "password": PASSWORD} | details
        return await self.ask("", "POST", "/api/v1/customers", body=body)

    async def _sign_in(self, who: str) -> Answer:
        body = {"email": f"{who}@mail.example", "password": PASSWORD}
        answer = await self.ask("", "POST", "/api/v1/customers/session", body=body)
        if answer.status == 200:
            self.tokens[who] = answer["token"]
        return answer

    async def _register(self, who: str, serial: str, key: str) -> Answer:
        body = {"serial": serial, "terms": TERMS, "own_device": True}
        return await self.ask(who, "POST", f"{ME}/registrations", key, body)

    async def _product(self, method: str, key: str = "") -> Answer:
        return await self.ask(
            "gives", method, f"{ME}/products/{self.answers['register']['product']}/upgrade", key
        )

    async def _of(self, method: str, what: str, made: str, more: str, key: str = "") -> Answer:
        return await self.ask("gives", method, f"{ME}/{what}/{self.answers[made]['id']}{more}", key)

    async def _accept(self, code: str) -> Answer:
        body = {"code": code, "terms": TERMS, "own_device": True}
        return await self.ask("takes", "POST", f"{ME}/transfers", "k6", body)

    async def _draft(self) -> Answer:
        """By a form of ours, which has no key: a second draft is one more to be forgotten."""
        token = self.tokens["gives"]
        form = aiohttp.FormData({"csrf": csrf_of(token), "step": "1", "identifier": OTHER_TV})
        headers = {"Cookie": f"__Host-alongside={token}", "Origin": self.site.origin}
        async with self.http.post(
            f"{self.site.origin}/register", data=form, headers=headers, allow_redirects=False
        ) as answer:
            return Answer(answer.status, "", await answer.read())

    async def _release(self) -> Answer:
        there = self.answers["register another"]
        path = f"{ME}/registrations/{there['id']}"
        return await self.ask("gives", "DELETE", path, "k8", **{"If-Match": there.etag})

    async def _erase(self) -> Answer:
        return await self.ask("gives", "DELETE", f"{ME}/data", body={"password": PASSWORD})


KEYED: Final = frozenset(
    {"register", "register another", "upgrade", "offer", "offer again", "accept", "scan", "release", "third"}
)


@pytest.fixture(scope="module")
def undisturbed(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a server keeps that nobody kills."""
    site = copy_of(founded, tmp_path_factory.mktemp("undisturbed"))

    async def live() -> None:
        async with site.serving() as process, aiohttp.ClientSession() as http:
            await Customers(site, http).live()
            assert await drained(process) == 0

    asyncio.run(live())
    return kept(site)


def kept(site: Site) -> dict[str, Any]:
    """All that a kill could leave by half, without ids and times."""
    return {
        query: sorted(tuple(map(plain, row)) for row in site.rows(query))
        for query in (
            "SELECT state, email, verified_at IS NULL FROM customer",
            "SELECT serial, state, channel, r.market FROM registration r JOIN unit ON unit.id = r.unit",
            "SELECT state, count(*) FROM transfer_offer GROUP BY state",
            "SELECT state, count(*) FROM upgrade GROUP BY state",
            "SELECT kind, version, count(*) FROM consent GROUP BY kind, version",
            "SELECT count(*) FROM sighting",
            "SELECT count(*) FROM registration_draft",
            "SELECT key, answer != '' FROM kept_answer",
            "SELECT serial, kind, state, starts_on, ends_on FROM coverage_period JOIN unit u ON unit = u.id",
            "SELECT count(*) FROM coverage_event",
        )
    }


def plain(value: object) -> object:
    """As both databases say it: SQLite has neither days nor truth values."""
    return value.isoformat() if isinstance(value, date) else int(value) if isinstance(value, bool) else value


@pytest.mark.parametrize("case", CASES)
async def test_a_desk_killed_at_any_step_keeps_what_it_answered_and_nothing_by_half(
    site: Site, undisturbed: dict[str, Any], case: str
) -> None:
    await check_a_kill(site, undisturbed, case)


@pytest.mark.parametrize("case", OFTEN if PROVING else OFTEN[1:3])
async def test_the_same_on_postgresql(
    postgresql_url: str, tmp_path: Path, undisturbed: dict[str, Any], case: str
) -> None:
    """Another store that owns the truth comes to the same."""
    site = Site(tmp_path / "data", free_port(), postgresql_url, maker=INVENTED)
    await found(site)
    await check_a_kill(site, undisturbed, case)


async def check_a_kill(site: Site, undisturbed: dict[str, Any], case: str) -> None:
    point, _, again = case.partition(" ")
    async with aiohttp.ClientSession() as http:
        customers = Customers(site, http)
        await lived_until_killed(site, customers, point)
        if again:
            # The same step once more, where it was not done; or never, where it was.
            with contextlib.suppress(DiedStarting):  # mails that wait are sent at once
                await lived_on(site, customers, point)
        async with site.serving() as process:
            if "erase" not in customers.answers and await is_there(customers):
                before = {name: customers.answers[name] for name in KEYED & set(customers.answers)}
                assert await customers.again() == before
            await customers.live()
            assert (await customers.ask("gives", "GET", ME)).status == 401
            assert await drained(process) == 0
    assert kept(site) == undisturbed


async def is_there(customers: Customers) -> bool:
    """Whether who gives is still known, and still has what is theirs: erasing may have begun."""
    if "gives" not in customers.tokens:
        return False
    answer = await customers.ask("gives", "GET", f"{ME}/data")
    return answer.status == 200 and (
        "third" not in customers.answers or bool(answer["desk"]["registrations"])
    )


async def lived_on(site: Site, customers: Customers, failpoint: str) -> None:
    async with site.serving(failpoint=failpoint) as process:
        try:
            await customers.live()
        except aiohttp.ClientError:
            assert await ended_by(process, signal.SIGKILL)


async def lived_until_killed(site: Site, customers: Customers, failpoint: str) -> None:
    async with site.serving(failpoint=failpoint) as process:
        with contextlib.suppress(aiohttp.ClientError):
            await customers.live()
        assert await ended_by(process, signal.SIGKILL), "the server never came to this point"
