"""Plays one case: sessions until something goes on in each, the fault, and what every side says then."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from typing import TYPE_CHECKING, Final

from bench.endings.cases import Act, Party
from bench.endings.children import Missing
from bench.endings.rounds import Evidence, judged
from bench.endings.seats import ALL_HZ, FULL_HZ
from bench.endings.stage import staged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.endings.cases import Case
    from bench.endings.rounds import Round
    from bench.endings.seats import Seat
    from bench.endings.stage import Stage

BATCH_S: Final = 120.0
SEAT_S: Final = 6.0
SETUPS_AT_ONCE: Final = 6
TRIES: Final = 5
AGAIN_S: Final = 2.0
FULL_S: Final = 0.5  # keys at the full rate before the fault
APART_S: Final = 0.05  # between two faults of one batch that come one by one
AWAKE_S: Final = 0.3  # for what a woken device may still do
TABS_AT_ONCE: Final = 4


class CannotPlay(Exception):  # noqa: N818 - reads as what it is
    """No session could be set up: nothing was measured."""


async def play(
    case: Case,
    *,
    folder: Path,
    logins: list[str],
    rounds: int,
    in_browser: int,
    at_once: int,
    progress: Callable[[int], None],
) -> list[Round]:
    """All rounds of a case, `in_browser` of them with a real Chromium as the console."""
    in_browser = min(in_browser, rounds) if case.in_browser else 0
    found: list[Round] = []
    async with staged(case, folder, logins, with_pages=in_browser > 0) as stage:
        while len(found) < rounds:
            tabs = len(found) < in_browser
            left = in_browser - len(found) if tabs else rounds - len(found)
            count = min(left, TABS_AT_ONCE if tabs else at_once)
            async with asyncio.timeout(BATCH_S + SEAT_S * count):
                found += await _batch(stage, count, in_browser=tabs)
            progress(len(found))
    return found


async def _batch(stage: Stage, count: int, *, in_browser: bool) -> list[Round]:
    seats = await _set_up(stage, count, in_browser=in_browser)
    if stage.tabs is not None:
        await stage.tabs.note_processes()
    if stage.case.on_all:
        await _act_on_all(stage, seats)
    else:
        await asyncio.gather(*(_act_on(stage.case, seat, at * APART_S) for at, seat in enumerate(seats)))
    await _hear(stage, seats)
    await _restore(stage, seats)
    rounds = await asyncio.gather(*(_round(stage.case, seat) for seat in seats))
    await _clear(stage, seats)
    return list(rounds)


async def _set_up(stage: Stage, count: int, *, in_browser: bool) -> list[Seat]:
    await stage.make_hosts(count, in_browser=in_browser)
    gate = asyncio.Semaphore(SETUPS_AT_ONCE)
    return list(await asyncio.gather(*(_begun(stage, at, gate) for at in range(count))))


async def _begun(stage: Stage, at: int, gate: asyncio.Semaphore) -> Seat:
    """A live session on this seat. A busy machine may need several tries; that is not what is measured."""
    why = ""
    for _ in range(TRIES):
        async with gate:
            seat = await stage.seat(at)
            try:
                await seat.begin()
            except Missing as missing:
                why = str(missing)
                await seat.close()
                await asyncio.sleep(AGAIN_S)
            else:
                return seat
    raise CannotPlay(f"{stage.case.name}: no {why}")


# The fault


async def _act_on_all(stage: Stage, seats: list[Seat]) -> None:
    hz = min(FULL_HZ, ALL_HZ / len(seats))
    await asyncio.gather(*(seat.rate(hz) for seat in seats))
    await asyncio.sleep(FULL_S)
    for seat in seats:
        seat.before = seat.seen
    at = time.monotonic_ns()
    match stage.case.act:
        case Act.KILL:
            stage.send(stage.case.party, signal.SIGKILL)
        case Act.FREEZE:
            stage.send(stage.case.party, signal.SIGSTOP)
        case _:
            assert stage.places.networks is not None
            await stage.places.networks[stage.case.party].silence()
    for seat in seats:
        seat.fault_at = at


async def _act_on(case: Case, seat: Seat, after_s: float) -> None:
    await asyncio.sleep(after_s)
    await seat.rate(FULL_HZ)
    await asyncio.sleep(FULL_S)
    seat.before = seat.seen
    match case.act:
        case Act.END:
            seat.fault_at = await seat.console.end()
        case Act.CLOSE_TAB:
            seat.fault_at = await seat.console.close_tab()
        case _:
            seat.device.do("press", seat.number, key=case.act.value)
            seat.fault_at = int((await seat.device.said(seat.number, "pressed", within=SEAT_S))["at"])


# What follows


async def _hear(stage: Stage, seats: list[Seat]) -> None:
    """Until everybody who is left has said it, or does not say it in time."""
    case, waits = stage.case, []
    for seat in seats:
        if case.device and not case.wakes(Party.DEVICE):
            waits.append(seat.device_says("off" if case.act is Act.POWER else "ended"))
        if case.console and not case.wakes(Party.CONSOLE):
            waits.append(seat.console_says())
        if case.party is not Party.RELAY:
            waits.append(_recorded(seat))
    await asyncio.gather(*waits)


async def _recorded(seat: Seat) -> None:
    await seat.relay.ending(seat.session)


async def _restore(stage: Stage, seats: list[Seat]) -> None:
    """Wake who sleeps, join what was cut, and hear who could not speak before."""
    case = stage.case
    match case.act:
        case Act.FREEZE:
            stage.send(case.party, signal.SIGCONT)
        case Act.SILENCE:
            assert stage.places.networks is not None
            await stage.places.networks[case.party].heal()
        case Act.KILL if case.party is Party.RELAY:
            await stage.relay.close()
            await stage.relay.start()
        case Act.POWER:
            for seat in seats:  # on again: the customer is told now
                seat.device.do("press", seat.number, key="power")
    if case.wakes(Party.CONSOLE):
        await asyncio.gather(*(seat.console_says() for seat in seats))
    if case.wakes(Party.DEVICE) or case.act is Act.POWER:
        await asyncio.gather(*(seat.device_says("ended") for seat in seats))
    if case.act is Act.FREEZE:
        await asyncio.sleep(AWAKE_S)


async def _round(case: Case, seat: Seat) -> Round:
    record = await seat.relay.ending(seat.session)
    if not record.ends:
        print(seat.relay.last_words(), file=sys.stderr, flush=True)
    if not case.console_dies:
        seat.pictures = await seat.console.pictures()
    evidence = Evidence(
        fault_at=seat.fault_at,
        before=seat.before,
        seen=seat.seen,
        device=seat.device_told,
        off_at=seat.off_at,
        console=seat.console_told,
        pictures=seat.pictures,
        record=record,
        in_browser=seat.in_browser,
    )
    return judged(case, evidence)


async def _clear(stage: Stage, seats: list[Seat]) -> None:
    if stage.case.on_all:
        await stage.strike()
    else:
        await asyncio.gather(*(seat.close() for seat in seats))
