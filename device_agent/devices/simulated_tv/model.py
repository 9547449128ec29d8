"""The set without its screen: one press of the remote in, the next state and what it changed out. Pure.

Who pressed is not known here. `Step.change`, `Step.help` and `Step.account` let the set refuse a technician
before anything is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, assert_never

from device_agent.devices.simulated_tv.screens import (
    INPUTS,
    MENU,
    PAID,
    TITLES,
    Choosing,
    Home,
    Screen,
    Settings,
    Sliding,
    Source,
    Sources,
    Title,
    Typing,
    Watching,
    move_choosing,
    move_home,
    move_settings,
    move_sources,
    move_title,
    move_typing,
)
from device_agent.devices.simulated_tv.settings import (
    BY_PATH,
    CARD,
    GROUPS,
    Choice,
    Entry,
    Range,
    Secret,
    Setting,
    Switch,
    Value,
    as_text,
    field_of,
    moved,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

ARROWS: Final = frozenset({"up", "down", "left", "right"})
VOLUME_STEP: Final = 2
VOLUME_SHOWN_S: Final = 2.5
SOURCE_SHOWN_S: Final = 4.0
ARROW_SHOWN_S: Final = 3.0
CHANNEL_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class TvModel:
    """Everything the set's own picture depends on, but the time of day."""

    values: Mapping[str, Value]
    screens: tuple[Screen, ...] = (Home(),)
    on: bool = True
    volume: int = 24
    volume_until: float = 0.0  # monotonic seconds; until then the volume bar is on the screen
    source_until: float = 0.0  # likewise the name of the source just chosen
    arrow: tuple[int, int] | None = None  # where a technician points, in px
    arrow_until: float = 0.0  # likewise

    @property
    def screen(self) -> Screen:
        """The screen on top."""
        return self.screens[-1]


@dataclass(frozen=True, slots=True)
class Change:
    """One setting changed, as texts."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one press did. `help` and `account` ask for pages that are not this model's to open."""

    model: TvModel
    change: Change | None = None
    help: bool = False
    account: bool = False


def press(model: TvModel, key: str, now: float) -> Step:
    """One press of the remote; a key that means nothing here changes nothing."""
    if key == "power":
        return Step(powered(model, on=not model.on))
    if not model.on:
        return Step(model)
    match key:
        case "volume_up" | "volume_down":
            fresh = _louder(model, VOLUME_STEP if key == "volume_up" else -VOLUME_STEP, now)
        case "home":
            fresh = replace(model, screens=model.screens[:1])
        case "menu":
            fresh = _over_picture(model, Settings())
        case "source":
            fresh = _over_picture(model, Sources(_source_row(model)))
        case _:
            return _press_screen(model, key, now)
    return Step(fresh)


def powered(model: TvModel, *, on: bool) -> TvModel:
    """Switched on at its home screen, or off; what was open and not kept is gone."""
    return replace(model, on=on, screens=(Home(),), volume_until=0.0, source_until=0.0, arrow_until=0.0)


def _press_screen(model: TvModel, key: str, now: float) -> Step:  # noqa: PLR0911 - one line per kind of screen
    screen = model.screen
    if key == "back" and not isinstance(screen, Settings):
        return Step(_closed(model))
    match screen:
        case Home():
            return _press_home(model, screen, key)
        case Sources():
            return _press_sources(model, screen, key, now)
        case Title():
            return _press_title(model, screen, key, now)
        case Watching():
            return Step(_press_watching(model, screen, key, now))
        case Settings():
            return _press_settings(model, screen, key)
        case Choosing():
            return _press_choosing(model, screen, key)
        case Sliding():
            return _press_sliding(model, screen, key)
        case Typing():
            return _press_typing(model, screen, key, now)
        case _:
            assert_never(screen)


