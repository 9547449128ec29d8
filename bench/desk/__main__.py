"""`make bench-desk`: a supply list of a million pieces, imported and asked (bench/README.md)."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvloop

from bench.desk import page
from bench.desk.asking import Stock, Visit, Wrong, opened
from bench.desk.databases import KINDS, empty, facts_of
from bench.desk.loading import NotTaken, load_catalogue, load_supply, models
from bench.desk.report import LARGE, SMALL, OfDatabase, as_json, as_table
from bench.desk.serving import with_keys
from bench.desk.supply import SupplyList
from bench.endings.relay import CannotStart
from bench.screen import machine
from care.catalogue.maker import INVENTED
from server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.desk.loading import Loaded

UNITS: Final = 1_000_000
UNITS_MOST: Final = 10_000_000
SMALL_UNITS: Final = 10_000
LEAST: Final = 500
SECONDS_MOST: Final = 60.0


def main(argv: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    if options.page:
        page.write(json.loads(options.page.read_text(encoding="utf-8")))
        return 0
    try:
        return uvloop.run(_run(options))
    except (KeyboardInterrupt, asyncio.CancelledError):
        _say("stopped; everything that was started is ended")
        return 130
    except CannotStart as problem:
        _say(str(problem))
        return 1
    except (NotTaken, Wrong) as problem:
        _say(f"WRONG {problem}")
        return 1


async def _run(options: argparse.Namespace) -> int:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    facts = {name: text for name, text in machine.facts().items() if name != "browser"}
    facts["load"] = f"{os.getloadavg()[0]:.1f}"  # what others do on it meanwhile
    databases = []
    for kind in options.databases:
        with tempfile.TemporaryDirectory(prefix="alongside-bench-", ignore_cleanup_errors=True) as folder:
            databases.append(await _measure(kind, Path(folder), options))
        _say(as_table(databases[-1]))  # known, whatever becomes of the next one
    if options.json:
        print(as_json(facts, datetime.now(UTC).date(), options.seconds, databases), flush=True)
    else:
        print("  ".join(f"{name}={text}" for name, text in facts.items()))
        print("\n\n".join(map(as_table, databases)), flush=True)
    return 0


async def _measure(kind: str, folder: Path, options: argparse.Namespace) -> OfDatabase:
    pieces = SupplyList(options.seed, datetime.now(UTC).date(), models())
    units = {SMALL: min(SMALL_UNITS, options.units // 10), LARGE: options.units}
    loaded: dict[str, Loaded] = {}
    async with empty(kind, folder, list(units)) as urls, AsyncExitStack() as stack:
        desks = []
        for name, count in units.items():
            here = folder / f"of-{name}"
            here.mkdir()
            settings = Settings(data=here / "server", database_url=urls[name], maker=INVENTED)
            settings = with_keys(settings, here)
            await load_catalogue(settings)
            say = _of(f"{kind}, {name}")
            loaded[name] = await load_supply(settings, pieces, range(count), here, say)
            desks.append(await stack.enter_async_context(opened(settings, here, Stock(name, count))))
        visit = Visit(pieces, options.seed, options.seconds)
        measured = await visit.ask_all(desks, _of(kind))
        facts = await facts_of(desks[-1].database)
    return OfDatabase(kind, facts, units, loaded, measured)


def _of(what: str) -> Callable[[str], None]:
    return lambda text: _say(f"{what}: {text}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _count(text: str) -> int:
    number = int(text)
    if not LEAST <= number <= UNITS_MOST:
        raise argparse.ArgumentTypeError(f"{LEAST} to {UNITS_MOST}")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number <= SECONDS_MOST:
        raise argparse.ArgumentTypeError(f"more than 0, at most {SECONDS_MOST:.0f}")
    return number


def _kinds(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names or set(names) - set(KINDS):
        raise argparse.ArgumentTypeError(f"some of {', '.join(KINDS)}")
    return names


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make bench-desk", description="Load a supply list and ask the desk."
    )
    parser.add_argument("--units", type=_count, default=UNITS, help=f"rows of the supply list ({UNITS})")
    parser.add_argument("--seconds", type=_seconds, default=5.0, help="how long each load is asked (5)")
    parser.add_argument(
        "--databases", type=_kinds, default=list(KINDS), help=f"one or more of {','.join(KINDS)} (both)"
    )
    parser.add_argument("--seed", type=int, default=1, help="another one makes other numbers (1)")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument(
        "--page", type=Path, metavar="RESULTS", help="only write docs/benchmarks.md from what --json printed"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
