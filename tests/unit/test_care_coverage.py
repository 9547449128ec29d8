"""Until when a product is covered, by whom and why; no cover ends earlier by itself (D4, I2, I10, I22)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from care.warranty.rows import (
    Basis,
    Draft,
    Kind,
    Right,
    Row,
    Source,
    Standing,
    State,
    covers,
    end_of,
    standing,
)
from care.warranty.rules import Change, Confirmation, Facts, Shortening, change, due
from care.warranty.terms import AmbiguousTerms, Scope, Start, Term, term_for

LONG_AGO = date(2015, 1, 1)
TV = Scope(model="QV55Q7", category="qled", subtype="tv-4k", type="tv")
SUPPLIED = (Start.DELIVERED, Start.SHIPPED, Start.MANUFACTURED)


def term(kind: Kind, months: int, **other: object) -> Term:
    plain = Term(
        version=f"{kind}-{months}",
        market="LV",
        kind=kind,
        months=months,
        starts=SUPPLIED if kind is Kind.MANUFACTURER else (Start.PURCHASED,),
        valid_from=LONG_AGO,
    )
    return replace(plain, **other)  # type: ignore[arg-type]


TERMS = (
    term(Kind.MANUFACTURER, 24),
    term(Kind.CONFIRMED, 24),
    term(Kind.UPGRADED, 24),
    term(Kind.LEGAL, 24),
)
SHIPPED = Facts(market="LV", scope=TV, shipped_on=date(2026, 3, 15))


def rows_of(changed: Change, old: tuple[Row, ...] = ()) -> tuple[Row, ...]:
    """What the store holds afterwards."""
    kept = tuple(replace(row, state=State.SUPERSEDED) if row.id in changed.supersede else row for row in old)
    added = tuple(Row(f"{len(old) + i}", draft) for i, draft in enumerate(changed.add))
    return (*kept, *added)


def rows(facts: Facts, old: tuple[Row, ...] = (), shortening: Shortening | None = None) -> tuple[Row, ...]:
    return rows_of(change(old, due(facts, TERMS), shortening=shortening), old)


def read(found: tuple[Row, ...]) -> list[tuple[Right, str, str, Basis]]:
    return [(c.right, str(c.starts_on), str(c.ends_on), c.basis) for c in covers(found)]


@pytest.mark.proves("D4", by="two years end a day early")
@pytest.mark.parametrize(
    ("anchor", "months", "last"),
    [
        (date(2026, 3, 15), 24, date(2028, 3, 15)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 24, date(2026, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_the_last_day_is_the_same_day_of_the_month_or_the_months_last(
    anchor: date, months: int, last: date
) -> None:
    assert end_of(anchor, months) == last


@pytest.mark.parametrize("months", [0, -1, 601])
def test_no_cover_of_no_length(months: int) -> None:
    with pytest.raises(ValueError, match="1 to 600"):
        end_of(date(2026, 1, 1), months)


@pytest.mark.proves("R45", "R86")
def test_what_we_supplied_gives_the_makers_cover_and_none_by_law() -> None:
    assert read(rows(SHIPPED)) == [(Right.MAKER, "2026-03-15", "2028-03-15", Basis.CALCULATED)]


def test_the_first_known_day_of_a_terms_starts_counts() -> None:
    delivered = replace(SHIPPED, delivered_on=date(2026, 4, 1), manufactured_on=date(2026, 1, 1))
    assert [str(row.draft.starts_on) for row in rows(delivered)] == ["2026-04-01"]


def test_the_time_in_the_shop_is_added_where_the_term_says_so() -> None:
    terms = (term(Kind.MANUFACTURER, 12, delay_months=3),)
    (draft,) = due(SHIPPED, terms)
    assert (str(draft.starts_on), str(draft.ends_on)) == ("2026-06-15", "2027-06-15")


@pytest.mark.proves("D12")
def test_where_no_day_is_known_no_date_is_invented() -> None:
    assert due(Facts(market="LV", scope=TV), TERMS) == ()


def test_a_market_without_terms_shows_no_cover() -> None:
    assert due(replace(SHIPPED, market="VN"), TERMS) == ()


def test_the_customers_own_word_gives_the_right_by_law_alone() -> None:
    said = replace(SHIPPED, stated_on=date(2026, 5, 2))
    assert read(rows(said)) == [
        (Right.MAKER, "2026-03-15", "2028-03-15", Basis.CALCULATED),
        (Right.LEGAL, "2026-05-02", "2028-05-02", Basis.BY_LAW),
    ]


@pytest.mark.proves("R47", "R48")
@pytest.mark.parametrize("by", Confirmation)
def test_a_confirmed_day_replaces_the_calculated_one_and_keeps_it_in_the_history(by: Confirmation) -> None:
    before = rows(SHIPPED)
    after = rows(replace(SHIPPED, confirmed_on=date(2026, 5, 2), confirmed_by=by), before)
    assert read(after)[0] == (Right.MAKER, "2026-05-02", "2028-05-02", Basis.CONFIRMED)
    assert (after[0].draft.kind, after[0].state) == (Kind.MANUFACTURER, State.SUPERSEDED)


@pytest.mark.proves("R85")
def test_an_upgrade_shows_its_own_start_and_end() -> None:
    after = rows(replace(SHIPPED, upgraded_on=date(2026, 7, 1)), rows(SHIPPED))
    assert read(after) == [(Right.MAKER, "2026-07-01", "2028-07-01", Basis.UPGRADED)]


@pytest.mark.proves("D9", by="a receipt from before the calculated start shortens the cover by itself")
def test_a_receipt_from_before_the_calculated_start_shortens_nothing_by_itself() -> None:
    before = rows(SHIPPED)
    early = replace(SHIPPED, confirmed_on=date(2026, 2, 1), confirmed_by=Confirmation.RECEIPT)
    changed = change(before, due(early, TERMS))
    assert changed.shrinks == ()
    assert [row.draft.kind for row in changed.outlasting] == [Kind.MANUFACTURER]
    assert read(rows_of(changed, before))[0] == (Right.MAKER, "2026-03-15", "2028-03-15", Basis.CALCULATED)


@pytest.mark.proves("D9")
def test_a_person_may_decide_it_and_it_stays_decided() -> None:
    before = rows(SHIPPED)
    alone = replace(
        SHIPPED,
        confirmed_on=date(2026, 2, 1),
        confirmed_by=Confirmation.RECEIPT,
        confirmed_alone=True,
    )
    changed = change(before, due(alone, TERMS), shortening=Shortening("reviewer", "receipt"))
    assert changed.shrinks == (Right.MAKER,)
    after = rows_of(changed, before)
    assert read(after)[0] == (Right.MAKER, "2026-02-01", "2028-02-01", Basis.CONFIRMED)
    assert change(after, due(alone, TERMS)).is_none


@pytest.mark.proves("D9")
@pytest.mark.parametrize(("actor", "reason"), [("", "receipt"), ("reviewer", "")])
def test_a_shortening_names_who_and_why(actor: str, reason: str) -> None:
    with pytest.raises(AssertionError):
        Shortening(actor, reason)


def test_a_correction_of_the_supply_list_adds_a_row_and_never_takes_days_away() -> None:
    before = rows(SHIPPED)
    later = rows(replace(SHIPPED, shipped_on=date(2026, 4, 1)), before)
    assert read(later) == [(Right.MAKER, "2026-04-01", "2028-04-01", Basis.CALCULATED)]
    earlier = rows(SHIPPED, later)
    assert earlier == later


def test_a_row_comes_back_when_what_replaced_it_is_revoked() -> None:
    upgraded = rows(replace(SHIPPED, upgraded_on=date(2026, 7, 1)), rows(SHIPPED))
    revoked = tuple(replace(r, state=State.REVOKED) if r.is_active else r for r in upgraded)
    assert read(rows(SHIPPED, revoked)) == [(Right.MAKER, "2026-03-15", "2028-03-15", Basis.CALCULATED)]


def every_fact() -> list[Facts]:
    days = (None, date(2026, 1, 31), date(2026, 6, 1))
    return [
        Facts(
            market="LV",
            scope=TV,
            shipped_on=shipped,
            stated_on=stated,
            confirmed_on=confirmed,
            confirmed_by=Confirmation.RECEIPT if confirmed else None,
            upgraded_on=upgraded,
        )
        for shipped, stated, confirmed, upgraded in product(days, days[:2], days, days)
    ]


def test_whatever_becomes_known_after_whatever_no_cover_ends_earlier_and_twice_is_once() -> None:
    facts = every_fact()
    wanted = [due(fact, TERMS) for fact in facts]
    stored = [rows_of(change((), drafts)) for drafts in wanted]
    for (first, before), (then, drafts) in product(
        zip(facts, stored, strict=True), zip(facts, wanted, strict=True)
    ):
        changed = change(before, drafts)
        after = rows_of(changed, before)
        assert changed.shrinks == (), (first, then)
        assert changed.after == covers(after), (first, then)
        assert change(after, drafts).is_none, (first, then)
        active = [row.draft for row in after if row.is_active]
        assert len({(draft.kind, draft.ends_on) for draft in active}) == len(active), (first, then)


def test_the_law_is_never_merged_into_the_makers_cover() -> None:
    bought = replace(SHIPPED, confirmed_on=date(2026, 5, 2), confirmed_by=Confirmation.OWN_ORDER)
    terms = (*TERMS[:3], term(Kind.LEGAL, 60))
    found = rows_of(change((), due(bought, terms)))
    assert read(found) == [
        (Right.MAKER, "2026-05-02", "2028-05-02", Basis.CONFIRMED),
        (Right.LEGAL, "2026-05-02", "2031-05-02", Basis.BY_LAW),
    ]


def test_rows_that_follow_one_another_are_read_as_one_cover() -> None:
    def extra(starts: date, ends: date) -> Draft:
        return Draft(Kind.EXTENSION, starts, ends, Source.CODE)

    found = (
        Row("1", extra(date(2028, 3, 16), date(2029, 3, 15))),
        Row("2", extra(date(2029, 3, 16), date(2030, 3, 15))),
        Row("3", extra(date(2031, 1, 1), date(2031, 12, 31)), State.REVOKED),
    )
    assert read(found) == [(Right.EXTENSION, "2028-03-16", "2030-03-15", Basis.EXTENDED)]


@pytest.mark.proves("D4")
@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 3, 14), Standing.TO_COME),
        (date(2026, 3, 15), Standing.RUNNING),
        (date(2028, 3, 15), Standing.RUNNING),  # the last day is covered
        (date(2028, 3, 16), Standing.ENDED),
    ],
)
def test_the_first_and_the_last_day_are_covered(today: date, expected: Standing) -> None:
    (cover,) = covers(rows(SHIPPED))
    assert standing(cover, today) is expected


# Which term.


def test_the_most_particular_term_holds() -> None:
    terms = (
        term(Kind.MANUFACTURER, 12),
        term(Kind.MANUFACTURER, 24, applies_to="tv"),
        term(Kind.MANUFACTURER, 36, applies_to="tv-4k"),
        term(Kind.MANUFACTURER, 48, applies_to="qled"),
        term(Kind.MANUFACTURER, 60, applies_to="QV55Q7"),
        term(Kind.MANUFACTURER, 72, applies_to="phone"),
    )
    for scope, months in [
        (TV, 60),
        (replace(TV, model=""), 48),
        (replace(TV, model="", category=""), 36),
        (Scope(type="tv"), 24),
        (Scope(), 12),
    ]:
        found = term_for(terms, market="LV", kind=Kind.MANUFACTURER, scope=scope, on=date(2026, 1, 1))
        assert found is not None
        assert found.months == months, scope


def test_the_term_of_the_day_of_purchase_holds_and_not_todays() -> None:
    terms = (
        term(Kind.MANUFACTURER, 12, version="old", valid_to=date(2026, 3, 31)),
        term(Kind.MANUFACTURER, 36, version="new", valid_from=date(2026, 4, 1)),
        term(Kind.LEGAL, 24),
    )
    assert [d.term for d in due(SHIPPED, terms)] == ["old"]
    said = replace(SHIPPED, stated_on=date(2026, 4, 1))
    assert [d.term for d in due(said, terms)] == ["new", "legal-24"]
    confirmed = replace(said, confirmed_on=date(2026, 3, 31), confirmed_by=Confirmation.RECEIPT)
    assert [d.term for d in due(confirmed, terms)] == ["old", "legal-24"]


def test_two_terms_for_one_purchase_are_a_fault_of_the_data() -> None:
    terms = (term(Kind.LEGAL, 24, version="a"), term(Kind.LEGAL, 60, version="b"))
    with pytest.raises(AmbiguousTerms):
        term_for(terms, market="LV", kind=Kind.LEGAL, scope=TV, on=date(2026, 1, 1))
