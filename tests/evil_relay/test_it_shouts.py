"""The suite's own proof: against a weak product the same oracles shout; else they would judge nothing."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

import pytest

from tests.evil_relay.attacks import ATTACKS
from tests.evil_relay.in_hand import in_hand
from tests.evil_relay.oracle import judge
from tests.evil_relay.story import play
from tests.evil_relay.weaknesses import WEAKNESSES, Weakness, weak_console, weak_device
from tests.mutations.mutation import Edit, StaleEdit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.evil_relay.in_hand import InHand

pytestmark = pytest.mark.slow

TRIES: Final = 6  # seeds: some strike where this weakness does not show


@pytest.mark.parametrize("weakness", WEAKNESSES, ids=lambda weakness: weakness.name)
async def test_a_weak_product_makes_it_shout(tmp_path: Path, weakness: Weakness) -> None:
    product = weak_console(tmp_path / "product", weakness.console)
    (tmp_path / "home").mkdir()
    with weak_device(weakness.device):
        # Without earlier sessions: none of these attacks plays one again.
        async with in_hand(tmp_path / "home", product) as world:
            for name in dict(weakness.shouts):
                faults = await shouted(world, name, [words for one, words in weakness.shouts if one == name])
                assert not faults, f"{name} is not heard to shout {faults}"


async def shouted(world: InHand, name: str, expected: list[str]) -> list[str]:
    """What is still not heard after some seeds."""
    missing = expected
    for run in range(TRIES):
        await world.new_household()
        found = judge(await play(world, ATTACKS[name](Random(f"{name}/{run}"))))
        missing = [words for words in missing if not any(words in fault for fault in found)]
        if not missing:
            break
    return missing


def test_an_edit_that_fits_no_more_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StaleEdit):
        weak_console(tmp_path / "product", (Edit("technician_web/app.js", "no such text", ""),))
