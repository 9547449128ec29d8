"""`make bench-end`: every way a session can end, played and timed (bench/README.md)."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.endings import readme
from bench.endings.cases import BY_NAME, CASES
from bench.endings.places import CannotSilence, Places, why_not
from bench.endings.play import CannotPlay, play
from bench.endings.relay import CannotStart, Relay
from bench.endings.report import as_json, as_table, rows_of
from identity.rules import BADGES_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.endings.cases import Case
    from bench.endings.rounds import Round


def main(argv: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    try:
        return asyncio.run(_run(options))
    except (KeyboardInterrupt, asyncio.CancelledError):
        _say("stopped; everything that was started is ended")
        return 130
    except (CannotPlay, CannotSilence, CannotStart) as problem:
        _say(str(problem))
        return 1


async def _run(options: argparse.Namespace) -> int:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with tempfile.TemporaryDirectory(prefix="alongside-bench-") as folder:
        rounds = await _all_rounds(options, Path(folder))
    rows = rows_of(rounds)
    print(as_json(rows) if options.json else as_table(rows), flush=True)
    if options.write_readme:
        readme.write(rows, at_once=options.at_once)
    faults = [fault for row in rows for fault in row.faults]
    for fault in faults:
        _say(f"WRONG {fault}")
    return 1 if faults else 0


async def _all_rounds(options: argparse.Namespace, folder: Path) -> list[Round]:
    rounds: list[Round] = []
    for case in await _playable(options.case):
        began = time.monotonic()
        logins = logins_of(case, rounds=options.rounds, at_once=options.at_once)
        await Relay(folder, Places()).add_technicians(logins)
        mine = await play(
            case,
            folder=folder,
            logins=logins,
            rounds=options.rounds,
            in_browser=options.in_browser,
            at_once=options.at_once,
            progress=_progress(case, options.rounds),
        )
        rounds += mine
        _say(f"{case.name}: done in {time.monotonic() - began:.0f} s")
        _say(as_table(rows_of(mine)))  # known, whatever becomes of the cases after it
    return rounds


def logins_of(case: Case, *, rounds: int, at_once: int) -> list[str]:
    """New people for every case: each round takes a badge, and a person gets so many an hour."""
    count = max(at_once, -(-rounds * 2 // BADGES_PER_HOUR))
    return [f"{case.name}-{number}" for number in range(1, count + 1)]


async def _playable(names: list[str] | None) -> list[Case]:
    """The cases asked for, without those that this machine or this user cannot play; says which."""
    cases = [BY_NAME[name] for name in names] if names else list(CASES)
    why = await why_not() if any(case.needs_root for case in cases) else ""
    for case in cases:
        if case.needs_root and why:
            _say(f"{case.name}: left out, {why}")
    return [case for case in cases if not (case.needs_root and why)]


def _progress(case: Case, rounds: int) -> Callable[[int], None]:
    return lambda done: _say(f"{case.name}: {done} of {rounds}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench-end", description="Play and time every ending.")
    parser.add_argument("--rounds", type=_count, default=20, help="sessions per case (20)")
    parser.add_argument("--at-once", type=_count, default=10, help="sessions at the same time, up to 50 (10)")
    parser.add_argument(
        "--in-browser", type=int, default=2, help="rounds in a real Chromium, where a case is about it (2)"
    )
    parser.add_argument(
        "--case", action="append", choices=sorted(BY_NAME), help="only this case; may be repeated"
    )
    parser.add_argument("--json", action="store_true", help="one JSON array on standard output")
    parser.add_argument("--write-readme", action="store_true", help="put table and plot into the README")
    return parser


if __name__ == "__main__":
    sys.exit(main())
