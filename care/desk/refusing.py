"""What is said of a field that is refused: codes of a closed set, with positions from 1 (R12, R17-R21).

No text stands here: whoever shows it words the code.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from care.identifiers import SERIAL_LONG, SERIAL_SHORT, LookAlike, Problem, Unfit
from care.ports import Refusal
from care.registration.rules import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence


class Hint(StrEnum):
    """What to look at."""

    CHECK_REGISTRABLE = "check-registrable"  # whether the product can be registered at all (R12)
    EMPTY = "empty"
    CHARACTERS = "characters"
    LENGTH = "length"  # neither 11 nor 15: whether some are missing (R17, R19)
    LOOK_ALIKE = "look-alike"  # O and 0, S and 5 (R18)
    LOOK_ALIKE_KNOWN = "look-alike-known"  # another reading of these stands in our list
    ON_THE_PRODUCT = "on-the-product"  # the number of the product, not of its box (R20)
    SOFTWARE_VERSION = "software-version"
    MODEL_CODE = "model-code"
    REPEATED = "repeated"
    CHECK_DIGIT = "check-digit"
    OTHER_KIND = "other-kind"
    STORAGE = "storage"
    ACCESSORY = "accessory"
    COMPONENT = "component"
    BUSINESS = "business"
    CHOOSE = "choose"  # one of a list
    EXACTLY_ONE = "exactly-one"  # of several fields
    NEWER_TERMS = "newer-terms"
    AGREE = "agree"
    DATE = "date"
    RELEASE_FIRST = "release-first"  # the owner before gives it up or transfers it (D6)
    TYPE_IT = "type-it"  # by its number, since its code does not register it
    LONGEST = "longest"


_OF_PROBLEM: Final = {
    Problem.EMPTY: Hint.EMPTY,
    Problem.CHARACTERS: Hint.CHARACTERS,
    Problem.LENGTH: Hint.LENGTH,
    Problem.PACKAGING: Hint.ON_THE_PRODUCT,
    Problem.SOFTWARE_VERSION: Hint.SOFTWARE_VERSION,
    Problem.MODEL_CODE: Hint.MODEL_CODE,
    Problem.REPEATED: Hint.REPEATED,
    Problem.CHECK_DIGIT: Hint.CHECK_DIGIT,
    Problem.OTHER_KIND: Hint.OTHER_KIND,
}
_OF_REFUSED: Final[dict[Refused, tuple[str, Hint]]] = {
    Refused.NOT_OURS: ("/model", Hint.CHOOSE),
    Refused.MODEL_NEEDED: ("/model", Hint.CHOOSE),
    Refused.MODEL_MISMATCH: ("/model", Hint.CHOOSE),
    Refused.QR_NOT_SUPPORTED: ("/codes", Hint.TYPE_IT),
    Refused.TERMS_REQUIRED: ("/terms", Hint.AGREE),
    Refused.OWN_DEVICE_REQUIRED: ("/own_device", Hint.AGREE),
    Refused.PURCHASE_IN_FUTURE: ("/bought_on", Hint.DATE),
    Refused.PURCHASE_BEFORE_MADE: ("/bought_on", Hint.DATE),
}


def about(pointer: str, hint: Hint, **more: object) -> dict[str, object]:
    """One entry of a problem's `errors`."""
    return {"pointer": pointer, "hint": hint.value, **more}


def field(pointer: str, hint: Hint) -> Refusal:
    """A field that is not what it must be, though of the right form."""
    return Refusal("bad-request", errors=[about(pointer, hint)])


def unfit(found: Unfit, pointer: str) -> Refusal:
    """A number that is none of a whole product: first whether it can be registered, then what is wrong."""
    if found.problem is Problem.PACKAGING:
        return Refusal("packaging-code", errors=[about(pointer, Hint.ON_THE_PRODUCT)])
    errors = [about(pointer, Hint.CHECK_REGISTRABLE)]
    match found.problem:
        case Problem.CHARACTERS:
            errors.append(about(pointer, Hint.CHARACTERS, positions=list(found.positions)))
        case Problem.LENGTH:
            expected = [SERIAL_SHORT, SERIAL_LONG]
            errors.append(about(pointer, Hint.LENGTH, length=found.length, expected=expected))
        case problem:
            errors.append(about(pointer, _OF_PROBLEM[problem]))
    return Refusal("identifier-invalid", errors=errors + look_alikes(found.look_alikes, pointer))


def misfit(problem: Problem, marks: Sequence[LookAlike], pointer: str) -> Refusal:
    """A good number that the chosen model does not carry."""
    errors = [about(pointer, _OF_PROBLEM[problem]), *look_alikes(marks, pointer)]
    return Refusal("identifier-invalid", errors=errors)


def look_alikes(marks: Sequence[LookAlike], pointer: str) -> list[dict[str, object]]:
    if not marks:
        return []
    return [about(pointer, Hint.LOOK_ALIKE, positions=[mark.position for mark in marks])]


def refused(why: Refused, *, pointer: str, why_not: str = "", terms: str = "") -> Refusal:
    """What the rules refuse; `pointer` is where the number stands, `why_not` why the model cannot be."""
    if why is Refused.NOT_REGISTRABLE:
        return Refusal(why.value, errors=[about(pointer, Hint(why_not))])
    if why is Refused.TERMS_STALE:
        return Refusal(why.value, errors=[about("/terms", Hint.NEWER_TERMS, version=terms)])
    if why is Refused.ALREADY_REGISTERED:
        return Refusal(why.value, errors=[about(pointer, Hint.RELEASE_FIRST)])
    if why in _OF_REFUSED:
        where, hint = _OF_REFUSED[why]
        return Refusal(why.value, errors=[about(where, hint)])
    return Refusal(why.value, errors=[about(pointer, Hint.CHECK_REGISTRABLE)])
