"""Whether a request over HTTP comes from an enrolled device (SPEC §5.6), on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from identity.device_requests.store import device_request
from identity.keys import SigningKey
from tests.contract.sign_in_stage import MODEL, ORIGIN, UNIT, Maker
from tests.relay.play import unique
from wire.encoding import key_id
from wire.limits import DEVICE_REQUEST_S

if TYPE_CHECKING:
    from pathlib import Path

    from server.storage.engine import Database

pytestmark = pytest.mark.slow


@pytest.fixture
def maker(database: Database, tmp_path: Path) -> Maker:
    return Maker(database, tmp_path)


async def test_an_enrolled_device_is_the_unit_its_maker_says(maker: Maker) -> None:
    tv = maker.television()
    asked = tv.asked(token="t" * 43)
    proven = await maker.requests.prove(asked, tv.assertion(asked))
    assert proven == tv.proven
    assert (proven.unit, proven.model) == (UNIT, MODEL)


@pytest.mark.parametrize("late_s", [-DEVICE_REQUEST_S, 0, DEVICE_REQUEST_S])
async def test_a_clock_may_be_a_minute_off(maker: Maker, late_s: int) -> None:
    tv = maker.television()
    asked = tv.asked()
    assert await maker.requests.prove(asked, tv.assertion(asked, late_s=late_s)) == tv.proven


@pytest.mark.parametrize("late_s", [-DEVICE_REQUEST_S - 1, DEVICE_REQUEST_S + 1, 86_400])
async def test_and_not_more(maker: Maker, late_s: int) -> None:
    tv = maker.television()
    asked = tv.asked()
    assert await maker.requests.prove(asked, tv.assertion(asked, late_s=late_s)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://elsewhere.example"},
        {"method": "GET"},
        {"target": "/api/v1/device/registration"},
        {"target": "/api/v1/device/token?language=nb"},
        {"body": b'{"a":1}'},
        {"body": b""},
        {"token": "t" * 43},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_an_assertion_is_good_for_the_request_it_was_made_for(
    maker: Maker, change: dict[str, object]
) -> None:
    tv = maker.television()
    asked = tv.asked()
    assertion = tv.assertion(asked)
    assert await maker.requests.prove(replace(asked, **change), assertion) is None  # type: ignore[arg-type]
    assert await maker.requests.prove(asked, assertion) == tv.proven


async def test_a_repeated_assertion_is_refused_also_of_fifty_at_once_and_after_a_restart(
    maker: Maker,
) -> None:
    """INV-B4 for requests."""
    tv = maker.television()
    asked = tv.asked()
    assertion = tv.assertion(asked)
    answers = await asyncio.gather(*(maker.requests.prove(asked, assertion) for _ in range(50)))
    assert [answer for answer in answers if answer is not None] == [tv.proven]
    maker.on(maker.database)
    maker.clock.advance(DEVICE_REQUEST_S)
    assert await maker.requests.prove(asked, assertion) is None


async def test_a_nonce_is_kept_as_long_as_an_assertion_from_the_future_is_fresh(maker: Maker) -> None:
    tv = maker.television()
    asked = tv.asked()
    assertion = tv.assertion(asked, late_s=-DEVICE_REQUEST_S)
    assert await maker.requests.prove(asked, assertion) == tv.proven
    maker.clock.advance(2 * DEVICE_REQUEST_S - 1)
    other = maker.television().asked()
    await maker.requests.prove(other, tv.assertion(other))  # it purges, in passing
    assert await maker.requests.prove(asked, assertion) is None


async def test_the_same_nonce_of_another_device_is_its_own(maker: Maker) -> None:
    one, two, nonce = maker.television(), maker.television(), unique(16)
    for tv in (one, two):
        asked = tv.asked()
        assert await maker.requests.prove(asked, tv.assertion(asked, nonce=nonce)) == tv.proven


async def test_what_was_asked_is_forgotten_in_minutes(maker: Maker) -> None:
    for _ in range(3):
        tv = maker.television()
        asked = tv.asked()
        await maker.requests.prove(asked, tv.assertion(asked))
        maker.clock.advance(2 * DEVICE_REQUEST_S + 1)
    async with maker.database.read() as conn:
        [count] = (await conn.execute(sa.select(sa.func.count()).select_from(device_request))).one()
    assert count == 1


async def test_nobody_borrows_another_devices_credential(maker: Maker) -> None:
    tv, thief = maker.television(), maker.television(unit="HM-55Q7-009999")
    stolen = thief.asked(credential=tv.credential())
    assert await maker.requests.prove(stolen, thief.assertion(stolen)) is None


async def test_one_device_with_two_credentials_cannot_swap_them_on_the_way(maker: Maker) -> None:
    tv = maker.television()
    renamed = maker.television(unit="HM-55Q7-009999")
    renamed.key = tv.key
    asked = tv.asked()
    swapped = replace(asked, credential=renamed.credential())
    assert await maker.requests.prove(swapped, tv.assertion(asked)) is None


async def test_only_the_makers_enrolment_key_says_which_unit_it_is(maker: Maker) -> None:
    tv = maker.television()
    own = replace(maker.keys, enroller=SigningKey(unique(32)))
    for keys in (own, replace(maker.keys, enroller=maker.keys.status)):
        tv.keys = keys
        asked = tv.asked()
        assert await maker.requests.prove(asked, tv.assertion(asked)) is None


@pytest.mark.parametrize("whose", ["device", "enroller"])
async def test_a_revoked_key_is_refused(maker: Maker, whose: str) -> None:
    tv = maker.television()
    kid = key_id(tv.public) if whose == "device" else maker.keys.enroller.kid
    await maker.revocations.revoke_key(kid, named=False)
    asked = tv.asked()
    assert await maker.requests.prove(asked, tv.assertion(asked)) is None


@pytest.mark.parametrize("text", ["", "a.b.c", "..", "\ud800", "é.é.é", "A" * 5_000], ids=ascii)
@pytest.mark.parametrize("which", ["assertion", "credential"])
async def test_what_is_no_proof_at_all_is_refused_quietly(maker: Maker, which: str, text: str) -> None:
    """INV-F1"""
    tv = maker.television()
    asked = tv.asked() if which == "assertion" else tv.asked(credential=text)
    assertion = text if which == "assertion" else tv.assertion(asked)
    assert await maker.requests.prove(asked, assertion) is None


async def test_another_keys_signature_is_refused(maker: Maker) -> None:
    tv = maker.television()
    honest = tv.key
    asked = tv.asked()
    tv_public = tv.public

    class Forger:
        """Names the device's key and signs with another."""

        def public_key(self) -> object:
            return honest.public_key()

        def sign(self, message: bytes) -> bytes:
            return Ed25519PrivateKey.from_private_bytes(unique(32)).sign(message)

    tv.key = Forger()  # type: ignore[assignment]
    assert tv.public == tv_public
    assert asked.origin == ORIGIN
    assert await maker.requests.prove(asked, tv.assertion(asked)) is None
