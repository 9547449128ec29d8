"""Asked twice, given up, handed on: once each, and of many at once one (INV-E3, I19, I1, D6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from care.desk import once
from care.desk.ground import Customer
from care.desk.views import OfferView, RegistrationView
from care.registration import store, transfers
from care.registration.store import consent, registration
from tests.care.desks import (
    ANNA,
    AWAY,
    BERIT,
    SERIAL,
    UNKNOWN,
    WASHER,
    House,
    at_once,
    house_of,
    key,
    slug,
    terms_of,
)

if TYPE_CHECKING:
    from server.storage.engine import Database

pytestmark = pytest.mark.slow

MANY = 50


def somebody(place: int) -> Customer:
    return Customer(f"{place:032x}", "LV", "lv")


async def count(database: Database, table: sa.Table) -> int:
    async with database.read() as conn:
        return int((await conn.execute(sa.select(sa.func.count()).select_from(table))).scalar_one())


async def accept(house: House, customer: Customer, code: str, **more: object) -> RegistrationView:
    asked: dict[str, object] = {"terms": terms_of(customer), "own_device": True, "once": None, "source": "a"}
    return await house.desk.owning.accept(customer, code, **asked | more)  # type: ignore[arg-type]


async def test_a_retry_gets_the_first_answer_and_does_nothing(database: Database) -> None:
    """INV-E3, I19"""
    house = await house_of(database)
    first = await house.register(once=key("k-1"))
    again = await house.register(once=key("k-1"))
    assert again == first
    assert (await count(database, registration), await count(database, consent)) == (1, 2)


async def test_the_answer_is_the_first_also_after_the_world_went_on(database: Database) -> None:
    house = await house_of(database)
    first = await house.register(once=key("k-1"))
    await house.desk.owning.release(ANNA, first.id, version=1, once=None)
    assert await house.register(once=key("k-1")) == first
    async with database.read() as conn:
        assert await store.owner(conn, first.product) is None


async def test_the_same_key_for_another_wish_is_refused(database: Database) -> None:
    house = await house_of(database)
    await house.register(once=key("k-1"))
    assert await slug(house.register(typed=WASHER, once=key("k-1", b"{1}"))) == "idempotency-key-reused"
    assert await count(database, registration) == 1


async def test_a_key_is_its_customers_alone(database: Database) -> None:
    """Another's answer is never given to whoever hits upon the key."""
    house = await house_of(database)
    await house.register(once=key("k-1"))
    assert await slug(house.register(BERIT, once=key("k-1"))) == "already-registered"


async def test_what_was_refused_is_judged_anew(database: Database) -> None:
    house = await house_of(database)
    assert await slug(house.register(terms="", once=key("k-1"))) == "terms-required"
    assert (await house.register(once=key("k-1"))).state == "active"


async def test_fifty_retries_at_once_have_one_effect_and_one_answer(database: Database) -> None:
    house = await house_of(database)
    came = await at_once(*(house.register(once=key("k-1")) for _ in range(30)))
    assert len({str(one) for one in came if one != AWAY}) == 1
    assert (await count(database, registration), await count(database, consent)) == (1, 2)


async def test_of_fifty_customers_who_register_one_piece_at_once_one_owns_it(database: Database) -> None:
    """I1: also where nobody knew the piece before, so that each would make it."""
    house = await house_of(database)
    came = await at_once(
        *(house.register(somebody(place), typed=UNKNOWN, model="VQ55Q7") for place in range(MANY))
    )
    assert sum(isinstance(one, RegistrationView) for one in came) <= 1
    assert {one for one in came if isinstance(one, str)} <= {"already-registered", AWAY}
    assert await count(database, registration) == 1


async def test_a_retry_is_no_question_and_never_waits(database: Database) -> None:
    """INV-E3: who lost the answer gets it, however often the line breaks."""
    house = await house_of(database)
    first = await house.register(once=key("k-1"))
    for _ in range(40):
        assert await house.register(once=key("k-1")) == first
    assert (await house.register(typed=WASHER)).state == "active"


