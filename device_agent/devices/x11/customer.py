"""What the customer does with real devices, made of what the server tells of them: keys and touches. Pure.

Keys are read as what they mean; keys held together are one. Nothing that a program types comes here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from device_agent.devices.x11.keysyms import Chord, Keysym

ALWAYS: Final = ("stop", "help", "hide")


@dataclass(slots=True)
class Keys:
    """The customer's keys; `meanings` tells what a keycode can give, `names` what that is to the panel."""

    names: Mapping[str, tuple[Chord, ...]]
    meanings: Callable[[int], tuple[Keysym, ...]]
    _held: dict[int, frozenset[Keysym]] = field(default_factory=dict)

    def press(self, keycode: int, *, on_page: bool) -> str | None:
        """What going down makes of a key: the name of a key of the remote, or nothing."""
        if keycode in self._held:
            return None  # it repeats
        meant = frozenset(self.meanings(keycode)) - {0}
        self._held[keycode] = meant
        heard = self.names if on_page else {name: self.names[name] for name in ALWAYS}
        found = [
            (len(chord), name)
            for name, chords in heard.items()
            for chord in chords
            if chord[-1] in meant and self._holds(chord[:-1], keycode)
        ]
        # Ctrl+Alt+H is help even where H alone would be something else.
        return max(found, key=lambda it: it[0])[1] if found else None

    def release(self, keycode: int) -> None:
        """A key goes up."""
        self._held.pop(keycode, None)

    def forget(self) -> None:
        """Devices came or went: nobody knows what is held."""
        self._held.clear()

    def _holds(self, others: Chord, keycode: int) -> bool:
        return all(
            any(wanted in meant for code, meant in self._held.items() if code != keycode) for wanted in others
        )
