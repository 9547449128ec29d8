"""The questions that every maker's customers ask, in the order of reading (R5, R7-R23, R31-R51)."""

from __future__ import annotations

from typing import Final

QUESTIONS: Final = {
    "registrable": 1,
    "refused": 3,
    "which_number": 1,
    "find_number": 1,
    "duplicate": 1,
    "qr": 2,
    "paired": 2,
    "members_app": 3,
    "tv": 2,
    "vpn": 1,
    "app_fails": 1,
    "why": 1,
    "kinds": 3,
    "exact": 1,
    "operations": 3,
    "support": 2,
    "remote": 2,
    "data": 2,
}
"""How many paragraphs each answer has."""
ON_MY_PAGE: Final = ("refused", "paired", "kinds", "support")
"""Those that My Page shows; the others are one step away."""
BENEFITS: Final = ("support", "data", "manuals", "status", "warranty", "recommended")
"""What registering is good for (R7); each is a thing the portal does."""
REASONS: Final = (
    ("repair", "wrench"),
    ("manuals", "book"),
    ("warranty", "shield"),
    ("recommended", "star"),
    ("troubleshoot", "search"),
)
"""Why should I register? Five tiles with their signs (R8)."""
PURPOSES: Final = ("devices", "repairs", "new_products")
"""What personal data is used for, and for nothing else (R76)."""