async def test_keys_and_counters_are_dropped_after_a_day(database: Database) -> None:
    house = await house_of(database)
    await house.register(once=key("k-1"))
    await house.desk.tidy()
    assert await count(database, once.kept_answer) == 1
    house.clock.pass_by(days=1)
    await house.desk.tidy()
    assert await count(database, once.kept_answer) == 0


async def test_an_owner_gives_a_product_up_and_the_next_may_register_it(database: Database) -> None:
    """D6: cover stays with the piece, second-hand too."""
    house = await house_of(database)
    made = await house.register()
    before = (await house.desk.products.product(ANNA, made.product)).covers
    ended = await house.desk.owning.release(ANNA, made.id, version=made.version, once=None)
    assert (ended.state, ended.version) == ("released", 2)
    assert await slug(house.desk.products.product(ANNA, made.product)) == "not-found"
    assert (await house.register(BERIT)).covers == before


async def test_who_read_an_older_version_gives_nothing_up(database: Database) -> None:
    house = await house_of(database)
    made = await house.register()
    owning = house.desk.owning
    assert await slug(owning.release(ANNA, made.id, version=2, once=None)) == "changed-meanwhile"
    assert (await owning.release(ANNA, made.id, version=None, once=None)).state == "released"
    assert await slug(owning.release(ANNA, made.id, version=2, once=None)) == "registration-over"
    assert await slug(owning.release(ANNA, made.id, version=1, once=None)) == "changed-meanwhile"


async def test_a_release_that_is_asked_twice_with_one_key_is_told_twice(database: Database) -> None:
    house = await house_of(database)
    made = await house.register()
    asked = once.wish("k-2", "DELETE", "/x", b"")
    first = await house.desk.owning.release(ANNA, made.id, version=1, once=asked)
    assert await house.desk.owning.release(ANNA, made.id, version=1, once=asked) == first


@pytest.mark.proves("D6")
async def test_a_product_is_handed_on_by_a_code_that_works_once(database: Database) -> None:
    """D6, I20: the cover goes along, and what was agreed to is recorded anew."""
    house = await house_of(database)
    made = await house.register()
    offer = await house.desk.owning.offer(ANNA, made.id, once=None)
    seen = (await house.desk.products.product(ANNA, made.product)).transfer
    assert seen is not None
    assert (seen.id, offer.expires_at - house.clock.now) == (offer.id, 7 * 86_400_000)
    got = await accept(house, BERIT, offer.code.lower().replace("-", " "))
    assert (got.state, got.product, got.market) == ("active", made.product, "NO")
    assert (await house.desk.owning.registration(ANNA, made.id)).state == "transferred"
    assert await count(database, consent) == 4
    assert await slug(accept(house, somebody(3), offer.code)) == "transfer-code-refused"


async def test_of_fifty_who_accept_at_once_one_owns_it(database: Database) -> None:
    house = await house_of(database)
    made = await house.register()
    offer = await house.desk.owning.offer(ANNA, made.id, once=None)
    came = await at_once(
        *(accept(house, somebody(place), offer.code, source=str(place)) for place in range(MANY))
    )
    assert sum(isinstance(one, RegistrationView) for one in came) <= 1
    assert {one for one in came if isinstance(one, str)} <= {"transfer-code-refused", AWAY}
    async with database.read() as conn:
        states = sorted(row.state for row in await conn.execute(sa.select(registration.c.state)))
    assert states == ["active", "transferred"]


async def test_a_code_is_kept_nowhere_and_a_retry_says_it_again(database: Database) -> None:
    """INV-C4: neither among the offers nor among the kept answers."""
    house = await house_of(database)
    made = await house.register()
    asked = key("k-3")
    first = await house.desk.owning.offer(ANNA, made.id, once=asked)
    assert isinstance(first, OfferView)
    assert len(first.code) == 19
    assert await house.desk.owning.offer(ANNA, made.id, once=asked) == first
    async with database.read() as conn:
        kept = [str(tuple(row)) for row in await conn.execute(sa.select(transfers.offer))]
        kept += [str(tuple(row)) for row in await conn.execute(sa.select(once.kept_answer))]
    assert kept
    for text in kept:
        assert first.code not in text
        assert first.code.replace("-", "") not in text


