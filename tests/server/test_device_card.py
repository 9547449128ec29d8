"""The device card: a technician in a live session reads what is known of the product, and nobody else."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from identity.enrolment import _credential
from identity.enrolment_store import Offer
from identity.rules import Role
from relay.session.store import live_device
from relay.session.store import session as session_table
from server.app import revocations_of
from server.portal.device_cards import CardDesk, called
from tests.contract.crash import STEPS_OF_CARDS, MortalStorage
from tests.databases import postgresql_uri, postgresql_url
from tests.server.conftest import CONSOLE, PASSWORD
from tests.server.ends import Pair, new_pair, technician
from tests.server.portal_people import SERIALS, Person, customer, json_of, open_portal_server, portal_of
from tests.server.test_audit_of_a_session import listing, tell, to_consent
from wire.commands import Grant
from wire.encoding import key_id
from wire.reasons import EndReason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.server.conftest import Running
    from wire.records import RecordWriter

pytestmark = pytest.mark.slow
__all__ = ["postgresql_uri", "postgresql_url"]

NAME = "Līga Ozola"


@dataclass
class Visit:
    """A technician and a television whose owner has registered it; their session waits for a yes."""

    running: Running
    owner: Person
    pair: Pair
    records: RecordWriter

    async def yes(self) -> None:
        await tell(self.pair, self.records.consent(dts=2, grants=(Grant.VIEW,), for_s=1_800))

    async def over(self) -> None:
        await tell(self.pair, self.records.end(dts=3, reason=EndReason.CUSTOMER_STOPPED))
        await self.pair.console.farewell()
        await self.running.service.sessions._log.flushed()

    def credential(self, unit: str = SERIALS[0], *, key: Ed25519PrivateKey | None = None) -> str:
        """As the maker gives it to a device that enrolled as this unit."""
        public = (key or self.pair.device.key).public_key().public_bytes_raw()
        offer = Offer("c" * 32, unit, "Vista 55 Q7", 1_790_000_000_000)
        return _credential(offer, public, self.running.service.keys.keys)

    async def ask(self, credential: str, *, token: str = "", session: str = "") -> tuple[int, dict[str, Any]]:
        path = f"/api/v1/tech/sessions/{session or self.pair.session}/device"
        status, said, _ = await self.running.call(
            "POST", path, token=token or self.pair.who.token, json={"credential": credential}
        )
        return status, said

    async def entries(self) -> list[dict[str, Any]]:
        """What the session's record says of its cards."""
        found = await listing(self.running, self.pair.session)
        assert found["gaps"] == []
        assert found["chain"]["whole"]
        return [one["facts"] for one in found["entries"] if one["typ"] == "session.device_card"]


@pytest_asyncio.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with visiting(tmp_path) as found:
        yield found


@asynccontextmanager
async def visiting(folder: Path, **changes: str) -> AsyncIterator[Visit]:
    async with open_portal_server(folder, **changes) as running:
        owner = await customer(running, "liga")
        renamed = await owner.api("PATCH", "/api/v1/me", json={"name": NAME}, headers={"If-Match": '"v1"'})
        assert renamed.status == 200
        await owner.register(SERIALS[0], key="one")
        pair = await new_pair(running, await technician(running), CONSOLE)
        yield Visit(running, owner, pair, await to_consent(pair))


@pytest.mark.proves("R9", by="a device card is read before the customer's yes")
async def test_the_card_is_there_from_the_customers_yes_to_the_end(visit: Visit) -> None:
    """Not before, for a code hit by chance tells nothing of a household; not after, without a new code."""
    credential = visit.credential()
    assert (await visit.ask(credential))[0] == 403
    await visit.yes()
    status, card = await visit.ask(credential)
    assert status == 200
    [product] = json_of(await visit.owner.api("GET", "/api/v1/me/products"))["products"]
    assert card["owner"] == {"called": "Līga", "language": "en"}
    assert card["covers"] == product["covers"]
    assert card["covers"]
    assert (card["known"], card["unit"], card["model"]) == (True, SERIALS[0], product["model"])
    assert (card["manufactured_on"], card["market"]) == (product["manufactured_on"], product["market"])
    assert card["registered_at"] == product["registered_at"]
    assert await visit.entries() == [{"known": True, "owner": True}]
    await visit.over()
    status, said = await visit.ask(credential)
    assert (status, said["type"]) == (403, "urn:alongside:problem:session-not-live")
    assert len(await visit.entries()) == 1


