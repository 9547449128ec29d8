"""Which texts may be put in front of a person (seal/SPEC §6)."""

from __future__ import annotations

import unicodedata

# Controls, formatting (direction marks, zero width), line and paragraph separators: they hide or turn text.
_REFUSED = frozenset({"Cc", "Cf", "Zl", "Zp"})


def is_plain(text: str, *, at_least: int, at_most: int) -> bool:
    """Whether `text` has a fitting number of code points and nothing that deceives the eye."""
    return at_least <= len(text) <= at_most and not any(unicodedata.category(c) in _REFUSED for c in text)
