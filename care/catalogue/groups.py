"""Types, their subtypes and the categories of those: the three steps before a model (R26). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from care.limits import CODE_MOST
from care.table import Fault, RowFault, choice, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAMES: Final = "name_"


class Level(StrEnum):
    TYPE = "type"
    SUBTYPE = "subtype"
    CATEGORY = "category"


_ABOVE: Final = {Level.SUBTYPE: Level.TYPE, Level.CATEGORY: Level.SUBTYPE}


@dataclass(frozen=True, slots=True)
class Group:
    """One step of the choice, under its parent; a type has none. `names` by language, English always."""

    code: str
    level: Level
    parent: str
    names: Mapping[str, str]

    def name(self, language: str) -> str:
        return self.names.get(language, self.names["en"])


def group_of_row(row: Mapping[str, str], there: Mapping[str, Group]) -> Group:
    """The group of a row, under one of the level above that is `there`. Raises RowFault."""
    group = _group(row)
    above = _ABOVE.get(group.level)
    if above is None and group.parent:
        raise RowFault("parent", Fault.CONTRADICTS)
    if above is not None and (group.parent not in there or there[group.parent].level is not above):
        raise RowFault("parent", Fault.UNKNOWN)
    return group


def groups_of_rows(rows: Iterable[Mapping[str, str]]) -> dict[str, Group]:
    """All groups by code, each under one that stands before it. Raises RowFault."""
    found: dict[str, Group] = {}
    for row in rows:
        group = group_of_row(row, found)
        if group.code in found:
            raise RowFault("code", Fault.TWICE)
        found[group.code] = group
    return found


def _group(row: Mapping[str, str]) -> Group:
    return Group(
        code=text(row, "code", most=CODE_MOST),
        level=choice("level", text(row, "level"), Level),
        parent=row.get("parent", "").strip(),
        names={name.removeprefix(NAMES): text(row, name) for name in row if name.startswith(NAMES)},
    )
