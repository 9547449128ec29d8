"""The code a customer types, how long things live, and how fast anybody may try. Pure."""

from __future__ import annotations

from typing import Final

from identity.rules import Limit

ALPHABET: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so no words; no digits and no Y, so nothing that is read as something else (RFC 8628 §6.1)."""
CODE_CHARACTERS: Final = 8
_GROUP: Final = 4
_NOTHING_BETWEEN: Final = dict.fromkeys(map(ord, " -\u00a0\u2010\u2011\u2012\u2013\u2014"))
TYPED_MOST: Final = 64

CODE_LIFE_S: Final = 600
INTERVAL_S: Final = 5
SLOWER_S: Final = 5
TOKEN_LIFE_S: Final = 1_800
SCOPE: Final = "register"
DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"

CODE_LIFE_MS: Final = CODE_LIFE_S * 1_000
TOKEN_LIFE_MS: Final = TOKEN_LIFE_S * 1_000
# So long after its end a sign-in still answers with its true end, and the record may tell of it.
KEPT_MS: Final = 3_600_000

# One code in 2.56e10, five free tries: about 2^-32, as RFC 8628 §5.1 asks. Nobody else is at this key.
CUSTOMER_LIMIT: Final = Limit(free=5, first_ms=60_000, longest_ms=900_000, forget_ms=24 * 3_600_000)
# Neighbours share it, so the wait stays short: some 9,000 tries a day, with an account for every five.
SOURCE_LIMIT: Final = Limit(free=50, first_ms=10_000, longest_ms=10_000, forget_ms=3_600_000)
# A household presses New code now and then; who has stolen a device's key fills no table.
DEVICE_LIMIT: Final = Limit(free=30, first_ms=60_000, longest_ms=60_000, forget_ms=3_600_000)


def shown(code: str) -> str:
    """The code as people read it, in two groups of four."""
    return f"{code[:_GROUP]}-{code[_GROUP:]}"


def read_user_code(typed: str) -> str | None:
    """The code that was meant; None where no code looks like this. Small letters and dashes are forgiven."""
    if len(typed) > TYPED_MOST:
        return None
    code = typed.translate(_NOTHING_BETWEEN)
    # Of other scripts one letter can become two, or another one, when it is made large.
    large = code.upper() if code.isascii() else ""
    return large if len(large) == CODE_CHARACTERS and set(large) <= set(ALPHABET) else None
