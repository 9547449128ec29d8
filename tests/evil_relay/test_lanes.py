"""What the harness takes for a fault, and what it plays again."""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import ClassVar

import pytest

from tests.evil_relay.attack import Honest, Way
from tests.evil_relay.evidence import ConsoleSeen, DeviceSeen, Evidence
from tests.evil_relay.lanes import TRIES, run_all
from tests.evil_relay.oracle import _false_peer
from tests.evil_relay.tape import Side, Tape, said_as
from wire.encoding import b64

NEVER_STRUCK = "the attack never struck"


class Strikes:
    """In place of an attack: finds its moment at the given try, and what is found in each."""

    ways: ClassVar[tuple[Way, ...]] = tuple(Way)
    at: ClassVar[int] = 1
    finds: ClassVar[tuple[str, ...]] = ()

    def __init__(self, _rng: Random) -> None:
        self.fired = False


class StubLane:
    """Counts the tries, and judges as the oracle does: a run without a strike is one fault."""

    def __init__(self) -> None:
        self.tries = 0
        self.seeds: list[str] = []

    async def run(self, attack: Strikes, name: str) -> list[str]:
        self.tries += 1
        self.seeds.append(name)
        attack.fired = self.tries >= attack.at
        return [*([] if attack.fired else [NEVER_STRUCK]), *attack.finds]

    async def recover(self, _name: str) -> list[str]:
        return []


def runs(at: int, *finds: str) -> tuple[StubLane, list[str]]:
    lane = StubLane()
    kind = type("Kind", (Strikes,), {"at": at, "finds": finds})
    return lane, asyncio.run(run_all([lane], [(kind, 3)]))  # type: ignore[list-item]


@pytest.mark.parametrize("at", range(1, TRIES + 1))
def test_a_run_without_a_strike_is_played_again_with_its_seed(at: int) -> None:
    lane, found = runs(at)
    assert (lane.seeds, found) == (["Kind/3"] * at, [])


def test_an_attack_that_never_strikes_stays_a_fault() -> None:
    lane, found = runs(TRIES + 1)
    assert (lane.tries, found) == (TRIES, [NEVER_STRUCK])


@pytest.mark.parametrize("at", [1, 2])
def test_any_other_fault_is_reported_at_once(at: int) -> None:
    lane, found = runs(at, "the customer was told nothing")
    assert lane.tries == 1
    assert "the customer was told nothing" in found


def test_a_fired_attacks_only_fault_is_not_played_away() -> None:
    lane, found = runs(1, "the console showed a session")
    assert (lane.tries, found) == (1, ["the console showed a session"])


def test_each_job_is_played_once_on_whichever_lane_is_free() -> None:
    lanes = [StubLane(), StubLane()]
    jobs = [(Strikes, number) for number in range(5)]
    assert asyncio.run(run_all(lanes, jobs)) == []  # type: ignore[arg-type]
    assert sorted(lanes[0].seeds + lanes[1].seeds) == [f"Strikes/{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("said", "is_excused"),
    [
        ({"typ": "consent", "grants": ["view"]}, True),
        ({"typ": "consent", "grants": []}, False),
        (None, False),
    ],
)
@pytest.mark.parametrize("is_glimpsed", [True, False])
def test_a_state_that_nobody_saw_is_excused_by_the_sets_own_consent_alone(
    said: dict[str, object] | None, *, is_excused: bool, is_glimpsed: bool
) -> None:
    device = DeviceSeen(states=[(1.0, "consent"), (3.0, "ended")], is_glimpsed=is_glimpsed, yes_at=2.0)
    console, tape = ConsoleSeen(phases=[(2.5, "active")]), Tape()
    if said is not None:
        tape.keep(2.1, Side.DEVICE, said_as({"t": "record", "rec": b64(json.dumps(said).encode())}))
    seen = Evidence(Honest(Random(1)), device, console, [tape], "", {}, 0.0)
    faults = _false_peer(seen)
    assert (faults == []) is (is_excused and is_glimpsed), faults
