"""Every write of the product is one at which a test kills it: a new one is not forgotten (INV-E1)."""

from __future__ import annotations

import re

from tests.contract import crash
from tests.sources import texts

# `write("step")`, and what a session's journal and the log of commands hand to theirs.
NAMED = re.compile(
    r"""\.write(?:_first)?\(\s*"(\w+)"|_submit\(\s*"(\w+)"|Entry\(\s*"([a-z_]+)"|else "(command)" for item"""
)


def test_every_write_dies_in_some_test() -> None:
    """A new name belongs into a set of `tests/contract/crash.py` and into the life its test plays."""
    named = {
        next(filter(None, found))
        for folder in ("relay", "identity", "care", "server")
        for source in texts(".py", under=folder).values()
        for found in NAMED.findall(source)
    }
    assert "command" in named
    lives = [steps for name, steps in vars(crash).items() if name.startswith("STEPS_OF_")]
    die = frozenset[str]().union(*lives)
    assert named - die == set(), "written, and no test dies there"
    assert die - named == set(), "no longer written"
