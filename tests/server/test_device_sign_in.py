"""Signing in and registering on a television over HTTP: RFC 8628's bodies, and nothing without proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from identity.device_sign_in.handlers import DeviceHandlers
from identity.device_sign_in.rules import DEVICE_CODE
from server.problems import Slug
from server.storage.engine import Database
from tests.contract.sign_in_stage import Maker
from tests.server.device_house import House, served
from tests.unit.test_device_registration import Desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.contract.sign_in_stage import Television

pytestmark = pytest.mark.slow

AUTHORIZE, TOKEN = "/api/v1/device/authorize", "/api/v1/device/token"
TERMS, REGISTRATION = "/api/v1/device/terms?language=lv", "/api/v1/device/registration"
OUT = "/api/v1/device/sign-out"
AGREED: dict[str, object] = {"terms": "terms-3", "language": "lv"}
UNPROVEN: tuple[tuple[str, str, dict[str, object] | None], ...] = (
    ("GET", TERMS, None),
    ("POST", REGISTRATION, AGREED),
    ("POST", OUT, None),
)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def house(tmp_path: Path, desk: Desk) -> AsyncIterator[House]:
    database = await Database.open(f"sqlite:///{tmp_path / 'alongside.db'}")
    maker = Maker(database, tmp_path)
    async with served(maker, desk) as house:
        yield house
    await database.close()


def polling(code: object) -> dict[str, object]:
    return {"grant_type": DEVICE_CODE, "device_code": code}


async def signed_in(house: House, tv: Television, customer: str = "liga") -> str:
    _, offered = await house.ask(tv, "POST", AUTHORIZE, {"scope": "register"})
    await house.maker.decide(str(offered["user_code"]), customer=customer)
    _, said = await house.ask(tv, "POST", TOKEN, polling(offered["device_code"]))
    return str(said["access_token"])


async def test_from_account_to_registered_with_its_dates(house: House, desk: Desk) -> None:
    """R43, R44."""
    tv = house.maker.television()
    status, offered = await house.ask(tv, "POST", AUTHORIZE, {"scope": "register"})
    assert status == 200
    assert offered.keys() == {
        "device_code",
        "user_code",
        "verification_uri",
        "verification_uri_complete",
        "expires_in",
        "interval",
    }
    assert await house.ask(tv, "POST", TOKEN, polling(offered["device_code"])) == (
        400,
        {"error": "authorization_pending"},
    )
    await house.maker.decide(str(offered["user_code"]), customer="liga")
    status, said = await house.ask(tv, "POST", TOKEN, polling(offered["device_code"]))
    assert (status, said["token_type"], said["scope"], said["expires_in"]) == (
        200,
        "Bearer",
        "register",
        1800,
    )
    token = str(said["access_token"])
    status, terms = await house.ask(tv, "GET", TERMS, token=token)
    assert (status, terms) == (200, {"version": "terms-3", "paragraphs": ["LV lv"]})
    status, done = await house.ask(tv, "POST", REGISTRATION, AGREED, token=token)
    assert (status, done["is_new"], done["model"]) == (201, True, "Vista 55 Q7")
    assert done["covers"] == [
        {
            "right": "maker",
            "basis": "calculated",
            "starts_on": "2026-03-15",
            "ends_on": "2028-03-15",
        }
    ]
    status, again = await house.ask(tv, "POST", REGISTRATION, AGREED, token=token)
    assert (status, again["is_new"]) == (200, False)
    assert await house.ask(tv, "POST", OUT, token=token) == (204, {})
    assert (await house.ask(tv, "GET", TERMS, token=token))[0] == 401
    assert [asked[0].unit for asked in desk.asked] == ["HM-55Q7-004211"] * 2


async def test_without_proof_nothing_is_answered(house: House, desk: Desk) -> None:
    for path, body in ((AUTHORIZE, {"scope": "register"}), (TOKEN, polling("x"))):
        assert await house.ask(None, "POST", path, {**body}) == (401, {"error": "invalid_client"})
    for method, path, given in UNPROVEN:
        status, problem = await house.ask(None, method, path, given, token="t" * 43)
        assert (status, problem["type"]) == (401, "urn:alongside:problem:device-not-proven")
    assert desk.asked == []


async def test_a_device_cannot_say_which_unit_it_is(house: House, desk: Desk) -> None:
    """What it proves counts; a body that says more is refused."""
    tv = house.maker.television()
    token = await signed_in(house, tv)
    status, _ = await house.ask(tv, "POST", REGISTRATION, {**AGREED, "serial": "HM-1"}, token=token)
    assert status == 400
    assert desk.asked == []


async def test_another_devices_token_registers_nothing(house: House, desk: Desk) -> None:
    tv, thief = house.maker.television(), house.maker.television(unit="HM-55Q7-009999")
    token = await signed_in(house, tv)
    status, problem = await house.ask(thief, "POST", REGISTRATION, AGREED, token=token)
    assert (status, problem["type"]) == (401, "urn:alongside:problem:not-signed-in")
    assert desk.asked == []


async def test_a_proof_is_good_once_and_for_one_request(house: House, desk: Desk) -> None:
    tv = house.maker.television()
    token = await signed_in(house, tv)
    asked = tv.asked(method="GET", target=TERMS, body=b"", token=token)
    headers = {"Device-Credential": asked.credential, "Device-Assertion": tv.assertion(asked)}
    assert (await house.ask(None, "GET", TERMS, token=token, headers=headers))[0] == 200
    assert (await house.ask(None, "GET", TERMS, token=token, headers=headers))[0] == 401
    fresh = headers | {"Device-Assertion": tv.assertion(asked)}
    assert (await house.ask(None, "POST", REGISTRATION, AGREED, token=token, headers=fresh))[0] == 401
    assert desk.asked == []


async def test_stale_terms_and_a_product_of_somebody_else(house: House, desk: Desk) -> None:
    tv = house.maker.television()
    token = await signed_in(house, tv)
    desk.version = "terms-4"
    status, problem = await house.ask(tv, "POST", REGISTRATION, AGREED, token=token)
    assert (status, problem["type"]) == (409, "urn:alongside:problem:terms-version-stale")
    desk.owner = "ola"
    status, problem = await house.ask(
        tv, "POST", REGISTRATION, {"terms": "terms-4", "language": "lv"}, token=token
    )
    assert (status, problem["type"]) == (409, "urn:alongside:problem:already-registered")


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        (AUTHORIZE, {"scope": "everything"}, "invalid_scope"),
        (TOKEN, {"grant_type": "password", "device_code": "x"}, "unsupported_grant_type"),
        (TOKEN, polling("x" * 43), "invalid_grant"),
        (TOKEN, polling(""), "invalid_grant"),
    ],
)
async def test_other_requests_have_the_errors_of_rfc_6749(
    house: House, path: str, body: dict[str, object], error: str
) -> None:
    assert await house.ask(house.maker.television(), "POST", path, body) == (400, {"error": error})


@pytest.mark.parametrize("language", ["", "NB", "nb-NO", "..", "n" * 4, "%00"])
async def test_a_language_that_is_none_is_a_bad_request(house: House, language: str) -> None:
    tv = house.maker.television()
    token = await signed_in(house, tv)
    path = f"/api/v1/device/terms?language={language}"
    assert (await house.ask(tv, "GET", path, token=token))[0] == 400


async def test_doubled_and_endless_headers_prove_nothing(house: House) -> None:
    tv = house.maker.television()
    asked = tv.asked(method="POST", target=OUT, body=b"")
    long = {"Device-Credential": "A" * 5_000, "Device-Assertion": tv.assertion(asked)}
    assert (await house.ask(None, "POST", OUT, headers=long))[0] == 401
    async with house.client.post(
        OUT,
        headers=[
            ("Device-Credential", asked.credential),
            ("Device-Credential", asked.credential),
            ("Device-Assertion", tv.assertion(asked)),
        ],
    ) as answer:
        assert answer.status == 401


async def test_each_entry_says_who_may_call_it_and_what_it_answers(house: House) -> None:
    """INV-G1"""
    maker = house.maker
    desk = Desk()
    entries = DeviceHandlers(maker.requests, maker.sign_ins, desk.service(), desk.came_online).entries()
    assert len({(entry.method, entry.path) for entry in entries}) == len(entries) == 6
    for entry in entries:
        assert entry.access == "anyone"
        assert entry.summary.endswith(".")
        assert entry.answers
        assert set(entry.slugs) <= set(Slug)


async def test_a_device_that_says_it_is_online_has_proven_it(house: House) -> None:
    """R88: what waits for the device is done by its own word, and by nobody else's."""
    status, _ = await house.ask(None, "POST", "/api/v1/device/online")
    assert (status, house.desk.online) == (401, [])
    tv = house.maker.television()
    status, _ = await house.ask(tv, "POST", "/api/v1/device/online")
    assert status == 204
    [(unit, proof)] = house.desk.online
    assert unit == tv.unit
    assert proof
