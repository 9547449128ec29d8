"""Every page in every state and language: whole, named, in one language, without script inside."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from customer_web import render
from customer_web.views import accounts, mine, public, register, support
from tests.portal import samples
from tests.portal.rendered import rendered

if TYPE_CHECKING:
    from tests.portal.document import Document, Element
    from tests.portal.rendered import Rendered

LEFT_OVER = re.compile(r"\{\{|\}\}|\{%|%\(|%s|\{[a-z_]+\}|\bportal\.[a-z]|\bNone\b|\bUndefined\b|<strong>&")
SIGNED = pytest.mark.parametrize("signed_in", [True, False], ids=["in", "out"])
LANGUAGES = pytest.mark.parametrize("language", samples.LANGUAGES)
WAYS = ("/static/", "/", "https://", "tel:", "#")


def named(document: Document, element: Element) -> str:
    """What a screen reader calls a control."""
    ids = document.ids
    if element.get("aria-label"):
        return element.get("aria-label")
    if element.get("aria-labelledby"):
        return document.said_in(ids[element.get("aria-labelledby")])
    if element.tag in {"input", "select"}:
        labels = [it for it in document.all("label") if it.get("for") == element.get("id") and it.get("for")]
        labels += [it for it in element.above if it.tag == "label"]
        return " ".join(document.said_in(label) for label in labels)
    return document.said_in(element)


def test_every_page_there_is_has_a_sample_and_a_template() -> None:
    """A view model that nobody looks at would be found broken by a customer."""
    there = {
        kind
        for module in (accounts, mine, public, register, support)
        for name, kind in vars(module).items()
        if name.endswith("Page") and isinstance(kind, type) and kind.__module__ == module.__name__
    }
    assert there == set(render.TEMPLATES)
    assert there == {type(page) for _, page in samples.pages("en")}


@pytest.mark.proves("R4", by="a page shows the names of its sentences")
@SIGNED
@LANGUAGES
def test_no_template_key_or_placeholder_reaches_a_customer(language: str, *, signed_in: bool) -> None:
    """R4"""
    found = {
        name: LEFT_OVER.findall(html)
        for name, (html, _) in rendered(language, signed_in=signed_in).items()
        if LEFT_OVER.search(html)
    }
    assert found == {}


@SIGNED
@LANGUAGES
def test_a_page_has_its_language_one_heading_and_landmarks(language: str, *, signed_in: bool) -> None:
    for name, (html, document) in rendered(language, signed_in=signed_in).items():
        assert html.lstrip().startswith("<!doctype html>"), name
        [root] = document.all("html")
        assert root.get("lang") == language
        for tag in ("main", "header", "footer", "title", "h1"):
            assert len(document.all(tag)) == 1, f"{name}: {tag}"
        [title] = document.all("title")
        assert document.said_in(title) == f"{document.said_in(document.all('h1')[0])} · Hallmere", name
        for nav in document.all("nav"):
            assert nav.get("aria-label"), name
        levels = [int(heading.tag[1]) for heading in document.all("h1", "h2", "h3") if heading.is_in("main")]
        steps = [after - before for before, after in pairwise(levels[levels.index(1) :])]
        assert all(step <= 1 for step in steps), name


@SIGNED
@LANGUAGES
def test_nothing_of_script_or_style_stands_in_a_page(language: str, *, signed_in: bool) -> None:
    """INV-G5: the policy would refuse it, and the page would be broken."""
    for name, (_, document) in rendered(language, signed_in=signed_in).items():
        assert not document.all("style", "iframe", "object", "base"), name
        assert all(script.get("src").startswith("/static/") for script in document.all("script")), name
        assert not any(document.said_in(script) for script in document.all("script")), name
        for element in document.elements:
            assert not [key for key in element.attributes if key == "style" or key.startswith("on")], name
            for key in ("href", "src", "action"):
                assert not element.get(key) or element.get(key).startswith(WAYS), (name, element)
        assert all(form.get("action").startswith("/") for form in document.all("form")), name


@SIGNED
@LANGUAGES
def test_every_control_has_a_name_and_a_test_id(language: str, *, signed_in: bool) -> None:
    for name, (_, document) in rendered(language, signed_in=signed_in).items():
        for control in document.all("a", "button", "input", "select", "summary"):
            if control.get("type") == "hidden" or (control.tag == "a" and _in_summary(control)):
                continue
            assert named(document, control), f"{name}: {control} has no name"
            assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", control.get("data-testid")), f"{name}: {control}"


def _in_summary(link: Element) -> bool:
    return any(it.get("id") == "summary" for it in link.above)


@LANGUAGES
def test_every_form_that_changes_something_carries_its_proof(language: str) -> None:
    """INV-G3"""
    for name, (_, document) in rendered(language).items():
        for form in document.all("form"):
            assert form.get("method") == "post", name
            proofs = [
                it.get("value")
                for it in document.all("input")
                if form in it.above and it.get("name") == "csrf"
            ]
            assert proofs == [samples.CSRF], name


@LANGUAGES
def test_what_is_required_is_marked_and_said(language: str) -> None:
    """R27"""
    for name, (_, document) in rendered(language).items():
        fields = [it for it in document.all("input", "select") if "required" in it.attributes]
        said = [text.words for text in document.texts if "*" in text.words and text.inside.tag == "p"]
        assert bool(said) >= bool(fields), f"{name} does not say what * means"
        for one in fields:
            label = named(document, one)
            group = [it for it in one.above if it.tag == "fieldset"]
            assert "*" in label or (group and "*" in document.said_in(group[0])), f"{name}: {one}"
        for one in document.all("input", "select"):
            if "required" not in one.attributes and one.get("type") not in {"hidden", "radio"}:
                assert "*" not in named(document, one), f"{name}: {one}"


@LANGUAGES
def test_an_error_stands_at_its_field_and_in_the_summary_in_the_same_words(language: str) -> None:
    """LOOK 4"""
    checked = 0
    for name, (_, document) in rendered(language).items():
        ids = document.ids
        for link in [it for it in document.all("a") if _in_summary(it)]:
            target = ids[link.get("href").removeprefix("#")]
            said = ids[f"error-{target.get('name') or target.get('id').removeprefix('field-')}"]
            assert document.said_in(said) == document.said_in(link), name
            assert said.get("id") in target.get("aria-describedby").split(), name
            assert target.get("aria-invalid") == "true", name
            checked += 1
    assert checked > 20


@pytest.mark.proves("R22")
@LANGUAGES
def test_where_a_number_is_entered_a_link_leads_to_where_it_stands(language: str) -> None:
    asking = {
        name: document
        for pages in both(language)
        for name, (_, document) in pages.items()
        if any(it.get("name") == "identifier" and it.get("type") != "hidden" for it in document.all("input"))
    }
    assert len(asking) > 1
    for name, document in asking.items():
        assert any(it.get("href").startswith("/register/guide") for it in document.all("a")), name


@LANGUAGES
def test_what_a_page_points_at_within_itself_is_there(language: str) -> None:
    for name, (_, document) in rendered(language).items():
        ids = document.ids
        for element in document.elements:
            pointed = [element.get(key) for key in ("aria-labelledby", "for")]
            pointed += element.get("aria-describedby").split()
            pointed += [element.get("href")[1:]] if element.get("href").startswith("#") else []
            assert [it for it in pointed if it and it not in ids] == [], f"{name}: {element}"


def test_what_a_link_points_at_on_another_page_is_there() -> None:
    questions = rendered("en")["questions"][1].ids
    links = {
        link.get("href").split("#")[1]
        for _, document in rendered("en").values()
        for link in document.all("a")
        if link.get("href").startswith("/faq#")
    }
    assert links
    assert links <= questions.keys()


def test_every_drawing_that_is_asked_for_is_there() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (samples.STATIC / "icons.svg").read_text("utf-8")))
    asked = {
        use.get("href").split("#")[1]
        for pages in (rendered("en"), rendered("en", signed_in=False))
        for _, document in pages.values()
        for use in document.all("use")
    }
    assert asked == drawn


@pytest.mark.proves("R4", by="a page in another language speaks English")
@LANGUAGES
def test_no_page_is_in_two_languages(language: str) -> None:
    """R4: what reads as in English was forgotten, unless it is a name."""
    if language == "en":
        return
    english = {said for pages in both("en") for said in sentences(pages)}
    own = {said for pages in both(language) for said in sentences(pages)}
    assert own & english <= NAMES, sorted(own & english - NAMES)


def both(language: str) -> tuple[Rendered, Rendered]:
    return rendered(language), rendered(language, signed_in=False)


# Names, and words that are the same in some of the languages.
NAMES = {
    "Hallmere",
    "Alongside",
    "Hallmere Home",
    "Hallmere Members",
    "Vestra Home",
    "Vista 55 Q7",
    "Vista 43 K5",
    "Lumo S2",
    "OLED",
    "Anna K.",
    "Anna Kalniņa",
    "anna@example.com",
    "Marta Ozola",
    "Firefox, Linux",
    "Safari, iPhone",
    "Elektra",
    "English",
    "Latviešu",
    "Norsk",
    "Čeština",
    "Tiếng Việt",
    "Latvia",
    "Vietnam",
    "Menu",
    "Model",
    "Distributor",
}


def sentences(pages: Rendered) -> set[str]:
    """Texts with at least one word of three letters, also those that only screen readers hear."""
    found = set()
    for _, document in pages.values():
        texts = (text for text in document.texts if text.inside.get("translate") != "no")
        found |= {text.words.removesuffix(" · Hallmere") for text in texts}
        found |= {element.get("aria-label") for element in document.elements}
    return {said for said in found if re.search(r"[^\W\d_]{3}", said)}
