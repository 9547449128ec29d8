"""docs/testids.md against the pages: what checks from outside hold on to stays."""

from __future__ import annotations

import re

from tests.docs.pages import page, rows
from tests.sources import texts

PAGES = ("technician_web", "device_agent/devices")
_SET = re.compile(
    r"""\btestid(?:['"])?\s*[:=]\s*(['"`])(.+?)\1|setAttribute\('data-testid',\s*(['"`])(.+?)\3"""
)
_IN_HTML = re.compile(r"""data-testid="([^"]+)\"""")
_HOLE = re.compile(r"\$?\{[^{}]*\}")


def in_sources() -> set[str]:
    found: set[str] = set()
    for folder in PAGES:
        for source in texts(".js", under=folder).values():
            found.update(match[1] or match[3] for match in _SET.findall(source))
        for source in texts(".html", under=folder).values():
            found.update(_IN_HTML.findall(source))
    return {_HOLE.sub("{}", name) for name in found}


def documented() -> list[str]:
    return [_HOLE.sub("{}", row[0].strip("`")) for row in rows(page("docs/testids.md"))]


def test_every_test_id_is_documented() -> None:
    known = [_pattern(name) for name in documented()]
    assert [name for name in sorted(in_sources()) if not any(one.fullmatch(name) for one in known)] == []


def test_every_documented_test_id_is_there() -> None:
    there = in_sources()
    assert [name for name in documented() if not any(_pattern(name).fullmatch(one) for one in there)] == []


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name).replace(re.escape("{}"), r"(\{\}|[a-z0-9-]+)"))


def test_no_test_id_is_documented_twice() -> None:
    assert len(documented()) == len(set(documented()))


def test_a_test_id_is_lower_case_with_hyphens() -> None:
    for name in in_sources():
        assert re.fullmatch(r"[a-z]+(-([a-z0-9]+|\{\}))*", name), name
