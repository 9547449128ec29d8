"""One whole picture: the set's screen, what lies over it, the panel, the banner on top of all (INV-B7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, assert_never

from device_agent.devices.protocol import Shows
from device_agent.devices.simulated_tv import stamp
from device_agent.devices.simulated_tv.paint import (
    banner,
    home,
    keyboard,
    menus,
    overlays,
    panel,
    panel_account,
    parts,
    poster_photo,
    poster_scene,
    tone,
    watching,
)
from device_agent.devices.simulated_tv.paint.canvas import HEIGHT, WIDTH, Canvas
from device_agent.devices.simulated_tv.screens import (
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
)
from device_agent.devices.simulated_tv.settings import Secret, field_of
from device_agent.panel_view import Page, PanelView
from device_agent.tokens import TV

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from device_agent.devices.protocol import Region
    from device_agent.devices.simulated_tv.settings import Value
    from locales import Catalogue


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a picture shows; two equal scenes are one picture, unless it moves."""

    on: bool
    screens: tuple[Screen, ...]
    values: Mapping[str, Value]
    panel: PanelView
    clock: str = ""
    volume: int | None = None  # None while the bar is not on the screen
    source_named: bool = False
    arrow: tuple[int, int] | None = None  # where a technician points, in px
    stands_for: Shows = Shows.PICTURE
    hidden: bool = False  # by the customer's own key

    @property
    def screen(self) -> Screen:
        """The set's own screen, under any panel."""
        return self.screens[-1]

    @property
    def shows(self) -> Shows:
        """What of it may leave the set: a page of the panel may, unless the customer hides everything."""
        if self.on and self.hidden:
            return Shows.HIDDEN
        if self.covered:
            return Shows.PICTURE
        return self.stands_for if self.on else Shows.OFF

    @property
    def covered(self) -> bool:
        """Whether a page of the panel covers it."""
        return self.panel.page is not Page.NONE

    @property
    def moves(self) -> bool:
        """Whether the picture changes by itself."""
        screen = self.screen
        playing = isinstance(screen, Watching) and screen.source in {Source.HDMI_1, Source.FILM}
        return self.on and not self.covered and playing


def paint(it: Scene, words: Catalogue, at_ms: int) -> Canvas:
    """The picture of a scene, at a moment if it moves."""
    if it.covered:
        canvas = Canvas()
        panel.draw(canvas, it.panel, words)
    elif not it.on:
        canvas = Canvas()
        canvas.fill((0, 0, canvas.pixels.shape[1], canvas.pixels.shape[0]), TV.shade[:3])
    else:
        canvas = _own_picture(it, words, at_ms)
        _overlays(canvas, it, words)
    if it.panel.banner is not None:
        banner.draw(canvas, replace(it.panel.banner, hidden=it.on and it.hidden), words)
    elif it.on and it.hidden:
        overlays.hidden(canvas, words)
    return canvas


def private(it: Scene) -> tuple[Region, ...]:
    """Where on the picture of this scene something is that only the customer may see."""
    if it.panel.page is Page.ACCOUNT:
        return panel_account.secret_box(it.panel)
    if not it.on or it.covered:
        return ()
    match it.screen:
        case Typing(path=path) if isinstance(field_of(path), Secret):
            return (keyboard.secret_box(),)
        case Watching(source=Source.CAMERA):
            return ((0, 0, WIDTH, HEIGHT),)
        case _:
            return ()


def chores(words: Catalogue) -> Iterator[Callable[[], object]]:
    """Pieces of work to do while nothing else is to be painted: what the next key presses will need."""
    yield from home.chores(words)
    yield partial(poster_scene.picture, 0, tone.NEUTRAL)
    yield poster_photo.photo


def _own_picture(it: Scene, words: Catalogue, at_ms: int) -> Canvas:
    if it.moves:
        pixels = poster_scene.picture(at_ms, tone.of(it.values))
        stamp.draw(pixels, at_ms)
        return Canvas(pixels)
    canvas = Canvas()
    screen(canvas, it, it.screen, words)
    canvas.repaint(tone.put_on(canvas.pixels, tone.of(it.values)))
    return canvas


def screen(canvas: Canvas, it: Scene, shown: Screen, words: Catalogue) -> None:
    """One of the set's still screens."""
    match shown:
        case Home():
            still = bool(it.values["general.still_screens"])
            home.home(canvas, shown, words, clock=it.clock, still=still)
        case Sources():
            menus.sources(canvas, shown, words)
        case Title():
            menus.title(canvas, shown, words)
        case Watching():
            _source(canvas, shown, words)
        case Settings():
            menus.settings(canvas, shown, it.values, words)
        case Choosing():
            menus.choosing(canvas, shown, it.values, words)
        case Sliding():
            screen(canvas, it, it.screens[-2], words)
            menus.sliding(canvas, shown, it.values, words)
        case Typing():
            keyboard.typing(canvas, shown, words)
        case _:
            assert_never(shown)


def _source(canvas: Canvas, shown: Watching, words: Catalogue) -> None:
    match shown.source:
        case Source.HDMI_2:
            canvas.pixels[:] = poster_photo.photo()
        case Source.AERIAL | Source.PHONE:
            watching.no_signal(canvas, shown, words)
        case Source.CAMERA:
            watching.camera(canvas, words)
        case Source.HDMI_1 | Source.FILM:
            parts.blank(canvas)


def _overlays(canvas: Canvas, it: Scene, words: Catalogue) -> None:
    if it.source_named and isinstance(it.screen, Watching):
        overlays.source(canvas, it.screen.source, words)
    if it.volume is not None:
        overlays.volume(canvas, it.volume, words)
    if it.arrow is not None:
        overlays.arrow(canvas, *it.arrow)