def _press_home(model: TvModel, screen: Home, key: str) -> Step:
    if key in ARROWS:
        return Step(_top(model, move_home(screen, key)))
    if key != "ok" or screen.item == "home":
        return Step(model)
    if screen.item == "help":
        return Step(model, help=True)
    if screen.item == "account":
        return Step(model, account=True)
    return Step(replace(model, screens=(screen, _opened(screen.item))))


def _opened(item: str) -> Screen:
    if item in TITLES:
        return Title(item)
    if item == "sources":
        return Sources()
    return Settings() if item == "settings" else Watching(Source(item))


def _press_sources(model: TvModel, screen: Sources, key: str, now: float) -> Step:
    if key in ARROWS:
        return Step(_top(model, move_sources(screen, key)))
    if key != "ok":
        return Step(model)
    watching = Watching(Source(INPUTS[screen.row]))
    return Step(replace(model, screens=(model.screens[0], watching), source_until=now + SOURCE_SHOWN_S))


def _press_title(model: TvModel, screen: Title, key: str, now: float) -> Step:
    if key in ARROWS:
        return Step(_top(model, move_title(screen, key)))
    if key != "ok":
        return Step(model)
    if screen.column:
        return Step(_closed(model))
    if screen.title in PAID:
        return Step(_pushed(model, Typing(CARD.path, "")))
    return Step(_played(model, now))


def _played(model: TvModel, now: float) -> TvModel:
    return replace(model, screens=(*model.screens, Watching(Source.FILM)), source_until=now + SOURCE_SHOWN_S)


def _press_watching(model: TvModel, screen: Watching, key: str, now: float) -> TvModel:
    if key == "ok":
        return replace(model, source_until=now + SOURCE_SHOWN_S)
    if screen.source is Source.AERIAL and key.startswith("digit_"):
        channel = (screen.channel + key[-1])[-CHANNEL_DIGITS:]
        return _top(model, replace(screen, channel=channel))
    return model


def _press_settings(model: TvModel, screen: Settings, key: str) -> Step:
    if key == "back":
        return Step(_top(model, replace(screen, inside=False)) if screen.inside else _closed(model))
    if key in ARROWS:
        return Step(_top(model, move_settings(screen, key)))
    if key != "ok":
        return Step(model)
    if screen.name == "support":
        return Step(model, help=True)
    if not screen.inside:
        return Step(_top(model, move_settings(screen, "right")))
    return _open_setting(model, GROUPS[screen.name][screen.row])


def _open_setting(model: TvModel, setting: Setting) -> Step:
    value = model.values[setting.path]
    match setting:
        case Switch():
            return set_to(model, setting.path, not value)
        case Choice():
            return Step(_pushed(model, Choosing(setting.path, setting.options.index(str(value)))))
        case Range():
            return Step(_pushed(model, Sliding(setting.path)))
        case Entry():
            return Step(_pushed(model, Typing(setting.path, str(value))))
        case Secret():
            return Step(_pushed(model, Typing(setting.path, "")))
        case _:
            assert_never(setting)


def _press_choosing(model: TvModel, screen: Choosing, key: str) -> Step:
    setting = BY_PATH[screen.path]
    assert isinstance(setting, Choice)
    if key in ARROWS:
        return Step(_top(model, move_choosing(screen, key, len(setting.options))))
    if key != "ok":
        return Step(model)
    return set_to(_closed(model), screen.path, setting.options[screen.row])


def _press_sliding(model: TvModel, screen: Sliding, key: str) -> Step:
    setting, value = BY_PATH[screen.path], model.values[screen.path]
    assert isinstance(setting, Range)
    assert isinstance(value, int)
    if key == "ok":
        return Step(_closed(model))
    if key not in {"left", "right"}:
        return Step(model)
    return set_to(model, screen.path, moved(setting, value, 1 if key == "right" else -1))


