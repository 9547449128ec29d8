"""Whose products these are: a folder of data that a maker fills, read once and checked whole (D8)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import msgspec

from care.catalogue import agreements, documents, guides, pages
from care.catalogue.agreements import NO_AGREEMENTS, AgreementFile, Agreements
from care.catalogue.documents import NO_DOCUMENTS, Documents
from care.catalogue.guides import NO_GUIDES, GuideFile, Guides
from care.catalogue.markets import MarketFault, Markets, read_markets
from care.catalogue.pages import NO_PAGES, Pages

if TYPE_CHECKING:
    from collections.abc import Collection

INVENTED: Final = Path(__file__).parents[1] / "data"
"""An invented maker's, for the demonstration and for tests."""

_T = TypeVar("_T")


class Maker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Host names are in lower case.

    `supply_needed` are codes of models, categories, subtypes or types whose supply lists are complete: what
    does not stand there is not registered (D12).
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    brands: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    link_hosts: frozenset[str]
    code_hosts: frozenset[str]
    supply_needed: frozenset[str] = frozenset()
    # The apps by their names; the maker's own where there is none.
    home_app: Annotated[str, msgspec.Meta(max_length=80)] = ""
    members_app: Annotated[str, msgspec.Meta(max_length=80)] = ""


@dataclass(frozen=True, slots=True)
class MakerData:
    maker: Maker
    markets: Markets
    guides: Guides = NO_GUIDES
    documents: Documents = NO_DOCUMENTS
    pages: Pages = NO_PAGES
    agreements: Agreements = NO_AGREEMENTS


def read_maker_data(folder: Path, *, languages: Collection[str]) -> MakerData:
    """`maker.toml` and `markets/*.toml` of a folder; guides, documents and pages where there are any.

    Raises MarketFault. `languages` are those we have texts for.
    """
    maker = _read(folder / "maker.toml", Maker)
    if maker is None:
        raise MarketFault(f"{folder}: there is no maker.toml that can be read")
    for host in (*maker.link_hosts, *maker.code_hosts):
        if host != host.lower() or "/" in host or not host:
            raise MarketFault(f"maker.toml: {host!r} is no host in lower case")
    markets = read_markets(folder / "markets", languages=languages, hosts=maker.link_hosts)
    guide_file = _read(folder / "guides.toml", GuideFile)
    page_file = _read(folder / "pages.toml", Pages)
    return MakerData(
        maker,
        markets,
        guides=guides.checked(guide_file, languages) if guide_file else NO_GUIDES,
        documents=_documents(folder / "documents.csv", languages, maker.link_hosts),
        agreements=agreements.checked(
            _read(folder / "registration_terms.toml", AgreementFile), markets, languages
        ),
        pages=pages.checked(page_file, languages=languages, hosts=maker.link_hosts)
        if page_file
        else NO_PAGES,
    )


def _documents(file: Path, languages: Collection[str], hosts: Collection[str]) -> Documents:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return documents.read(lines, languages=languages, hosts=hosts)
    except FileNotFoundError:
        return NO_DOCUMENTS
    except OSError:
        raise MarketFault(f"{file} cannot be read") from None
    except UnicodeDecodeError as fault:
        raise MarketFault(f"{file.name}: {fault}") from None


def _read(file: Path, kind: type[_T]) -> _T | None:
    """A TOML file as a struct; None where there is none. Raises MarketFault."""
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), kind, strict=True)
    except FileNotFoundError:
        return None
    except OSError:
        raise MarketFault(f"{file} cannot be read") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as fault:
        raise MarketFault(f"{file.name}: {fault}") from None
