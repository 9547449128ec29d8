"""Manuals and guides of a model: a table of links to the maker's own hosts (R7). Pure."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from care.catalogue.markets import MarketFault
from care.catalogue.texts import check, in_language
from care.limits import CODE_MOST
from care.table import RowFault, choice, text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

COLUMNS: Final = ("model", "kind", "url", "title_en")
TITLE: Final = "title_"
_URL_MOST: Final = 300


class Kind(StrEnum):
    MANUAL = "manual"
    GUIDE = "guide"


@dataclass(frozen=True, slots=True)
class Document:
    """`titles` by language, English always; `url` leads to a host of the maker's."""

    kind: Kind
    url: str
    titles: Mapping[str, str]

    def title(self, language: str) -> str:
        return in_language(self.titles, language)


@dataclass(frozen=True, slots=True)
class Documents:
    by_model: Mapping[str, tuple[Document, ...]]

    def of(self, model: str) -> tuple[Document, ...]:
        """In the order of the table."""
        return self.by_model.get(model, ())


NO_DOCUMENTS: Final = Documents({})


def read(lines: Iterable[str], *, languages: Collection[str], hosts: Collection[str]) -> Documents:
    """The table's documents. Raises MarketFault with the line and the field."""
    found: dict[str, tuple[Document, ...]] = {}
    try:
        rows = csv.DictReader(lines, strict=True, restkey="", restval="")
        missing = set(COLUMNS) - set(rows.fieldnames or ())
        if missing:
            raise MarketFault(f"documents.csv: there is no column {min(missing)}")
        for row in rows:
            where = f"documents.csv, line {rows.line_num}"
            if "" in row:
                raise MarketFault(f"{where}: more cells than columns")
            model, document = _document(row, where, languages, hosts)
            found[model] = (*found.get(model, ()), document)
    except csv.Error as fault:
        raise MarketFault(f"documents.csv: {fault}") from None
    return Documents(found)


def _document(
    row: Mapping[str, str], where: str, languages: Collection[str], hosts: Collection[str]
) -> tuple[str, Document]:
    try:
        model = text(row, "model", most=CODE_MOST)
        kind = choice("kind", text(row, "kind"), Kind)
        url = text(row, "url", most=_URL_MOST)
        text(row, "title_en")
    except RowFault as fault:
        raise MarketFault(f"{where}: {fault}") from None
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname not in hosts:
        raise MarketFault(f"{where}: url is not an https link to {', '.join(sorted(hosts))}")
    titles = {
        name.removeprefix(TITLE): value.strip()
        for name, value in row.items()
        if name.startswith(TITLE) and value.strip()
    }
    check(titles, languages, where)
    return model, Document(kind, url, titles)
