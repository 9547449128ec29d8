"""Markdown pages, read far enough to compare their tables with the code."""

from __future__ import annotations

import re

from tests.sources import ROOT


def page(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of the same level or above."""
    found = re.search(
        rf"^(##+) [\d. ]*{re.escape(heading)}\b.*?\n(.*?)(?=^#{{1,}} |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert found, f"no section {heading}"
    return found[2]


def rows(text: str) -> list[list[str]]:
    """The cells of all tables, without their heads."""
    found = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        is_head = number + 1 < len(lines) and re.fullmatch(r"\|[-| :]+\|", lines[number + 1])
        if line.startswith("|") and not is_head and not re.fullmatch(r"\|[-| :]+\|", line):
            found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def quoted(text: str) -> list[str]:
    """Everything set in code type."""
    return re.findall(r"`([^`]+)`", text)