@pytest.mark.parametrize("ended", ["taken back", "expired", "released", "wrong"])
@pytest.mark.proves("D6", by="an offer outlives its owner's release")
async def test_an_offer_that_is_over_gives_nothing_and_does_not_say_why(
    database: Database, ended: str
) -> None:
    house = await house_of(database)
    made = await house.register()
    owning = house.desk.owning
    code = (await owning.offer(ANNA, made.id, once=None)).code
    if ended == "taken back":
        await owning.take_back(ANNA, made.id)
    elif ended == "expired":
        house.clock.pass_by(days=7)
    elif ended == "released":
        await owning.release(ANNA, made.id, version=None, once=None)
    else:
        code = "2222-2222-2222-2222"
    assert await slug(accept(house, BERIT, code)) == "transfer-code-refused"
    async with database.read() as conn:
        assert await store.owner(conn, made.product) == (None if ended == "released" else ANNA.id)


async def test_one_offer_is_open_at_a_time_and_a_new_one_may_follow(database: Database) -> None:
    house = await house_of(database)
    made = await house.register()
    owning = house.desk.owning
    first = await owning.offer(ANNA, made.id, once=None)
    assert await slug(owning.offer(ANNA, made.id, once=None)) == "transfer-open"
    house.clock.pass_by(days=8)
    second = await owning.offer(ANNA, made.id, once=None)
    assert second.code != first.code
    await owning.take_back(ANNA, made.id)
    assert await slug(owning.take_back(ANNA, made.id)) == "not-found"
    await owning.release(ANNA, made.id, version=None, once=None)
    assert await slug(owning.offer(ANNA, made.id, once=None)) == "registration-over"


async def test_nobody_takes_a_product_without_agreeing(database: Database) -> None:
    house = await house_of(database)
    made = await house.register()
    code = (await house.desk.owning.offer(ANNA, made.id, once=None)).code
    assert await slug(accept(house, BERIT, code, terms="")) == "terms-required"
    assert await slug(accept(house, BERIT, code, terms=terms_of(ANNA))) == "terms-version-stale"
    assert await slug(accept(house, BERIT, code, own_device=False)) == "own-device-required"
    assert await slug(accept(house, ANNA, code)) == "already-yours"
    assert (await accept(house, BERIT, code)).state == "active"


async def test_another_s_registration_is_as_if_there_were_none(database: Database) -> None:
    """I9, INV-G2: word for word."""
    house = await house_of(database)
    made = await house.register()
    owning = house.desk.owning
    for id_ in (made.id, "f" * 32):
        assert await slug(owning.registration(BERIT, id_)) == "not-found"
        assert await slug(owning.release(BERIT, id_, version=1, once=None)) == "not-found"
        assert await slug(owning.offer(BERIT, id_, once=None)) == "not-found"
        assert await slug(owning.take_back(BERIT, id_)) == "not-found"
    assert (await owning.registration(ANNA, made.id)).state == "active"


async def test_who_guesses_codes_waits(database: Database) -> None:
    house = await house_of(database)
    made = await house.register()
    code = (await house.desk.owning.offer(ANNA, made.id, once=None)).code
    for _ in range(10):
        assert await slug(accept(house, BERIT, "2" * 16)) == "transfer-code-refused"
    assert await slug(accept(house, BERIT, code)) == "too-many"
    house.clock.pass_by(ms=360_000)
    assert (await accept(house, BERIT, code)).state == "active"


async def test_a_customer_who_asks_after_a_street_of_numbers_waits(database: Database) -> None:
    """Who registers learns whether somebody else has it: not of thousands (R23)."""
    house = await house_of(database)
    for _ in range(30):
        assert await slug(house.register(typed="0A1B")) == "identifier-invalid"
    assert await slug(house.register(typed=SERIAL)) == "too-many"
