"""Guides, documents and pages of a maker's folder: whole in every language, checked when read (R2-R8)."""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING

import pytest

import locales
from care.catalogue.maker import INVENTED, read_maker_data
from care.catalogue.markets import MarketFault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LANGUAGES = locales.languages()
MAKER = read_maker_data(INVENTED, languages=LANGUAGES)


def rows(name: str) -> list[dict[str, str]]:
    with (INVENTED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def said() -> list[Mapping[str, str]]:
    """Every text of the invented maker's folder."""
    pages = MAKER.pages
    words = (*pages.banners, *pages.benefits, *pages.reasons, *pages.offers)
    return [
        *MAKER.guides.texts.values(),
        *(document.titles for found in MAKER.documents.by_model.values() for document in found),
        *(text for one in words for text in (one.title, one.text)),
        *(text for one in pages.questions for text in (one.question, one.answer)),
        *(one.reason for one in pages.recommended),
    ]


@pytest.mark.proves("R4")
def test_every_text_stands_in_every_language() -> None:
    """R4"""
    for text in said():
        assert set(text) == set(LANGUAGES), text["en"]
        assert len(set(text.values())) > 1, text["en"]


@pytest.mark.proves("R22")
def test_every_type_of_product_has_a_guide() -> None:
    types = {row["code"] for row in rows("groups.csv") if row["level"] == "type"}
    assert len(types) == 13
    assert types == set(MAKER.guides.by_code)


def test_every_text_of_the_guides_is_used() -> None:
    used = {step for guide in MAKER.guides.by_code.values() for step in guide.steps}
    assert used == set(MAKER.guides.texts)


def test_every_model_that_can_be_registered_has_a_manual() -> None:
    models = {row["model"] for row in rows("demo/models.csv") if not row["why_not"]}
    assert models == set(MAKER.documents.by_model)
    assert all(found[0].kind == "manual" for found in MAKER.documents.by_model.values())


def test_what_is_recommended_is_made_and_goes_with_what_is_made() -> None:
    models = {row["model"] for row in rows("demo/models.csv")}
    categories = {row["code"] for row in rows("groups.csv") if row["level"] == "category"}
    for one in MAKER.pages.recommended:
        assert set(one.models) <= models
        assert set(one.owned) <= categories
    owned = MAKER.pages.recommended_for({"phone-smart-flat"})
    assert [one.owned for one in owned] == [("phone-smart-flat", "phone-smart-fold"), ()]
    assert [one.owned for one in MAKER.pages.recommended_for(())] == [()]


@pytest.mark.proves("R3", "R5", "R7", "R8")
def test_the_pages_have_what_the_portal_promises() -> None:
    """R3, R5, R7, R8"""
    pages = MAKER.pages
    counts = (len(pages.banners), len(pages.benefits), len(pages.reasons))
    assert counts == (3, 6, 5)
    assert len(pages.questions) >= 2, "beside those that every maker's customers ask"
    assert all(one.question["en"].endswith("?") for one in pages.questions)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(INVENTED, tmp_path / "maker")


@pytest.mark.parametrize(
    ("file", "before", "after", "fault"),
    [
        ("guides.toml", 'steps = ["not_registered"]', 'steps = ["none"]', "there is no text 'none'"),
        ("guides.toml", 'applies_to = "parts"', 'applies_to = "sound"', "sound has two guides"),
        ("guides.toml", 'en = "Dial', 'xx = "Dial', "English is missing"),
        ("guides.toml", 'lv = "Tālrunī', 'xx = "Tālrunī', "no texts in 'xx'"),
        ("guides.toml", "Dial *#06#", "Dial {{code}}", "a template's mark"),
        ("guides.toml", "[texts.label_back]", "[texts.label_back", "guides.toml: "),
        ("pages.toml", 'code = "welcome"', 'code = "register"', "banners.register stands twice"),
        ("pages.toml", "https://www.hallmere.example/rewards", "https://evil.example/", "not an https link"),
        (
            "pages.toml",
            "https://www.hallmere.example/rewards",
            "http://www.hallmere.example/",
            "not an https",
        ),
        ("pages.toml", 'text.en = "Members', 'text.xx = "Members', "English is missing"),
        ("pages.toml", 'code = "where-listed"', 'code = "second-hand"', "questions.second-hand stands twice"),
        ("pages.toml", 'reason.en = "Liked', 'reason.xx = "Liked', "English is missing"),
        ("documents.csv", "VQ43Q7,manual,https:", "VQ43Q7,manual,http:", "line 2: url"),
        ("documents.csv", "VQ43Q7,manual,", "VQ43Q7,poster,", "line 2: kind"),
        ("documents.csv", "model,kind", "modell,kind", "no column model"),
        ("documents.csv", "VQ43Q7,manual,", "VQ43Q7,manual,x,", "more cells"),
        ("documents.csv", "title_lv", "title_xx", "no texts in 'xx'"),
        ("maker.toml", 'name = "Hallmere"', 'name = ""', "maker.toml: "),
    ],
)
@pytest.mark.proves("R4", by="a template's mark reaches the customer")
def test_data_that_is_wrong_says_in_which_file_and_where(
    folder: Path, file: str, before: str, after: str, fault: str
) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert before in text
    (folder / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(MarketFault, match=fault):
        read_maker_data(folder, languages=LANGUAGES)


def test_a_folder_may_do_without_guides_documents_and_pages(folder: Path) -> None:
    for name in ("guides.toml", "documents.csv", "pages.toml"):
        (folder / name).unlink()
    data = read_maker_data(folder, languages=LANGUAGES)
    assert data.guides.of(["tv"]) is None
    assert data.documents.of("VQ55Q7") == ()
    assert data.pages.recommended_for({"tv-4k-led"}) == ()


def test_bytes_that_are_no_text_are_named(folder: Path) -> None:
    for name in ("guides.toml", "documents.csv", "pages.toml"):
        kept = (folder / name).read_bytes()
        (folder / name).write_bytes(b"\xff" + kept)
        with pytest.raises(MarketFault, match=name):
            read_maker_data(folder, languages=LANGUAGES)
        (folder / name).write_bytes(kept)
