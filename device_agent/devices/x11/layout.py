"""The keyboard's layout as the server has it: which key gives what, and which keys are spare. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from device_agent.devices.x11.keysyms import is_letter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from device_agent.devices.x11.keysyms import Keysym

NOTHING: Final = 0
_PER_GROUP: Final = 2
_GROUPS: Final = 2


@dataclass(frozen=True, slots=True)
class Stroke:
    """One key, with Shift or without."""

    keycode: int
    shifted: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """`rows`: per keycode, from `first` on, its keysyms: two levels of group 1, two of group 2, more."""

    first: int
    rows: tuple[tuple[Keysym, ...], ...]
    _found: dict[tuple[int, bool], Mapping[Keysym, Stroke]] = field(default_factory=dict, compare=False)

    @classmethod
    def read(cls, first: int, per_keycode: int, keysyms: Sequence[Keysym]) -> Layout:
        """From the server's answer."""
        rows = (tuple(keysyms[at : at + per_keycode]) for at in range(0, len(keysyms), per_keycode))
        return cls(first, tuple(rows))

    def without(self, keycodes: Iterable[int]) -> Layout:
        """The same, as if these keys gave nothing."""
        bare = frozenset(keycodes)
        rows = ((NOTHING,) if self.first + at in bare else row for at, row in enumerate(self.rows))
        return Layout(self.first, tuple(rows))

    @property
    def spare(self) -> tuple[int, ...]:
        """Keycodes that give nothing at all, but the lowest, which some servers keep to themselves."""
        return tuple(self.first + place for place, row in enumerate(self.rows) if place and not any(row))

    def meanings(self, keycode: int) -> tuple[Keysym, ...]:
        """Everything that a key can give."""
        place = keycode - self.first
        return self.rows[place] if 0 <= place < len(self.rows) else ()

    def strokes(self, group: int, *, caps: bool) -> Mapping[Keysym, Stroke]:
        """How to give what in this group; with Caps Lock on letters are left out, it would change them."""
        if (group, caps) not in self._found:
            self._found[group, caps] = self._strokes(group, caps=caps)
        return self._found[group, caps]

    def _strokes(self, group: int, *, caps: bool) -> Mapping[Keysym, Stroke]:
        found: dict[Keysym, Stroke] = {}
        for level in range(_PER_GROUP):
            for place, row in enumerate(self.rows):
                column = self._column(row, group) + level
                keysym = row[column] if column < len(row) else NOTHING
                if keysym != NOTHING and not (caps and is_letter(keysym)):
                    found.setdefault(keysym, Stroke(self.first + place, shifted=level > 0))
        return found

    def _column(self, row: tuple[Keysym, ...], group: int) -> int:
        """Where a group begins; a key that has one group only gives the same in all of them."""
        start = min(group, _GROUPS - 1) * _PER_GROUP
        has_it = len(row) > start and any(row[start : start + _PER_GROUP])
        return start if has_it else 0
