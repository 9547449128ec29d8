"""docs/audit-format.md against the code that writes and reads the log."""

from __future__ import annotations

import re

import pytest

from relay.audit.leaf_types import FIELDS, FRAMES_PER_LEAF, LeafType, Role
from relay.audit.listing import facts_of_session
from relay.audit.record import LEAF_BYTES, VERSION
from relay.audit.store import audit_head, audit_leaf
from relay.audit.story import GapKind
from tests.docs.pages import page, rows, section

PAGE = page("docs/audit-format.md")


def test_every_type_of_leaf_is_documented_and_no_other() -> None:
    assert {row[0] for row in rows(section(PAGE, "Types"))} == {f"`{typ}`" for typ in LeafType}


@pytest.mark.parametrize("typ", LeafType)
def test_every_field_of_a_leaf_is_documented_and_no_other(typ: LeafType) -> None:
    [facts] = [row[1] for row in rows(section(PAGE, "Types")) if row[0] == f"`{typ}`"]
    named = [part.split("`")[1] for part in facts.split(";") if "`" in part]
    assert set(named) == set(FIELDS[typ])


def test_the_fields_every_leaf_has_are_documented() -> None:
    documented = {row[0] for row in rows(section(PAGE, "Leaf"))}
    assert documented == {f"`{name}`" for name in ("v", "typ", "ts", "sess", "seq", "prev", "by", "d", "pc")}
    assert f"version {VERSION}" in PAGE.splitlines()[0]
    assert f"{LEAF_BYTES:,} bytes" in PAGE
    assert f"1 to {FRAMES_PER_LEAF} whole frames" in PAGE


def test_every_role_and_every_gap_is_documented() -> None:
    [roles] = re.findall(r"`by\.role` is one of (.*?)\.\n", PAGE, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", roles)) == set(Role)
    gaps = {row[0] for row in rows(section(PAGE, "Checking a session")) if row[0].strip("`") in set(GapKind)}
    assert gaps == {f"`{kind}`" for kind in GapKind}


def test_what_audit_show_prints_is_documented() -> None:
    documented = {
        name
        for row in rows(section(PAGE, "Checking a session"))
        for name in re.findall(r"`(\w+)`", row[0])
        if name not in set(GapKind)
    }
    assert documented == set(facts_of_session("5e" * 16, []))


def test_the_tables_are_documented() -> None:
    text = section(PAGE, "In the database")
    assert f"`audit_leaf({', '.join(audit_leaf.c.keys())})`" in text
    assert f"`audit_head({', '.join(audit_head.c.keys()[1:])})`" in text
