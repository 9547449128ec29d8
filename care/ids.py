"""Ids that sort by the time they were made: UUID version 7 (RFC 9562 §5.7). Pure."""

from __future__ import annotations

from typing import Final

RANDOM_BYTES: Final = 10
_VERSION: Final = 7
_VARIANT: Final = 0b10
_MS_BITS: Final = 48


def uuid7(now_ms: int, random: bytes) -> str:
    """The id as 32 lower-case hexadecimal digits; `random` is 10 bytes, of which 74 bits are used.

    Raises ValueError for a time before 1970 or after the year 10889, and for another number of bytes.
    """
    if not 0 <= now_ms < 1 << _MS_BITS or len(random) != RANDOM_BYTES:
        raise ValueError("milliseconds of 48 bits and 10 random bytes")
    drawn = int.from_bytes(random, "big")
    high, low = drawn >> 64 & 0xFFF, drawn & (1 << 62) - 1
    return f"{now_ms << 80 | _VERSION << 76 | high << 64 | _VARIANT << 62 | low:032x}"
