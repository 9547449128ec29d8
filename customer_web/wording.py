"""The sentences, dates and numbers of one language, ready for a page. Pure.

A value in a sentence is escaped unless it is markup made here, and it never becomes part of the sentence's
own text: a product called `{name}` or `<b>` is shown as that.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Final

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_time, get_day_names
from babel.numbers import format_decimal
from markupsafe import Markup, escape

import locales

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, time

    from care.catalogue.markets import Hours, Telephone

_REGIONS: Final = {"en": "en_GB"}
"""Days before months, as in all other languages of ours."""
_LONG_DATES: Final = {"vi": "d 'tháng' M 'năm' y"}
"""Where the locale data's long form is none that is said in a sentence."""
_MARK: Final = re.compile("\ue000([a-z_]+)\ue001")
_GROUP: Final = 4
_SHOWN: Final = 4
_MEGABYTE: Final = 1_000_000
_WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTE: Final = 60


class Wording:
    """One language: `t` and the filters of the templates."""

    def __init__(self, language: str) -> None:
        self._catalogue = locales.load(language, "portal")
        self.language = self._catalogue.language
        self._locale = Locale.parse(_REGIONS.get(self.language, self.language))

    def t(self, key: str, **values: object) -> Markup:
        """The sentence for `key`, escaped, with its values put in. Raises locales.TextError."""
        counted = {name: value for name, value in values.items() if isinstance(value, int)}
        marks = {name: f"\ue000{name}\ue001" for name in values.keys() - counted.keys()}
        sentence = escape(self._catalogue.text(key, **counted, **marks))
        return Markup(_MARK.sub(lambda match: str(escape(_written(values[match[1]]))), sentence))  # noqa: S704

    def long_date(self, day: date) -> str:
        """A day in the long form, with the year in full: what a right depends on is never shortened."""
        return format_date(day, _LONG_DATES.get(self.language, "long"), locale=self._locale)

    def month(self, day: date) -> str:
        return format_skeleton("yMMMM", datetime(day.year, day.month, 1), locale=self._locale)  # noqa: DTZ001

    def moment(self, at: datetime) -> str:
        """A day and the time of it, as given: no zone is changed."""
        if self.language in _LONG_DATES:
            return f"{self.clock(at.time())}, {self.long_date(at)}"
        return format_datetime(at, "d MMMM y, HH:mm", locale=self._locale)

    def clock(self, at: time) -> str:
        return format_time(at, "HH:mm", locale=self._locale)

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self._locale)

    def megabytes(self, size: int) -> str:
        """A file's size with one decimal, `4.1 MB`; a megabyte is a million bytes."""
        return f"{self.number(round(size / _MEGABYTE, 1))}\u00a0MB"

    def duration(self, seconds: int) -> str:
        minutes, rest = divmod(seconds, _MINUTE)
        return f"{minutes}\u00a0min {rest}\u00a0s" if minutes else f"{rest}\u00a0s"

    def wait(self, seconds: int) -> Markup:
        """How long to wait: whole minutes, rounded up, or seconds where they are fewer than a minute."""
        if seconds < _MINUTE:
            return self.t("portal.wait.seconds", n=max(1, seconds))
        return self.t("portal.wait.minutes", n=-(-seconds // _MINUTE))

    def country(self, code: str) -> str:
        """A country's name by its code; the neutral market is another country."""
        name = self._locale.territories.get(code)
        return name if name and code != "XX" else str(self.t("portal.country.other"))

    def own_name(self, language: str) -> str:
        """What a language is called by those who speak it."""
        return locales.load(language, "portal").text("portal.language")

    def hours(self, telephone: Telephone) -> tuple[Markup, ...]:
        """When somebody answers; neighbouring days with the same hours are one line."""
        lines = (self._hours(days, hours) for days, hours in runs(telephone))
        return tuple(line[:1].upper() + line[1:] for line in lines)

    def _hours(self, days: Sequence[int], hours: Hours) -> Markup:
        names = get_day_names("wide", context="format", locale=self._locale)
        around_the_clock = hours.opens == hours.closes
        if around_the_clock and len(days) == len(_WEEK):
            return self.t("portal.hours.always")
        values = {"first": names[days[0]], "last": names[days[-1]]}
        values |= {"opens": self.clock(hours.opens), "closes": self.clock(hours.closes)}
        if len(days) == 1:
            return self.t("portal.hours.day", **values)
        return self.t("portal.hours.days", **values)


def runs(telephone: Telephone) -> list[tuple[list[int], Hours]]:
    """Neighbouring weekdays with the same hours; 0 is Monday, a day without hours is in none."""
    found: list[tuple[list[int], Hours]] = []
    for day, name in enumerate(_WEEK):
        hours = telephone.hours.get(name)
        if hours is None:
            continue
        if found and found[-1][1] == hours and found[-1][0][-1] == day - 1:
            found[-1][0].append(day)
        else:
            found.append(([day], hours))
    return found


def spaced(number: str) -> str:
    """A serial number or IMEI in groups of four for reading: 4-4-4-3."""
    return " ".join(number[at : at + _GROUP] for at in range(0, len(number), _GROUP))


def masked(number: str) -> str:
    """The last four characters alone, in the same groups: what lies open on a screen should not be copied."""
    return spaced("•" * (len(number) - _SHOWN) + number[-_SHOWN:])


def strong(value: object) -> Markup:
    return Markup("<strong>{}</strong>").format(value)


def code(value: object) -> Markup:
    """A number from a product, set so that every character is told from every other."""
    return Markup('<span class="number" translate="no">{}</span>').format(value)


def languages() -> tuple[str, ...]:
    """Those that a reader can choose."""
    return locales.languages()


def _written(value: object) -> object:
    return unicodedata.normalize("NFC", value) if type(value) is str else value
