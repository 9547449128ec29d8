"""What services refuse, as the fault of a form's field: the words stand in the portal's texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from customer_web.views.register import LookClosely
from customer_web.views.shell import Fault, FieldError
from identity.customers.rules import Fault as AccountFault
from identity.rules import PASSWORD_LEAST

if TYPE_CHECKING:
    from care.ports import Refusal

_ACCOUNT: Final = {
    AccountFault.EMAIL_FORM: FieldError("email", Fault.EMAIL_FORM),
    AccountFault.NAME_FORM: FieldError("name", Fault.NAME_LONG),
    AccountFault.LANGUAGE_UNKNOWN: FieldError("language", Fault.MARKET_REQUIRED),
    AccountFault.MARKET_UNKNOWN: FieldError("market", Fault.MARKET_REQUIRED),
    AccountFault.KIND_UNKNOWN: FieldError("kind", Fault.KIND_REQUIRED),
    AccountFault.PASSWORD_TOO_SHORT: FieldError("password", Fault.PASSWORD_SHORT, PASSWORD_LEAST),
    AccountFault.PASSWORD_TOO_LONG: FieldError("password", Fault.PASSWORD_KNOWN),
    AccountFault.PASSWORD_TOO_PLAIN: FieldError("password", Fault.PASSWORD_KNOWN),
}
_LOOK_MOST: Final = 32
_HINTS: Final = {
    "empty": Fault.IDENTIFIER_EMPTY,
    "characters": Fault.IDENTIFIER_CHARACTERS,
    "length": Fault.IDENTIFIER_LENGTH,
    "software-version": Fault.IDENTIFIER_SOFTWARE_VERSION,
    "model-code": Fault.IDENTIFIER_MODEL_CODE,
    "repeated": Fault.IDENTIFIER_REPEATED,
    "check-digit": Fault.IDENTIFIER_CHECK_DIGIT,
    "other-kind": Fault.IDENTIFIER_OTHER_KIND,
    "on-the-product": Fault.IDENTIFIER_PACKAGING,
}
_SLUGS: Final = {
    "packaging-code": ("identifier", Fault.IDENTIFIER_PACKAGING),
    "model-mismatch": ("model", Fault.MODEL_MISMATCH),
    "model-needed": ("model", Fault.MODEL_REQUIRED),
    "terms-required": ("agree", Fault.TERMS_REQUIRED),
    "terms-version-stale": ("agree", Fault.TERMS_VERSION_STALE),
    "own-device-required": ("own_device", Fault.OWN_DEVICE_REQUIRED),
    "purchase-date-future": ("purchased_on", Fault.PURCHASE_DATE_FUTURE),
    "purchase-date-before-manufacture": ("purchased_on", Fault.PURCHASE_DATE_BEFORE_MANUFACTURE),
    "no-code": ("photo", Fault.NO_CODE),
    "pairing-code-only": ("photo", Fault.PAIRING_CODE_ONLY),
    "several-products": ("photo", Fault.SEVERAL_PRODUCTS),
    "not-a-product-code": ("photo", Fault.NOT_A_PRODUCT_CODE),
    "image-type": ("photo", Fault.PHOTO_TYPE),
    "image-damaged": ("photo", Fault.PHOTO_TYPE),
    "image-too-large": ("photo", Fault.PHOTO_SIZE),
}


def of_account(fault: AccountFault, *, field: str = "") -> tuple[FieldError, ...]:
    """`field` where the form calls it by another name."""
    found = _ACCOUNT[fault]
    return (FieldError(field or found.field, found.fault, found.n),)


def missing(**fields: tuple[str, Fault]) -> tuple[FieldError, ...]:
    """One for each field, by `name=(what was sent, fault)`, that was left empty."""
    return tuple(FieldError(name, fault) for name, (sent, fault) in fields.items() if not sent)


def of_refusal(refusal: Refusal, *, field: str = "") -> tuple[FieldError, ...]:
    """The fault of one field, or nothing where it is no field's. `field` is where a number was typed."""
    if refusal.slug == "identifier-invalid":
        for error in refusal.errors:
            fault = _HINTS.get(str(error["hint"]))
            if fault is not None:
                length = error.get("length", 0)
                return (FieldError(field or "identifier", fault, length if isinstance(length, int) else 0),)
    if refusal.slug in _SLUGS:
        name, fault = _SLUGS[refusal.slug]
        return (FieldError(field or name, fault),)
    return ()


def look_of(typed: str, refusal: Refusal) -> LookClosely | None:
    """The characters of a number to be compared with the label; None where nothing is to be looked at.

    Each becomes a box of the page, so that a text that is no number is not looked at (INV-F1).
    """
    if len(typed) > _LOOK_MOST:
        return None
    marked, wrong, missing_count = (), (), 0
    for error in refusal.errors:
        positions = error.get("positions", ())
        places = tuple(positions) if isinstance(positions, list | tuple) else ()
        match error["hint"]:
            case "look-alike" | "look-alike-known":
                marked = places
            case "characters":
                wrong = places
            case "length":
                missing_count = _missing(error)
    if not (marked or wrong or missing_count):
        return None
    return LookClosely(typed, marked, wrong, missing_count)


def _missing(error: dict[str, object]) -> int:
    """How many characters lack to the next length that a number may have."""
    length, expected = error.get("length"), error.get("expected")
    if not isinstance(length, int) or not isinstance(expected, list):
        return 0
    return min((most - length for most in expected if most > length), default=0)
