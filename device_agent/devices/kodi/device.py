"""Kodi as a Device: an X11 display, with keys and settings through Kodi and its end noticed at once.

A key goes out only after Kodi has just said where it is, so none lies in the line of a Kodi that hangs and is
carried out after Stop (INV-B1).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from device_agent.devices.kodi.actions import CALLS, KEYBOARD, may_change_settings
from device_agent.devices.kodi.line import KodiLine, KodiLostError, RefusedError
from device_agent.devices.kodi.settings import Known, listed
from device_agent.devices.protocol import Pressed
from device_agent.devices.x11.device import X11Device
from device_agent.devices.x11.settings import ScreenSettings
from wire.commands import ActionCause, Grant, Outcome
from wire.limits import TEXT_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from device_agent.devices.kodi.messages import Notice
    from seal.settings import Item

log = logging.getLogger(__name__)

PATIENCE_S: Final = 0.05
SETTINGS_S: Final = 5.0
LISTED_S: Final = 5.0
AGAIN_S: Final = (0.5, 1.0, 2.0, 5.0)
_OFF: Final = frozenset({"System.OnQuit", "System.OnSleep"})
_INPUT: Final = {"Input.OnInputRequested": True, "Input.OnInputFinished": False}
_LIST: Final = ("Settings.GetSettings", {"level": "expert"})
_WINDOW: Final = ("GUI.GetProperties", {"properties": ["currentwindow"]})


class KodiDevice(X11Device):
    """One Kodi on one display."""

    def __init__(self, *, address: tuple[str, int], **screen: Any) -> None:
        super().__init__(**screen)
        self._address = address
        self._line: KodiLine | None = None
        self._asked: Future[Any] | None = None
        self._known: dict[str, Known] = {}
        self._items: tuple[Item, ...] = ()
        self._listed_at = float("-inf")
        self._listing: Future[Any] | None = None
        self._runs = False
        self._takes_text = False
        self._ended = threading.Event()
        self._gone = threading.Event()
        self._attendant = threading.Thread(target=self._attend, name="kodi-keeper", daemon=True)

    @property
    def name(self) -> str:
        """As its maker named the screen, else as it is."""
        named = self._settings.name
        return "Kodi" if named == ScreenSettings().name else named

    async def start(self) -> None:
        """Open display and line; raises DisplayError or KodiLostError in words."""
        await asyncio.to_thread(self._connect)
        await super().start()
        self._attendant.start()

    async def close(self) -> None:
        """Hang up, and take the panel away."""
        self._ended.set()
        self._gone.set()
        if self._line is not None:
            await asyncio.to_thread(self._line.close)
        await super().close()

    # What a technician does

    def press(self, key: str, grants: frozenset[Grant] | None) -> Pressed:
        """A key as Kodi's own action; where it could change a setting, only with the grant for that."""
        if grants is None or key not in CALLS:
            return super().press(key, grants)
        refused = self.refused()
        if refused is not None:
            return refused
        window = self._window()
        if window is None:
            return Pressed(Outcome.FAILED)
        if Grant.SETTINGS not in grants and may_change_settings(key, window):
            return Pressed(Outcome.REFUSED, cause=ActionCause.NOT_GRANTED)
        return self._done(self._call(*CALLS[key]))

    def type_text(self, text: str, grants: frozenset[Grant]) -> Pressed:
        """Put a text into Kodi's virtual keyboard, in place of what stood there.

        As keys it would not arrive: Kodi takes letters such as "đ" for keys of its own (decision 0046).
        """
        del grants
        refused = self.refused()
        if refused is not None:
            return refused
        window = self._window()
        if window is None:
            return Pressed(Outcome.FAILED)
        if window != KEYBOARD:
            return Pressed(Outcome.REFUSED, cause=ActionCause.CANNOT)
        return self._done(self._call("Input.SendText", {"text": text, "done": False}))

    def field(self) -> int:
        """As much as a command holds while the virtual keyboard is open."""
        return TEXT_CHARACTERS if self._takes_text else 0

    def settings(self) -> tuple[Item, ...]:
        """Everything that may be changed, as Kodi said seconds ago: it tells nobody of a change."""
        if self._boot() - self._listed_at >= LISTED_S and (self._listing is None or self._listing.done()):
            self._listed_at = self._boot()
            self._listing = self._call(*_LIST)
            self._listing.add_done_callback(self._heard_settings)
        return self._items

    def _heard_settings(self, told: Future[Any]) -> None:
        if not told.cancelled() and told.exception() is None:
            self._know(listed(told.result()))

    def _know(self, known: dict[str, Known]) -> None:
        """Keep what Kodi says; the items stay the same object while they are equal."""
        self._known = known
        items = tuple(it.item for it in known.values())
        if items != self._items:
            self._items = items

    def change(self, path: str, value: str) -> Pressed:
        """Give a setting another value; Kodi says whether it took it."""
        refused = self.refused()
        if refused is not None:
            return replace(refused, path=path)
        known = self._known.get(path)
        meant = None if known is None else known.parsed(value)
        if known is None or meant is None:
            return Pressed(Outcome.REFUSED, path, cause=ActionCause.CANNOT)
        if self._window() is None:
            return Pressed(Outcome.FAILED, path)
        done = self._done(self._call("Settings.SetSettingValue", {"setting": path, "value": meant}))
        fresh = known.with_value(meant)
        if done.outcome is not Outcome.DONE or fresh is None:
            return Pressed(done.outcome, path, cause=done.cause)
        self._know({**self._known, path: fresh})
        return Pressed(Outcome.DONE, path, old=known.item.value, new=fresh.item.value)

    def _window(self) -> int | None:
        """Which window Kodi shows, asked now; None where it does not answer in time, or to anybody before."""
        if self._asked is not None and not self._asked.done():
            return None
        self._asked = self._call(*_WINDOW)
        try:
            return _window_in(self._asked.result(PATIENCE_S))
        except (TimeoutError, KodiLostError, RefusedError):
            return None

    def _done(self, asked: Future[Any]) -> Pressed:
        try:
            asked.result(PATIENCE_S)
        except RefusedError:
            return Pressed(Outcome.REFUSED, cause=ActionCause.CANNOT)
        except KodiLostError:
            return Pressed(Outcome.FAILED)
        except TimeoutError:
            pass  # it reached a Kodi that had just answered
        return Pressed(Outcome.DONE)

    def _call(self, method: str, params: Mapping[str, Any]) -> Future[Any]:
        line = self._line
        if line is not None:
            return line.call(method, **params)
        lost: Future[Any] = Future()
        lost.set_exception(KodiLostError("Kodi is gone"))
        return lost

    # Kodi comes and goes

    def _connect(self) -> None:
        self._gone.clear()
        self._line = KodiLine(self._address, self._noticed, self._gone.set)
        try:
            told = self._call(*_LIST).result(SETTINGS_S)
        except (TimeoutError, KodiLostError, RefusedError) as failure:
            log.warning("Kodi does not tell its settings: %s", type(failure).__name__)
        else:
            self._know(listed(told))
            self._listed_at = self._boot()
            self._takes_text = _window_in(self._call(*_WINDOW).result(SETTINGS_S)) == KEYBOARD
        self._runs = True

    def _noticed(self, notice: Notice) -> None:
        if notice.method in _OFF:
            self._went_off()
        elif notice.method == "System.OnWake":
            self._came_on()
        elif notice.method in _INPUT:
            self._takes_text = _INPUT[notice.method]

    def _went_off(self) -> None:
        if self._runs:
            self._runs = False
            self._in_loop(self._switch_off)

    def _came_on(self) -> None:
        if not self._runs:
            self._runs = True
            self._in_loop(self._wake)

    def _switch_off(self) -> None:
        if self._is_on:
            self.on_key("power")

    def _attend(self) -> None:
        while True:
            self._gone.wait()
            if self._ended.is_set():
                return
            self._went_off()
            line, self._line = self._line, None
            if line is not None:
                line.close()
            if not self._connected_again():
                return
            self._in_loop(self._wake)

    def _connected_again(self) -> bool:
        tries = 0
        while not self._ended.wait(AGAIN_S[min(tries, len(AGAIN_S) - 1)]):
            tries += 1
            try:
                self._connect()
            except KodiLostError:
                continue
            return True
        return False


def _window_in(told: Any) -> int | None:
    match told:
        case {"currentwindow": {"id": int(window)}}:
            return window
        case _:
            return None
