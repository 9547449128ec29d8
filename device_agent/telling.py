"""Tells the technician which settings there are and whether a text field is open (seal/SPEC §4.1).

The whole list once it is granted, then only what changed, whoever changed it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import msgspec

from seal.settings import Field, Item, Settings
from wire.commands import Grant
from wire.errors import WireError
from wire.limits import SETTINGS_PARTS, SETTINGS_PER_MESSAGE, TEXT_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from device_agent.devices.abilities import Abilities

log = logging.getLogger(__name__)

_MESSAGE_BYTES: Final = 12_000  # of items: with what stands round them a message stays within its limit


class Telling:
    """Compares what was told with what is so; `due` gives what must be said now."""

    def __init__(self, abilities: Abilities) -> None:
        self._abilities = abilities
        self._told: tuple[Item, ...] | None = None
        self._field = 0

    def due(self, grants: frozenset[Grant]) -> list[Settings | Field]:
        """Nothing where nothing changed, or nothing of it was granted."""
        try:
            return [*self._settings(grants), *self._open_field(grants)]
        except Exception:
            # A driver's fault costs the list, never the session.
            log.exception("the device does not tell its settings")
            return []

    def _settings(self, grants: frozenset[Grant]) -> Iterator[Settings]:
        if self._abilities.configurable is None or Grant.SETTINGS not in grants:
            self._told = None
            return
        before, now = self._told, self._abilities.configurable.settings()
        if now is before or now == before:
            return
        self._told = now
        if before is None or _shape(before) != _shape(now):
            pieces = list(_pieces(_tellable(now)))
            for part, piece in enumerate(pieces, start=1):
                yield Settings(part=part, parts=len(pieces), items=piece)
        else:
            changed = tuple(item for item, old in zip(now, before, strict=True) if item != old)
            for piece in _pieces(_tellable(changed)):
                if piece:
                    yield Settings(part=0, parts=0, items=piece)

    def _open_field(self, grants: frozenset[Grant]) -> Iterator[Field]:
        if self._abilities.typing is None:
            return
        takes = self._abilities.typing.field() if Grant.KEYS in grants else 0
        if takes is None:
            return
        takes = max(0, min(TEXT_CHARACTERS, takes))
        if takes != self._field:
            self._field = takes
            if Grant.KEYS in grants:
                yield Field(longest=takes)


def _shape(items: Sequence[Item]) -> list[tuple[object, ...]]:
    """All but the values: where this differs a whole new list is told."""
    return [
        (type(item), *(getattr(item, name) for name in item.__struct_fields__ if name != "value"))
        for item in items
    ]


def _tellable(items: Sequence[Item]) -> tuple[Item, ...]:
    """Without what the console would have to refuse: one such setting must not end the session."""
    return tuple(item for item in items if _may_be_told(item))


def _may_be_told(item: Item) -> bool:
    try:
        msgspec.json.decode(msgspec.json.encode(item), type=Item)
    except (msgspec.MsgspecError, WireError):
        log.warning("a setting is not as one may be told: %s", type(item).__name__)
        return False
    return True


def _pieces(items: Sequence[Item]) -> Iterator[tuple[Item, ...]]:
    """The items in messages of which none is too long; one empty message where there are none."""
    pieces: list[list[Item]] = [[]]
    size = 0
    for item in items:
        more = len(msgspec.json.encode(item))
        if pieces[-1] and (size + more > _MESSAGE_BYTES or len(pieces[-1]) == SETTINGS_PER_MESSAGE):
            pieces.append([])
            size = 0
        pieces[-1].append(item)
        size += more
    if len(pieces) > SETTINGS_PARTS:
        log.error("the device has more settings than can be told: %s", len(items))
    for piece in pieces[:SETTINGS_PARTS]:
        yield tuple(piece)
