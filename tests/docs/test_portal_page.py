"""docs/portal.md against the pages: every view model, every form with its fields, every test id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from customer_web.render import TEMPLATES
from tests.docs.pages import page, quoted, rows, section
from tests.portal.rendered import rendered
from tests.portal.samples import DRAFT, PRODUCT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.portal.document import Document

PAGE = page("docs/portal.md")
_HOLES = {DRAFT: "{draft}", PRODUCT: "{id}", "one-time": "{token}"}
_SAID_BY = {"hidden", "radio"}


def documents() -> Iterator[Document]:
    for signed_in in (True, False):
        yield from (document for _, document in rendered("en", signed_in=signed_in).values())


def test_every_page_is_there() -> None:
    documented = [name for row in rows(section(PAGE, "Pages")) for name in quoted(row[1])]
    assert sorted(documented) == sorted(kind.__name__ for kind in TEMPLATES)


def test_every_form_is_there_with_its_fields_and_no_other() -> None:
    """They are the contract between a page and whoever reads what it sends."""
    found: dict[str, set[str]] = {}
    for document in documents():
        for form in document.all("form"):
            address = form.get("action")
            for sample, hole in _HOLES.items():
                address = address.replace(sample, hole)
            fields = found.setdefault(address, set())
            for one in document.all("input", "select", "button"):
                if form in one.above and one.get("name") not in {"", "csrf"}:
                    fields.add(one.get("name"))
    documented = {
        quoted(row[0])[0]: set(quoted(re.sub(r"\([^)]*\)", "", row[1])))
        for row in rows(section(PAGE, "Forms"))
    }
    assert documented == found


def test_what_a_button_or_a_choice_sends_is_there() -> None:
    said = {
        (one.get("name"), one.get("value"))
        for document in documents()
        for one in document.all("button", "input")
        if one.get("name") in {"answer", "part", "choice", "kind", "step"} and one.get("value")
    }
    documented = {
        (name, value)
        for row in rows(section(PAGE, "Forms"))
        for name, values in re.findall(r"`(\w+)` \((`[^)]*`)\)", row[1])
        for value in quoted(values)
    }
    assert said - documented == set()
    assert documented - said == set()


def test_every_test_id_is_there_and_no_other() -> None:
    found = {
        one.get("data-testid")
        for document in documents()
        for one in document.elements
        if one.get("data-testid")
    }
    text = section(PAGE, "Test ids")
    families = [quoted(row[0])[0].removesuffix("{…}") for row in rows(text)]
    single = set(quoted(text)) - {f"{family}{{…}}" for family in families} - {"own"}
    loose = {one for one in found if not one.startswith(tuple(families))}
    assert single == loose
    assert [family for family in families if not any(one.startswith(family) for one in found)] == []
