"""The customer in front of the screen, with a keyboard in hand: types the technician's code, and says yes.

The keys are those of the X server's own keyboard. What a technician's program presses comes from another
device, and the panel hears none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import xcffib
import xcffib.xinput
import xcffib.xtest

from bench.screen.children import CannotRun

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_KEYBOARD: Final = "Xvfb keyboard"
_EXTENSION: Final = "XInputExtension"
_PRESS: Final = 1
_RELEASE: Final = 2
_CTRL: Final = 0xFFE3
_ALT: Final = 0xFFE9
_RETURN: Final = 0xFF0D
_RIGHT: Final = 0xFF53
_ESCAPE: Final = 0xFF1B


class Customer:
    """Keys are pressed at once; whoever plays decides when."""

    def __init__(self, display: str) -> None:
        self._x = xcffib.connect(display=display)
        self._test = self._x(xcffib.xtest.key)
        devices = self._x(xcffib.xinput.key)
        devices.XIQueryVersion(2, 2).reply()
        found = {one.name.to_string(): one.deviceid for one in devices.XIQueryDevice(0).reply().infos}
        if _KEYBOARD not in found:
            raise CannotRun(f"the X server has no keyboard of its own among {', '.join(found)}")
        self._keyboard = found[_KEYBOARD]
        self._first = self._x.core.QueryExtension(len(_EXTENSION), _EXTENSION).reply().first_event
        setup = self._x.get_setup()
        self._least, most = setup.min_keycode, setup.max_keycode
        mapping = self._x.core.GetKeyboardMapping(self._least, most - self._least + 1).reply()
        self._width, self._keysyms = mapping.keysyms_per_keycode, list(mapping.keysyms)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._x.disconnect()

    def ask_for_help(self) -> None:
        """The key that is always heard."""
        self._press(_CTRL, _ALT, ord("h"))

    def choose_typing(self) -> None:
        """On the page of remote support: "I was given a code"."""
        self._press(_RIGHT)
        self._press(_RETURN)

    def type(self, code: str) -> None:
        for digit in code:
            self._press(ord(digit))

    def ok(self) -> None:
        self._press(_RETURN)

    def back(self) -> None:
        self._press(_ESCAPE)

    def _press(self, *keysyms: int) -> None:
        """The last one while the others are held."""
        codes = [self._least + self._keysyms.index(keysym) // self._width for keysym in keysyms]
        for code in codes:
            self._do(_PRESS, code)
        for code in reversed(codes):
            self._do(_RELEASE, code)
        self._x.core.GetInputFocus().reply()

    def _do(self, kind: int, keycode: int) -> None:
        self._test.FakeInput(self._first + kind, keycode, 0, 0, 0, 0, self._keyboard)
