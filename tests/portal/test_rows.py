"""What the pages must say by their text: questions, tiles, advice, notices, in every language."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from customer_web import questions
from customer_web.render import render
from tests.portal import samples
from tests.portal.rendered import rendered

if TYPE_CHECKING:
    from tests.portal.document import Element

LANGUAGES = pytest.mark.parametrize("language", samples.LANGUAGES)


def said(language: str, name: str, *testids: str) -> str:
    """The words of the elements with these test ids, or of the whole page."""
    _, document = rendered(language)[name]
    chosen = [it for it in document.elements if it.get("data-testid") in testids] or document.all("main")
    return " ".join(document.said_in(it) for it in chosen)


def answer(language: str, name: str) -> str:
    _, document = rendered(language)["questions"]
    return document.said_in(document.ids[f"question-{name}"])


@pytest.mark.proves("R5")
@LANGUAGES
def test_every_question_stands_with_its_answer(language: str) -> None:
    _, page = rendered(language)["questions"]
    _, mine = rendered(language)["my page"]
    for name, parts in questions.QUESTIONS.items():
        box = page.ids[f"question-{name.replace('_', '-')}"]
        assert len([it for it in page.all("p") if box in it.above]) == parts
    assert {f"question-{name}" for name in questions.ON_MY_PAGE} <= mine.ids.keys()


@pytest.mark.proves("R8")
@LANGUAGES
def test_five_tiles_say_why_registering_helps(language: str) -> None:
    _, document = rendered(language)["my page"]
    tiles = [it for it in document.all("li") if it.get("class") == "tile"]
    assert len({document.said_in(tile) for tile in tiles}) == 5


@pytest.mark.proves("R3")
@LANGUAGES
def test_the_welcome_says_its_place_and_moves_by_hand_alone(language: str) -> None:
    """LOOK 8: no carousel that moves by itself."""
    _, document = rendered(language)["my page"]
    [box] = [it for it in document.elements if it.get("data-testid") == "banner"]
    assert "1/3" in document.said_in(box)
    ways = {it.get("data-testid"): it.get("href") for it in document.all("a") if box in it.above}
    assert (ways["banner-previous"], ways["banner-next"]) == ("/my?banner=2", "/my?banner=1")


@pytest.mark.proves("R6")
@LANGUAGES
def test_the_products_are_where_the_header_says(language: str) -> None:
    _, document = rendered(language)["my page"]
    [link] = [it for it in document.all("a") if it.get("data-testid") == "nav-products"]
    assert link.get("href") == "/my/products"
    _, list_ = rendered(language)["products"]
    assert list_.said_in(list_.all("h1")[0]) == document.said_in(link)


@pytest.mark.proves("R31", "R32", "R33", "R20", "R38", "R42", "R51", "R82")
@LANGUAGES
def test_advice_stands_where_it_is_needed(language: str) -> None:
    number = said(language, "number")
    assert "VPN" in number
    assert samples.MAKER.members_app in number
    assert samples.MAKER.home_app in number
    rules = said(language, "guide")
    hint = rendered(language)["number"][1]
    assert hint.said_in(hint.ids["hint-identifier"]) in rules
    assert len(answer(language, "paired")) > 150
    assert samples.MAKER.members_app in said(language, "done")
    support = answer(language, "support")
    assert rendered(language)["product"][1].said_in(_repair(language)) in support
    assert len(answer(language, "operations")) > 250


def _repair(language: str) -> Element:
    _, document = rendered(language)["product"]
    [box] = [it for it in document.elements if it.get("aria-labelledby") == "help-title"]
    return next(it for it in document.all("p") if box in it.above and it.get("class") == "hint")


@pytest.mark.proves("R39")
def test_the_way_through_the_app_is_as_its_latvian_menus_name_it() -> None:
    for step in ("Saņemt palīdzību", "Reģistrēt produktu", "QR", "Wi-Fi", "svītrkodu"):
        assert step in answer("lv", "members-app")


@pytest.mark.proves("R40")
def test_the_way_through_the_app_is_as_its_norwegian_menus_name_it() -> None:
    for step in ("Support", "nede til høyre", "+ Registrer", "OK", "QR", "Wi-Fi", "strekkode"):
        assert step in answer("nb", "members-app")


@pytest.mark.proves("R78")
@pytest.mark.parametrize("market", sorted(samples.MARKETS.by_code))
@LANGUAGES
def test_both_notices_are_the_markets_own(language: str, market: str) -> None:
    """From configuration, never from a page's content."""
    links = samples.MARKETS[market].links
    html = render(
        dict(samples.pages(language))["privacy"],
        replace(samples.shell(language), market=samples.MARKETS[market]),
    )
    for kind in ("privacy_account", "privacy_site"):
        assert html.count(f'href="{links[kind]}"') == 2, "on the page and at the foot of each page"


@pytest.mark.proves("R27")
@LANGUAGES
def test_a_form_says_before_its_first_field_what_the_star_means(language: str) -> None:
    for name in ("sign up", "number", "purchase", "receipt", "warranty", "account", "release"):
        html, document = rendered(language)[name]
        [note, *_] = [it.words for it in document.texts if "*" in it.words and it.inside.tag == "p"]
        assert html.index(note.split(" · ")[-1][:10]) < html.index(" required")
