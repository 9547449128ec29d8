"""The same attacks on real sockets: `alongside agent` with its page, the shipped console in Chromium.

By default two attacks of each kind, the second the other way round; under `make prove` each fifty times. A
failure names attack and seed; odd numbers are the other way round.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from random import Random
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from tests.chromium import CHROMIUM, DRIVEN
from tests.evil_relay import (
    attacks_badges,
    attacks_claims,
    attacks_frames,
    attacks_guessing,
    attacks_pairing,
    attacks_records,
    attacks_time,
    attacks_wire,
)
from tests.evil_relay.attack import Honest
from tests.evil_relay.attacks import ATTACKS, MODULES
from tests.evil_relay.lanes import Lane, lane, run_all
from tests.evil_relay.tape import Side
from tests.evil_relay.weaknesses import WEAKNESSES, weak_console, weak_device

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
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
    attacks_badges: (attacks_badges.BringsAnOlderListBack, attacks_badges.ShowsABadgeForAnotherRelay),
    attacks_claims: (attacks_claims.ClaimsWhatAPersonDecided, attacks_claims.ClosesTheSockets),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lanes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[Lane]]:
    async with async_playwright() as playwright, AsyncExitStack() as stack:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=DRIVEN)
        stack.push_async_callback(browser.close)
        folders = [tmp_path_factory.mktemp("lane") for _ in range(LANES)]
        opening = (lane(browser, folder, as_process=folder is folders[0]) for folder in folders)
        yield list(await asyncio.gather(*map(stack.enter_async_context, opening)))


def of_kind(kind: ModuleType) -> list[type[Attack]]:
    mine = [attack for attack in ATTACKS.values() if attack.__module__ == kind.__name__]
    # A set lives through many runs here, and then holds keys and a list.
    possible = [attack for attack in mine if not attack.knows_nothing and not attack.in_hand_only]
    return possible if PROVING else list(CHOSEN.get(kind, ()))


@pytest.mark.proves("G1", by="sealing is the identity")
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "kind", [kind for kind in MODULES if of_kind(kind)], ids=lambda kind: kind.__name__.rpartition("_")[2]
)
async def test_an_evil_relay_gets_nothing_from_the_shipped_programs(
    lanes: list[Lane], kind: ModuleType
) -> None:
    """G1, INV-A4, A7, B3-B6, C1-C3, D1, F1. The same ends go on to serve an honest relay."""
    if PROVING:
        jobs = [(attack, run) for run in range(RUNS) for attack in of_kind(kind)]
    else:
        jobs = [(attack, at) for at, attack in enumerate(of_kind(kind))]
    assert await run_all(lanes, jobs) == []


class _GivesTheCodeToTwoTabs(attacks_guessing.GivesTheCodeOutAgain):
    """The tab that comes too late gives up, and must not take the other's run with it."""

    def lets_end(self, reason: str) -> bool:
        return False


@pytest.mark.asyncio(loop_scope="module")
async def test_of_two_tabs_with_one_code_one_runs_it(lanes: list[Lane]) -> None:
    """INV-A4: a relay that gives one code out to two tabs gets one guess against them, not two."""
    one = lanes[-1]
    assert one.household is not None
    one.customer = await one.household.start()
    await one.begin(_GivesTheCodeToTwoTabs(Random("tabs")))
    await one.customer.ask_for_code()
    assert await one.until(lambda: bool(one.customer.code), 10)
    other = await one.technician.another_tab()
    for page in (one.technician.page, other):
        await page.get_by_test_id("pin-input").fill(one.customer.code)
    pages = (one.technician.page, other)
    await asyncio.gather(*(page.get_by_test_id("connect").click() for page in pages))
    for page in pages:
        await page.locator(
            '[data-testid="end-reason"], [data-testid="pin-error"]:not(:empty)'
        ).first.wait_for()
    tapes = await one.finish()
    assert sum(len(tape.texts(Side.CONSOLE, "pake_a")) for tape in tapes) == 1
    await other.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_with_sealing_switched_off_it_shouts_here_too(lanes: list[Lane], tmp_path: Path) -> None:
    """The proof of the proof: both ends seal with the identity, and an honest session is read."""
    weakness = WEAKNESSES[0]
    product = weak_console(tmp_path / "product", weakness.console)
    (tmp_path / "home").mkdir()
    browser = lanes[0].technician.browser
    with weak_device(weakness.device):
        async with lane(
            browser, tmp_path / "home", as_process=False, console=product / "technician_web", honest=False
        ) as weak:
            faults = " ".join(await weak.run(Honest(Random(1)), "no sealing"))
    for shout in ("Demo Technician is in a frame", "a picture stands in its frame", "t2d control has"):
        assert shout in faults
