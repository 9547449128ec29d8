"""`make bench`: every system through the same scenes, round by round (bench/README.md)."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from playwright.sync_api import sync_playwright

from bench.screen import machine, network, page, peers, report
from bench.screen.children import ROOT
from bench.screen.link_check import check
from bench.screen.network import line
from bench.screen.peers.peer import Installed
from bench.screen.profiles import DIRECT, PROFILES
from bench.screen.scenes import Scene
from bench.screen.visit import MAY_FAIL, Place, Plan, in_a_line, visit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Playwright

    from bench.screen.peers.peer import Peer

PEERS: Final = ROOT / ".bench-peers"
RESULTS: Final = ROOT / "bench-results"
_NETWORKS: Final = (DIRECT, *PROFILES)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = sys.argv[1:] if argv is None else list(argv)
    options = _parser().parse_args(arguments)
    if options.page:
        return page.write([_read(path) for path in options.page])
    if why := network.why_not():
        _say(why)
        return 1
    network.step_inside(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        results = _measure(options)
    except KeyboardInterrupt:
        _say("stopped; everything that was started is ended")
        return 130
    print("\n\n".join(report.tables(results)))
    return 0


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    installed = Installed(options.peers)
    systems = _systems(options.only, installed)
    out = options.out or RESULTS / time.strftime("screen-%Y-%m-%d-%H%M.json")
    results: dict[str, Any] = {
        "when": time.strftime("%Y-%m-%d %H:%M"),
        "machine": machine.facts(),
        "versions": machine.versions(installed),
        "plan": {
            "rounds": options.rounds,
            "seconds": options.seconds,
            "presses": options.presses,
            "openings": options.openings,
            "scenes": [scene.value for scene in options.scenes],
        },
        "left_out": {peer.name: why for peer, why in systems if why},
        "networks": {},
    }
    for name, why in results["left_out"].items():
        _say(f"{name}: left out, {why}")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="alongside-bench-") as folder:
        for name in options.network:
            rounds = _rounds(
                name, [peer for peer, why in systems if not why], options, Path(folder), playwright
            )
            results["networks"][name] = here = {"check": _check(name, Path(folder)), "systems": {}}
            for peer, found in rounds:
                here["systems"].setdefault(peer.name, []).append(found)
                _save(results, out)
    _say(f"all rounds are in {out}")
    return results


def _systems(only: list[str] | None, installed: Installed) -> list[tuple[type[Peer], str]]:
    wanted = [peers.BY_NAME[name] for name in only] if only else list(peers.ALL)
    return [(peer, peer.missing(installed)) for peer in wanted]


def _check(name: str, folder: Path) -> dict[str, Any]:
    with line(PROFILES.get(name), seed=1, folder=folder) as between:
        found = check(between)
    _say(f"{name}: {json.dumps(found)}")
    return found


def _rounds(
    name: str, systems: list[type[Peer]], options: argparse.Namespace, folder: Path, playwright: Playwright
) -> Iterator[tuple[type[Peer], dict[str, Any]]]:
    """Round by round, and each round begins with another system: what slows the machine meets all alike."""
    plan = Plan(
        tuple(options.scenes),
        options.seconds,
        options.presses,
        options.openings,
        with_silence=options.silence,
        soak_minutes=options.soak,
    )
    for number in range(options.rounds):
        turn = number % max(1, len(systems))
        for kind in systems[turn:] + systems[:turn]:
            with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as here:
                place = Place(PROFILES.get(name), number + 1, Installed(options.peers), Path(here), folder)
                began = time.monotonic()
                try:
                    found = visit(kind, plan, place, playwright)
                except MAY_FAIL as problem:
                    found = {"problem": in_a_line(problem)}
                    _keep_logs(Path(here), options.logs)
            _say(f"{name}, round {number + 1}, {kind.name}: {time.monotonic() - began:.0f} s")
            _say("\n".join(report.lines(found)))
            yield kind, found


def _keep_logs(here: Path, kept: Path | None) -> None:
    """What the programs of a visit said, for whoever wants to know why it failed."""
    for log in here.glob("*.log") if kept else ():
        assert kept is not None
        kept.mkdir(parents=True, exist_ok=True)
        with (kept / log.name).open("a", encoding="utf-8") as out:
            out.write(log.read_text(encoding="utf-8", errors="replace"))


def _save(results: dict[str, Any], out: Path) -> None:
    """After every visit, whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = out.with_suffix(".fresh")
    fresh.write_text(json.dumps(results, indent=1), encoding="utf-8")
    fresh.replace(out)


def _read(path: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return results


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _list(text: str, known: Sequence[str]) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in names if name not in known]:
        raise argparse.ArgumentTypeError(f"{unknown[0]} is not one of {', '.join(known)}")
    return names


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make bench", description="Screens of several systems, side by side."
    )
    parser.add_argument("--rounds", type=_count, default=3, help="of each system on each network (3)")
    parser.add_argument("--seconds", type=float, default=6.0, help="of menu and of video (6)")
    parser.add_argument("--presses", type=_count, default=12, help="of the mouse and of a key (12)")
    parser.add_argument("--openings", type=_count, default=2, help="of the viewer; the first is cold (2)")
    parser.add_argument(
        "--network",
        type=lambda text: _list(text, _NETWORKS),
        default=[DIRECT],
        help=f"one or more of {','.join(_NETWORKS)} ({DIRECT})",
    )
    parser.add_argument(
        "--scenes",
        type=lambda text: [Scene(name) for name in _list(text, list(Scene))],
        default=list(Scene),
        help="some of still,menu,video,click,key (all)",
    )
    parser.add_argument(
        "--only", action="append", choices=sorted(peers.BY_NAME), help="this system; may be repeated"
    )
    parser.add_argument("--silence", action="store_true", help="also the recovery from 3 s of silence")
    parser.add_argument(
        "--soak", type=float, default=0.0, metavar="MINUTES", help="also memory in a long film"
    )
    parser.add_argument(
        "--peers", type=Path, default=PEERS, help="where the peers are installed (.bench-peers)"
    )
    parser.add_argument("--out", type=Path, help="the results, as JSON (bench-results/screen-DATE.json)")
    parser.add_argument("--logs", type=Path, help="keep the logs of visits that failed here")
    parser.add_argument(
        "--page", type=Path, nargs="+", metavar="RESULTS", help="only write docs/benchmarks.md from results"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
