"""The texts people read: gettext files, one per language and domain, read by Babel; JSON for the browser.

A new language is a new folder beside `en` with the same files: nothing here names one but the fallback and
those that go by several names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from babel import Locale
from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from collections.abc import Mapping

    from babel.messages.catalog import Message

FALLBACK: Final = "en"
ALIASES: Final[Mapping[str, str]] = MappingProxyType({"no": "nb", "nn": "nb"})
"""Asked for by another name: Norwegian of no kind, and Nynorsk, whose readers read Bokmål too."""
_FOLDER: Final = Path(__file__).parent
_CATEGORIES: Final = ("zero", "one", "two", "few", "many", "other")  # CLDR's order is the order of msgstr[n]
_SAMPLE: Final = (*range(201), 1_000_000)  # reaches every category that whole numbers have in any language
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")

Text = str | dict[str, str]
"""A sentence, or one per plural category of the language (`{"one": ..., "other": ...}`)."""


class TextError(LookupError):
    """A key that no catalogue holds, a value that a sentence needs, or a file that breaks the rules."""


def languages() -> tuple[str, ...]:
    """Every language there is a folder for."""
    return tuple(sorted(folder.name for folder in _FOLDER.iterdir() if any(folder.glob("*.po"))))


def spoken(tag: str) -> str | None:
    """The language of ours that a tag asks for (`nb-NO`, `no`, `CS`), or None."""
    primary = re.split("[-_]", tag.strip().lower(), maxsplit=1)[0]
    language = ALIASES.get(primary, primary)
    return language if language in languages() else None


def domains(language: str) -> tuple[str, ...]:
    """The catalogues a language has: `console`, `device`, `mail`, `server`, `shared`."""
    return tuple(sorted(file.stem for file in (_FOLDER / language).glob("*.po")))


def plural_categories(language: str) -> tuple[str, ...]:
    """The plural categories that whole numbers reach in a language, in the order of `msgstr[n]`."""
    rule = Locale.parse(language).plural_form
    reached = {rule(n) for n in _SAMPLE}
    return tuple(category for category in _CATEGORIES if category in reached)


def placeholders(text: Text) -> frozenset[str]:
    """The names of all values a text takes."""
    sentences = (text,) if isinstance(text, str) else tuple(text.values())
    return frozenset(name for sentence in sentences for name in _PLACEHOLDER.findall(sentence))


def counted(text: dict[str, str]) -> str:
    """The name of the value that chooses among plural sentences: `n` if they have it, else their only one."""
    names = placeholders(text)
    if "n" in names:
        return "n"
    if len(names) != 1:
        raise TextError(f"a plural text counts {{n}} or its only value, not one of {sorted(names)}")
    return next(iter(names))


@cache
def read(language: str, domain: str) -> Mapping[str, Text]:
    """One file as it stands, without fallback; empty where the language does not have it."""
    path = _FOLDER / language / f"{domain}.po"
    if not path.is_file():
        return MappingProxyType({})
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language, charset="utf-8", abort_invalid=True)
    forms = plural_categories(language)
    return MappingProxyType(dict(_entry(message, forms) for message in catalogue if message.id))


def load(language: str, *domains: str) -> Catalogue:
    """Some domains in one language; English stands in for a sentence or a language we lack."""
    known = language if language in languages() else FALLBACK
    english: dict[str, Text] = {}
    own: dict[str, Text] = {}
    for domain in domains:
        fresh = read(FALLBACK, domain)
        if twice := english.keys() & fresh.keys():
            raise TextError(f"{sorted(twice)} stand in {domain} and in another domain")
        english |= fresh
        own |= read(known, domain)
    return Catalogue(known, MappingProxyType(own), MappingProxyType(english))


def as_json(language: str, *domains: str) -> dict[str, Text]:
    """The same texts for the browser; a plural is an object by category, for `Intl.PluralRules`."""
    catalogue = load(language, *domains)
    return {**catalogue.english, **catalogue.own}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Sentences by key, with named values put in."""

    language: str
    own: Mapping[str, Text]
    english: Mapping[str, Text]

    def text(self, key: str, **values: object) -> str:
        """The sentence for `key`, a plural one by the value it counts; further values are ignored."""
        language, text = self._find(key)
        if isinstance(text, str):
            return _fill(key, text, values)
        name = counted(text)
        number = values.get(name)
        if not isinstance(number, int):
            raise TextError(f"{key} counts {{{name}}} and needs it as a whole number")
        return _fill(key, text[Locale.parse(language).plural_form(number)], values)

    def count(self, key: str, n: int, **values: object) -> str:
        """The sentence for `n` things."""
        return self.text(key, n=n, **values)

    def _find(self, key: str) -> tuple[str, Text]:
        if key in self.own:
            return self.language, self.own[key]
        if key in self.english:
            return FALLBACK, self.english[key]
        raise TextError(f"no text for {key}")


def _entry(message: Message, forms: tuple[str, ...]) -> tuple[str, Text]:
    if not message.pluralizable:
        return str(message.id), str(message.string)
    key, strings = message.id[0], tuple(message.string or ())
    if len(strings) != len(forms):
        raise TextError(f"{key} has {len(strings)} plural sentences; this language needs {', '.join(forms)}")
    return str(key), dict(zip(forms, strings, strict=True))


def _fill(key: str, sentence: str, values: Mapping[str, object]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise TextError(f"{key} needs a value for {{{match[1]}}}")
        return str(values[match[1]])

    return _PLACEHOLDER.sub(value, sentence)
