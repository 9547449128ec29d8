"""The same attacks on real sockets: `alongside agent` with its page, the shipped console in Chromium.

By default two attacks of each kind, once; under `make prove` every attack fifty times. A failure names attack
and seed.
"""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from tests.e2e.programs import CHROMIUM, CHROMIUM_ARGS
from tests.evil_relay import (
    attacks_claims,
    attacks_frames,
    attacks_guessing,
    attacks_pairing,
    attacks_records,
    attacks_time,
    attacks_wire,
)
from tests.evil_relay.attack import ATTACKS
from tests.evil_relay.attacks import MODULES
from tests.evil_relay.lanes import Lane, lane, run_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import ModuleType

    from tests.evil_relay.attack import Attack

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PROVING: Final = bool(os.environ.get("ALONGSIDE_PROVE"))
RUNS: Final = 50
LANES: Final = 16 if PROVING else 2
CHOSEN: Final[dict[ModuleType, tuple[type[Attack], ...]]] = {
    attacks_pairing: (attacks_pairing.SwapsTheDevicesKey, attacks_pairing.LowOrderPointForTheConsole),
    attacks_guessing: (attacks_guessing.GuessesOnBothSides, attacks_guessing.GuessesRight),
    attacks_wire: (attacks_wire.SpeaksAnotherSubprotocol, attacks_wire.SpeaksOutOfTurn),
    attacks_frames: (attacks_frames.FlipsABitOfTheCiphertext, attacks_frames.PlaysAnEarlierSession),
    attacks_records: (attacks_records.ForgesTheConsent, attacks_records.RepeatsARecord),
    attacks_time: (attacks_time.SavesPongsUp, attacks_time.KeepsTheSessionAliveAfterStop),
    attacks_claims: (attacks_claims.ClaimsWhatAPersonDecided, attacks_claims.ClosesTheSockets),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lanes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[Lane]]:
    async with async_playwright() as playwright, AsyncExitStack() as stack:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        stack.push_async_callback(browser.close)
        opened = []
        for number in range(LANES):
            folder = tmp_path_factory.mktemp("lane")
            opened.append(await stack.enter_async_context(lane(browser, folder, as_process=number == 0)))
        yield opened


def of_kind(kind: ModuleType) -> list[type[Attack]]:
    mine = [attack for attack in ATTACKS.values() if attack.__module__ == kind.__name__]
    return mine if PROVING else list(CHOSEN[kind])


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", MODULES, ids=lambda kind: kind.__name__.rpartition("_")[2])
async def test_an_evil_relay_gets_nothing_from_the_shipped_programs(
    lanes: list[Lane], kind: ModuleType
) -> None:
    """G1, INV-A4, A7, B3-B6, C1-C3, D1, F1. After every second attack the same ends serve an honest relay."""
    jobs = [(attack, run) for run in range(RUNS if PROVING else 1) for attack in of_kind(kind)]
    assert await run_all(lanes, jobs) == []