async def test_the_same_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    async with visiting(tmp_path, database_url=postgresql_url) as visit:
        await test_the_card_is_there_from_the_customers_yes_to_the_end(visit)


async def test_of_its_owner_nothing_else_is_on_it(visit: Visit) -> None:
    await visit.yes()
    _, card = await visit.ask(visit.credential())
    text = json.dumps(card, ensure_ascii=False)
    for secret in ("Ozola", visit.owner.email, visit.owner.id):
        assert secret not in text


async def test_nobody_reads_the_card_of_anothers_session(visit: Visit) -> None:
    """And whether there is such a session is not said: the same words, whatever the reason."""
    identity = visit.running.office.identity
    await identity.add_account(
        login="another", password=PASSWORD, name="A", org="Hallmere Care", role=Role.TECHNICIAN, language="en"
    )
    other = await visit.running.sign_in("another")
    await visit.yes()
    theirs = await visit.ask(visit.credential(), token=other)
    assert theirs == await visit.ask(visit.credential(), token=other, session="0" * 32)
    assert (theirs[0], theirs[1]["type"]) == (403, "urn:alongside:problem:session-not-live")
    for token in (await visit.running.sign_in("auditor"), visit.owner.token):
        assert (await visit.ask(visit.credential(), token=token))[0] in {401, 403}
    assert await visit.entries() == []


async def test_a_card_is_of_the_very_device_that_the_session_is_with(visit: Visit) -> None:
    """A technician cannot ask about a household they are not with, whatever credential they once saw."""
    await visit.yes()
    strangers, enroller = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    genuine = visit.credential()
    head, claims, sig = genuine.split(".")
    forged = ".".join((head, claims, ("B" if sig[0] == "A" else "A") + sig[1:]))
    assert enroller != strangers
    for credential in (visit.credential(SERIALS[1], key=strangers), forged, f"{head}.{claims}.", "junk"):
        status, said = await visit.ask(credential)
        assert (status, said["type"]) == (422, "urn:alongside:problem:unit-not-proven"), credential
    dev = key_id(visit.pair.device.key.public_key().public_bytes_raw())
    await revocations_of(visit.running.office).revoke_key(dev, named=False)
    assert (await visit.ask(genuine))[0] == 422
    assert await visit.entries() == []


GARBAGE: tuple[bytes, ...] = (
    b"",
    b"[]",
    b"{}",
    b'{"credential": ""}',
    b'{"credential": 7}',
    b'{"credential": "x", "unit": "another"}',
    b'{"credential": "a\\u0000.b.c"}',
    b'{"credential": "\\ud800.b.c"}',
    b'{"credential": "..."}',
    b'{"credential": "' + b"A" * 4_097 + b'"}',
)


async def test_whatever_is_sent_for_a_credential_is_refused_in_words(visit: Visit) -> None:
    """INV-F1, INV-F2: never with a fault of ours, and nothing is on record as read."""
    await visit.yes()
    path = f"/api/v1/tech/sessions/{visit.pair.session}/device"
    headers = {"Content-Type": "application/json"}
    for body in GARBAGE:
        status, said, _ = await visit.running.call(
            "POST", path, token=visit.pair.who.token, data=body, headers=headers
        )
        assert (body, status) in {(body, 400), (body, 422)}
        assert str(said["type"]).startswith("urn:alongside:problem:")
    for session in ("0", "A" * 500, visit.pair.session.upper()):
        assert (await visit.ask(visit.credential(), session=session))[0] == 403
    assert await visit.entries() == []


