"""What the barcodes and QR codes of a product say, and which of them registers it (R34-R36, GS1).

Pure: the text of each code comes in, as a scanner read it. Several codes on one label are the rule: the one
for the smart home is never taken for the one that registers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from biip import ParseError
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from stdnum import ean

from care import identifiers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CODE_MOST: Final = 2_048
"""Characters of one code that are looked at; a QR code of version 40 holds 4,296 at most."""
CODES_MOST: Final = 32
# Matter and HomeKit set-up codes, Wi-Fi Easy Connect, Wi-Fi itself, Zigbee install codes.
_PAIRING: Final = ("MT:", "X-HM://", "DPP:", "WIFI:", "Z:")
_GTIN: Final = "01"
_SERIAL: Final = "21"
_GTIN_DIGITS: Final = 14


class What(StrEnum):
    REGISTRATION = "registration"  # names the model and the piece
    MODEL = "model"  # a link that names the model alone
    PAIRING = "pairing"  # brings the product into a smart home, and nothing else (R36)
    PACKAGE = "package"  # the barcode of the box (R20)
    NUMBER = "number"  # a bare serial number or IMEI
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Label:
    """One code; `gtin` has 14 digits, `number` is canonical."""

    what: What
    gtin: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a photograph's codes come to: the one that registers, or why there is none."""

    label: Label | None
    problem: Problem | None = None


class Problem(StrEnum):
    NO_CODE = "no-code"
    PAIRING_ONLY = "pairing-code-only"
    PACKAGE_ONLY = "packaging-code"
    SEVERAL = "several-products"
    NOT_OURS = "not-a-product-code"


def read(text: str, hosts: Collection[str]) -> Label:
    """What one code says; `hosts` are those whose links we answer, in lower case."""
    bare = text.strip()
    if not bare or len(bare) > CODE_MOST:
        return Label(What.OTHER)
    if bare.upper().startswith(_PAIRING):
        return Label(What.PAIRING)
    if "://" in bare:
        return _of_link(bare, hosts)
    number = identifiers.classify(bare)
    if isinstance(number, identifiers.Number):
        return Label(What.NUMBER, number=number.canonical)
    if number.problem is identifiers.Problem.PACKAGING:
        return Label(What.PACKAGE, gtin=identifiers.canonical(bare).zfill(_GTIN_DIGITS))
    return Label(What.OTHER)


def choose(texts: Iterable[str], hosts: Collection[str]) -> Choice:
    """The one product that the codes of a label name.

    A link that registers comes first, then a bare number; two that differ are two products in one picture,
    and nobody is asked to trust that we took the right one.
    """
    labels = [read(text, hosts) for text in list(texts)[:CODES_MOST]]
    for what in (What.REGISTRATION, What.NUMBER):
        found = {label for label in labels if label.what is what}
        if len(found) == 1:
            return Choice(found.pop())
        if found:
            return Choice(None, Problem.SEVERAL)
    seen = {label.what for label in labels}
    if not seen:
        return Choice(None, Problem.NO_CODE)
    if What.PAIRING in seen:
        return Choice(None, Problem.PAIRING_ONLY)
    if seen & {What.PACKAGE, What.MODEL}:
        return Choice(None, Problem.PACKAGE_ONLY)
    return Choice(None, Problem.NOT_OURS)


def _of_link(link: str, hosts: Collection[str]) -> Label:
    """A link of ours; a serial number is held to the same rules whether it was typed or stands in a link."""
    try:
        parts = urlsplit(link)
        if parts.scheme not in {"http", "https"} or parts.hostname not in hosts:
            return Label(What.OTHER)
        found = {part.ai.ai: part.value for part in GS1DigitalLinkURI.parse(link).element_strings}
    except (ParseError, ValueError):
        return Label(What.OTHER)
    gtin = found.get(_GTIN, "")
    if not ean.is_valid(gtin):  # the parser lets a wrong check digit pass
        return Label(What.OTHER)
    gtin = gtin.zfill(_GTIN_DIGITS)
    if _SERIAL not in found:
        return Label(What.MODEL, gtin=gtin)
    number = identifiers.classify(found[_SERIAL])
    if not isinstance(number, identifiers.Number):
        return Label(What.OTHER)
    return Label(What.REGISTRATION, gtin=gtin, number=number.canonical)
