"""Attacks on what the customer hid: its records, and what was sent before (INV-A6, D1; decision 0047)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.evil_relay.attack import Attack, Deed, Way
from tests.evil_relay.attacks_records import _Forger, _Record, as_message
from tests.evil_relay.story import KEYS
from tests.evil_relay.tape import Side, stream_of
from wire.frames import FROM_DEVICE_DIRECT, Stream

if TYPE_CHECKING:
    from random import Random

    from tests.evil_relay.tape import Fields, Item

HIDDEN_AND_SHOWN = (Deed.HIDE, Deed.KEY, Deed.SHOW, Deed.KEY)


class _Hide(_Record):
    """Strikes a `hide` on its way to the console: that of hiding, or that of showing again."""

    types = ("hide",)
    deeds = HIDDEN_AND_SHOWN

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._hidden = rng.random() < 0.5

    def to_console(self, item: Item) -> list[Item]:
        return [item] if self._record(item).get("hidden") is not self._hidden else super().to_console(item)


class KeepsAHideBack(_Hide):
    """An auditor would read that the screen was seen, or hidden, when it was not. The next record shows the
    gap: integrity failed.
    """

    def on_record(self, item: Item, fields: Fields) -> list[Item]:
        return []


class RepeatsAHide(_Hide):
    """The customer pressed once, and it comes twice. The chain has one place for it: integrity failed."""

    def on_record(self, item: Item, fields: Fields) -> list[Item]:
        return [item, item]


class TurnsAHideRound(_Hide):
    """Hidden becomes shown, or shown hidden. The signature is over it: integrity failed."""

    def on_record(self, item: Item, fields: Fields) -> list[Item]:
        return [as_message(fields | {"hidden": not fields["hidden"]})]


class HoldsAHideBack(_Hide):
    """A `hide` comes after the record that follows it. The chain has an order: integrity failed."""

    def on_record(self, item: Item, fields: Fields) -> list[Item]:
        self._late = item
        return []

    _late: Item = ""

    def to_console(self, item: Item) -> list[Item]:
        late, passed = self._late, super().to_console(item)
        if not late or not self._record(item):
            return passed
        self._late = ""
        return [*passed, late]


class InventsAHide(_Forger):
    """The console hears that the customer hid the screen, which they did not. Not the device's signature:
    integrity failed, and not at some later record.
    """

    ways = (Way.DEVICE_SHOWS,)
    after = "action"
    lingers_s = 2.0

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._left = len(KEYS)

    def to_console(self, item: Item) -> list[Item]:
        self._left -= _Record._record(item).get("typ") == self.after
        return super().to_console(item) if self._left == 0 else [item]

    def forged(self, before: Fields | None) -> bytes:
        return self.linked({"typ": "hide", "hidden": True, "frame": ""}, before)


class InventsAShow(InventsAHide):
    """The console hears that the screen is shown again, while it is hidden. Not the device's signature:
    integrity failed.
    """

    after = "hide"
    deeds = (Deed.HIDE, Deed.WAIT)

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._left = 1

    def forged(self, before: Fields | None) -> bytes:
        return self.linked({"typ": "hide", "hidden": False, "frame": ""}, before)


class DrawsOverWhatIsHidden(Attack):
    """Pictures from before the customer's press are held back, and come once the console was told of it. None
    is drawn; the session goes on, and shows the screen when the customer does.
    """

    ways = (Way.DEVICE_SHOWS,)
    in_hand_only = True
    deeds = (Deed.HIDE, Deed.WAIT, Deed.SHOW, Deed.KEY)

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.direct = rng.random() < 0.5
        self._from = rng.randrange(2, 4)  # so many keys are seen at work
        self._held: list[tuple[int | None, bytes]] = []
        self._hidden_at: float | None = None

    def to_console(self, item: Item) -> list[Item]:
        record = _Record._record(item)
        if record.get("hidden"):
            self._hidden_at = self.relay.now()
        self._from -= record.get("typ") == "action"
        return [item] if not self._holds(item) else self._hold(None, item)

    def on_channel(self, channel: int, frame: bytes) -> list[tuple[int, bytes]]:
        if not self._holds(frame):
            return [(channel, frame)]
        self._hold(channel, frame)
        return []

    def _holds(self, item: Item) -> bool:
        media = stream_of(item) in {Stream.D2T_PICTURE_WS, *FROM_DEVICE_DIRECT}
        return media and self._from <= 0 and not self.fired

    def _hold(self, channel: int | None, item: Item) -> list[Item]:
        assert isinstance(item, bytes)
        self._held.append((channel, item))
        return []

    def tick(self) -> None:
        if self.fired or self._hidden_at is None or self.relay.now() - self._hidden_at < 1.0:
            return
        if self._held:
            self.strike()
        for channel, frame in self._held:
            if channel is None:
                self.relay.push(Side.CONSOLE, frame)
            elif self.relay.channels is not None:
                self.relay.channels.push(channel, frame)
