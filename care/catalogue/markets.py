"""What differs from country to country: languages, money, postcodes, hours, links, terms (D8, R73).

Data files, read once and checked whole: a maker's counsel signs them off, and what is not signed off says
so. Pure but for the reading.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from babel.numbers import list_currencies

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

NEUTRAL: Final = "XX"
"""The market of whoever is in none of ours: English, and no terms of any country's law."""
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TYPED_MOST: Final = 24


class MarketFault(ValueError):  # noqa: N818 - a state of the data
    """A market's data is not what it must be; the text names the file and the field."""


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One day's: from opening to closing; a closing before the opening is in the next morning."""

    opens: time
    closes: time


class OtherDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day with other hours than its weekday's; none where it is closed all day."""

    on: date
    hours: Hours | None = None


class Telephone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As people read it, in E.164, and when somebody answers."""

    shown: Annotated[str, msgspec.Meta(min_length=3, max_length=32)]
    e164: Annotated[str, msgspec.Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]
    hours: dict[str, Hours]
    other_days: tuple[OtherDay, ...] = ()


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text that a customer agrees to: its version, and where each language's words stand."""

    version: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    valid_from: date
    signed_off_on: date | None = None


class Market(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """One country, or `XX` for all others."""

    code: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")]
    languages: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")]
    time_zone: str
    postcode: str
    postcode_example: str
    registration_terms: tuple[Text, ...]
    links: dict[str, str]
    postcode_prefix: str = ""
    telephone: Telephone | None = None
    working_days_only: bool = False
    signed_off_on: date | None = None

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @cached_property
    def _postcode(self) -> re.Pattern[str]:
        return re.compile(self.postcode)

    def postcode_of(self, typed: str) -> str | None:
        """The postcode as it is stored, or None where it is none of this market.

        A prefix that people leave out at times is put before it.
        """
        bare = (
            "".join(typed[:_TYPED_MOST].split()).upper().replace("-", "").removeprefix(self.postcode_prefix)
        )
        return f"{self.postcode_prefix}{bare}" if self._postcode.fullmatch(bare) else None

    def today(self, now_ms: int) -> date:
        """The date where the customer is; `now_ms` since the epoch, UTC."""
        return datetime.fromtimestamp(now_ms / 1000, self.zone).date()

    def terms_on(self, day: date) -> Text | None:
        """The registration terms of that day: the newest that are valid."""
        valid = [text for text in self.registration_terms if text.valid_from <= day]
        return max(valid, key=lambda text: text.valid_from, default=None)

    def is_open(self, now_ms: int) -> bool:
        """Whether somebody answers the telephone now."""
        if self.telephone is None:
            return False
        here = datetime.fromtimestamp(now_ms / 1000, self.zone)
        return any(_covers(self.telephone, here, day) for day in (here.date(), here.date() - timedelta(1)))


def _covers(telephone: Telephone, here: datetime, day: date) -> bool:
    """Whether the hours that begin on `day` hold at `here`: by the clock on the wall, as they are written."""
    hours = hours_of(telephone, day)
    if hours is None:
        return False
    wall = here.replace(tzinfo=None)
    opens, closes = datetime.combine(day, hours.opens), datetime.combine(day, hours.closes)
    if closes <= opens:
        closes += timedelta(days=1)
    return opens <= wall < closes


def hours_of(telephone: Telephone, day: date) -> Hours | None:
    """The hours that begin on a day; None where it is closed."""
    for other in telephone.other_days:
        if other.on == day:
            return other.hours
    return telephone.hours.get(_DAYS[day.weekday()])


@dataclass(frozen=True, slots=True)
class Markets:
    """All of them by code; whoever is in none is in the neutral one."""

    by_code: dict[str, Market]

    def __getitem__(self, code: str) -> Market:
        return self.by_code.get(code.upper(), self.by_code[NEUTRAL])

    def __contains__(self, code: object) -> bool:
        return code in self.by_code

    @property
    def not_signed_off(self) -> tuple[str, ...]:
        """The markets whose terms no counsel has approved yet."""
        return tuple(
            code
            for code, market in sorted(self.by_code.items())
            if market.signed_off_on is None or any(t.signed_off_on is None for t in market.registration_terms)
        )


def read_markets(folder: Path, *, languages: Collection[str], hosts: Collection[str]) -> Markets:
    """Every `*.toml` of a folder. `languages` are those we have texts for, `hosts` those that links may name.

    A link to somewhere else is a fault: pages are captured and mirrored, and a privacy notice from a
    foreign host is worse than none. Raises MarketFault.
    """
    found: dict[str, Market] = {}
    for file in sorted(folder.glob("*.toml")):
        market = _read(file)
        for fault in faults(market, languages=languages, hosts=hosts):
            raise MarketFault(f"{file.name}: {fault}")
        if market.code in found:
            raise MarketFault(f"{file.name}: {market.code} stands in two files")
        found[market.code] = market
    if NEUTRAL not in found:
        raise MarketFault(f"{folder}: no market {NEUTRAL}, for whoever is in none of the others")
    return Markets(found)


def _read(file: Path) -> Market:
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Market, strict=True)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as fault:
        raise MarketFault(f"{file.name}: {fault}") from None


def faults(market: Market, *, languages: Collection[str], hosts: Collection[str]) -> Iterable[str]:
    """What is wrong with a market's data besides its form, in words."""
    yield from _language_faults(market, languages)
    try:
        ZoneInfo(market.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f"time_zone: {market.time_zone!r} is not known"
    if market.currency not in list_currencies():
        yield f"currency: {market.currency} is not known"
    yield from _postcode_faults(market)
    if market.telephone is not None and (unknown := market.telephone.hours.keys() - set(_DAYS)):
        yield f"telephone.hours: {', '.join(sorted(unknown))} is no day; days are {', '.join(_DAYS)}"
    versions = [text.version for text in market.registration_terms]
    if len(set(versions)) < len(versions):
        yield "registration_terms: a version stands twice"
    for name, link in market.links.items():
        parts = urlsplit(link)
        if parts.scheme != "https" or parts.hostname not in hosts:
            yield f"links.{name}: {link!r} is not an https link to {', '.join(sorted(hosts))}"


def _language_faults(market: Market, languages: Collection[str]) -> Iterable[str]:
    for language in market.languages:
        if language not in languages:
            yield f"languages: there are no texts in {language!r}"


def _postcode_faults(market: Market) -> Iterable[str]:
    try:
        if not re.compile(market.postcode).fullmatch(
            market.postcode_example.removeprefix(market.postcode_prefix)
        ):
            yield f"postcode_example: {market.postcode_example!r} does not fit the rule"
    except re.error as fault:
        yield f"postcode: {fault}"
