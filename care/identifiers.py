"""What a number from a product, typed or scanned, is: an IMEI, a serial number, or neither (R12, R14-R21).

Pure. Nothing is ever corrected silently: a letter O is not a zero until somebody has looked at the label
(R18, INV-F5). What is wrong is said with its position, counted from 1.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING, Final

from stdnum import ean, luhn

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

TYPED_MOST: Final = 64
"""Characters that are looked at at all, separators included."""
SERIAL_SHORT: Final = 11  # mobile, tablet, wearable (R15)
SERIAL_LONG: Final = 15  # everything else (R16)
IMEI_DIGITS: Final = 15  # 8 of the type, 6 of the piece, 1 to check (3GPP TS 23.003)
TAC_DIGITS: Final = 8
_IMEISV_DIGITS: Final = 16
_PACKAGE_LENGTHS: Final = frozenset({12, 13, 14})  # UPC-A, EAN-13, ITF-14: printed on the box (R20)
_LOOK_ALIKES: Final = {"O": "0", "0": "O", "S": "5", "5": "S"}
_VARIANTS_ALL: Final = 4  # so many look-alikes are tried in every combination, more of them one by one
_WORDS_BEFORE: Final = re.compile("^(?:(?:S/N|SN|IMEI):)+")
_DASHES: Final = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d")
_LETTERS_AND_DIGITS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_DIGITS: Final = frozenset("0123456789")


class Kind(StrEnum):
    IMEI = "imei"
    SERIAL = "serial"


class Problem(StrEnum):
    """Why a number is none of a whole product."""

    EMPTY = "empty"
    CHARACTERS = "characters"  # something else than A to Z and 0 to 9
    LENGTH = "length"  # neither 11 nor 15 (R17)
    PACKAGING = "packaging"  # the barcode of the box (R20)
    SOFTWARE_VERSION = "software-version"  # 16 digits: an IMEI's longer form, which has no check digit
    MODEL_CODE = "model-code"  # what the product is called, not which one it is (R21)
    REPEATED = "repeated"  # one character, again and again
    CHECK_DIGIT = "check-digit"  # an IMEI with a wrong digit, or two swapped
    OTHER_KIND = "other-kind"  # a good number, but this model carries one of another form


@dataclass(frozen=True, slots=True)
class LookAlike:
    """The character at `position` may be the other one (R18)."""

    position: int
    character: str
    other: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number that a product can carry; digits alone of 15 may be both kinds, which the model decides."""

    canonical: str
    kinds: frozenset[Kind]
    look_alikes: tuple[LookAlike, ...]

    @property
    def tac(self) -> str | None:
        """The type allocation code of an IMEI."""
        return self.canonical[:TAC_DIGITS] if Kind.IMEI in self.kinds else None


