"""A cover as it is shown: its basis always, its bar where it belongs, what is masked and what is not said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from care.warranty.rows import BASIS_OF, Cover, Draft, Kind, Right, Source, Standing, covers
from customer_web.cover_bars import bars_of
from customer_web.render import render
from customer_web.views.cover import Ground, ground, ground_of, line_of
from customer_web.views.mine import ProductPage, ProductsPage
from tests.portal import samples
from tests.portal.document import Document
from tests.portal.rendered import rendered

LANGUAGES = pytest.mark.parametrize("language", samples.LANGUAGES)


def cover(kind: Kind, source: Source) -> Cover:
    draft = Draft(kind, date(2025, 3, 15), date(2027, 3, 15), source)
    return Cover(draft.right, draft.starts_on, draft.ends_on, BASIS_OF[kind], draft)


@pytest.mark.parametrize(
    ("kind", "source", "expected"),
    [
        (Kind.MANUFACTURER, Source.SUPPLY, Ground.CALCULATED_DELIVERY),
        (Kind.MANUFACTURER, Source.MANUFACTURE, Ground.CALCULATED_MANUFACTURE),
        (Kind.MANUFACTURER, Source.ACTIVATION, Ground.CALCULATED_ACTIVATION),
        (Kind.MANUFACTURER, Source.STATED, Ground.AS_STATED),
        (Kind.CONFIRMED, Source.RECEIPT, Ground.CONFIRMED_RECEIPT),
        (Kind.CONFIRMED, Source.ORDER, Ground.CONFIRMED_ORDER),
        (Kind.CONFIRMED, Source.ACTIVATION, Ground.CONFIRMED_ACTIVATION),
        (Kind.UPGRADED, Source.ACTIVATION, Ground.UPGRADED),
        (Kind.GOODWILL, Source.DECISION, Ground.GOODWILL),
        (Kind.LEGAL, Source.RECEIPT, Ground.BY_LAW),
        (Kind.REPAIR_EXTENSION, Source.REPAIR, Ground.BY_LAW_REPAIR),
        (Kind.EXTENSION, Source.ORDER, Ground.EXTENDED_ORDER),
        (Kind.EXTENSION, Source.CODE, Ground.EXTENDED_CODE),
        (Kind.PROMO, Source.CODE, Ground.EXTENDED_CODE),
    ],
)
def test_a_date_rests_on_what_it_rests_on(kind: Kind, source: Source, expected: Ground) -> None:
    """I11, R48: calculated and confirmed are two labels."""
    assert ground(kind, source) is expected
    assert ground_of(cover(kind, source)) is expected


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("source", Source)
def test_no_row_is_without_a_basis_or_has_that_of_another_kind(kind: Kind, source: Source) -> None:
    """Whatever comes together, confirmed is never said of what was not."""
    said = ground(kind, source)
    assert said.startswith("confirmed") == (kind is Kind.CONFIRMED)
    assert said.startswith("by_law") == (kind in {Kind.LEGAL, Kind.REPAIR_EXTENSION})


@pytest.mark.parametrize(
    ("today", "standing"),
    [
        (date(2025, 3, 14), Standing.TO_COME),
        (date(2025, 3, 15), Standing.RUNNING),
        (date(2027, 3, 15), Standing.RUNNING),
        (date(2027, 3, 16), Standing.ENDED),
    ],
)
def test_the_first_and_the_last_day_are_covered(today: date, standing: Standing) -> None:
    assert line_of(cover(Kind.CONFIRMED, Source.RECEIPT), today).standing is standing
    assert covers(()) == ()


@pytest.mark.parametrize("days", [-4000, -1, 0, 1, 400, 731, 4000])
def test_bars_and_today_lie_on_one_scale(days: int) -> None:
    today = samples.MAKERS.starts_on + timedelta(days=days)
    drawn = bars_of(samples.COVERS, today)
    assert 0 < drawn.today < 100
    for line, bar in zip(samples.COVERS, drawn.bars, strict=True):
        assert bar.start >= 0
        assert bar.start + bar.length <= 100
        inside = bar.start < drawn.today < bar.start + bar.length
        assert inside == (line.starts_on <= today <= line.ends_on), line
    law, makers, longer = drawn.bars
    assert law == makers, "the same days, the same bar"
    assert longer.start == pytest.approx(makers.start + makers.length, abs=0.02)


def test_a_cover_of_one_day_is_still_to_be_seen() -> None:
    short = replace(samples.MAKERS, ends_on=samples.MAKERS.starts_on)
    assert bars_of((short, samples.LONGER), samples.TODAY).bars[0].length >= 1.5


@LANGUAGES
def test_every_cover_says_its_right_its_dates_and_its_basis_in_words(language: str) -> None:
    """I11: never only as a length."""
    _, document = rendered(language)["product"]
    rows = [it for it in document.all("li") if it.get("class") == "cover-row"]
    assert len(rows) == len(samples.COVERS)
    for row in rows:
        [name] = [it for it in document.all("h3") if row in it.above]
        hints = [it for it in document.all("p") if row in it.above]
        assert document.said_in(name)
        assert len(hints) == 2
        assert all(document.said_in(hint) for hint in hints)
        assert document.said_in(hints[1]).count("20") >= 1, "a whole year"


@LANGUAGES
def test_the_rights_are_three_and_are_never_one(language: str) -> None:
    """I10: the law's is not the maker's."""
    _, document = rendered(language)["product"]
    said = [document.said_in(it) for it in document.all("h3") if it.is_in("li")]
    assert len(set(said[: len(Right)])) == len(Right)


@LANGUAGES
def test_an_unverified_product_shows_no_date(language: str) -> None:
    """D12: we never invent dates."""
    page = dict(samples.pages(language))["product, unverified"]
    assert isinstance(page, ProductPage)
    document = Document(render(replace(page, made_on=None), samples.shell(language)))
    main = [text.words for text in document.texts if any(it.tag == "main" for it in text.inside.above)]
    assert not [words for words in main if "202" in words]


@LANGUAGES
def test_an_imei_lies_open_nowhere_in_the_list(language: str) -> None:
    """In the list it is masked; on the product's own page it is whole."""
    cards = dict(samples.pages(language))["products"]
    assert isinstance(cards, ProductsPage)
    html = render(cards, samples.shell(language))
    assert "•••• •••• •••2 375" in html
    assert samples.IMEI not in html.replace(" ", "")


@LANGUAGES
def test_a_public_answer_says_nothing_of_an_owner(language: str) -> None:
    """I8: model, dates, bases; the same page whether the product is registered or not."""
    html, _ = rendered(language, signed_in=False)["warranty, standard"]
    for word in ("anna", "@", "Kalniņa", samples.PRODUCT):
        assert word not in html


@LANGUAGES
def test_no_number_stands_in_an_address(language: str) -> None:
    """INV-C4: a serial number is in no link and no form's address."""
    for name, (_, document) in rendered(language).items():
        for element in document.elements:
            for key in ("href", "action", "src"):
                assert samples.SERIAL not in element.get(key), name
                assert samples.IMEI not in element.get(key), name
