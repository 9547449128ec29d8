"""The panel on a real screen: paints what the agent shows, keeps it on top, hears only real devices (INV-B9).

Two threads: one paints the newest scene, one waits for events. Keys and buttons are heard as raw events,
which the server gives to everybody, so that no program's grab can keep Stop from the customer.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

import xcffib.randr

from device_agent.devices.x11 import face
from device_agent.devices.x11.arrow import SHOWN_S, ArrowWindow
from device_agent.devices.x11.connection import ERROR, kind_of, lost_is_lost
from device_agent.devices.x11.customer import Keys
from device_agent.devices.x11.hands import ACROSS
from device_agent.devices.x11.layout import Layout
from device_agent.devices.x11.outputs import CHANGES, chosen, outputs_of
from device_agent.devices.x11.window import PanelWindow
from device_agent.devices.x11.xinput import Act, Kind, XInput
from device_agent.panel_view import Item, Page, PanelView

if TYPE_CHECKING:
    from collections.abc import Callable

    from device_agent.devices.simulated_tv.paint.canvas import Target
    from device_agent.devices.x11.connection import XClient
    from device_agent.devices.x11.face import Face, Scene
    from device_agent.devices.x11.guard import Guard
    from device_agent.devices.x11.outputs import Output
    from device_agent.devices.x11.settings import ScreenSettings
    from locales import Catalogue

log = logging.getLogger(__name__)

_MAPPING: Final = 34
_FIRST_BUTTON: Final = 1
_KEYS: Final = {Item.STOP: "stop", Item.HIDE: "hide"}  # what is a key on a remote
_HEARD: Final = (Kind.RAW_KEY_PRESS, Kind.RAW_KEY_RELEASE, Kind.RAW_BUTTON_PRESS)


class CoveredError(Exception):
    """Another program puts itself above the panel again and again."""


class Customer(Protocol):
    """Who answers to the customer's own input; called in the panel's thread."""

    def acted(self) -> None:
        """Anything with a device of their own, whomever it was meant for."""
        ...

    def pressed(self, key: str) -> None:
        """A key of the customer's."""
        ...

    def chose(self, item: Item, language: str) -> None:
        """A touch on an item of the open page."""
        ...

    def woke(self) -> None:
        """Anything at all, while the screen is off."""
        ...


