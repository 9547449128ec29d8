"""Cover that is added behind what there is: bought, given, or by law after a repair (D10, I7, CARE 5.2).

Pure. Each addition is a row of its own, so that taking one back takes back exactly that one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta

from care.warranty.rows import (
    RIGHT_OF,
    Cover,
    Draft,
    Kind,
    Right,
    Row,
    Source,
    active_of,
    covers,
    day_after,
    end_of,
    strongest,
)

if TYPE_CHECKING:
    from datetime import date

    from care.warranty.terms import Term


class Refused(StrEnum):
    """Why nothing can be added."""

    NO_COVER = "no_cover"  # nothing to add to
    ENDED = "ended"  # what it would follow has ended
    CAP = "cap_exceeded"  # the model's most months in all
    NOT_ONCE_MORE = "not_once_more"  # the law gives it once
    NOT_A_REMEDY = "not_a_remedy"  # the repair was not what the law gave a right to


@dataclass(frozen=True, slots=True)
class Repair:
    """A repair that is done; `as_remedy` where it was the remedy under the legal guarantee."""

    reference: str
    repaired_on: date
    as_remedy: bool


def extension(
    rows: tuple[Row, ...],
    *,
    kind: Kind,
    months: int,
    most_months: int,
    source: Source,
    reference: str,
    term: str,
    today: date,
) -> Draft | Refused:
    """`months` more, behind the last day of the maker's cover and of what was added before (D10).

    `most_months` is the model's limit for all of it together, counted from where the maker's cover began.
    """
    assert RIGHT_OF[kind] is Right.EXTENSION, "an extension or a promotion"
    last = _last(rows)
    if last is None:
        return Refused.NO_COVER
    if last.ends_on < today:
        return Refused.ENDED
    anchor, before = _counted_from(last)
    if end_of(anchor, before + months) > _limit(rows, most_months):
        return Refused.CAP
    return Draft(
        kind=kind,
        starts_on=day_after(last.ends_on),
        ends_on=end_of(anchor, before + months),
        source=source,
        reference=reference,
        term=term,
        anchor_on=anchor,
        months=months,
        counted=before + months,
    )


def after_repair(rows: tuple[Row, ...], repair: Repair, term: Term) -> Draft | Refused:
    """The legal guarantee, longer once since a repair was the remedy under it."""
    assert term.kind is Kind.REPAIR_EXTENSION, "the term of the longer guarantee"
    if not repair.as_remedy:
        return Refused.NOT_A_REMEDY
    legal = active_of(rows, Right.LEGAL)
    if term.repair_extends_once and any(draft.kind is Kind.REPAIR_EXTENSION for draft in legal):
        return Refused.NOT_ONCE_MORE
    last = strongest(legal)
    if last is None:
        return Refused.NO_COVER
    if last.ends_on < repair.repaired_on:
        return Refused.ENDED
    anchor, before = _counted_from(last)
    return Draft(
        kind=Kind.REPAIR_EXTENSION,
        starts_on=day_after(last.ends_on),
        ends_on=end_of(anchor, before + term.months),
        source=Source.REPAIR,
        reference=repair.reference,
        term=term.version,
        anchor_on=anchor,
        months=term.months,
        counted=before + term.months,
    )


def moved_behind(rows: tuple[Row, ...]) -> tuple[tuple[str, Draft], ...]:
    """The extensions that must move since the maker's cover ends on another day: id and the row anew.

    What was bought behind a cover is not swallowed when that cover grows, and none ends earlier when it
    shrinks.
    """
    maker = strongest(active_of(rows, Right.MAKER))
    added = sorted(
        (row for row in rows if row.is_active and row.draft.right is Right.EXTENSION),
        key=lambda row: (row.draft.starts_on, row.id),
    )
    if maker is None:
        return ()
    moved: list[tuple[str, Draft]] = []
    last = maker
    for row in added:
        again = _behind(last, row.draft)
        if again != row.draft:
            moved.append((row.id, again))
        last = again
    return tuple(moved)


def ends(rows: tuple[Row, ...], right: Right) -> date | None:
    """The last day of one right."""
    found: dict[Right, Cover] = {cover.right: cover for cover in covers(rows)}
    return found[right].ends_on if right in found else None


def _last(rows: tuple[Row, ...]) -> Draft | None:
    """The row that a further one follows."""
    maker = strongest(active_of(rows, Right.MAKER))
    if maker is None:
        return None
    return strongest((maker, *active_of(rows, Right.EXTENSION)))


def _limit(rows: tuple[Row, ...], most_months: int) -> date:
    maker = strongest(active_of(rows, Right.MAKER))
    assert maker is not None, "there is a maker's cover"
    return maker.starts_on + relativedelta(months=most_months)


def _counted_from(draft: Draft) -> tuple[date, int]:
    """The day that months are counted from, and how many there are; a day that was set begins anew."""
    if draft.anchor_on is None or draft.counted is None:
        return draft.ends_on, 0
    return draft.anchor_on, draft.counted


def _behind(last: Draft, draft: Draft) -> Draft:
    """`draft` where it belongs if `last` comes before it, ending no earlier than it did."""
    starts_on = day_after(last.ends_on)
    if draft.months is None:
        ends_on = max(draft.ends_on, starts_on + (draft.ends_on - draft.starts_on))
        return replace(draft, starts_on=starts_on, ends_on=ends_on)
    anchor, before = _counted_from(last)
    ends_on = end_of(anchor, before + draft.months)
    if ends_on < draft.ends_on:
        return replace(draft, starts_on=starts_on)
    return replace(
        draft, starts_on=starts_on, ends_on=ends_on, anchor_on=anchor, counted=before + draft.months
    )
