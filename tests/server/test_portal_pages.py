"""The portal by its pages alone, as a browser without scripts would use it: what each promises, it does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

import locales
from tests.e2e.labels import label
from tests.server.portal_people import SERIALS, TERMS, Person, customer, open_portal_server, portal_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.server.conftest import Running
    from tests.server.portal_people import Answer

pytestmark = pytest.mark.slow

TV, UNKNOWN = SERIALS[0], "7K2M9PX4TQ81LRW"
WASHER, GTIN = "5W9TQ2L4480071N", "02000000000299"
PAIRING = "MT:Y.K9042C00KA0648G00"
WORDS = locales.load("en", "portal")


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_portal_server(tmp_path) as server:
        yield server


def said(answer: Answer) -> str:
    """What a page says, without its markup."""
    text = re.sub(r"<[^>]+>", "", answer.text)
    return re.sub(r"\s+", " ", text.replace("&amp;", "&").replace("&#39;", "'"))


async def photo(person: Person, *codes: str) -> Answer:
    form = aiohttp.FormData({"csrf": person.csrf}, default_to_multipart=True)
    form.add_field("photo", label(*codes), filename="label.jpg", content_type="image/jpeg")
    own = {"Origin": person.running.origin, "Cookie": person._cookie()}
    return await person.ask("POST", "/register/scan", headers=own, data=form)


async def finished(person: Person, draft: str, **more: str) -> Answer:
    """The last step of a draft: `/register/ID?step=3`."""
    path = draft.partition("?")[0]
    agreed: dict[str, Any] = {"step": "3", "terms": TERMS, "agree": "yes", "own_device": "yes"}
    return await person.send(path, agreed | more)


@pytest.mark.proves("R24", by="a click registers what others were seen with")
async def test_a_product_that_was_seen_is_registered_by_a_click_and_only_by_its_customer(
    running: Running,
) -> None:
    anna, berta = await customer(running, "anna"), await customer(running, "berta")
    link = f"https://id.hallmere.example/01/{GTIN}/21/{WASHER}"
    seen = await anna.api(
        "POST", "/api/v1/me/sightings", json={"codes": [link]}, headers={"Idempotency-Key": "k"}
    )
    assert seen.status == 201
    page = await anna.page("/my/products")
    [sighting] = re.findall(r'name="sighting" value="([0-9a-f]{32})"', page.text)
    assert "Tide 9 T6" in said(page)
    assert (await berta.send("/my/products", sighting=sighting, answer="register")).status == 404
    begun = await anna.send("/my/products", sighting=sighting, answer="register")
    assert re.fullmatch(r"/register/[0-9a-f]{32}\?step=3", begun.where)
    done = await finished(anna, begun.where)
    assert done.where.startswith("/register/done/")
    assert "Tide 9 T6" in said(await anna.page(done.where))
    assert "sighting" not in (await anna.page("/my/products")).text


@pytest.mark.proves("R25", "R26", by="the lists offer what does not hang together")
async def test_a_number_of_its_own_leads_through_the_lists_to_a_model(running: Running) -> None:
    anna = await customer(running, "anna")
    begun = await anna.send("/register", step="1", identifier=UNKNOWN)
    assert begun.where.endswith("?step=2")
    path = begun.where.partition("?")[0]
    page = await anna.page(begun.where)
    assert WORDS.text("portal.register.model.nearly", number="7K2M 9PX4 TQ81 LRW") in said(page)
    sent = {"step": "2", "answer": "narrow", "type": "tv", "subtype": "tv-4k"}
    page = await anna.send(path, sent | {"category": "monitor-home-flat", "model": "MF24A3"})
    options = re.findall(r'<option value="([^"]+)"', page.text)
    assert {"tv-4k-oled", "tv-4k-led"} <= {*options}
    assert "MF24A3" not in options, "of another type"
    sent |= {"category": "tv-4k-quantum", "model": "VQ43Q7", "answer": "continue"}
    chosen = await anna.send(path, sent)
    assert chosen.where == f"{path}?step=3"
    done = await finished(anna, chosen.where, purchased_on="2026-11-01", shop="Elektra")
    page = await anna.page(done.where)
    assert "Vista 43 Q7" in said(page)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("7K2M9PX4TQ81LR", ("portal.fault.identifier-length", {"n": 14})),
        ("4006381333931", ("portal.fault.identifier-packaging", {})),
        ("", ("portal.fault.identifier-empty", {})),
    ],
)
@pytest.mark.proves("R17", "R19", "R20", "R21", by="a page does not say how many characters are missing")
async def test_a_number_that_is_none_is_refused_in_words(
    running: Running, typed: str, words: tuple[str, dict[str, int]]
) -> None:
    anna = await customer(running, "anna")
    page = await anna.send("/register", step="1", identifier=typed)
    assert page.status == 422
    assert WORDS.text(words[0], **words[1]) in said(page)
    if len(typed) == 14:
        assert WORDS.text("portal.look.missing", n=1) in said(page)
        assert typed in page.text, "what was typed stays"


@pytest.mark.proves("R18", by="a page marks no look-alikes")
async def test_characters_that_look_alike_are_marked_by_their_place(running: Running) -> None:
    anna = await customer(running, "anna")
    page = await anna.send("/register", step="1", identifier="0B4X7WSSO312R6")
    marked = re.findall(r'<li class="marked">.*?<span class="place">(\d+)</span>', page.text)
    assert marked == ["1", "7", "8", "9"]


@pytest.mark.proves("R23", by="somebody else's product is refused without a word")
async def test_a_product_that_somebody_has_is_refused_with_what_to_check(running: Running) -> None:
    anna, berta = await customer(running, "anna"), await customer(running, "berta")
    await anna.register(TV, key="k")
    begun = await berta.send("/register", step="1", identifier=TV)
    refused = await finished(berta, begun.where)
    assert refused.status == 409
    for part in ("what", "next"):
        assert WORDS.text(f"portal.refused.already-registered.{part}") in said(refused)
    assert "anna" not in refused.text.lower()


@pytest.mark.proves("R34", "R36", by="a photograph's pairing code is called none at all")
async def test_of_two_codes_on_a_label_the_one_that_registers_is_taken(running: Running) -> None:
    anna = await customer(running, "anna")
    begun = await photo(anna, PAIRING, f"https://id.hallmere.example/01/{GTIN}/21/{WASHER}")
    assert begun.where.endswith("?step=3")
    done = await finished(anna, begun.where)
    assert "Tide 9 T6" in said(await anna.page(done.where))
    alone = await photo(anna, PAIRING)
    assert WORDS.text("portal.fault.pairing-code-only") in said(alone)


@pytest.mark.proves("R45", "R48", "R49", by="a product's page shows no cover")
async def test_cover_stands_on_its_product_with_what_each_date_rests_on(running: Running) -> None:
    anna = await customer(running, "anna")
    made = await anna.register(TV, key="k")
    page = said(await anna.page(f"/my/products/{made['product']}"))
    assert "1 February 2027" in page
    assert WORDS.text("portal.ground.calculated_delivery") in page
    for word in ("calculated", "confirmed"):
        assert WORDS.text(f"portal.word.{word}.text") in page
    assert "1 February 2027" in said(await anna.page("/my/products"))


@pytest.mark.proves("R1", "R2", "R7", "R50", by="what is recommended goes by nothing that is owned")
async def test_my_page_shows_who_one_is_what_one_has_and_what_goes_with_it(running: Running) -> None:
    anna = await customer(running, "anna")
    before = said(await anna.page("/my"))
    assert "anna@customers.example" in before
    assert WORDS.text("portal.my.products", n=0) in before
    made = await anna.register(TV, key="k")
    after = await anna.page("/my")
    assert WORDS.text("portal.my.products", n=1) in said(after)
    assert "Chord" in said(after), "sound for a television"
    assert "Chord" not in before
    product = await anna.page(f"/my/products/{made['product']}")
    [support] = {*re.findall(r'href="(/support\?product=[0-9a-f]{32})"', product.text)}
    assert "Vista 55 Q7" in said(await anna.page(support))


@pytest.mark.proves(
    "R83", "R84", "R85", "R86", "R87", by="an inquiry never says that a warranty was upgraded"
)
async def test_anybody_asks_for_a_products_cover_before_and_after_its_upgrade(running: Running) -> None:
    stranger = Person(running)
    before = await stranger.send("/warranty", identifier=TV)
    assert WORDS.text("portal.warranty.standard", maker="Hallmere") in said(before)
    assert "1 February 2025 to 1 February 2027" in said(before)
    assert 'href="/sign-in' in before.text.partition("<main")[2]
    anna = await customer(running, "anna")
    made = await anna.register(TV, key="k")
    await anna.send(f"/my/products/{made['product']}/upgrade", answer="ask")
    assert await portal_of(running).desk.upgrading.piece_came_online("Hallmere", TV, "proof")
    after = await stranger.send("/warranty", identifier=TV)
    assert WORDS.text("portal.warranty.upgraded") in said(after)
    assert "1 February 2027" not in said(after)
    for answer in (before, after):
        assert "anna" not in answer.text.lower()
    assert TV not in running.log.getvalue()


@pytest.mark.proves("R76", "R77", "R78", by="the copy of one's data leaves the desk's out")
async def test_ones_data_is_explained_copied_and_erased(running: Running) -> None:
    anna = await customer(running, "anna")
    await anna.register(TV, key="k")
    page = await anna.page("/privacy")
    for purpose in ("devices", "repairs", "new_products"):
        assert WORDS.text(f"portal.privacy.purpose.{purpose}") in said(page)
    assert 'href="https://account.hallmere.example/lv/privacy"' in page.text
    copy = await anna.page("/privacy/export")
    assert "attachment" in copy.headers["Content-Disposition"]
    assert anna.email in copy.text
    assert '"channel": "web"' in copy.text
    wrong = await anna.send("/privacy/erase", confirm="yes", password="not the password at all")
    assert wrong.status == 422
    erased = await anna.send("/privacy/erase", confirm="yes", password="a long and good password")
    assert erased.where == "/"
    assert (await anna.page("/my")).where.startswith("/sign-in")
    await (await customer(running, "berta")).register(TV, key="k")


@pytest.mark.proves("R79", "R80", "R81", by="a choice of cookies is forgotten")
async def test_cookies_are_accepted_or_refused_with_the_same_ease_and_once(running: Running) -> None:
    stranger = Person(running)
    page = await stranger.page("/sign-in")
    choices = re.findall(r'<button class="([^"]+)" name="choice" value="(\w+)"', page.text)
    assert {value for _, value in choices} == {"accepted", "rejected"}
    assert len({look for look, _ in choices}) == 1, "neither is made to look better"
    answer = await stranger.send("/cookies", choice="rejected", after="/sign-in")
    assert answer.where == "/sign-in"
    stranger.cookies["__Host-cookies"] = "rejected"
    assert 'value="rejected"' not in (await stranger.page("/sign-in")).text
    assert any(one.startswith("__Host-cookies=rejected;") for one in answer.cookies)
    choices_page = said(await stranger.page("/choices"))
    assert WORDS.text("portal.choices.installer.title") in choices_page
