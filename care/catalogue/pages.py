"""What a customer's pages say besides their products: banners, questions, benefits, offers (R2-R8). Pure.

All of it is the maker's, in every language that they write it in. Nothing here claims what the product does
not do: a benefit names what stands behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import msgspec

from care.catalogue.markets import MarketFault
from care.catalogue.texts import Said, check

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}$")]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A heading and what stands under it; `link` leads to a host of the maker's, "" for nowhere."""

    code: Code
    title: Said
    text: Said
    link: str = ""


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: Code
    question: Said
    answer: Said


class Recommended(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Models that go with what somebody has: `owned` are codes of categories, none for everybody."""

    models: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=12)]
    reason: Said
    owned: tuple[str, ...] = ()


class Pages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`reasons` are the tiles of "why should I register" (R8), `benefits` what a registration brings (R7)."""

    banners: tuple[Words, ...] = ()
    benefits: tuple[Words, ...] = ()
    reasons: tuple[Words, ...] = ()
    offers: tuple[Words, ...] = ()
    questions: tuple[Question, ...] = ()
    recommended: tuple[Recommended, ...] = ()

    def recommended_for(self, owned: Collection[str]) -> tuple[Recommended, ...]:
        """What goes with the categories that somebody owns first, then what is for everybody."""
        fitting = [one for one in self.recommended if set(one.owned) & set(owned)]
        return (*fitting, *(one for one in self.recommended if not one.owned))


NO_PAGES: Final = Pages()


def checked(pages: Pages, *, languages: Collection[str], hosts: Collection[str]) -> Pages:
    """The pages as they are. Raises MarketFault with what is wrong, in words."""
    lists = {
        "banners": pages.banners,
        "benefits": pages.benefits,
        "reasons": pages.reasons,
        "offers": pages.offers,
    }
    for name, entries in lists.items():
        _once(name, (entry.code for entry in entries))
        for entry in entries:
            where = f"pages.toml: {name}.{entry.code}"
            check(entry.title, languages, f"{where}.title")
            check(entry.text, languages, f"{where}.text")
            _lead_home(entry.link, hosts, where)
    _once("questions", (entry.code for entry in pages.questions))
    for one in pages.questions:
        check(one.question, languages, f"pages.toml: questions.{one.code}.question")
        check(one.answer, languages, f"pages.toml: questions.{one.code}.answer")
    for place, each in enumerate(pages.recommended, 1):
        check(each.reason, languages, f"pages.toml: recommended, entry {place}")
    return pages


def _once(name: str, codes: Iterable[str]) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise MarketFault(f"pages.toml: {name}.{code} stands twice")
        seen.add(code)


def _lead_home(link: str, hosts: Collection[str], where: str) -> None:
    parts = urlsplit(link)
    if link and (parts.scheme != "https" or parts.hostname not in hosts):
        raise MarketFault(f"{where}.link: {link!r} is not an https link to {', '.join(sorted(hosts))}")
