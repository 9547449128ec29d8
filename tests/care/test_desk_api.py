"""The desk over HTTP: what is asked, what is answered, and how it is refused (CARE 3.4, INV-E3, INV-G2)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from care.api.routes import Access, Entry, desk_routes
from care.desk.signed import sign
from server.problems import Slug
from tests.care.desks import IMEI, SERIAL, UNKNOWN, WASHER, house_of, link
from tests.care.served import READING, SECRET, registration, served

if TYPE_CHECKING:
    from server.storage.engine import Database

pytestmark = pytest.mark.slow

FOREIGN = "f" * 32


async def test_a_product_is_found_registered_looked_at_and_given_up(database: Database) -> None:
    house = await house_of(database)
    async with served(house.desk) as call:
        checked = await call("POST", "/identifiers/check", {"serial": f"S/N: {SERIAL.lower()}"})
        assert (checked.body["number"], checked.body["known"]) == (SERIAL, True)
        assert checked.body["model"] == {"code": "VQ55Q7", "name": "Vista 55 Q7"}
        made = await call("POST", "/me/registrations", registration(bought_on="2026-03-01"))
        assert (made.status, made.headers["ETag"], made.body["channel"]) == (201, '"v1"', "web")
        product = made.body["product"]
        listed = await call("GET", "/me/products?state=registered&limit=1")
        assert [one["id"] for one in listed.body["products"]] == [product]
        coverage = await call("GET", f"/me/products/{product}/coverage")
        assert [one["basis"] for one in coverage.body["covers"]] == ["calculated", "by_law"]
        one = f"/me/registrations/{made.body['id']}"
        assert (await call("DELETE", one)).problem == (428, "if-match-needed")
        assert (await call("DELETE", one, If_Match='"v7"')).problem == (412, "changed-meanwhile")
        assert (await call("DELETE", one, If_Match='W/"v1"')).problem == (412, "changed-meanwhile")
        ended = await call("DELETE", one, If_Match='"v1"')
        assert (ended.status, ended.body["state"], ended.headers["ETag"]) == (200, "released", '"v2"')
        assert (await call("GET", f"/me/products/{product}")).problem == (404, "not-found")


async def test_every_write_by_a_customer_needs_a_key_and_a_retry_is_answered_the_same(
    database: Database,
) -> None:
    """INV-E3, I19"""
    house = await house_of(database)
    async with served(house.desk) as call:
        asked: dict[str, Any] = {"method": "POST", "path": "/me/registrations", "body": registration()}
        assert (await call(**asked, Idempotency_Key="")).problem == (400, "idempotency-key-needed")
        assert (await call(**asked, Idempotency_Key="a b")).problem == (400, "idempotency-key-needed")
        assert (await call(**asked, Idempotency_Key="x" * 65)).problem == (400, "idempotency-key-needed")
        first = await call(**asked, Idempotency_Key="one")
        again = await call(**asked, Idempotency_Key="one")
        assert (again.status, again.body, again.headers["ETag"]) == (201, first.body, '"v1"')
        other = await call("POST", "/me/registrations", registration(model="X"), Idempotency_Key="one")
        assert other.problem == (422, "idempotency-key-reused")
        product = first.body["product"]
        elsewhere = await call("POST", f"/me/products/{product}/upgrade", Idempotency_Key="one")
        assert elsewhere.problem == (422, "idempotency-key-reused"), "another path is another wish"
        together = await asyncio.gather(
            *(
                call("POST", "/me/registrations", registration(serial=WASHER), Idempotency_Key="two")
                for _ in range(20)
            )
        )
        assert {one.status for one in together} == {201}
        assert len({one.body["id"] for one in together}) == 1


async def test_what_is_another_s_is_answered_as_what_is_not_there(database: Database) -> None:
    """I9, INV-G2: the same status, body and headers, for reading and for writing."""
    house = await house_of(database)
    async with served(house.desk) as call:
        made = await call("POST", "/me/registrations", registration())
        seen = await call("POST", "/me/sightings", {"codes": [link(WASHER)]})
        theirs = {
            "/me/products/{}": made.body["product"],
            "/me/products/{}/coverage": made.body["product"],
            "/me/registrations/{}": made.body["id"],
        }
        writes = {
            ("DELETE", "/me/registrations/{}"): made.body["id"],
            ("POST", "/me/registrations/{}/transfer"): made.body["id"],
            ("DELETE", "/me/registrations/{}/transfer"): made.body["id"],
            ("POST", "/me/products/{}/upgrade"): made.body["product"],
            ("DELETE", "/me/products/{}/upgrade"): made.body["product"],
            ("DELETE", "/me/sightings/{}"): seen.body["id"],
        }
        for (method, path), id_ in {**{("GET", path): id_ for path, id_ in theirs.items()}, **writes}.items():
            answers = [
                await call(method, path.format(one), by="berit", If_Match='"v1"') for one in (id_, FOREIGN)
            ]
            facts = [(one.status, one.body, sorted(set(one.headers) - {"Date"})) for one in answers]
            assert facts[0] == facts[1], path
            assert answers[0].problem == (404, "not-found"), path


async def test_the_next_owner_takes_over_with_a_code(database: Database) -> None:
    house = await house_of(database)
    async with served(house.desk) as call:
        made = await call("POST", "/me/registrations", registration())
        offer = await call("POST", f"/me/registrations/{made.body['id']}/transfer")
        assert offer.status == 201
        body = {"code": offer.body["code"], "terms": "no-2026-11", "own_device": True}
        got = await call("POST", "/me/transfers", body, by="berit")
        assert (got.status, got.body["product"]) == (201, made.body["product"])
        assert (await call("POST", "/me/transfers", body, by="berit")).problem == (
            422,
            "transfer-code-refused",
        )
        assert (await call("DELETE", f"/me/registrations/{made.body['id']}/transfer")).status == 404


@pytest.mark.proves("R26")
async def test_the_way_to_a_model_is_asked_step_by_step_and_known_by_its_etag(database: Database) -> None:
    """R26"""
    house = await house_of(database, supplied=False)
    async with served(house.desk) as call:
        types = await call("GET", "/catalogue/types", Accept_Language="nb")
        assert types.body["groups"][0] == {"code": "tv", "name": "TV-er", "parent": ""}
        assert len(types.body["groups"]) == 13
        subtypes = await call("GET", "/catalogue/subtypes?type=tv")
        assert [one["code"] for one in subtypes.body["groups"]] == ["tv-4k", "tv-8k"]
        categories = await call("GET", "/catalogue/categories?subtype=tv-4k")
        assert "tv-4k-quantum" in [one["code"] for one in categories.body["groups"]]
        models = await call("GET", "/catalogue/models?category=tv-4k-quantum")
        assert "VQ55Q7" in [one["code"] for one in models.body["models"]]
        again = await call(
            "GET", "/catalogue/types", Accept_Language="nb", If_None_Match=types.headers["ETag"]
        )
        assert (again.status, again.body) == (304, None)
        other = await call(
            "GET", "/catalogue/types", Accept_Language="cs", If_None_Match=types.headers["ETag"]
        )
        assert (other.status, other.headers["Content-Language"]) == (200, "cs")
        for path in ("/catalogue/subtypes", "/catalogue/models?category=" + "x" * 33):
            assert (await call("GET", path)).problem == (400, "bad-request")
        parts = await call("GET", "/catalogue/models?category=parts-storage-ssd")
        assert [one["why_not"] for one in parts.body["models"]] == ["storage"]


@pytest.mark.proves("R22", by="one guide is given for every product")
async def test_where_the_number_stands_is_told_for_every_type_in_every_language(database: Database) -> None:
    """R22"""
    house = await house_of(database, supplied=False)
    async with served(house.desk) as call:
        types = (await call("GET", "/catalogue/types")).body["groups"]
        for language in ("en", "lv", "nb", "cs", "vi"):
            for group in types:
                guide = await call(
                    "GET", f"/guides/serial-location?type={group['code']}", Accept_Language=language
                )
                assert guide.body["steps"], (group, language)
        phone = await call("GET", "/guides/serial-location?model=PH24")
        assert phone.body["applies_to"] == "phone"
        assert "*#06#" in phone.body["steps"][0]["text"]
        assert (await call("GET", "/guides/serial-location?model=NONE")).problem == (404, "not-found")
        assert (await call("GET", "/guides/serial-location")).problem == (400, "bad-request")


@pytest.mark.proves("R83", "R84", "R86", by="a check of a number tells what only its owner told us")
async def test_anybody_reads_the_cover_of_a_product_and_nothing_of_its_owner(database: Database) -> None:
    """R83-R86, I8: answers before and after somebody registered it are one."""
    house = await house_of(database)
    async with served(house.desk) as call:
        before = await call("GET", f"/warranty?serial={SERIAL}", by="")
        unknown = await call("GET", f"/warranty?serial={UNKNOWN}", by="")
        assert before.body["covers"][0]["ends_on"] == "2028-02-09"
        await call("POST", "/me/registrations", registration(bought_on="2026-03-01"))
        await call("POST", "/me/registrations", registration(serial=UNKNOWN, model="VQ55Q7"))
        after = await call("GET", f"/warranty?serial={SERIAL}", by="")
        assert (after.status, after.body) == (before.status, before.body)
        still = await call("GET", f"/warranty?serial={UNKNOWN}", by="")
        assert (still.status, still.body) == (unknown.status, unknown.body)
        assert still.problem == (422, "unknown-serial")
        checks = [await call("POST", "/identifiers/check", {"serial": one}) for one in (SERIAL, UNKNOWN)]
        assert [one.body["known"] for one in checks] == [True, False]


async def test_who_asks_after_a_list_of_numbers_waits_and_others_do_not(database: Database) -> None:
    house = await house_of(database)
    async with served(house.desk) as call:
        for _ in range(30):
            assert (await call("GET", f"/warranty?serial={IMEI}", by="")).status == 200
        waiting = await call("GET", f"/warranty?serial={SERIAL}", by="")
        assert waiting.problem == (429, "too-many")
        assert (await call("POST", "/identifiers/check", {"serial": SERIAL})).problem == (429, "too-many")
        assert (await call("GET", f"/warranty?serial={SERIAL}", by="", X_Source="192.0.2.2")).status == 200
        house.clock.pass_by(ms=20_000)
        assert (await call("GET", f"/warranty?serial={SERIAL}", by="")).status == 200


@pytest.mark.proves("R18", by="a hint at a look-alike is for nothing")
async def test_a_misread_number_is_hinted_at_and_costs_as_many_questions_as_it_has_readings(
    database: Database,
) -> None:
    """R18: a hint is worth no more than asking oneself."""
    house = await house_of(database)
    async with served(house.desk) as call:
        misread = {"serial": "OA1B2C3D4E5F6G7"}
        first = await call("POST", "/identifiers/check", misread)
        assert (first.body["known"], first.body["look_alike_known"]) == (False, True)
        assert SERIAL not in str(first.body["model"])
        assert [one["position"] for one in first.body["look_alikes"]] == [1, 11]
        answers = [await call("POST", "/identifiers/check", misread) for _ in range(8)]
        assert {one.body["look_alike_known"] for one in answers} == {True, None}, "then the hint is left out"


@pytest.mark.parametrize(
    ("typed", "slug", "hint"),
    [
        ("0A1B2C3D4E5F6G", "identifier-invalid", "length"),
        ("0A1B2C3D4E5F6é7", "identifier-invalid", "characters"),
        ("4006381333931", "packaging-code", None),
        ("VQ55Q7", "identifier-invalid", "model-code"),
        ("4901542032375186", "identifier-invalid", "software-version"),
        ("AAAAAAAAAAA", "identifier-invalid", "repeated"),
        ("", "identifier-invalid", "empty"),
        ("SSD1AA22BB33CC4", "product-not-registrable", None),
    ],
)
@pytest.mark.proves("R17", "R19", "R20", "R21")
@pytest.mark.proves("R12", by="whether the product can be registered at all is not asked first")
async def test_what_is_wrong_with_a_number_is_said_with_what_to_look_at_first(
    database: Database, typed: str, slug: str, hint: str | None
) -> None:
    """R12, R17, R19-R21"""
    house = await house_of(database)
    async with served(house.desk) as call:
        refused = await call("POST", "/identifiers/check", {"serial": typed})
        assert refused.problem == (422, slug)
        hints = [one["hint"] for one in refused.body["errors"]]
        if hint is not None:
            assert hints[:2] == ["check-registrable", hint]
        assert {one["pointer"] for one in refused.body["errors"]} == {"/serial"}


@pytest.mark.proves("R34", "R35")
async def test_a_products_own_link_leads_to_its_registration_and_no_log_has_the_number(
    database: Database,
) -> None:
    """R34, R35: behind a `#`, which browsers keep to themselves."""
    house = await house_of(database)
    async with served(house.desk) as call:
        led = await call("GET", f"/q/01/02000000000299/21/{WASHER}", by="")
        assert led.status == 303
        assert led.headers["Location"] == f"/register#gtin=02000000000299&serial={WASHER}"
        tv = await call("GET", f"/q/01/02000000000039/21/{SERIAL}", by="")
        assert tv.problem == (422, "qr-not-supported")
        ssd = await call("GET", f"/q/01/02000000000466/21/{SERIAL}", by="")
        assert ssd.problem == (422, "product-not-registrable")
        foreign = await call("GET", f"/q/01/04006381333931/21/{SERIAL}", by="")
        assert foreign.problem == (422, "not-ours")
        for path in ("/q/01/02000000000298/21/" + WASHER, "/q/elsewhere", "/q/@evil.example/01/1"):
            assert (await call("GET", path, by="")).problem == (422, "not-a-product-code")


def paired(*serials: str) -> bytes:
    return msgspec.json.encode({"events": [{"account": "a" * 32, "serial": one} for one in serials]})


@pytest.mark.proves("R37", by="a webhook is believed without its signature")
async def test_the_smart_home_is_believed_by_its_signature_alone(database: Database) -> None:
    """R37; forged, altered, old, of another delivery, replayed: refused, and nothing is written."""
    house = await house_of(database)
    body, now_s = paired(WASHER, "no number"), house.clock.now // 1000
    good = {
        "Alongside_Signature": sign(delivery="delivery-1", body=body, secret=SECRET, now_s=now_s),
        "Alongside_Delivery": "delivery-1",
    }
    path = "/webhooks/smart-home"
    async with served(house.desk) as call:
        for headers, sent in (
            (good | {"Alongside_Signature": ""}, body),
            (good | {"Alongside_Delivery": "delivery-2"}, body),
            (good, paired(SERIAL)),
            (
                good
                | {
                    "Alongside_Signature": sign(
                        delivery="delivery-1", body=body, secret=b"x" * 32, now_s=now_s
                    )
                },
                body,
            ),
            (
                good
                | {
                    "Alongside_Signature": sign(
                        delivery="delivery-1", body=body, secret=SECRET, now_s=now_s - 301
                    )
                },
                body,
            ),
        ):
            refused = await call("POST", path, sent, by="", **headers)
            assert refused.problem == (400, "signature-refused")
        assert (await call("GET", "/me/products?state=unregistered")).body["products"] == []
        taken = await call("POST", path, body, by="", **good)
        assert (taken.status, taken.body) == (202, None), "which of them we know is not told"
        assert (await call("POST", path, body, by="", **good)).problem == (409, "delivery-known")
        [seen] = (await call("GET", "/me/products?state=unregistered")).body["products"]
        assert seen["serial"] == WASHER
        made = await call("POST", "/me/registrations", registration(serial="", sighting=seen["id"]))
        assert (made.status, made.body["channel"]) == (201, "one_click")


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[" * 100_000, b'{"events": []}', b'{"events": [{"account": 1}]}']
)
async def test_what_is_signed_and_no_message_of_ours_is_refused(database: Database, body: bytes) -> None:
    house = await house_of(database, supplied=False)
    signature = sign(delivery="delivery-1", body=body, secret=SECRET, now_s=house.clock.now // 1000)
    async with served(house.desk) as call:
        refused = await call(
            "POST",
            "/webhooks/smart-home",
            body,
            by="",
            Alongside_Signature=signature,
            Alongside_Delivery="delivery-1",
        )
        assert refused.problem == (400, "bad-request")
    async with served(house.desk, secrets=()) as call:
        refused = await call(
            "POST",
            "/webhooks/smart-home",
            body,
            by="",
            Alongside_Signature=signature,
            Alongside_Delivery="delivery-1",
        )
        assert refused.problem == (400, "signature-refused"), "without secrets nobody is believed"


@pytest.mark.parametrize(
    "query", ["state=other", "limit=0", "limit=101", "limit=1e3", "limit=", "cursor=x", "cursor=" + "A" * 65]
)
async def test_a_page_is_asked_for_within_its_limits(database: Database, query: str) -> None:
    house = await house_of(database, supplied=False)
    async with served(house.desk) as call:
        answer = await call("GET", f"/me/products?{query}")
        assert answer.status == (200 if query == "limit=" else 400)


async def test_all_that_is_kept_can_be_had_and_forgotten(database: Database) -> None:
    """R77, I20"""
    house = await house_of(database)
    async with served(house.desk) as call:
        made = await call("POST", "/me/registrations", registration())
        kept = await call("GET", "/me/data")
        assert [one["id"] for one in kept.body["registrations"]] == [made.body["id"]]
        assert (await call("DELETE", "/me/data")).status == 204
        assert (await call("GET", "/me/data")).body["registrations"] == []
        assert (await call("GET", f"/me/registrations/{made.body['id']}")).problem == (404, "not-found")


async def entries(database: Database) -> list[Entry]:
    return desk_routes((await house_of(database, supplied=False)).desk, READING)


async def test_every_route_says_who_may_and_names_only_refusals_that_there_are(database: Database) -> None:
    """INV-G1: what stands under `me` is a customer's."""
    for entry in await entries(database):
        is_customers = entry.path.startswith(("/api/v1/me", "/api/v1/decode"))
        assert (entry.access is Access.CUSTOMER) == is_customers, entry.path
        assert set(entry.slugs) <= set(Slug), entry.path
        assert len(set(entry.slugs)) == len(entry.slugs), entry.path
        assert entry.summary
        assert entry.answers
        assert entry.body is None or entry.raw_bytes == 0
        assert (entry.raw_bytes > 0) == bool(entry.raw_kinds)


async def test_no_route_takes_a_number_in_its_path_but_a_products_own_link(database: Database) -> None:
    """INV-C4: paths are logged as they are declared, and hold ids."""
    for entry in await entries(database):
        assert "{" not in entry.path.replace("{id:[0-9a-f]{32}}", "").replace("/q/{path:.+}", ""), entry.path
