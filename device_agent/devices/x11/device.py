"""A real screen as a Device: its display opened, watched over, given up when it hangs, and opened again."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

import locales
from device_agent.devices.protocol import Picture, Pressed, Shows
from device_agent.devices.shutter import Shutter
from device_agent.devices.x11.bell import Bell
from device_agent.devices.x11.connection import DisplayError, ScreenLostError
from device_agent.devices.x11.display import Display
from device_agent.devices.x11.language import Language
from device_agent.panel_view import PanelView
from wire.commands import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from device_agent.devices.x11.settings import ScreenSettings
    from device_agent.panel_view import Item
    from locales import Catalogue
    from seal.commands import Step
    from wire.commands import Grant

log = logging.getLogger(__name__)

OPEN_S: Final = 5.0
SILENT_S: Final = 3.0  # a server that owes an answer for so long is lost (INV-B2)
TOLD_S: Final = 0.05  # the guard knows it at once; the session is told of a moving mouse so often
_JOIN_S: Final = 1.0
AGAIN_S: Final = (0.5, 1.0, 2.0, 5.0)


class X11Device:
    """One output of one display. `on_key`, `on_choice` and `on_act` hear the customer, in the event loop."""

    def __init__(
        self,
        *,
        display: str | None,
        output: str | None,
        settings: ScreenSettings,
        data: Path,
        now_ms: Callable[[], int],
        boot: Callable[[], float],
        language: str | None = None,
    ) -> None:
        self.on_key: Callable[[str], None] = lambda _: None
        self.on_choice: Callable[[Item, str], None] = lambda _item, _language: None
        self.on_act: Callable[[], None] = lambda: None
        self.shutter = Shutter()
        self._told_at = float("-inf")
        self._where = (display, output)
        self._settings = settings
        self._now_ms, self._boot = now_ms, boot
        self._language = Language(data, language)
        self._bell = Bell()
        self._view = PanelView()
        self._is_on = True
        self._unseen: Picture | None = None  # the newest picture, of a screen that is off or hidden
        self._display: Display | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="x11-keeper", daemon=True)

    @property
    def name(self) -> str:
        return self._settings.name

    @property
    def language(self) -> str:
        return self._language.now

    @property
    def languages(self) -> tuple[str, ...]:
        return locales.languages()

    @property
    def serial(self) -> int:
        display = self._display
        if display is not None and display.hands.pulse() > SILENT_S:
            display.give_up(ScreenLostError("the X server does not answer"))
        return self._bell.count

    @property
    def owes_s(self) -> float:
        """For how many seconds the X server has owed an answer."""
        display = self._display
        return display.hands.pulse() if display is not None else 0.0

    @property
    def output(self) -> str:
        """The name of the output it shows."""
        return self._display.eyes.output.name if self._display is not None else ""

    @property
    def display(self) -> Display | None:
        """The open display, for tests and figures."""
        return self._display

    async def start(self) -> None:
        """Open the display; raises DisplayError in words."""
        self._loop = asyncio.get_running_loop()
        opened: asyncio.Future[Display] = self._loop.create_future()
        threading.Thread(target=self._open_for, args=(opened,), name="x11-open", daemon=True).start()
        try:
            async with asyncio.timeout(OPEN_S):
                self._display = await opened
        except TimeoutError:
            raise DisplayError("the X server does not answer") from None
        self._keeper.start()

    async def close(self) -> None:
        """Take the panel away and free whoever waits for the screen."""
        self._closing.set()
        if self._display is not None:
            await asyncio.to_thread(self._display.close)
        if self._keeper.ident is not None:
            await asyncio.to_thread(self._keeper.join, _JOIN_S)

    def press(self, key: str, grants: frozenset[Grant] | None) -> Pressed:
        """Press a key of the remote; the customer's own keys reach their programs without us."""
        keys = self._settings.keys.get(key)
        if grants is None:
            return Pressed(Outcome.DONE)
        if keys is None or self._display is None:
            return Pressed(Outcome.FAILED)
        return self._display.hands.press(keys)

    def refused(self) -> Pressed | None:
        """Why nothing of a technician's may be done now; None where it may."""
        if self._display is None:
            return Pressed(Outcome.FAILED)
        cause = self._display.hands.why_not()
        return None if cause is None else Pressed(Outcome.REFUSED, cause=cause)

    def use_pointer(self, steps: Sequence[Step], grants: frozenset[Grant]) -> Pressed:
        """Carry out steps of the pointer: all, or none where one would touch the panel."""
        del grants  # what a click changes in a program is not known here
        return Pressed(Outcome.FAILED) if self._display is None else self._display.hands.move(steps)

    def release_pointer(self) -> None:
        """Let go of every button."""
        if self._display is not None:
            self._display.hands.let_go()

    def type_text(self, text: str, grants: frozenset[Grant]) -> Pressed | Future[Outcome]:
        """Type a text as characters; it takes time with more foreign letters than spare keys."""
        del grants
        return Pressed(Outcome.FAILED) if self._display is None else self._display.hands.write(text)

    def field(self) -> int | None:
        """Which program has a text field open is not known here."""

    def show_arrow(self, x: int, y: int) -> None:
        """Point at a place for a moment."""
        if self._display is not None:
            self._display.panel.point(x, y)

    def show(self, panel: PanelView) -> None:
        """Draw `panel` above everything else."""
        ended = self._view.banner is not None and panel.banner is None
        self._view = panel
        if self._display is not None:
            self._display.show(panel, is_on=self._is_on, hidden=self.shutter.is_hidden)
            if ended:
                self._display.hands.drop()

    def speak(self, language: str) -> None:
        """Speak this language from now on, and after a restart."""
        if language in self.languages:
            self._language.now = language
            self.show(self._view)

    def power(self, *, on: bool) -> None:
        """Black, until the customer touches anything; or back."""
        if on is not self._is_on:
            self._is_on = on
            self._bell.ring()  # what it shows is another thing now, whatever is drawn
        self.show(self._view)

    def picture(self) -> Picture:
        """The newest complete picture; waits for the X server, so never in the event loop."""
        display = self._display
        if display is None:
            raise ScreenLostError("the X server is gone")
        presses = self.shutter.presses
        picture = display.eyes.picture()
        is_lit = self._is_on and display.light.is_on
        if is_lit and self.shutter.let_through(presses):
            return picture
        shows = Shows.HIDDEN if is_lit else Shows.OFF
        unseen = self._unseen
        if unseen is None or (unseen.serial, unseen.shows) != (picture.serial, shows):
            self._unseen = unseen = replace(picture, shows=shows)
        return unseen

    async def changed(self, after: int) -> None:
        """Return as soon as a picture with a serial above `after` can be had, or the screen is lost."""
        await self._bell.above(after)

    # The customer, heard in the panel's thread

    def acted(self) -> None:
        """Anything of the customer's, a move of their mouse among it."""
        if self._boot() - self._told_at >= TOLD_S:
            self._told_at = self._boot()
            self._in_loop(self.on_act)

    def pressed(self, key: str) -> None:
        """A key of the customer's. Hide acts here and now, whatever the event loop is at."""
        if key != "hide":
            self._in_loop(lambda: self.on_key(key))
            return
        hidden = self.shutter.press()
        self._bell.ring()
        self._in_loop(lambda: self._hid(hidden=hidden))

    def _hid(self, *, hidden: bool) -> None:
        self.shutter.on_press(hidden)
        self.show(self._view)

    def chose(self, item: Item, language: str) -> None:
        """A touch of the customer's."""
        self._in_loop(lambda: self.on_choice(item, language))

    def woke(self) -> None:
        """Any key or touch while it is off switches it on."""
        self._in_loop(self._wake)

    def _wake(self) -> None:
        if not self._is_on:
            self.on_key("power")

    def _in_loop(self, act: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(act)

    # Opening, and opening again

    def _open(self) -> Display:
        return Display(
            *self._where,
            settings=self._settings,
            customer=self,
            bell=self._bell,
            words=self._words,
            now_ms=self._now_ms,
            boot=self._boot,
        )

    def _open_for(self, opened: asyncio.Future[Display]) -> None:
        try:
            display = self._open()
        except Exception as error:  # noqa: BLE001 - told to whoever waits for it
            self._in_loop(partial(_tell, opened, error))
            return
        display.run(self._view, is_on=self._is_on, hidden=self.shutter.is_hidden)
        self._in_loop(partial(_hand_over, opened, display))

    def _keep(self) -> None:
        """Wait until the display is lost, and open it again when its server is back."""
        while not self._closing.is_set():
            display = self._display
            assert display is not None
            why = display.wait()
            if self._closing.is_set():
                return
            log.warning("the screen is lost: %s", why)
            self._display = None
            self._bell.fail(ScreenLostError(str(why)))
            display.close()
            self._display = self._opened_again()
            if self._display is None:
                return
            log.warning("the screen is back")
            self._bell.mend()
            self._display.run(self._view, is_on=self._is_on, hidden=self.shutter.is_hidden)

    def _opened_again(self) -> Display | None:
        tries = 0
        while not self._closing.wait(AGAIN_S[min(tries, len(AGAIN_S) - 1)]):
            tries += 1
            try:
                return self._open()
            except (DisplayError, ScreenLostError, OSError) as error:
                log.debug("no screen yet: %s", error)
        return None

    def _words(self) -> Catalogue:
        """Asked for by the painter's thread, which may wait for the disk."""
        self._language.keep()
        return _catalogue(self._language.now)


def _tell(opened: asyncio.Future[Display], error: Exception) -> None:
    if not opened.done():
        opened.set_exception(error)


def _hand_over(opened: asyncio.Future[Display], display: Display) -> None:
    if opened.done():  # nobody waits for it any more
        display.give_up(ScreenLostError("the display opened too late"))
    else:
        opened.set_result(display)


@lru_cache(maxsize=8)
def _catalogue(language: str) -> Catalogue:
    return locales.load(language, "device", "shared")
