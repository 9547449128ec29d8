"""Types through XTEST: keys of the layout where it has them, spare keycodes lent a meaning where it has not.

A program learns of a new meaning and asks the server for it when it comes to it. So a keycode that was lent
keeps its meaning for `REST_S` after the last key, is not lent again within a text before `CATCH_UP_S`, and is
pressed only `LEARN_S` after it was lent.
All of it runs in the hands' thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import xcffib
import xcffib.xproto
import xcffib.xtest

from device_agent.devices.x11.connection import kind_of
from device_agent.devices.x11.keysyms import SHIFT, in_batches
from device_agent.devices.x11.layout import NOTHING, Layout, Stroke

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from device_agent.devices.x11.connection import XClient
    from device_agent.devices.x11.keysyms import Chord, Keysym

REST_S: Final = 10.0
CATCH_UP_S: Final = 0.25
LEARN_S: Final = 0.25  # some programs, Chromium among them, take a while to hear of it
_PRESS, _RELEASE = 2, 3
_MAPPING: Final = 34
_CAPS: Final = 0x02
_HELD: Final = 0x04 | 0x08 | 0x40  # Control, Alt, Super
_GROUP_SHIFT: Final = 13


class Keyboard:
    """The keyboard of one display; `go_on` waits so many seconds and says whether to type on."""

    def __init__(self, client: XClient, go_on: Callable[[float], bool]) -> None:
        self._client = client
        self._go_on = go_on
        self._xtest: Any = client.extension(xcffib.xtest)
        self._lent: dict[int, Keysym] = {}  # in the order they were lent
        self._layout = self._read()

    @property
    def spare(self) -> int:
        """How many keycodes can be lent at once."""
        return len(self._spare())

    @property
    def is_lent(self) -> bool:
        """Whether a spare keycode has a meaning now."""
        return bool(self._lent)

    def press(self, chord: Chord) -> bool:
        """Press keys together and let them go; False where one of them cannot be given now."""
        strokes = self._strokes(chord)
        if strokes is None:
            return False
        shift = (self._shift(),) if any(it.shifted for it in strokes) else ()
        codes = [*shift, *(it.keycode for it in strokes)]
        self._play([(code, True) for code in codes] + [(code, False) for code in reversed(codes)])
        return True

    def write(self, keysyms: Sequence[Keysym]) -> bool:
        """Type a text; False where it was stopped, or cannot be typed now."""
        group, caps, held = self._state()
        if held:
            return False
        known = frozenset(self._current().strokes(group, caps=caps))
        spare = self._spare()
        if not spare and any(it not in known for it in keysyms):
            return False
        for place, batch in enumerate(in_batches(keysyms, len(spare), known)):
            if place and not self._go_on(CATCH_UP_S):
                return False
            if not self._write_batch(batch):
                return False
        return True

    def restore(self) -> None:
        """Take back what was lent."""
        for keycode in self._lent:
            self._change(keycode, (NOTHING,))
        self._lent = {}
        self._client.answer()

    def _write_batch(self, batch: Sequence[Keysym]) -> bool:
        strokes = self._strokes(batch)
        if strokes is None:
            return False
        shift = self._shift()
        for it in strokes:
            if not self._go_on(0):
                self._client.answer()
                return False
            stroke = [(it.keycode, True), (it.keycode, False)]
            self._play([(shift, True), *stroke, (shift, False)] if it.shifted else stroke)
        self._client.answer()
        return True

    def _strokes(self, keysyms: Sequence[Keysym]) -> list[Stroke] | None:
        group, caps, _ = self._state()
        known = self._current().strokes(group, caps=caps)
        lent = self._lend([it for it in dict.fromkeys(keysyms) if it not in known])
        if lent is None:
            return None
        return [known[it] if it in known else Stroke(lent[it]) for it in keysyms]

    def _lend(self, keysyms: Iterable[Keysym]) -> Mapping[Keysym, int] | None:
        """A spare keycode for each; those lent longest ago change their meaning first."""
        held = {keysym: code for code, keysym in self._lent.items()}
        missing = [it for it in keysyms if it not in held]
        wanted = set(keysyms)
        free = [code for code in self._spare() if self._lent.get(code) not in wanted]
        if len(missing) > len(free):
            return None
        for keysym, code in zip(missing, sorted(free, key=self._age), strict=False):
            self._lent.pop(code, None)
            self._lent[code] = keysym
            held[keysym] = code
            # The same on both levels: neither Shift nor Caps Lock changes it.
            self._change(code, (keysym, keysym))
        if missing:
            self._client.answer()
            if not self._go_on(LEARN_S):
                return None
        return held

    def _age(self, code: int) -> int:
        """Never lent first, then in the order they were lent."""
        return list(self._lent).index(code) if code in self._lent else -1

    def _spare(self) -> tuple[int, ...]:
        return self._layout.spare

    def _change(self, keycode: int, keysyms: tuple[Keysym, ...]) -> None:
        self._client.core.ChangeKeyboardMapping(1, keycode, len(keysyms), keysyms)

    def _current(self) -> Layout:
        """The layout as it is; one that somebody changed is read again."""
        if any(kind_of(event) == _MAPPING for event in self._client.waiting_events()):
            self._layout = self._read()
        return self._layout

    def _read(self) -> Layout:
        first, last = self._client.setup.min_keycode, self._client.setup.max_keycode
        reply = self._client.core.GetKeyboardMapping(first, last - first + 1).reply()
        layout = Layout.read(first, reply.keysyms_per_keycode, reply.keysyms.list)
        return layout.without(self._lent)

    def _state(self) -> tuple[int, bool, bool]:
        """The group in force, whether Caps Lock is on, whether a command key is held."""
        mask = int(self._client.core.QueryPointer(self._client.root).reply().mask)
        return mask >> _GROUP_SHIFT & 3, bool(mask & _CAPS), bool(mask & _HELD)

    def _shift(self) -> int:
        return self._layout.strokes(0, caps=False)[SHIFT].keycode

    def _play(self, strokes: Iterable[tuple[int, bool]]) -> None:
        for keycode, down in strokes:
            self._xtest.FakeInput(_PRESS if down else _RELEASE, keycode, 0, self._client.root, 0, 0, 0)
        self._client.flush()
