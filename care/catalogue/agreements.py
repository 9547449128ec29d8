"""What a customer agrees to when they register: the words of each version, kept as long as anybody may ask.

A version stands in a market's data with the day it begins; its words stand here, in every language of that
market and in English. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import msgspec

from care.catalogue.markets import MarketFault
from care.catalogue.texts import Said, check, in_language

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from care.catalogue.markets import Markets


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A heading and its paragraphs."""

    title: Said
    paragraphs: Annotated[tuple[Said, ...], msgspec.Meta(min_length=1, max_length=12)]


class Agreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of these versions."""

    versions: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    parts: Annotated[tuple[Part, ...], msgspec.Meta(min_length=1, max_length=20)]


class AgreementFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    agreements: tuple[Agreement, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """One version in one language."""

    version: str
    valid_from: date
    parts: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Agreements:
    by_version: Mapping[str, Agreement]
    valid_from: Mapping[str, date]

    def terms(self, version: str, language: str) -> Terms | None:
        """None for a version that there never was."""
        found = self.by_version.get(version)
        if found is None:
            return None
        parts = tuple(
            (
                in_language(part.title, language),
                tuple(in_language(paragraph, language) for paragraph in part.paragraphs),
            )
            for part in found.parts
        )
        return Terms(version, self.valid_from[version], parts)


NO_AGREEMENTS = Agreements({}, {})


def checked(file: AgreementFile | None, markets: Markets, languages: Collection[str]) -> Agreements:
    """Raises MarketFault where a version of a market has no words, or none in one of its languages."""
    by_version: dict[str, Agreement] = {}
    for agreement in file.agreements if file is not None else ():
        for version in agreement.versions:
            if version in by_version:
                raise MarketFault(f"registration_terms.toml: {version} stands twice")
            by_version[version] = agreement
        for place, part in enumerate(agreement.parts, 1):
            where = f"registration_terms.toml: {agreement.versions[0]}, part {place}"
            for said in (part.title, *part.paragraphs):
                check(said, languages, where)
    valid_from: dict[str, date] = {}
    for market in markets.by_code.values():
        for text in market.registration_terms:
            found = by_version.get(text.version)
            if found is None:
                raise MarketFault(f"registration_terms.toml: there are no words for {text.version}")
            _check_languages(found, text.version, market.languages)
            valid_from[text.version] = text.valid_from
    unused = by_version.keys() - valid_from.keys()
    if unused:
        raise MarketFault(f"registration_terms.toml: no market has the version {min(unused)}")
    return Agreements(by_version, valid_from)


def _check_languages(agreement: Agreement, version: str, languages: Collection[str]) -> None:
    for part in agreement.parts:
        for said in (part.title, *part.paragraphs):
            for language in languages:
                if language not in said:
                    raise MarketFault(f"registration_terms.toml: {version} has no words in {language!r}")