@dataclass(frozen=True, slots=True)
class Unfit:
    """`positions` are those of wrong characters; `length` counts what was typed without separators."""

    problem: Problem
    length: int
    positions: tuple[int, ...] = ()
    look_alikes: tuple[LookAlike, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """What a model carries: the kinds of number, and how long its serial number is (11 or 15)."""

    kinds: frozenset[Kind]
    serial_length: int

    def __post_init__(self) -> None:
        assert self.kinds, "a product carries some number"
        assert self.serial_length in {SERIAL_SHORT, SERIAL_LONG}, "a serial number has 11 or 15 characters"


def classify(typed: str, *, model_codes: Container[str] = frozenset()) -> Number | Unfit:
    """What `typed` can be, whatever the product; `model_codes` in the spelling of `canonical`."""
    number = canonical(typed)
    if not number:
        return Unfit(Problem.EMPTY, 0)
    if not _LETTERS_AND_DIGITS.issuperset(number):
        wrong = tuple(i for i, character in enumerate(number, 1) if character not in _LETTERS_AND_DIGITS)
        return Unfit(Problem.CHARACTERS, len(number), positions=wrong)
    problem = _problem(number, model_codes)
    if problem is not None:
        return Unfit(problem, len(number), look_alikes=look_alikes(number))
    kinds = {Kind.SERIAL} | ({Kind.IMEI} if is_imei(number) else set())
    return Number(number, frozenset(kinds), look_alikes(number))


def fit(number: Number, rule: Rule) -> Kind | Problem:
    """As which kind of number a model with this rule takes it.

    A television's 15 digits need no check digit; a telephone's do.
    """
    if Kind.IMEI in rule.kinds and Kind.IMEI in number.kinds:
        return Kind.IMEI
    if Kind.SERIAL in rule.kinds and len(number.canonical) == rule.serial_length:
        return Kind.SERIAL
    if Kind.IMEI in rule.kinds and _digits(number.canonical) and len(number.canonical) == IMEI_DIGITS:
        return Problem.CHECK_DIGIT
    return Problem.OTHER_KIND


def canonical(typed: str) -> str:
    """Upper case, without spaces, dashes, invisible characters and the words before the number (D1).

    Other characters stay, to be named. No letter becomes another one: full-width digits and the German
    sharp s are not what stands on a label.
    """
    bare = typed[:TYPED_MOST]
    if not (bare.isascii() and bare.isalnum()):  # as most rows of a list are: nothing of theirs is dropped
        bare = "".join(filter(_is_written, unicodedata.normalize("NFC", bare)))
    upper = (
        bare.upper()
        if bare.isascii()
        else "".join(character.upper() if character.isascii() else character for character in bare)
    )
    return _WORDS_BEFORE.sub("", upper)


def is_imei(number: str) -> bool:
    """15 ASCII digits, the last one the check (Luhn), and not one digit fifteen times."""
    return (
        len(number) == IMEI_DIGITS
        and _digits(number)
        and len(set(number)) > 1
        and bool(luhn.is_valid(number))
    )


def look_alikes(number: str) -> tuple[LookAlike, ...]:
    """Every O, 0, S and 5, which are easily taken for one another."""
    return tuple(
        LookAlike(i, character, _LOOK_ALIKES[character])
        for i, character in enumerate(number, 1)
        if character in _LOOK_ALIKES
    )


def variants(number: str) -> tuple[str, ...]:
    """The other readings of a number, at most 15: to ask a supply list whether the label may say that.

    Whoever offers one must count it as as many questions as there were readings: a hint must be worth no more
    than asking oneself.
    """
    marks = look_alikes(number)
    if len(marks) <= _VARIANTS_ALL:
        choices = product(*(_both(character) for character in number))
        return tuple(sorted({"".join(choice) for choice in choices} - {number}))
    return tuple(number[: mark.position - 1] + mark.other + number[mark.position :] for mark in marks)


def model_of(number: Number, models_by_tac: Mapping[str, str]) -> str | None:
    """The model that an IMEI's type allocation code stands for, where we hold one."""
    return models_by_tac.get(number.tac) if number.tac else None


def _problem(number: str, model_codes: Container[str]) -> Problem | None:
    if number in model_codes:
        return Problem.MODEL_CODE
    if len(number) in _PACKAGE_LENGTHS and _digits(number) and ean.is_valid(number):
        return Problem.PACKAGING
    if len(number) == _IMEISV_DIGITS and _digits(number):
        return Problem.SOFTWARE_VERSION
    if len(number) not in {SERIAL_SHORT, SERIAL_LONG}:
        return Problem.LENGTH
    return Problem.REPEATED if len(set(number)) == 1 else None


def _is_written(character: str) -> bool:
    return not (
        character.isspace() or character in _DASHES or unicodedata.category(character) in {"Cf", "Cc"}
    )


def _both(character: str) -> str:
    return character + _LOOK_ALIKES.get(character, "")


def _digits(number: str) -> bool:
    return _DIGITS.issuperset(number)
