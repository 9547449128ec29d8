"""What an e-mail address must be, its one spelling to be found by, and how it is sent to. Pure.

Two spellings with one key are one customer. A mail goes to the address that the customer gave when they
signed up, never to the one that somebody types later and that has the same key: those may be two mailboxes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import idna

ADDRESS_BYTES: Final = 254
"""RFC 5321 §4.5.3.1.3: a path has 256 octets, two of them the angle brackets."""
LOCAL_BYTES: Final = 64
TYPED_CHARACTERS: Final = 320
"""Longer text is not looked at."""

# RFC 5322 §3.2.3, and letters, marks and digits of any script (RFC 6531 §3.3). Quoted local parts and
# addresses in brackets are left out: nobody has one that they would type here.
_ATEXT: Final = frozenset("!#$%&'*+-/=?^_`{|}~")
_ASCII_DOMAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Address:
    """`shown` is as typed, in NFC; `key` finds the customer; `sent_to` is what mail servers read."""

    shown: str
    key: str
    sent_to: str


def address_of(typed: str) -> Address | None:
    """The address in a text that somebody typed, or None where it is none."""
    if len(typed) > TYPED_CHARACTERS:
        return None
    shown = unicodedata.normalize("NFC", typed.strip())
    local, at, domain = shown.rpartition("@")
    ascii_domain = _domain(domain) if at else None
    if ascii_domain is None or not _is_local(local):
        return None
    sent_to = f"{local}@{ascii_domain}"
    if len(sent_to.encode()) > ADDRESS_BYTES or len(shown.encode()) > ADDRESS_BYTES:
        return None
    folded = unicodedata.normalize("NFC", local.casefold())
    return Address(shown=shown, key=f"{folded}@{ascii_domain}", sent_to=sent_to)


def _is_local(text: str) -> bool:
    if not 0 < len(text.encode("utf-8", "surrogatepass")) <= LOCAL_BYTES:
        return False
    return all(atom and all(map(_is_atext, atom)) for atom in text.split("."))


def _is_atext(character: str) -> bool:
    if character.isascii():
        return character.isalnum() or character in _ATEXT
    return unicodedata.category(character)[0] in "LMN"


def _domain(text: str) -> str | None:
    """The domain in lower case as mail servers write it (IDNA 2008), or None."""
    try:
        lower = text.lower() if text.isascii() else idna.encode(text, uts46=True).decode("ascii")
        if "xn--" in lower:
            idna.decode(lower)  # what claims to be encoded is, and has one spelling
    except (idna.IDNAError, UnicodeError):
        return None
    return lower if _ASCII_DOMAIN.fullmatch(lower) else None
