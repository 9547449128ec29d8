"""What is added behind a cover, and that taking one back takes back exactly that one (D10, I7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from care.warranty.extending import Refused, Repair, after_repair, ends, extension, moved_behind
from care.warranty.rows import Draft, Kind, Right, Row, Source, State
from care.warranty.terms import Start, Term

TODAY = date(2027, 1, 1)
REPAIR_TERM = Term(
    version="repair-12",
    market="LV",
    kind=Kind.REPAIR_EXTENSION,
    months=12,
    starts=(Start.PURCHASED,),
    valid_from=date(2015, 1, 1),
    repair_extends_once=True,
)


def maker(starts: date, ends_on: date, months: int, kind: Kind = Kind.MANUFACTURER, id_: str = "m") -> Row:
    return Row(id_, Draft(kind, starts, ends_on, Source.SUPPLY, "", "t", starts, months, months))


MAKER = maker(date(2026, 1, 31), date(2028, 1, 31), 24)


def add(rows: tuple[Row, ...], months: int = 12, most: int = 120, today: date = TODAY) -> Draft | Refused:
    return extension(
        rows,
        kind=Kind.EXTENSION,
        months=months,
        most_months=most,
        source=Source.CODE,
        reference=f"code-{len(rows)}",
        term="e",
        today=today,
    )


def added(rows: tuple[Row, ...], months: int = 12) -> tuple[Row, ...]:
    draft = add(rows, months)
    assert isinstance(draft, Draft), draft
    return (*rows, Row(f"e{len(rows)}", draft))


def days(row: Row) -> tuple[str, str]:
    return str(row.draft.starts_on), str(row.draft.ends_on)


@pytest.mark.proves("D10")
def test_an_extension_follows_the_makers_cover_and_the_next_one_follows_it() -> None:
    rows = added(added((MAKER,)))
    assert [days(row) for row in rows] == [
        ("2026-01-31", "2028-01-31"),
        ("2028-02-01", "2029-01-31"),
        ("2029-02-01", "2030-01-31"),
    ]


def test_months_are_counted_from_the_first_day_and_not_from_each_end() -> None:
    rows = added(added((MAKER,), months=1), months=1)
    assert [days(row)[1] for row in rows] == ["2028-01-31", "2028-02-29", "2028-03-31"]


@pytest.mark.proves("D10", by="an extension goes beyond the model's most")
@pytest.mark.parametrize(
    ("rows", "most", "today", "refused"),
    [
        ((), 120, TODAY, Refused.NO_COVER),
        ((replace(MAKER, state=State.REVOKED),), 120, TODAY, Refused.NO_COVER),
        ((MAKER,), 120, date(2028, 2, 1), Refused.ENDED),
        ((MAKER,), 35, TODAY, Refused.CAP),
    ],
)
def test_what_cannot_be_added_says_why(
    rows: tuple[Row, ...], most: int, today: date, refused: Refused
) -> None:
    assert add(rows, most=most, today=today) is refused


def test_the_last_covered_day_and_the_whole_limit_may_be_used() -> None:
    assert isinstance(add((MAKER,), most=36, today=date(2028, 1, 31)), Draft)


def test_taking_one_back_leaves_the_others_as_they_are() -> None:
    first, second = added(added((MAKER,)))[1:]
    left = (MAKER, replace(first, state=State.REVOKED), second)
    assert ends(left, Right.EXTENSION) == date(2030, 1, 31)
    left = (MAKER, first, replace(second, state=State.REVOKED))
    assert ends(left, Right.EXTENSION) == date(2029, 1, 31)


@pytest.mark.proves("D10", by="an extension is swallowed by a cover that grows")
def test_a_cover_that_grows_swallows_no_extension() -> None:
    upgraded = maker(date(2026, 6, 30), date(2028, 6, 30), 24, Kind.UPGRADED, "u")
    old, first, second = added(added((MAKER,)))
    rows = (replace(old, state=State.SUPERSEDED), upgraded, first, second)
    moved = moved_behind(rows)
    assert [(id_, str(d.starts_on), str(d.ends_on)) for id_, d in moved] == [
        ("e1", "2028-07-01", "2029-06-30"),
        ("e2", "2029-07-01", "2030-06-30"),
    ]
    after = (*rows[:2], *(Row(id_, draft) for id_, draft in moved))
    assert moved_behind(after) == ()


def test_a_cover_that_shrinks_leaves_no_gap_and_shortens_no_extension() -> None:
    shorter = maker(date(2025, 12, 1), date(2027, 12, 1), 24, Kind.CONFIRMED, "c")
    first = added((MAKER,))[1]
    ((id_, draft),) = moved_behind((shorter, first))
    assert (id_, str(draft.starts_on), str(draft.ends_on)) == ("e1", "2027-12-02", "2029-01-31")
    assert moved_behind((shorter, Row("e1", draft))) == ()


def test_a_gift_of_days_moves_by_its_days() -> None:
    gift = Row("g", Draft(Kind.PROMO, date(2028, 2, 1), date(2028, 3, 1), Source.DECISION))
    upgraded = maker(date(2026, 6, 30), date(2028, 6, 30), 24, Kind.UPGRADED, "u")
    ((_, draft),) = moved_behind((upgraded, gift))
    assert (str(draft.starts_on), str(draft.ends_on)) == ("2028-07-01", "2028-07-30")


def test_an_extension_behind_goodwill_counts_from_its_last_day() -> None:
    goodwill = Row("g", Draft(Kind.GOODWILL, date(2028, 2, 1), date(2028, 4, 30), Source.DECISION))
    draft = add((MAKER, goodwill))
    assert isinstance(draft, Draft)
    assert (str(draft.starts_on), str(draft.ends_on)) == ("2028-05-01", "2029-04-30")


def test_nothing_moves_where_there_is_no_makers_cover() -> None:
    assert moved_behind((added((MAKER,))[1],)) == ()


# The law's extension after a repair.

LEGAL = Row(
    "l",
    Draft(
        Kind.LEGAL, date(2026, 1, 31), date(2028, 1, 31), Source.RECEIPT, "", "l", date(2026, 1, 31), 24, 24
    ),
)


def repaired(rows: tuple[Row, ...], on: date = TODAY, *, as_remedy: bool = True) -> Draft | Refused:
    return after_repair(rows, Repair("case-1", on, as_remedy), REPAIR_TERM)


def test_a_repair_as_remedy_makes_the_guarantee_longer_once() -> None:
    draft = repaired((LEGAL,))
    assert isinstance(draft, Draft)
    assert (draft.kind, str(draft.starts_on), str(draft.ends_on)) == (
        Kind.REPAIR_EXTENSION,
        "2028-02-01",
        "2029-01-31",
    )
    assert repaired((LEGAL, Row("r", draft))) is Refused.NOT_ONCE_MORE


@pytest.mark.parametrize(
    ("rows", "on", "as_remedy", "refused"),
    [
        ((LEGAL,), TODAY, False, Refused.NOT_A_REMEDY),
        ((MAKER,), TODAY, True, Refused.NO_COVER),
        ((LEGAL,), date(2028, 2, 1), True, Refused.ENDED),
    ],
)
def test_a_repair_that_gives_no_more_time_says_why(
    rows: tuple[Row, ...], on: date, *, as_remedy: bool, refused: Refused
) -> None:
    assert repaired(rows, on, as_remedy=as_remedy) is refused
