"""The twelve digits a customer reads out: locator, secret, check digit (SPEC §3)."""

from __future__ import annotations

import re

from wire.errors import WireError

CODE_DIGITS = 12
LOCATOR_DIGITS = 5
SECRET_DIGITS = 6
TYPED_CHARACTERS = 64

_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip

# Unicode White_Space; the dashes and dots people type or paste between groups.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_DASH = "\\-\u2010-\u2015\u2212"
_DOT = ".\u00b7"
SEPARATORS = re.compile(f"[{_SPACE}{_DASH}{_DOT}]+")


def _is_digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdigit()


def _require(text: str, count: int) -> None:
    if not _is_digits(text, count):
        raise WireError("bad_code", f"not {count} digits")


def _state(digits: str) -> int:
    state = 0
    for digit in digits:
        state = int(_DAMM[state][int(digit)])
    return state


def check_digit(eleven: str) -> str:
    """Damm check digit: catches every single wrong digit and every swap of neighbours."""
    _require(eleven, LOCATOR_DIGITS + SECRET_DIGITS)
    return str(_state(eleven))


def compose(locator: str, secret: str) -> str:
    """The code to show."""
    _require(locator, LOCATOR_DIGITS)
    _require(secret, SECRET_DIGITS)
    return locator + secret + check_digit(locator + secret)


def is_valid(twelve: str) -> bool:
    """Whether these are twelve digits whose check digit fits."""
    return _is_digits(twelve, CODE_DIGITS) and _state(twelve) == 0


def normalise(typed: str) -> str | None:
    """The twelve digits somebody typed or pasted, or None; says nothing about the check digit."""
    if len(typed) > TYPED_CHARACTERS:
        return None
    digits = SEPARATORS.sub("", typed)
    return digits if _is_digits(digits, CODE_DIGITS) else None


def split(twelve: str) -> tuple[str, str]:
    """Locator and secret of a code whose check digit fits."""
    if not is_valid(twelve):
        raise WireError("bad_code", "not twelve digits with a fitting check digit")
    return twelve[:LOCATOR_DIGITS], twelve[LOCATOR_DIGITS:-1]


def grouped(twelve: str) -> str:
    """The code as shown, 4-4-4 with spaces."""
    _require(twelve, CODE_DIGITS)
    return f"{twelve[:4]} {twelve[4:8]} {twelve[8:]}"
