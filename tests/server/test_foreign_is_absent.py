"""What is another's is to a stranger as if there were none: by every route that takes an id (I9, INV-A5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest
import pytest_asyncio

from identity.customers.passkey_store import Passkey, add
from identity.rules import Role
from server.web.routes import Access, Form
from tests.server.conftest import PASSWORD
from tests.server.portal_people import (
    SERIALS,
    TERMS,
    Answer,
    Person,
    customer,
    json_of,
    open_portal_server,
    signed_in,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.web.routes import Route
    from tests.server.conftest import Running

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

NOBODYS: Final = "0190" + "a" * 28
LINK: Final = "A" * 43
IDS: Final = re.compile(r"{([a-z_]+)(?::(?:[^{}]|{[^{}]*})+)?}")


@dataclass(frozen=True)
class Asked:
    """One wish by an id, `{}` in the path or as the field or JSON member `{}` of what is sent."""

    kind: str
    form: dict[str, str] | None = None
    body: dict[str, Any] | None = None
    headers: tuple[tuple[str, str], ...] = ()


KEYED: Final = (("Idempotency-Key", "foreign"),)
# Every route that takes an id, by hand: a new one is missing here until it stands here.
TAKING: Final[dict[tuple[str, str], tuple[Asked, ...]]] = {
    ("GET", "/api/v1/me/products/{id}"): (Asked("product"),),
    ("GET", "/api/v1/me/products/{id}/coverage"): (Asked("product"),),
    ("POST", "/api/v1/me/products/{id}/upgrade"): (Asked("product", headers=KEYED),),
    ("DELETE", "/api/v1/me/products/{id}/upgrade"): (Asked("product"),),
    ("GET", "/api/v1/me/registrations/{id}"): (Asked("registration"),),
    ("DELETE", "/api/v1/me/registrations/{id}"): (
        Asked("registration", headers=(("If-Match", "*"),)),
        Asked("registration", headers=(("If-Match", '"v1"'),)),
        Asked("registration", headers=(("If-Match", '"v7"'), *KEYED)),
    ),
    ("POST", "/api/v1/me/registrations/{id}/transfer"): (Asked("registration", headers=KEYED),),
    ("DELETE", "/api/v1/me/registrations/{id}/transfer"): (Asked("registration"),),
    ("DELETE", "/api/v1/me/sightings/{id}"): (Asked("sighting"),),
    ("POST", "/api/v1/me/registrations"): (
        Asked("sighting", body={"sighting": "{}", "terms": TERMS, "own_device": True}, headers=KEYED),
    ),
    ("POST", "/api/v1/me/transfers"): (
        Asked("taken code", body={"code": "{}", "terms": TERMS, "own_device": True}, headers=KEYED),
    ),
    ("DELETE", "/api/v1/me/passkeys/{passkey}"): (Asked("passkey"),),
    ("GET", "/my/products/{product}"): (Asked("product"),),
    ("GET", "/my/products/{product}/release"): (Asked("product"),),
    ("POST", "/my/products/{product}/release"): (Asked("product", form={"confirm": "yes"}),),
    ("GET", "/my/products/{product}/transfer"): (Asked("product"),),
    ("POST", "/my/products/{product}/transfer"): (
        Asked("product", form={"answer": "offer"}),
        Asked("product", form={"answer": "take_back"}),
    ),
    ("POST", "/my/products/{product}/upgrade"): (
        Asked("product", form={"answer": "ask"}),
        Asked("product", form={"answer": "cancel"}),
    ),
    ("POST", "/my/products"): (
        Asked("sighting", form={"sighting": "{}", "answer": "register"}),
        Asked("sighting", form={"sighting": "{}", "answer": "not_mine"}),
    ),
    ("POST", "/my/transfer"): (Asked("taken code", form={"transfer_code": "{}", "answer": "look"}),),
    ("POST", "/account"): (Asked("passkey", form={"part": "passkey", "id": "{}"}),),
    ("GET", "/register/done/{product}"): (Asked("product"),),
    ("GET", "/register/{draft}"): (Asked("draft"),),
    ("POST", "/register/{draft}"): (
        Asked("draft", form={"step": "2", "answer": "continue", "model": "VQ55Q7"}),
        Asked("draft", form={"step": "3", "terms": TERMS, "agree": "yes", "own_device": "yes"}),
    ),
    ("GET", "/account/verify/{token}"): (Asked("used link"),),
    ("POST", "/account/verify/{token}"): (Asked("used link", form={}),),
    ("GET", "/account/recover/{token}"): (Asked("used link"),),
    ("POST", "/account/recover/{token}"): (
        Asked("used link", form={"password": "another long and good one"}),
    ),
    ("POST", "/api/v1/customers/verify"): (Asked("used link", body={"token": "{}"}),),
    ("POST", "/api/v1/tech/sessions/{session}/device"): (Asked("session", body={"credential": "x"}),),
    ("POST", "/api/v1/customers/recovery/finish"): (
        Asked("used link", body={"token": "{}", "password": "another long and good one"}),
    ),
}
# These take a part of the path, or a member of such a name, that is nobody's.
OPEN: Final = {"/register/guide/{type}", "/terms/{version}", "/q/{path}", "/api/v1/q/{path}"}
MEMBERS: Final = frozenset({"id", "sighting", "product", "token", "code", "transfer_code", "registration"})
SIGN_IN: Final = {"/v1/sign-in/link"}  # the demonstration's link, no id


def bare(path: str) -> str:
    return IDS.sub(r"{\1}", path)


def takes_an_id(route: Route) -> bool:
    if bare(route.path) in OPEN | SIGN_IN:
        return False
    match route.body:
        case Form(fields=fields):
            names: set[str] = set(fields)
        case kind:
            names = set(getattr(kind, "__struct_fields__", ()))
    return bool(IDS.search(route.path) or names & MEMBERS)


@dataclass(frozen=True)
class House:
    running: Running
    owner: Person
    other: Person
    ids: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """An owner with something of everything; another customer with nothing."""
    async with open_portal_server(tmp_path_factory.mktemp("portal"), behind_proxy=True) as running:
        owner, other = await customer(running, "owner"), await customer(running, "other-one")
        made = await owner.register(SERIALS[0], key="one")
        gone = await owner.register(SERIALS[1], key="two")
        offer = await owner.api(
            "POST", f"/api/v1/me/registrations/{gone['id']}/transfer", headers={"Idempotency-Key": "three"}
        )
        code = json_of(offer)["code"]
        taken = await owner.api("DELETE", f"/api/v1/me/registrations/{gone['id']}/transfer")
        assert taken.status == 204
        begun = await owner.send("/register", step="1", identifier=SERIALS[2])
        label = "https://id.hallmere.example/01/02000000000299/21/0A1B2C3D4E5F6G7"
        seen = await owner.api(
            "POST", "/api/v1/me/sightings", json={"codes": [label]}, headers={"Idempotency-Key": "four"}
        )
        yield House(
            running,
            owner,
            other,
            {
                "product": made["product"],
                "registration": made["id"],
                "sighting": json_of(seen)["id"],
                "draft": begun.where.partition("?")[0].rpartition("/")[2],
                "taken code": code,
                "passkey": await passkey_of(running, owner),
                "used link": LINK[:-1] + "B",
                "session": "5" * 32,  # what technicians are told of others' is in test_device_card.py
            },
        )


async def passkey_of(running: Running, owner: Person) -> str:
    """A passkey of theirs, as the table has it."""
    new = Passkey(
        id="c" * 32,
        credential_id="AAAA",
        customer=owner.id,
        public_key=b"k",
        sign_count=0,
        name="Telephone",
        created_at=1,
    )
    async with running.office.database.write("test") as conn:
        assert await add(conn, new)
    return new.id


def nobodys(kind: str) -> str:
    return {"taken code": "ABCD-EFGH-JKLM-NPQR", "used link": LINK}.get(kind, NOBODYS)


async def say(person: Person, method: str, path: str, asked: Asked, one: str) -> Answer:
    """The wish, with this id in its place."""
    where = IDS.sub(one, path)
    headers = dict(asked.headers)
    if asked.form is not None:
        return await person.send(
            where, {n: v.replace("{}", one) for n, v in asked.form.items()}, headers=headers
        )
    if asked.body is not None:
        body = {n: one if v == "{}" else v for n, v in asked.body.items()}
        return await person.api(method, where, headers=headers, json=body)
    if where.startswith("/api/"):
        return await person.api(method, where, headers=headers)
    return await person.page(where, headers=headers)


def told(answer: Answer, one: str) -> tuple[object, ...]:
    """All of an answer that matters, without what was asked for and what differs every time."""
    changing = {"Date", "Content-Length", "Set-Cookie"}
    headers = sorted((n, v.replace(one, "")) for n, v in answer.headers.items() if n not in changing)
    return answer.status, headers, answer.body.replace(one.encode(), b"")


async def test_every_route_that_takes_an_id_stands_in_the_table(house: House) -> None:
    found = {(route.method, bare(route.path)) for route in house.running.service.routes if takes_an_id(route)}
    assert found == TAKING.keys()


@pytest.mark.parametrize(("method", "path"), sorted(TAKING))
async def test_another_s_is_answered_like_one_that_nobody_has(house: House, method: str, path: str) -> None:
    for asked in TAKING[method, path]:
        for person in (house.other, Person(house.running)):
            person.source = "192.0.2.7"
            theirs = await say(person, method, path, asked, house.ids[asked.kind])
            none = await say(person, method, path, asked, nobodys(asked.kind))
            assert told(theirs, house.ids[asked.kind]) == told(none, nobodys(asked.kind))
            assert theirs.status in {303, 400, 401, 403, 404, 410, 422} or asked.kind == "used link"
            assert SERIALS[0] not in theirs.text


async def test_what_a_stranger_asked_has_changed_nothing(house: House) -> None:
    """After all of the above: the owner still has what they had. Asked last, by its place in this file."""
    for kind, path in (("product", "/my/products/{}"), ("draft", "/register/{}")):
        assert (await house.owner.page(path.format(house.ids[kind]))).status == 200
    listed = json_of(await house.owner.api("GET", "/api/v1/me/products"))["products"]
    assert [one["id"] for one in listed if one["transfer"]] == []
    assert {one["id"] for one in listed} >= {house.ids["product"]}
    seen = json_of(await house.owner.api("GET", "/api/v1/me/products?state=unregistered"))["products"]
    assert [one["id"] for one in seen] == [house.ids["sighting"]]
    keys = json_of(await house.owner.api("GET", "/api/v1/me/passkeys"))["passkeys"]
    assert [one["id"] for one in keys] == [house.ids["passkey"]]


async def test_no_token_opens_what_is_for_others(house: House) -> None:
    """A customer's opens nothing of the staff's, nor theirs a customer's, nor one of them the other's."""
    technician, auditor = await house.running.sign_in(), await house.running.sign_in("auditor")
    staff = [route for route in house.running.service.routes if route.needs_account]
    customers = [route for route in house.running.service.routes if route.needs_customer and not route.page]
    assert len(staff) > 5
    assert len(customers) > 15
    for route in staff:
        path = IDS.sub(NOBODYS, route.path)
        answer = await house.other.api(route.method, path)
        assert (path, answer.status) == (path, 401)
        if route.access == {Access.TECHNICIAN}:
            answer = await Person(house.running, auditor).api(route.method, path)
            assert (path, answer.status) == (path, 403)
    for route in customers:
        path = IDS.sub(NOBODYS, route.path)
        for token in (technician, auditor):
            answer = await Person(house.running, token).api(route.method, path)
            assert (path, answer.status) == (path, 401)


async def test_a_technician_lists_their_own_sessions_alone(house: House) -> None:
    """Two organisations, nothing of one before the other."""
    await house.running.office.identity.add_account(
        login="elsewhere",
        password=PASSWORD,
        name="Other Person",
        org="Elsewhere",
        role=Role.TECHNICIAN,
        language="en",
    )
    for login in ("technician", "elsewhere"):
        token = await house.running.sign_in(login)
        status, body, _ = await house.running.call("GET", "/v1/sessions", token=token)
        assert (status, body) == (200, {"sessions": []})


async def test_a_customer_who_is_not_verified_reads_their_own_and_a_signed_out_one_nothing(
    house: House,
) -> None:
    again = await signed_in(house.running, house.other)
    assert json_of(await again.api("GET", "/api/v1/me"))["verified"] is False
    assert (await again.api("DELETE", "/api/v1/customers/session")).status == 204
    for route in house.running.service.routes:
        if route.needs_customer and not route.changes:
            answer = await again.ask(
                "GET", IDS.sub(NOBODYS, route.path), headers={"Cookie": f"__Host-alongside={again.token}"}
            )
            assert answer.status == (303 if route.page else 401), route.path