class ScreenPanel:
    """The panel of one display."""

    def __init__(
        self,
        client: XClient,
        guard: Guard,
        customer: Customer,
        *,
        wanted: str | None,
        output: Output,
        settings: ScreenSettings,
        words: Callable[[], Catalogue],
    ) -> None:
        self._client = client
        self._guard = guard
        self._customer = customer
        self._wanted = wanted
        self._output = output
        self._words = words
        self._input = XInput(client)
        self._window = PanelWindow(client, guard)
        self._arrow = ArrowWindow(client, self._window.id)
        self._pointed: tuple[int, int] | None = None
        self._pointed_until = float("-inf")
        self._arrow_at: tuple[int, int] | None = None
        self._keys = Keys(settings.customer, self._meanings)
        self._layout: Layout | None = None
        self._scene = face.Scene(
            PanelView(), output.width, output.height, corner=settings.corner, key=settings.help_key
        )
        self._face: Face | None = None
        self._stopped_at: int | None = None
        self._shown: PanelView | None = None  # what is on the screen by now
        self._newest = threading.Condition()  # guards scene, output, dirty, closing
        self._dirty = True
        self._closing = False
        randr = client.opcode("RANDR")
        assert randr is not None
        self._randr_event = randr[1]
        with lost_is_lost():
            self._input.hear_of_devices(client.root)
            self._input.hear(client.root, _HEARD)
            self._input.hear(self._window.id, (Kind.BUTTON_PRESS,))
            client.extension(xcffib.randr).SelectInput(client.root, CHANGES)
            client.answer()

    # From the event loop

    def show(self, view: PanelView, *, is_on: bool, hidden: bool = False) -> None:
        """Show this from the next moment on; waits for nothing."""
        with self._newest:
            self._scene = replace(self._scene, view=view, is_on=is_on, hidden=hidden)
            if view.banner is None:
                self._pointed = None
            self._dirty = True
            self._newest.notify_all()

    def point(self, x: int, y: int) -> None:
        """Show whoever sits before the screen a place on it, 0 to 65,535 across the picture."""
        with self._newest:
            self._pointed = x, y
            self._pointed_until = self._guard.now() + SHOWN_S
            self._dirty = True
            self._newest.notify_all()

    def close(self) -> None:
        """Let the painter end."""
        with self._newest:
            self._closing = True
            self._newest.notify_all()

    def until_shown(self, view: PanelView, seconds: float) -> bool:
        """Wait until this is on the screen; False where it is not by then."""
        with self._newest:
            return self._newest.wait_for(lambda: self._shown is view, seconds)

    # The painter's thread

    def paint_on(self) -> None:
        """Paint the newest scene until closed; raises where that does not work."""
        painted: Scene | None = None
        language = ""
        motion = False
        while (todo := self._next()) is not None:
            scene, output = todo
            self._paint_arrow(output)
            words = self._words()
            if (scene, words.language) == (painted, language):
                self._note(scene.view)
                continue
            shown = face.paint(scene, words)
            self._window.show(shown, output)
            self._face = shown
            self._window.hold_keyboard(hold=scene.view.page is not Page.NONE or not scene.is_on)
            painted, language = scene, words.language
            self._note(scene.view)
            connected = scene.view.banner is not None
            if connected is not motion:
                # A mouse moves up to a thousand times a second: it is heard only while somebody else drives.
                motion = connected
                self._input.hear(self._client.root, (*_HEARD, Kind.RAW_MOTION) if motion else _HEARD)
                self._client.flush()

    def _paint_arrow(self, output: Output) -> None:
        with self._newest:
            pointed = self._pointed if self._guard.now() < self._pointed_until else None
            self._pointed = pointed
        if pointed == self._arrow_at:
            return
        self._arrow_at = pointed
        if pointed is None:
            self._arrow.hide()
        else:
            x, y = output.place(*pointed, ACROSS)
            self._arrow.show(x - output.x, y - output.y, output)

    def _note(self, view: PanelView) -> None:
        with self._newest:
            self._shown = view
            self._newest.notify_all()

    def _next(self) -> tuple[Scene, Output] | None:
        with self._newest:
            while not self._dirty and not self._closing:
                left = None if self._pointed is None else self._pointed_until - self._guard.now()
                if not self._newest.wait(left):
                    break  # the arrow has been there long enough
            self._dirty = False
            return None if self._closing else (self._scene, self._output)

    # The events' thread

    def watch(self) -> None:
        """Hear the customer and stay on top; returns by raising that the screen is lost, or covered."""
        while True:
            event = self._client.next_event()
            kind = kind_of(event)
            act = self._input.act(event)
            if act is not None:
                self._heard(act)
            elif kind == _MAPPING:
                self._layout = None
            elif kind in {self._randr_event, self._randr_event + 1}:
                self._measure()
            elif self._window.may_be_covered(kind):
                self._stay_on_top()
            elif kind == ERROR:
                log.warning("the X server refused a request: error %d", event[1])

    def _stay_on_top(self) -> None:
        if not self._window.keep_on_top() and self._scene.view.banner is not None:
            raise CoveredError("another program covers the banner again and again")

    def _measure(self) -> None:
        output = chosen(outputs_of(self._client), self._wanted)
        if output is None or output == self._output:
            return
        with self._newest:
            self._output = output
            self._scene = replace(self._scene, width=output.width, height=output.height)
            self._dirty = True
            self._newest.notify_all()

    def _heard(self, act: Act) -> None:
        if act.kind is Kind.HIERARCHY:
            self._input.devices_changed()
            self._keys.forget()
            return
        if not self._input.is_real(act.source):
            return  # a program's doing, the session's among them
        self._guard.customer_acted()
        self._customer.acted()
        if not self._scene.is_on:
            if act.kind in {Kind.RAW_KEY_PRESS, Kind.RAW_BUTTON_PRESS}:
                self._customer.woke()
            return
        match act.kind:
            case Kind.RAW_KEY_PRESS:
                self._key_down(act.detail)
            case Kind.RAW_KEY_RELEASE:
                self._keys.release(act.detail)
            case Kind.RAW_BUTTON_PRESS if act.detail == _FIRST_BUTTON:
                self._stop_touched(act)
            case Kind.BUTTON_PRESS if act.detail == _FIRST_BUTTON and act.at != self._stopped_at:
                self._touch(act.x, act.y)

    def _key_down(self, keycode: int) -> None:
        on_page = self._scene.view.page is not Page.NONE
        name = self._keys.press(keycode, on_page=on_page)
        if name is not None:
            self._customer.pressed(name)

    def _stop_touched(self, act: Act) -> None:
        """A program that holds the mouse gets every press on our window, but Stop is heard all the same.

        Where the pointer was at that moment is not told, only where it is now: good enough for Stop alone.
        """
        target = self._target(*self._pointer())
        if target is not None and target.item is Item.STOP:
            self._stopped_at = act.at  # the same press may yet come as one on our window
            self._customer.pressed("stop")

    def _touch(self, x: int, y: int) -> None:
        shown, target = self._face, self._target(x, y)
        if shown is None or target is None:
            return
        if shown.is_hint:
            self._customer.pressed("help")
        elif target.item in _KEYS:
            self._customer.pressed(_KEYS[target.item])
        else:
            self._customer.chose(target.item, target.language)

    def _target(self, x: int, y: int) -> Target | None:
        shown, area = self._face, self._window.area
        if shown is None or area is None or not (area[0] <= x < area[2] and area[1] <= y < area[3]):
            return None
        return shown.at(x - self._output.x, y - self._output.y)

    def _pointer(self) -> tuple[int, int]:
        with lost_is_lost():
            reply = self._client.core.QueryPointer(self._client.root).reply()
        return reply.root_x, reply.root_y

    def _meanings(self, keycode: int) -> tuple[int, ...]:
        if self._layout is None:
            first, last = self._client.setup.min_keycode, self._client.setup.max_keycode
            with lost_is_lost():
                reply = self._client.core.GetKeyboardMapping(first, last - first + 1).reply()
            self._layout = Layout.read(first, reply.keysyms_per_keycode, reply.keysyms.list)
        return self._layout.meanings(keycode)
