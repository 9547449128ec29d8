"""One system, one round: its screen, its line, its processes and its viewer are made, measured and ended."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from subprocess import SubprocessError
from typing import TYPE_CHECKING, Final

from playwright.sync_api import Error

from bench.screen import measures, viewing
from bench.screen.children import CannotRun
from bench.screen.figures import behind
from bench.screen.network import line
from bench.screen.painting import painting, screen
from bench.screen.peers.peer import Stage, now
from bench.screen.scenes import Scene
from bench.screen.soak import soak
from bench.screen.stamps import sightings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Playwright

    from bench.screen.measures import Figures, Seat
    from bench.screen.peers.peer import Installed, Peer
    from bench.screen.profiles import Profile

# A program that does not come up, a page that does not answer, a line that is gone.
MAY_FAIL: Final = (CannotRun, Error, OSError, SubprocessError)
_BEGINNING_S: Final = 5.0
_KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """What every system is put through, in every round."""

    scenes: tuple[Scene, ...]
    seconds: float
    presses: int
    openings: int
    with_silence: bool
    soak_minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visit happens."""

    profile: Profile | None
    seed: int
    installed: Installed
    folder: Path
    kept: Path


def visit(kind: type[Peer], plan: Plan, place: Place, playwright: Playwright) -> Figures:
    """Everything the plan asks for. What fails is said in its place, and the rest goes on."""
    found: Figures = {"openings": [], "scenes": {}}
    with ExitStack() as stack:
        shown = stack.enter_context(screen(place.folder))
        between = stack.enter_context(line(place.profile, seed=place.seed, folder=place.folder))
        stage = Stage(shown.display, place.folder, place.kept, place.installed)
        peer = stack.enter_context(_at_work(kind, stage))
        program = between.chromium(place.folder, viewing.CHROMIUM)
        browser = stack.enter_context(viewing.viewer(playwright, program, kind.chromium))
        context = browser.browser.new_context(viewport=viewing.VIEWPORT, ignore_https_errors=True)
        for _ in range(plan.openings):
            for page in context.pages:
                page.close()
            view = viewing.View(context.new_page(), peer.selector)
            seat = measures.Seat(peer, view, browser.pid, shown, between, place.folder)
            found["openings"].append(_opened(seat))
        for scene in plan.scenes:
            found["scenes"][scene.value] = _measured(seat, scene, plan)
        if plan.with_silence and between.is_shaped:
            found["silence"] = _or_problem(lambda: measures.silence(seat))
        if plan.soak_minutes > 0:
            found["soak"] = _or_problem(lambda: soak(seat, minutes=plan.soak_minutes))
    return found


@contextmanager
def _at_work(kind: type[Peer], stage: Stage) -> Iterator[Peer]:
    peer = kind(stage)
    try:
        peer.start()
        yield peer
    finally:
        peer.close()


def _opened(seat: Seat) -> Figures:
    """A page from nothing to its first picture, and how it does in its first seconds."""
    with painting(Scene.MENU, seat.screen, seat.folder) as painter:
        time.sleep(measures.SETTLE_S)
        before = seat.line.counted()
        opening = seat.peer.open(seat.view)
        first = seat.view.first_picture()
        carried = seat.line.counted()
        time.sleep(_BEGINNING_S)
        noted = seat.view.noted()
        drawn = measures.drawn_by(seat, painter)
    seen = sightings(noted.samples, drawn).known
    late = behind(drawn, seen, start=first, end=first + _BEGINNING_S * 1000)
    return {
        "first_ms": first - opening.asked,
        "waited_ms": opening.waited_ms,
        "accepted_ms": first - opening.accepted - opening.waited_ms if opening.accepted else None,
        "kib": (carried.up - before.up) / _KIB,
        "beginning_behind": late.mean_ms,
    }


def _measured(seat: Seat, scene: Scene, plan: Plan) -> Figures:
    if why := seat.peer.cannot.get(scene):
        return {"left_out": why}
    return _or_problem(lambda: measures.measure(seat, scene, seconds=plan.seconds, presses=plan.presses))


def _or_problem(work: Callable[[], Figures]) -> Figures:
    """One scene that a system does not manage takes nothing from the others."""
    try:
        figures: Figures = work()
    except MAY_FAIL as problem:
        return {"problem": in_a_line(problem), "at": round(now())}
    return figures


def in_a_line(problem: BaseException) -> str:
    return " ".join(str(problem).split())[:300]
