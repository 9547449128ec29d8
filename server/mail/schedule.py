"""When a mail that did not go out is tried again, and when it is given up. Pure."""

from __future__ import annotations

from typing import Final

# Quick at first, for a server that was only restarted; then patient, for one that is away for the night.
AGAIN_MS: Final = tuple(
    seconds * 1_000 for seconds in (15, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 14_400, 14_400)
)
TRIES_MOST: Final = len(AGAIN_MS) + 1

SENDING_MS: Final = 120_000
"""Nobody else tries a mail while somebody does; whoever died over it is not waited for longer."""
KEPT_MS: Final = 7 * 86_400_000
"""Of a mail that is over: that there was one, when, and whether it went out."""
UNSENT_MS: Final = 3 * 86_400_000
"""Longer than all tries take: what nobody sends, for no way is configured, is erased as well (INV-H5)."""


def next_try(tries: int, now: int) -> int | None:
    """When a mail is tried again after so many tries (at least 1), in ms; None where it is given up."""
    return now + AGAIN_MS[tries - 1] if tries < TRIES_MOST else None
