"""The sixteen characters by which a maker lets one device enrol (SPEC §5.5)."""

from __future__ import annotations

import re

from wire.code import SEPARATORS, TYPED_CHARACTERS
from wire.limits import ENROL_CODE_CHARACTERS

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_READ_AS = str.maketrans("abcdefghijklmnopqrstuvwxyzOIL", "ABCDEFGH1JK1MN0PQRSTUVWXYZ011")
_CODE = re.compile(rf"[{ALPHABET}]{{{ENROL_CODE_CHARACTERS}}}")


def read_enrol_code(typed: str) -> str | None:
    """The code somebody typed or pasted, in its one spelling, or None."""
    if len(typed) > TYPED_CHARACTERS:
        return None
    code = SEPARATORS.sub("", typed).translate(_READ_AS)
    return code if _CODE.fullmatch(code) else None


def grouped(code: str) -> str:
    """The code as shown, 4-4-4-4 with dashes."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
