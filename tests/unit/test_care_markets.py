"""What differs from country to country is read whole, and refused where it is wrong (D8, R73)."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

import locales
from care.catalogue.maker import INVENTED, read_maker_data
from care.catalogue.markets import NEUTRAL, MarketFault, Markets

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def markets() -> Markets:
    return read_maker_data(INVENTED, languages=locales.languages()).markets


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_whoever_is_in_none_of_ours_is_in_the_neutral_one(markets: Markets) -> None:
    assert markets["lv"].code == "LV"
    assert markets["DE"].code == markets[NEUTRAL].code == NEUTRAL
    assert "DE" not in markets


def test_every_market_of_the_invented_maker_waits_for_counsel(markets: Markets) -> None:
    """D8: nobody has approved an example."""
    assert set(markets.not_signed_off) == set(markets.by_code) == {"CZ", "LV", "NO", "VN", NEUTRAL}


@pytest.mark.parametrize(
    ("market", "typed", "stored"),
    [
        ("LV", "LV-1010", "LV1010"),
        ("LV", "1010", "LV1010"),
        ("LV", "101", None),
        ("CZ", "110 00", "11000"),
        ("CZ", "1100", None),
        ("NO", "0150", "0150"),
        ("NO", "01500", None),
        ("VN", "100000", "100000"),
        ("NO", "0" * 4_000, None),
    ],
)
def test_a_postcode_is_stored_in_one_spelling(
    markets: Markets, market: str, typed: str, stored: str | None
) -> None:
    assert markets[market].postcode_of(typed) == stored


def test_today_is_the_date_where_the_customer_is(markets: Markets) -> None:
    """D4."""
    late = at("2026-11-29T22:30:00")
    assert markets["LV"].today(late) == date(2026, 11, 30)
    assert markets["NO"].today(late) == date(2026, 11, 29)
    assert markets["VN"].today(late) == date(2026, 11, 30)


@pytest.mark.proves("R73")
@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-30T06:59:59", False),  # Monday, 8:59 in Riga
        ("2026-11-30T07:00:00", True),
        ("2026-11-30T15:59:59", True),
        ("2026-11-30T16:00:00", False),
        ("2026-06-29T06:00:00", True),  # summer time
        ("2026-12-24T10:00:00", False),  # a day of its own
    ],
)
def test_the_telephone_is_answered_by_the_clock_on_the_wall(
    markets: Markets, moment: str, *, is_open: bool
) -> None:
    assert markets["LV"].is_open(at(moment)) is is_open


def test_the_terms_of_a_day_are_the_newest_that_are_valid(markets: Markets) -> None:
    terms = markets["LV"].terms_on(date(2026, 11, 29))
    assert terms is not None
    assert terms.version == "lv-2026-11"
    assert markets["LV"].terms_on(date(2026, 10, 31)) is None


@pytest.mark.proves("R78", by="a market's links lead anywhere")
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('code = "LV"', 'code = "Latvia"', "code"),
        ('code = "LV"', 'code = "CZ"', "CZ stands in two files"),
        ('["lv", "en"]', '["lv", "de"]', "languages: there are no texts in 'de'"),
        ('["lv", "en"]', "[]", "languages"),
        ('"EUR"', '"EUX"', "currency: EUX is not known"),
        ('"Europe/Riga"', '"Europe/Rigga"', "time_zone: 'Europe/Rigga' is not known"),
        ('"LV1010"', '"10"', "postcode_example: '10' does not fit the rule"),
        ("{4}'", "{4}('", "postcode: "),
        (
            "https://www.hallmere.example/lv/contact",
            "http://www.hallmere.example/lv/contact",
            "links.contact",
        ),
        ("https://www.hallmere.example/lv/contact", "https://elsewhere.example/", "links.contact"),
        ("+37160000000", "60000000", "e164"),
        ("mon = {", "moon = {", "moon is no day"),
        ("valid_from = 2026-11-01", 'valid_from = "soon"', "valid_from"),
        ("[links]", "colour = 1\n[links]", "colour"),
    ],
)
def test_data_that_is_wrong_says_in_which_file_and_where(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    folder = tmp_path / "maker"
    shutil.copytree(INVENTED, folder)
    file = folder / "markets" / "lv.toml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(MarketFault, match=r"lv\.toml: ") as fault:
        read_maker_data(folder, languages=locales.languages())
    assert said in str(fault.value)


def test_a_folder_without_a_market_for_everybody_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "maker"
    shutil.copytree(INVENTED, folder)
    (folder / "markets" / "xx.toml").unlink()
    with pytest.raises(MarketFault, match="no market XX"):
        read_maker_data(folder, languages=locales.languages())
