"""The simulated set as a Device: keys in, pictures out. Its own thread paints, when something changed."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from device_agent.devices.protocol import Picture, Pressed, Shows
from device_agent.devices.shutter import Shutter
from device_agent.devices.simulated_tv import model, pointing, settings_file
from device_agent.devices.simulated_tv.model import TvModel
from device_agent.devices.simulated_tv.paint import frame
from device_agent.devices.simulated_tv.paint.canvas import HEIGHT, WIDTH
from device_agent.devices.simulated_tv.paint.frame import Scene
from device_agent.devices.simulated_tv.screens import Home
from device_agent.devices.simulated_tv.settings import (
    BY_PATH,
    LANGUAGE,
    LANGUAGES,
    as_text,
    from_text,
    listed,
)
from device_agent.devices.simulated_tv.sound import TvSound
from device_agent.panel_view import PanelView
from locales import load
from wire.commands import ActionCause, Grant, Outcome, RemoteKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from device_agent.devices.simulated_tv.screens import Screen
    from device_agent.devices.simulated_tv.settings import Value
    from locales import Catalogue
    from seal.commands import Step
    from seal.settings import Item

log = logging.getLogger(__name__)

MODEL_NAME: Final = "Vista 55 Q7"
SETTINGS_FILE: Final = "tv-settings.json"
FRAME_S: Final = 1 / 30
_KEYS: Final = frozenset(key.value for key in RemoteKey)
_Waiter = tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]


class Clock(Protocol):
    """What the set needs to know of time."""

    def now_ms(self) -> int:
        """Wall clock, ms since the epoch."""
        ...

    def boot(self) -> float:
        """Seconds on a clock that only moves forward."""
        ...


class SimulatedTv:
    """A 1920x1080 set with a remote; `on_help` and `on_account` hear what the customer chooses there."""

    def __init__(
        self,
        *,
        language: str | None = None,
        clock: Clock,
        data: Path,
        on_help: Callable[[], None] | None = None,
        on_account: Callable[[], None] | None = None,
    ) -> None:
        self.on_help = on_help
        self.on_account = on_account
        self._clock = clock
        self._file = data / SETTINGS_FILE
        self._model = TvModel(values=settings_file.load(self._file, language))
        self._saved: Mapping[str, Value] = settings_file.load(self._file, None)
        self._panel = PanelView()
        self._stands_for = Shows.PICTURE
        self.shutter = Shutter()
        self._pressed: Screen | None = None  # what the pointer's button is down on
        self._listed: tuple[Item, ...] = ()
        self._listed_of: Mapping[str, Value] | None = None
        self._changed = threading.Condition()  # guards model, panel, picture, waiters, closing
        self._dirty = True
        self._closing = False
        self._failure: BaseException | None = None
        self._waiters: list[_Waiter] = []
        self._picture = Picture(0, clock.now_ms(), np.zeros((1080, 1920, 4), dtype=np.uint8))
        self._painted: Scene | None = None
        self._chores = frame.chores(_catalogue(self.language))
        self._thread = threading.Thread(target=self._paint_on, name="tv-paint", daemon=True)

    @property
    def name(self) -> str:
        return MODEL_NAME

    @property
    def language(self) -> str:
        return str(self._model.values[LANGUAGE])

    @property
    def languages(self) -> tuple[str, ...]:
        return LANGUAGES

    @property
    def on(self) -> bool:
        """Whether the screen is switched on."""
        return self._model.on

    @property
    def values(self) -> dict[str, Value]:
        """Every setting by path, as it stands."""
        return dict(self._model.values)

    async def start(self) -> None:
        """Begin to paint; returns when the first picture is there."""
        self._thread.start()
        await self.changed(0)

    async def close(self) -> None:
        """Stop painting and keep the settings."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.ident is not None:
            await asyncio.to_thread(self._thread.join)

    def press(self, key: str, grants: frozenset[Grant] | None) -> Pressed:
        """Press a key of the remote.

        A technician without `settings` changes no setting, and none of them ever opens the panel (INV-B9).
        """
        if key not in _KEYS:
            return Pressed(Outcome.FAILED)
        with self._changed:
            step = model.press(self._model, key, self._clock.boot())
            if grants is not None and (step.help or step.account):
                return Pressed(Outcome.REFUSED, cause=ActionCause.CANNOT)
            if grants is not None and step.change and Grant.SETTINGS not in grants:
                return Pressed(Outcome.REFUSED, cause=ActionCause.NOT_GRANTED)
            self._replace_model(step.model)
        if step.help and self.on_help is not None:
            self.on_help()
        if step.account and self.on_account is not None:
            self.on_account()
        if step.change is None:
            return Pressed(Outcome.DONE)
        return Pressed(Outcome.DONE, step.change.path, old=step.change.old, new=step.change.new)

    def use_pointer(self, steps: Sequence[Step], grants: frozenset[Grant]) -> Pressed:
        """Carry out a pointer's steps, all or none: one that is refused undoes those before it."""
        words = _catalogue(self.language)
        with self._changed:
            done = pointing.point(self._model, steps, words, self._clock.boot(), pressed=self._pressed)
            if done.changes and Grant.SETTINGS not in grants:
                return Pressed(Outcome.REFUSED, cause=ActionCause.NOT_GRANTED)
            # A record names one setting; what would change two in one go is two commands.
            if done.help or done.account or len({change.path for change in done.changes}) > 1:
                return Pressed(Outcome.REFUSED, cause=ActionCause.CANNOT)
            self._pressed = done.pressed
            self._replace_model(done.model)
        if not done.changes:
            return Pressed(Outcome.DONE)
        first, last = done.changes[0], done.changes[-1]
        return Pressed(Outcome.DONE, last.path, old=first.old, new=last.new)

    def release_pointer(self) -> None:
        """Let go of what the pointer holds."""
        with self._changed:
            self._pressed = None

    def type_text(self, text: str, grants: frozenset[Grant]) -> Pressed:  # noqa: ARG002 - changes no setting
        """Put characters into the open field; one that is too long for it is refused whole."""
        with self._changed:
            fresh = model.typed(self._model, text)
            if fresh is None:
                return Pressed(Outcome.REFUSED, cause=ActionCause.CANNOT)
            self._replace_model(fresh)
        return Pressed(Outcome.DONE)

    def field(self) -> int:
        """How many more characters the open field takes."""
        return model.room_for_text(self._model)

    def settings(self) -> tuple[Item, ...]:
        """Every setting as it stands."""
        values = self._model.values
        if values is not self._listed_of:
            self._listed_of, self._listed = values, listed(values)
        return self._listed

    def change(self, path: str, value: str) -> Pressed:
        """Give a setting another value, as if its own screen had been opened."""
        setting = BY_PATH.get(path)
        fresh = None if setting is None else from_text(setting, value)
        if fresh is None or not self._model.on:
            return Pressed(Outcome.REFUSED, path, cause=ActionCause.CANNOT)
        with self._changed:
            old = as_text(self._model.values[path])
            self._replace_model(model.set_to(self._model, path, fresh).model)
        return Pressed(Outcome.DONE, path, old=old, new=as_text(fresh))

    def show_arrow(self, x: int, y: int) -> None:
        """Show whoever sits before the set a place on it."""
        place = pointing.px(x, WIDTH), pointing.px(y, HEIGHT)
        with self._changed:
            self._replace_model(model.pointed_at(self._model, *place, self._clock.boot()))

    def show(self, panel: PanelView) -> None:
        """Draw `panel` above everything else, from the next picture on."""
        with self._changed:
            self._panel = panel
            self._wake_painter()

    def speak(self, language: str) -> None:
        """Speak this language from the next picture on, and after a restart."""
        if language in LANGUAGES:
            with self._changed:
                self._replace_model(model.set_to(self._model, LANGUAGE, language).model)

    def stand_for(self, shows: Shows) -> None:
        """Pretend that the set's own screen is this: a protected film, an input without signal."""
        with self._changed:
            self._stands_for = shows
            self._wake_painter()

    def hide(self) -> None:
        """The customer's own Hide key: from this moment nothing leaves the set, until it is pressed again.

        No technician has that key (wire RemoteKey), and none can reach it by pointer.
        """
        with self._changed:
            if not self._model.on:
                return
            hidden = self.shutter.press()
            self._painted = None  # two presses before the painter woke: the same scene is a new picture
            if hidden:  # not when it is painted: what is on the screen until then is not to be seen
                self._publish(replace(self._picture, serial=self._picture.serial + 1, shows=Shows.HIDDEN))
            self._wake_painter()
        self.shutter.on_press(hidden)

    def open_network_settings(self) -> None:
        """Show the network's settings, with the first of them in focus."""
        with self._changed:
            self._replace_model(model.at_settings(self._model, "network"))

    def power(self, *, on: bool) -> None:
        """Switch the screen on or off."""
        with self._changed:
            if on is not self._model.on:
                self._replace_model(model.powered(self._model, on=on))

    @property
    def serial(self) -> int:
        return self.picture().serial

    def open_sound(self) -> TvSound:
        """Listen from now on."""
        return TvSound(self._clock.boot, lambda: self._model.volume if self._model.on else None)

    def picture(self) -> Picture:
        """The newest complete picture, which is there at once; the same object while nothing changed."""
        if self._failure is not None:
            raise RuntimeError("the screen cannot be painted") from self._failure
        return self._picture

    async def changed(self, after: int) -> None:
        """Return as soon as a picture with a serial above `after` is there."""
        loop = asyncio.get_running_loop()
        while self.picture().serial <= after:
            future: asyncio.Future[None] = loop.create_future()
            with self._changed:
                if self._picture.serial > after or self._failure is not None:
                    continue
                self._waiters.append((loop, future))
            await future

    def _replace_model(self, fresh: TvModel) -> None:
        self._model = fresh
        self._wake_painter()

    def _wake_painter(self) -> None:
        self._dirty = True
        self._changed.notify()

    def _paint_on(self) -> None:
        """The painter's thread. If painting fails, so does the set: a frozen screen could hide the banner."""
        try:
            while self._wait():
                self._paint_once()
                self._keep_settings()
                self._work_ahead()
        except BaseException as failure:  # noqa: BLE001 - handed to whoever looks at the screen next
            with self._changed:
                self._failure = failure
                waiters, self._waiters = self._waiters, []
            _wake(waiters)
        self._keep_settings()

    def _work_ahead(self) -> None:
        """Paint pieces that will be needed, until a key is pressed or all is done."""
        while not self._dirty and (chore := next(self._chores, None)) is not None:
            chore()

    def _wait(self) -> bool:
        """Sleep until there may be something to paint; False when the set closes."""
        with self._changed:
            if not self._dirty and not self._closing:
                self._changed.wait(self._next_by_itself())
            self._dirty = False
            return not self._closing

    def _paint_once(self) -> None:
        with self._changed:
            scene = self._scene()
        if scene == self._painted and not scene.moves:
            return
        at = self._clock.now_ms()
        pixels = frame.paint(scene, self._words(scene), at).pixels
        pixels.flags.writeable = False
        self._painted = scene
        with self._changed:
            # Hide may have been pressed while this was painted.
            shows = Shows.HIDDEN if self.shutter.is_hidden and scene.on else scene.shows
            private = frame.private(scene)
            self._publish(Picture(self._picture.serial + 1, at, pixels, shows, private=private))

    def _publish(self, picture: Picture) -> None:
        """Make it the newest; the lock is held."""
        self._picture = picture
        waiters, self._waiters = self._waiters, []
        _wake(waiters)

    def _scene(self) -> Scene:
        it, now = self._model, self._clock.boot()
        on_home = isinstance(it.screen, Home)
        return Scene(
            on=it.on,
            screens=it.screens,
            values=it.values,
            panel=self._panel,
            clock=_clock_text(self._clock.now_ms(), str(it.values["general.clock"])) if on_home else "",
            volume=it.volume if now < it.volume_until else None,
            source_named=now < it.source_until,
            arrow=it.arrow if now < it.arrow_until else None,
            stands_for=self._stands_for,
            hidden=self.shutter.is_hidden,
        )

    def _words(self, scene: Scene) -> Catalogue:
        return _catalogue(str(scene.values[LANGUAGE]))

    def _next_by_itself(self) -> float | None:
        """Seconds until the picture changes without anybody doing anything; None if it will not."""
        if self._painted is None:
            return 0
        if self._painted.moves:
            return min(FRAME_S, max(0.0, FRAME_S - (self._clock.now_ms() - self._picture.at) / 1000))
        now = self._clock.boot()
        it = self._model
        due = [until - now for until in (it.volume_until, it.source_until, it.arrow_until) if until > now]
        if self._painted.clock:
            due.append(60 - self._clock.now_ms() / 1000 % 60)
        return max(0.0, min(due)) + 0.01 if due else None

    def _keep_settings(self) -> None:
        """Here and not in `press`, because writing a file blocks and `press` is called in the event loop."""
        values = self._model.values
        if values == self._saved:
            return
        try:
            settings_file.save(self._file, values)
        except OSError as failure:  # a full disk must not darken the screen; the next change tries again
            log.warning("settings were not kept: %s", failure.strerror)
        else:
            self._saved = values


@lru_cache(maxsize=8)
def _catalogue(language: str) -> Catalogue:
    return load(language, "device", "shared")


def _clock_text(now_ms: int, shape: str) -> str:
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone()
    if shape == "hours_24":
        return f"{local:%H:%M}"
    return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"


def _wake(waiters: list[_Waiter]) -> None:
    for loop, future in waiters:
        if not loop.is_closed():
            loop.call_soon_threadsafe(_finish, future)


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
