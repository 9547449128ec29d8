"""What a sabotage is: edits of the product, and the checks that must notice them.

An edit names the text it replaces; a product that no longer holds that text, once, fails the mutation's test
instead of passing it for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """In `path`, `before` stands once and becomes `after`."""

    path: str
    before: str
    after: str

    def applied_to(self, text: str) -> str:
        """The sabotaged text."""
        if text.count(self.before) != 1:
            raise StaleEdit(f"{self.path} does not hold this once: {self.before!r}")
        return text.replace(self.before, self.after)


class StaleEdit(Exception):  # noqa: N818 - the product moved on; the edit has to follow
    """An edit fits the product no more."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """`checks` are node ids of tests, without parameters where all cases of one may notice it."""

    name: str
    edits: tuple[Edit, ...]
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BrowserMutation:
    """The same for modules of the console: `checks` are names of tests in `file`."""

    name: str
    edits: tuple[Edit, ...]
    file: str
    checks: tuple[str, ...]
