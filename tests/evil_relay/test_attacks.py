"""Each attack against the shipped agent and the shipped console's core, many times, with a clock in hand.

Seeds choose which message, which bit, which moment; a failure names the attack and its seed.
"""

from __future__ import annotations

import os
import re
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.evil_relay import attacks_hide, attacks_media, attacks_stills
from tests.evil_relay.attack import ATTACKS, Honest, Way
from tests.evil_relay.attacks import BY_MESSAGES
from tests.evil_relay.node_console import ROOT
from tests.evil_relay.oracle import judge
from tests.evil_relay.story import play

if TYPE_CHECKING:
    from tests.evil_relay.in_hand import InHand

pytestmark = pytest.mark.slow

PROVING = bool(os.environ.get("ALONGSIDE_PROVE"))
RUNS = {Way.DEVICE_SHOWS: 50 if PROVING else 2, Way.CONSOLE_SHOWS: 50 if PROVING else 1}
# By default one of each of these: they are many of a kind.
ONCE = () if PROVING else tuple(kind.__name__ for kind in (attacks_media, attacks_hide, attacks_stills))
CASES = [(name, way) for way in Way for name in BY_MESSAGES if way in ATTACKS[name].ways]
BEFORE_A_WAIT = 2  # a third failed run in a row would make the set wait, as it should


@pytest.mark.proves("G1", by="tags are not compared")
@pytest.mark.proves("R98", "P5", "G1", by="sealing is the identity")
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("name", "way"), CASES, ids=lambda case: case if isinstance(case, str) else case.name
)
async def test_an_evil_relay_gets_nothing_and_both_people_are_told(
    world: InHand, name: str, way: Way
) -> None:
    """G1, INV-A4, A7, B3-B6, C1-C3, D1, F1."""
    for run in range(1 if ATTACKS[name].__module__ in ONCE else RUNS[way]):
        if run % BEFORE_A_WAIT == 0:
            await world.new_household()
        seed = f"{name}/{run}"
        attack = ATTACKS[name](Random(seed))
        attack.way = way
        assert judge(await play(world, attack)) == [], f"seed {seed}: {attack.__doc__}"
    if PROVING:
        assert judge(await play(world, Honest(Random(name)))) == [], f"after {name}"


@pytest.mark.asyncio(loop_scope="module")
async def test_the_same_ends_serve_an_honest_relay_after_all_that(world: InHand) -> None:
    """INV-H1: nothing an attack did outlives its session."""
    assert judge(await play(world, Honest(Random(7)))) == []


def test_the_threat_model_lists_every_attack_and_no_other() -> None:
    page = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    listed = re.findall(r"`([A-Z][A-Za-z]+)`", page)
    assert sorted(listed) == sorted(name for name in ATTACKS if name != "Honest")


def test_every_attack_says_what_a_correct_end_does() -> None:
    for name, attack in ATTACKS.items():
        assert attack.__doc__, name
        assert len(attack.__doc__.split()) > 7, name
