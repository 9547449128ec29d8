"""What a device may be able to do beyond showing itself and taking keys; each is a protocol of its own.

A device that cannot do one leaves it out, and its `hello` does not name it (SPEC §10). All of them answer at
once: they are called in the event loop, where Stop is heard as well (INV-B1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from wire.commands import Capability

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    import numpy as np
    from numpy.typing import NDArray

    from device_agent.devices.protocol import Pressed
    from device_agent.devices.shutter import Shutter
    from seal.commands import Step
    from seal.settings import Item
    from wire.commands import Grant, Outcome


class Pointing(Protocol):
    """A device with a pointer: places are 0 to 65,535 across the picture."""

    def use_pointer(self, steps: Sequence[Step], grants: frozenset[Grant]) -> Pressed:
        """Carry out the steps in their order; what would change a setting without `settings` is REFUSED."""
        ...

    def release_pointer(self) -> None:
        """Let go of every button: the session that held them is over."""
        ...


class Typing(Protocol):
    """A device that takes text as characters, whatever its keyboard's layout."""

    def type_text(self, text: str, grants: frozenset[Grant]) -> Pressed | Future[Outcome]:
        """Put `text` where the focus is; where no text can go, it is REFUSED and nothing is typed.

        A device that takes time for it says what came of it later, from any thread. A text that is cancelled,
        or whose session is over, must not be typed on.
        """
        ...

    def field(self) -> int | None:
        """How many more characters the open text field takes; 0: none is open; None: not known here.

        Asked several times a second.
        """
        ...


class Configurable(Protocol):
    """A device whose settings can be listed and changed by name."""

    def settings(self) -> tuple[Item, ...]:
        """Everything that may be changed, as it stands; never a password or another secret.

        Asked several times a second: the same object while nothing changed makes that cheap.
        """
        ...

    def change(self, path: str, value: str) -> Pressed:
        """Give a setting another value; an unknown one, or a value it cannot hold, is REFUSED."""
        ...


class Sound(Protocol):
    """The sound of a device while somebody listens: 48 kHz, 20 ms at a time."""

    @property
    def channels(self) -> int:
        """1 or 2."""
        ...

    async def read(self) -> NDArray[np.int16]:
        """The next 960 samples of each channel, interleaved, when they have been heard."""
        ...

    def close(self) -> None:
        """Nobody listens any more."""
        ...


class Sounding(Protocol):
    """A device whose sound can be heard from afar."""

    def open_sound(self) -> Sound:
        """Listen from now on."""
        ...


class Arrow(Protocol):
    """A device that can show a place on its screen to whoever sits before it."""

    def show_arrow(self, x: int, y: int) -> None:
        """Draw an arrow at this place for three seconds, under the panel and the banner."""
        ...


@dataclass(frozen=True, slots=True)
class Abilities:
    """What one device can do of all this."""

    pointing: Pointing | None = None
    typing: Typing | None = None
    configurable: Configurable | None = None
    arrow: Arrow | None = None
    sounding: Sounding | None = None
    shutter: Shutter | None = None

    @property
    def caps(self) -> tuple[str, ...]:
        """What the device says of itself in its hello."""
        able = {
            Capability.POINTER: self.pointing,
            Capability.TEXT: self.typing,
            Capability.SETTINGS: self.configurable,
            Capability.SOUND: self.sounding,
        }
        return tuple(word.value for word, ability in able.items() if ability is not None)


NONE = Abilities()
