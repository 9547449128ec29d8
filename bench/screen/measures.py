"""What is measured of one open viewer: a scene, how legible it is at rest, how it outlives a silence."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bench.screen import fidelity, surface
from bench.screen.children import CannotRun, until
from bench.screen.figures import NEVER, answers, behind, mean_of_all, percentile, recovery, until_silence
from bench.screen.meter import Meter
from bench.screen.painting import painting
from bench.screen.peers.peer import now
from bench.screen.scenes import HEIGHT, JUDGED, MENU_S, WIDTH, Box, Scene
from bench.screen.stamps import number_of, sightings
from device_agent.devices.simulated_tv import stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.screen.network import Line
    from bench.screen.painting import Painting, Screen
    from bench.screen.peers.peer import Peer
    from bench.screen.stamps import Sighting
    from bench.screen.viewing import View

    Figures = dict[str, Any]  # a tree of numbers, as it stands in the results

SETTLE_S: Final = 2.0
_SHOWN_S: Final = 30.0
_ANSWER_MS: Final = 3_000
_BETWEEN_S: Final = 0.35
_LOOK_S: Final = 0.05
SILENCE_MS: Final = 3_000
STEPS_AFTER: Final = (1 / 6, 3 / 6, 5 / 6)  # of the menu's pause, after each silence
_USUAL_S: Final = 4.0
_RECOVER_MS: Final = 20_000
_RECENT_MS: Final = 600_000
REST_MS: Final = (500, 1_000, 2_000, 3_000)
_WHOLE: Final = Box(0, 0, WIDTH, HEIGHT)


@dataclass(frozen=True, slots=True)
class Seat:
    """One system at work, with a viewer that is open on it."""

    peer: Peer
    view: View
    viewer_pid: int
    screen: Screen
    line: Line
    folder: Path

    def groups(self, painter: Painting) -> dict[str, int]:
        """The first process of everybody who has a part in it."""
        others = {"viewer": self.viewer_pid, "X server": self.screen.pid, "painter": painter.pid}
        return {**self.peer.parts, **others}


def measure(seat: Seat, scene: Scene, *, seconds: float, presses: int) -> Figures:
    """A scene from its first picture on the screen to the last in the page."""
    seat.view.forget()
    with painting(scene, seat.screen, seat.folder) as painter:
        _until_shown(seat.view, now())
        time.sleep(SETTLE_S)
        if scene.is_pressed:
            seat.peer.focus(seat.view)
        if scene is not Scene.MENU and scene is not Scene.VIDEO:
            time.sleep(SETTLE_S)  # what sharpens a still picture is over by then
        frames, meter, start = seat.view.noted().frames, Meter(seat.groups(painter), seat.line), now()
        if scene.is_pressed:
            _press(seat, scene, presses)
        else:
            time.sleep(seconds)
        end, used, noted = now(), meter.used(), seat.view.noted()
        rest = {} if seat.peer.draws_itself or scene not in JUDGED else legible(seat, scene, painter)
        drawn = drawn_by(seat, painter)
    seen = sightings(noted.samples, drawn)
    figures: Figures = {**_pictures(seen.known, drawn, start=start, end=end), **used, **rest}
    figures["unreadable_share"] = seen.unreadable / max(1, len(noted.samples))
    figures["looks_s"] = (noted.frames - frames) / (end - start) * 1000
    figures["width"] = noted.size[0]
    if scene.is_pressed:
        pressed = [at for at in (noted.keys if scene is Scene.KEY else noted.clicks) if start <= at]
        figures |= _answers(pressed, seen.known)
    return figures


def _until_shown(view: View, began: float) -> None:
    """Returns once the page shows something that this scene drew."""

    def is_shown() -> bool:
        return _is_since(view.last(), began - _ANSWER_MS)

    until(is_shown, "the scene in the viewer", within=_SHOWN_S)


def _is_since(number: int | None, moment: float) -> bool:
    return number is not None and (number - int(moment)) % stamp.MODULUS < _RECENT_MS


def _press(seat: Seat, scene: Scene, count: int) -> None:
    """One after the other, each when the one before has been answered or given up."""
    for number in range(count):
        pressed = now()
        if scene is Scene.KEY:
            seat.view.page.keyboard.press("ArrowLeft" if number % 2 else "ArrowRight")
        else:
            seat.peer.click(seat.view, number)
        while not _is_since(seat.view.last(), pressed) and now() < pressed + _ANSWER_MS:
            time.sleep(_LOOK_S)
        time.sleep(_BETWEEN_S)


def drawn_by(seat: Seat, painter: Painting) -> list[int]:
    """Ends the scene; when it drew."""
    drawn = painter.drawn()
    if not seat.peer.draws_itself:
        return drawn
    own: list[int] = seat.view.page.evaluate("() => globalThis.drawn")
    return own


def _pictures(seen: Sequence[Sighting], drawn: Sequence[int], *, start: float, end: float) -> Figures:
    shown = [one for one in seen if start <= one.seen < end]
    ages = [one.age for one in shown]
    late = behind(drawn, seen, start=start, end=end)
    return {
        "drawn_s": sum(start <= at < end for at in drawn) / (end - start) * 1000,
        "shown_s": len(shown) / (end - start) * 1000,
        "age_p50": percentile(ages, 0.5),
        "age_p95": percentile(ages, 0.95),
        "age_max": percentile(ages, 1),
        "behind": late.mean_ms,
        "behind_share": late.share,
    }


def _answers(pressed: Sequence[float], seen: Sequence[Sighting]) -> Figures:
    times = answers(pressed, seen, within=_ANSWER_MS)
    return {
        "pressed": len(pressed),
        "answered": len(times),
        "answer_p50": percentile(times, 0.5),
        "answer_p95": percentile(times, 0.95),
    }


def legible(seat: Seat, scene: Scene, painter: Painting) -> Figures:
    """Hold the scene; how near the viewer's picture is to the screen's own, so long after the last change."""
    whole = [_WHOLE] if scene is Scene.MENU else []
    boxes = [*whole, *JUDGED[scene]]
    painter.hold()
    at = now()
    shown = seat.view.pictures([at + rest for rest in REST_MS], boxes)
    true = surface.screen(seat.screen.display)
    crops = [true[box.y : box.y + box.height, box.x : box.x + box.width] for box in boxes]
    found: Figures = {}
    for rest, pictures in zip(REST_MS, shown, strict=True):
        pairs = list(zip(pictures, crops, strict=True))
        detail = pairs[len(whole) :]
        found[str(rest)] = {
            "psnr": fidelity.psnr(pairs[: len(whole)]) if whole else None,
            "detail_psnr": fidelity.psnr(detail),
            "detail_ssim": fidelity.ssim(detail),
        }
    return {"at_rest": found}


def silence(seat: Seat) -> Figures:
    """The line drops everything for 3 s in the middle of the menu, several times; the mean of each figure.

    For everybody the menu's next step falls at the same moments after the line is back.
    """
    seat.view.forget()
    ends: list[float] = []
    with painting(Scene.MENU, seat.screen, seat.folder) as painter:
        _until_shown(seat.view, now())
        time.sleep(SETTLE_S)
        start = now()
        time.sleep(_USUAL_S)
        usual = percentile(_ages(seat.view.noted().samples, since=start), 0.5)
        if usual is None:
            raise CannotRun("nothing was shown before the silence")
        for step_after in STEPS_AFTER:
            drawn_at = _newest_drawn(seat.view.noted().samples)
            ends_before = step_after * MENU_S * 1000
            time.sleep(
                until_silence(
                    now(), lasts=SILENCE_MS, drawn=drawn_at, every=MENU_S * 1000, before=ends_before
                )
                / 1000
            )
            seat.line.silence(SILENCE_MS)
            ends.append(now() + SILENCE_MS)
            time.sleep(SILENCE_MS / 1000)
            if not _recovers(seat.view, ends[-1], usual):
                break
            time.sleep(SETTLE_S)
        noted, drawn = seat.view.noted(), painter.drawn()
    seen = sightings(noted.samples, drawn).known
    found = [recovery(seen, over=over, usual_ms=usual) for over in ends]
    found += [NEVER] * (len(STEPS_AFTER) - len(found))  # it did not come back from the one before
    return {
        "usual_ms": usual,
        "fresh_ms": mean_of_all([one.fresh_ms for one in found]),
        "prompt_ms": mean_of_all([one.prompt_ms for one in found]),
        "each_fresh_ms": [one.fresh_ms for one in found],
    }


def _newest_drawn(samples: Sequence[tuple[str, float]]) -> float:
    """When the newest picture was drawn of those that were shown."""
    return max(seen - age for seen, age in _seen_with_ages(samples))


def _seen_with_ages(samples: Sequence[tuple[str, float]]) -> list[tuple[int, int]]:
    read = [(number_of(row), int(at)) for row, at in samples]
    return [(at, stamp.age_ms(number, at)) for number, at in read if number is not None]


def _ages(samples: Sequence[tuple[str, float]], *, since: float) -> list[int]:
    """How old those pictures were that were drawn since then, while nobody knows yet what was drawn."""
    return [age for at, age in _seen_with_ages(samples) if at - age >= since]


def _recovers(view: View, over: float, usual: float) -> bool:
    """Waits until a picture is as prompt as before; False where none comes."""
    while now() < over + _RECOVER_MS:
        if any(age <= usual * 2 + 100 for age in _ages(view.noted().samples, since=over)):
            return True
        time.sleep(_LOOK_S * 5)
    return False
