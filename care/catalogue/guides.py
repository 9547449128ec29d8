"""Where the number of a product stands, by type or more particular, as data of the maker's (R22). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import msgspec

from care.catalogue.markets import MarketFault
from care.catalogue.texts import Said, check, in_language

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


class Guide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`applies_to` is the code of a model, category, subtype or type; `steps` are names of texts."""

    applies_to: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    steps: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=12)]


class GuideFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    texts: dict[str, Said]
    guides: tuple[Guide, ...]


@dataclass(frozen=True, slots=True)
class Guides:
    by_code: Mapping[str, Guide]
    texts: Mapping[str, Said]

    def of(self, codes: Iterable[str]) -> Guide | None:
        """The guide of the first code that has one: from the particular to the general."""
        return next((self.by_code[code] for code in codes if code in self.by_code), None)

    def steps(self, guide: Guide, language: str) -> tuple[str, ...]:
        return tuple(in_language(self.texts[step], language) for step in guide.steps)


NO_GUIDES = Guides({}, {})


def checked(file: GuideFile, languages: Collection[str]) -> Guides:
    """Raises MarketFault with what is wrong, in words."""
    for name, said in file.texts.items():
        check(said, languages, f"guides.toml: texts.{name}")
    by_code: dict[str, Guide] = {}
    for guide in file.guides:
        if guide.applies_to in by_code:
            raise MarketFault(f"guides.toml: {guide.applies_to} has two guides")
        for step in guide.steps:
            if step not in file.texts:
                raise MarketFault(f"guides.toml: {guide.applies_to}: there is no text {step!r}")
        by_code[guide.applies_to] = guide
    return Guides(by_code, file.texts)
