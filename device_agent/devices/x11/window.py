"""The panel's window: above every other, never focused, repainted by the server alone (INV-B7).

Its picture is the window's background, so nothing is drawn anew when it was covered. What the guard protects
grows before the window does, and shrinks after it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import xcffib.xproto

from device_agent.devices.x11.connection import lost_is_lost
from device_agent.devices.x11.pixmap import Background

if TYPE_CHECKING:
    from device_agent.devices.x11.connection import XClient
    from device_agent.devices.x11.face import Face
    from device_agent.devices.x11.guard import Guard, Rectangle
    from device_agent.devices.x11.outputs import Output

FIGHT_S: Final = 3.0
FIGHTS: Final = 60
_NAME: Final = b"Alongside"
_CW: Final = xcffib.xproto.CW
_CONFIG: Final = xcffib.xproto.ConfigWindow
_EVENTS: Final = xcffib.xproto.EventMask
_ABOVE: Final = xcffib.xproto.StackMode.Above
_COVERING: Final = frozenset({16, 18, 19, 21, 22, 26})  # create, unmap, map, reparent, configure, circulate


class PanelWindow:
    """One window of ours on one display."""

    def __init__(self, client: XClient, guard: Guard) -> None:
        self._client = client
        self._guard = guard
        self._raised: deque[float] = deque(maxlen=FIGHTS)
        self.is_mapped = False
        self.area: Rectangle | None = None
        with lost_is_lost():
            self.id = self._create()
        self._background = Background(client, self.id)

    def show(self, face: Face | None, output: Output) -> None:
        """Show this and nothing else; on the painter's thread."""
        with lost_is_lost():
            if face is None:
                self._hide()
                return
            area = (
                output.x + face.box.left,
                output.y + face.box.top,
                output.x + face.box.right,
                output.y + face.box.bottom,
            )
            self._guard.also(area)
            self._put_on(face, area)
            self.area = area
            self.is_mapped = True
            self._client.answer()
            self._guard.only(area)

    def keep_on_top(self) -> bool:
        """Come back above whoever came above; False where somebody does it again and again."""
        if not self.is_mapped:
            return True
        with lost_is_lost():
            children = self._client.core.QueryTree(self._client.root).reply().children
            if len(children) and children[len(children) - 1] == self.id:
                return True
            now = self._guard.now()
            if len(self._raised) == FIGHTS and now - self._raised[0] < FIGHT_S:
                return False
            self._raised.append(now)
            self._client.core.ConfigureWindow(self.id, _CONFIG.StackMode, [_ABOVE])
            self._client.flush()
        return True

    def may_be_covered(self, kind: int) -> bool:
        """Whether an event of the root window's children can mean that."""
        return kind in _COVERING

    def hold_keyboard(self, *, hold: bool) -> None:
        """Keep the customer's keys from the programs below while a page of the panel is in front."""
        with lost_is_lost():
            if hold and self.is_mapped:
                mode = xcffib.xproto.GrabMode.Async
                self._client.core.GrabKeyboard(False, self.id, 0, mode, mode).reply()
            elif not hold:
                self._client.core.UngrabKeyboard(0)
                self._client.flush()

    def _create(self) -> int:
        window = self._client.new_id()
        core = self._client.core
        events = _EVENTS.ButtonPress | _EVENTS.ButtonRelease  # ours, so that no program below gets them
        core.CreateWindow(
            self._client.screen.root_depth,
            window,
            self._client.root,
            0,
            0,
            1,
            1,
            0,
            xcffib.xproto.WindowClass.InputOutput,
            self._client.screen.root_visual,
            _CW.OverrideRedirect | _CW.EventMask,
            [1, events],
        )
        core.ChangeProperty(
            xcffib.xproto.PropMode.Replace,
            window,
            xcffib.xproto.Atom.WM_NAME,
            xcffib.xproto.Atom.STRING,
            8,
            len(_NAME),
            _NAME,
        )
        core.ChangeWindowAttributes(self._client.root, _CW.EventMask, [_EVENTS.SubstructureNotify])
        self._client.answer()
        return window

    def _hide(self) -> None:
        self.is_mapped = False
        self._client.core.UnmapWindow(self.id)
        self._client.answer()
        self.area = None
        self._guard.only(None)

    def _put_on(self, face: Face, area: Rectangle) -> None:
        core, (left, top, right, bottom) = self._client.core, area
        across, down = right - left, bottom - top
        self._background.put(face.pixels)
        where = _CONFIG.X | _CONFIG.Y | _CONFIG.Width | _CONFIG.Height | _CONFIG.StackMode
        core.ConfigureWindow(self.id, where, [left & 0xFFFF, top & 0xFFFF, across, down, _ABOVE])
        core.MapWindow(self.id)
        core.ClearArea(False, self.id, 0, 0, 0, 0)