def _press_typing(model: TvModel, screen: Typing, key: str, now: float) -> Step:
    if key in ARROWS:
        return Step(_top(model, move_typing(screen, key)))
    if key.startswith("digit_"):
        return Step(_top(model, _typed(screen, key[-1])))
    if key != "ok":
        return Step(model)
    if screen.key == "done" and isinstance(field := field_of(screen.path), Secret):
        return _secret_typed(model, field, screen.text, now)
    if screen.key == "done":
        text = screen.text.strip()
        return set_to(_closed(model), screen.path, text) if text else Step(model)
    return Step(_top(model, _key_typed(screen)))


def _secret_typed(model: TvModel, field: Secret, text: str, now: float) -> Step:
    """It is used, and kept nowhere: who looks at this set later finds only that it was given."""
    if len(text) < field.shortest:
        return Step(model)
    closed, change = _closed(model), Change(field.path, "", "")
    if field is CARD:
        return Step(_played(closed, now), change)
    return Step(replace(closed, values={**closed.values, field.path: True}), change)


def _key_typed(screen: Typing) -> Typing:
    match screen.key:
        case "shift":
            return replace(screen, upper=not screen.upper)
        case "delete":
            return replace(screen, text=screen.text[:-1])
        case "space":
            return _typed(screen, " ")
        case character:
            return _typed(screen, character)


def _typed(screen: Typing, character: str) -> Typing:
    return replace(screen, text=(screen.text + character)[: field_of(screen.path).longest])


def set_to(model: TvModel, path: str, new: Value) -> Step:
    """The model with this setting, and what that changed."""
    old = model.values[path]
    if new == old:
        return Step(model)
    return Step(replace(model, values={**model.values, path: new}), Change(path, as_text(old), as_text(new)))


def typed(model: TvModel, text: str) -> TvModel | None:
    """The model with this text in the open field, or None where none is open or it is too long for it."""
    screen = model.screen
    if not model.on or not isinstance(screen, Typing) or len(text) > room_for_text(model):
        return None
    return _top(model, replace(screen, text=screen.text + text))


def room_for_text(model: TvModel) -> int:
    """How many more characters the open field takes; 0 where none is open."""
    screen = model.screen
    if not model.on or not isinstance(screen, Typing):
        return 0
    return field_of(screen.path).longest - len(screen.text)


def pointed_at(model: TvModel, x: int, y: int, now: float) -> TvModel:
    """With an arrow at this place for a moment."""
    return replace(model, arrow=(x, y), arrow_until=now + ARROW_SHOWN_S)


def with_top(model: TvModel, screen: Screen) -> TvModel:
    """The same with another focus on the screen on top."""
    return _top(model, screen)


def at_settings(model: TvModel, entry: str) -> TvModel:
    """The settings of one entry of the menu, as if gone there by hand; a set that is off stays as it is."""
    if not model.on:
        return model
    return _over_picture(model, Settings(MENU.index(entry), 0, inside=True))


def _louder(model: TvModel, by: int, now: float) -> TvModel:
    return replace(model, volume=max(0, min(100, model.volume + by)), volume_until=now + VOLUME_SHOWN_S)


def _source_row(model: TvModel) -> int:
    playing = [screen.source for screen in model.screens if isinstance(screen, Watching)]
    return INPUTS.index(playing[0].value) if playing and playing[0].value in INPUTS else 0


def _over_picture(model: TvModel, screen: Screen) -> TvModel:
    """Open a menu over what is being watched; another menu that was open goes, so menus never pile up."""
    kept = tuple(below for below in model.screens if isinstance(below, Home | Title | Watching))
    return replace(model, screens=(*kept, screen))


def _pushed(model: TvModel, screen: Screen) -> TvModel:
    return replace(model, screens=(*model.screens, screen))


def _top(model: TvModel, screen: Screen) -> TvModel:
    return replace(model, screens=(*model.screens[:-1], screen))


def _closed(model: TvModel) -> TvModel:
    return replace(model, screens=model.screens[:-1]) if len(model.screens) > 1 else model