async def test_a_product_that_nobody_registered_or_knows_has_a_card_that_says_so(visit: Visit) -> None:
    await visit.yes()
    status, card = await visit.ask(visit.credential(SERIALS[1]))
    assert status == 200
    assert (card["known"], card["registered_at"], card["owner"]) == (True, None, None)
    assert card["covers"], "its delivery is known, and so is its cover"
    for unit in ("7K2M9PX4TQ81LRW", "no number of ours"):
        status, card = await visit.ask(visit.credential(unit))
        assert (status, card["known"], card["owner"], card["covers"]) == (200, False, None, [])
    assert [one["known"] for one in await visit.entries()] == [True, False, False]


async def test_a_released_product_names_nobody(visit: Visit) -> None:
    [product] = json_of(await visit.owner.api("GET", "/api/v1/me/products"))["products"]
    path = f"/api/v1/me/registrations/{product['registration']}"
    headers = {"If-Match": "*", "Idempotency-Key": "release"}
    assert (await visit.owner.api("DELETE", path, headers=headers)).status in {200, 204}
    await visit.yes()
    _, card = await visit.ask(visit.credential())
    assert (card["known"], card["registered_at"], card["owner"]) == (True, None, None)


async def test_which_device_it_was_is_forgotten_with_the_session(visit: Visit) -> None:
    """INV-H5: the key of a device names a household."""

    async def kept() -> list[str | None]:
        async with visit.running.office.database.read() as conn:
            return list((await conn.execute(sa.select(session_table.c.dev))).scalars())

    await visit.yes()
    assert await kept() == [key_id(visit.pair.device.key.public_key().public_bytes_raw())]
    await visit.over()
    assert await kept() == [None]


async def test_a_service_without_products_says_so_to_a_console_of_another_origin(server: Running) -> None:
    """Told nothing, its browser would call it an error that nobody caught."""
    path, token = f"/api/v1/tech/sessions/{'0' * 32}/device", await server.sign_in()
    headers = {"Origin": CONSOLE}
    for method, status in (("OPTIONS", 204), ("POST", 404)):
        body = {"json": {"credential": "x"}} if method == "POST" else {}
        found, _, answer = await server.call(
            method, path, token=token if body else "", headers=headers, **body
        )
        assert (found, answer.headers["Access-Control-Allow-Origin"]) == (status, CONSOLE)


async def test_what_is_not_on_record_is_not_said(visit: Visit) -> None:
    """INV-E2: a store that dies at any step of a reading gives no card."""
    await visit.yes()
    office, portal = visit.running.office, portal_of(visit.running)
    asked = {"account": await account_of(visit), "session": visit.pair.session}
    steps, dies_at = set[str](), 1
    while True:
        storage = MortalStorage(office.database, dies_at=dies_at)
        cards = CardDesk(
            storage,
            portal.desk.ground,
            office.audit.append,
            lambda: visit.running.service.keys.keys,
            live_device,
        )
        before = len(await visit.entries())
        try:
            card = await cards.read(credential=visit.credential(), language="en", **asked)
        except sa.exc.SQLAlchemyError:
            steps |= {name.partition(":")[0] for name in storage.steps}
            dies_at += 1
            continue
        assert (card.known, len(await visit.entries())) == (True, before + 1)
        break
    assert steps == STEPS_OF_CARDS
    assert dies_at > 3


async def account_of(visit: Visit) -> str:
    async with visit.running.office.database.read() as conn:
        return str((await conn.execute(sa.select(session_table.c.account))).scalar_one())


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [("Līga Ozola", "lv", "Līga"), ("Nguyễn Thị Anh", "vi", "Anh"), ("Anna", "vi", "Anna")],
)
def test_a_person_is_called_by_the_name_that_is_theirs(name: str, language: str, expected: str) -> None:
    assert called(name, language) == expected
