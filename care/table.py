"""Fields of a table's row, read one by one: the first that is wrong is named, and nothing is guessed. Pure.

And what came of a row that was to be imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from care.limits import NAME_MOST

if TYPE_CHECKING:
    from collections.abc import Mapping

_E = TypeVar("_E", bound=StrEnum)
_DAY_CHARACTERS: Final = 10


class Fault(StrEnum):
    """What is wrong with a field of a row."""

    MISSING = "missing"
    UNKNOWN = "unknown"  # names something that there is not
    TOO_LONG = "too-long"
    NOT_A_NUMBER = "not-a-number"
    NOT_A_DATE = "not-a-date"
    NOT_YES_OR_NO = "not-yes-or-no"
    NOT_ALLOWED = "not-allowed"
    CHECK_DIGIT = "check-digit"
    CONTRADICTS = "contradicts"  # another field of the same row, or what is known already
    TWICE = "twice"
    OVERLAPS = "overlaps"  # two terms claim one purchase
    IDENTIFIER = "identifier"  # no number that this model carries
    CELLS = "cells"  # more or fewer of them than there are columns
    IN_FUTURE = "in-future"


class Outcome(StrEnum):
    """What came of a row."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Taken:
    """`field` and `fault` say why a row was refused."""

    outcome: Outcome
    field: str = ""
    fault: Fault | None = None


class RowFault(ValueError):  # noqa: N818 - a state of the row
    """A field of a row is not what it must be."""

    def __init__(self, field: str, fault: Fault) -> None:
        super().__init__(f"{field}: {fault}")
        self.field = field
        self.fault = fault

    @property
    def taken(self) -> Taken:
        return Taken(Outcome.REFUSED, self.field, self.fault)


def text(row: Mapping[str, str], field: str, *, most: int = NAME_MOST) -> str:
    """A field that must be there."""
    value = row.get(field, "").strip()
    if not value:
        raise RowFault(field, Fault.MISSING)
    if len(value) > most:
        raise RowFault(field, Fault.TOO_LONG)
    return value


def number(
    row: Mapping[str, str], field: str, *, allowed: tuple[int, ...] = (), least: int = 0, most: int = 0
) -> int:
    """A whole number in ASCII digits, one of `allowed` or from `least` to `most`."""
    value = row.get(field, "").strip()
    if not value:
        raise RowFault(field, Fault.MISSING)
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise RowFault(field, Fault.NOT_A_NUMBER)
    found = int(value)
    if (found not in allowed) if allowed else not least <= found <= most:
        raise RowFault(field, Fault.NOT_ALLOWED)
    return found


def day(row: Mapping[str, str], field: str) -> date | None:
    """A day as 2026-11-29; None where the field is empty."""
    value = row.get(field, "").strip()
    if not value:
        return None
    try:
        if len(value) != _DAY_CHARACTERS:  # the library takes other spellings, too
            raise RowFault(field, Fault.NOT_A_DATE)
        return date.fromisoformat(value)
    except ValueError:
        raise RowFault(field, Fault.NOT_A_DATE) from None


def yes(row: Mapping[str, str], field: str) -> bool:
    """`yes` or `no`; nothing is no."""
    value = row.get(field, "").strip().lower()
    if value not in {"", "yes", "no"}:
        raise RowFault(field, Fault.NOT_YES_OR_NO)
    return value == "yes"


def choice(field: str, word: str, among: type[_E]) -> _E:
    """A word as one of a closed set."""
    try:
        return among(word.strip().lower())
    except ValueError:
        raise RowFault(field, Fault.UNKNOWN) from None
