"""What a pointer does on the set: it takes the focus along, presses what has it, and draws the slider.

Pure, but for the words, whose widths say where things lie. What is hit is judged by the picture that was on
the screen when the steps came, because that is the one that whoever points has seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from device_agent.devices.simulated_tv import model
from device_agent.devices.simulated_tv.paint import home, keyboard, menus
from device_agent.devices.simulated_tv.paint.canvas import HEIGHT, WIDTH
from device_agent.devices.simulated_tv.screens import (
    INPUTS,
    Choosing,
    Home,
    Screen,
    Settings,
    Sliding,
    Sources,
    Title,
    Typing,
)
from device_agent.devices.simulated_tv.settings import BY_PATH, Choice, Range
from seal.commands import MOVE
from wire.limits import POINTER_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from device_agent.devices.simulated_tv.model import Change, TvModel
    from device_agent.devices.simulated_tv.paint.canvas import Box
    from locales import Catalogue
    from seal.commands import Step

LEFT: Final = 1
RIGHT: Final = 3
_NOTCHES: Final = {4: "up", 5: "down", 6: "left", 7: "right"}
_NEAR: Final = 40  # so far beside the slider's track still counts


@dataclass(frozen=True, slots=True)
class Pointed:
    """What the steps did. `pressed`: what the left button is down on; pages are not this model's to open."""

    model: TvModel
    changes: tuple[Change, ...] = ()
    help: bool = False
    account: bool = False
    pressed: Screen | None = None


def px(place: int, size: int) -> int:
    """A place of a pointer on a screen of so many px."""
    return place * size // (POINTER_MAX + 1)


def point(
    it: TvModel, steps: Iterable[Step], words: Catalogue, now: float, *, pressed: Screen | None = None
) -> Pointed:
    """Carry out the steps one after another; `pressed` is what the button was down on before."""
    done, seen = Pointed(it, pressed=pressed), it.screen
    for step in steps:
        before = done.model.screens
        done = _step(done, step, seen, words, now)
        if len(done.model.screens) != len(before) or type(done.model.screen) is not type(before[-1]):
            seen = done.model.screen
    return done


def _step(done: Pointed, step: Step, seen: Screen, words: Catalogue, now: float) -> Pointed:
    x, y = px(step.x, WIDTH), px(step.y, HEIGHT)
    key = _NOTCHES.get(step.b, "back" if step.b == RIGHT and step.d else "")
    if key and done.model.on:
        return _press(done, key, now)
    if step.b == MOVE and done.model.on:
        return _moved(done, seen, x, y, words)
    if step.b == LEFT and done.model.on:
        return _left(done, (x, y), seen, words, now, down=step.d)
    return done


def _left(
    done: Pointed, place: tuple[int, int], seen: Screen, words: Catalogue, now: float, *, down: bool
) -> Pointed:
    """A click is OK on what it began on and ended on."""
    x, y = place
    if down:
        moved = _moved(replace(done, pressed=seen), seen, x, y, words)
        return replace(moved, pressed=_target(done.model, seen, x, y, words))
    let_go = replace(done, pressed=None)
    target = _target(done.model, seen, x, y, words)
    if target is None or target != done.pressed or isinstance(target, Sliding):
        return let_go
    return _press(let_go, "ok", now)


def _press(done: Pointed, key: str, now: float) -> Pointed:
    after = model.press(done.model, key, now)
    changes = done.changes if after.change is None else (*done.changes, after.change)
    return replace(
        done,
        model=after.model,
        changes=changes,
        help=done.help or after.help,
        account=done.account or after.account,
    )


def _moved(done: Pointed, seen: Screen, x: int, y: int, words: Catalogue) -> Pointed:
    """The focus goes along; with the button down on a slider its value does."""
    screen = done.model.screen
    if isinstance(screen, Sliding) and done.pressed is not None and _near(menus.track_box(), x, y):
        after = model.set_to(done.model, screen.path, _value(screen.path, x))
        changes = done.changes if after.change is None else (*done.changes, after.change)
        return replace(done, model=after.model, changes=changes)
    target = _target(done.model, seen, x, y, words)
    return done if target is None else replace(done, model=model.with_top(done.model, target))


def _target(it: TvModel, seen: Screen, x: int, y: int, words: Catalogue) -> Screen | None:  # noqa: PLR0911
    """The screen with its focus on what lies there, or None where nothing does."""
    match seen:
        case Home():
            return _on_home(seen, x, y, words)
        case Sources():
            return next((Sources(row) for row, box in _numbered(menus.list_boxes(len(INPUTS)), x, y)), None)
        case Title():
            boxes = menus.title_boxes(seen, words)
            return next((replace(seen, column=column) for column, _ in _numbered(boxes, x, y)), None)
        case Settings():
            return _on_settings(seen, x, y)
        case Choosing():
            setting = BY_PATH[seen.path]
            assert isinstance(setting, Choice)
            boxes = menus.list_boxes(len(setting.options))
            return next((replace(seen, row=row) for row, _ in _numbered(boxes, x, y)), None)
        case Typing():
            assert isinstance(it.screen, Typing)
            at = next(((row, column) for row, column, box in keyboard.key_boxes() if _in(box, x, y)), None)
            return None if at is None else replace(it.screen, row=at[0], column=at[1])
        case Sliding():
            return seen
        case _:
            return seen  # a picture without anything to choose: a click is OK


def _on_home(seen: Home, x: int, y: int, words: Catalogue) -> Home | None:
    rows = (home.nav_boxes(words), home.poster_boxes(seen), home.tile_boxes(), [home.account_box(words)])
    for row, boxes in enumerate(rows):
        for column, _ in _numbered(boxes, x, y):
            columns = (*seen.columns[:row], column, *seen.columns[row + 1 :])
            return Home(row, columns)
    return None


def _on_settings(seen: Settings, x: int, y: int) -> Settings | None:
    for entry, _ in _numbered(menus.menu_boxes(), x, y):
        return Settings(entry, seen.row if entry == seen.entry else 0)
    for row, box in menus.setting_boxes(seen):
        if _in(box, x, y):
            return replace(seen, row=row, inside=True)
    return None


def _numbered(boxes: list[Box], x: int, y: int) -> Iterable[tuple[int, Box]]:
    """Those that lie there, with their place in the list."""
    return ((place, box) for place, box in enumerate(boxes) if _in(box, x, y))


def _in(box: Box, x: int, y: int) -> bool:
    return box.left <= x < box.right and box.top <= y < box.bottom


def _near(track: Box, x: int, y: int) -> bool:
    return _in(track.grown(_NEAR), x, y)


def _value(path: str, x: int) -> int:
    setting = BY_PATH[path]
    assert isinstance(setting, Range)
    track = menus.track_box()
    share = min(1.0, max(0.0, (x - track.left) / track.width))
    steps = round(share * (setting.high - setting.low) / setting.step)
    return setting.low + steps * setting.step
