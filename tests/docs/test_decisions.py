"""Every decision has a number of its own, and what refers to one finds it."""

from __future__ import annotations

import re
from collections import Counter

from tests.sources import ROOT, texts

NUMBERS = [path.name[:4] for path in sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))]


def test_no_two_decisions_have_one_number() -> None:
    """A number that was given out and not used leaves a gap."""
    assert [number for number, count in Counter(NUMBERS).items() if count > 1] == []


def test_each_says_its_number_first() -> None:
    for path in (ROOT / "docs/decisions").glob("[0-9]*.md"):
        assert path.read_text(encoding="utf-8").startswith(f"# {path.name[:4]} "), path.name


def test_who_refers_to_a_decision_finds_it() -> None:
    found = {
        (str(path), number)
        for path, source in texts(".py", ".js", ".md", ".po").items()
        for number in re.findall(r"decisions?[ /](\d{4})\b", source)
    }
    assert {number for _, number in found} - set(NUMBERS) == set()
    assert found
