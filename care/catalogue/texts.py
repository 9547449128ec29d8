"""Texts in a maker's folder: one per language, English always; checked when they are read. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from care.catalogue.markets import MarketFault

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

TEXT_MOST: Final = 1_000

Sentence = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_MOST)]
Said = dict[str, Sentence]
"""By language."""


def in_language(said: Mapping[str, str], language: str) -> str:
    return said.get(language, said["en"])


def check(said: Mapping[str, str], languages: Collection[str], where: str) -> None:
    """Raises MarketFault where English is missing, a language is none of ours, or a template's mark is left.

    A mark that a customer could read is the fault of whoever filled the file (R4).
    """
    if "en" not in said:
        raise MarketFault(f"{where}: English is missing")
    for language, text in said.items():
        if language not in languages:
            raise MarketFault(f"{where}: there are no texts in {language!r}")
        if any(mark in text for mark in ("{{", "}}", "{%", "%(", "${")):
            raise MarketFault(f"{where}.{language}: a template's mark is left over")
        if not text.strip():
            raise MarketFault(f"{where}.{language}: is empty")
