"""What the session asks of the agent around it, and what it says of the visitor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from device_agent.picture.still import Ended
    from seal.pictures import Codec
    from wire.commands import Grant
    from wire.reasons import BadgeCause, EndReason


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks for what, after the badge was checked; `request` is only what the technician states."""

    name: str
    org: str
    request: str
    asks: tuple[Grant, ...]


class Host(Protocol):
    """What the session needs of the agent around it."""

    def visitor_came(self, visitor: Visitor) -> None:
        """The badge was accepted: ask the customer."""
        ...

    def session_over(self, reason: EndReason, cause: BadgeCause | None = None) -> None:
        """The session ended, and not by the agent's own `stop`; `cause` says why a badge was refused."""
        ...

    def is_covered(self) -> bool:
        """Whether a panel page covers the screen, so that only the customer's keys count."""
        ...

    def more_asked(self, asks: tuple[Grant, ...]) -> bool:
        """Ask the customer for this as well; False where they cannot be asked now."""
        ...

    def soon(self, call: Callable[[], None]) -> None:
        """Make this call where the session lives, from whatever thread this one comes."""
        ...

    def power_pressed(self) -> None:
        """The technician pressed power; the record of it is on its way."""
        ...

    def sound_wanted(self, *, on: bool) -> None:
        """The technician wants to hear the sound, or not any more."""
        ...

    def picture_wanted(self, codecs: tuple[Codec, ...]) -> None:
        """The console can draw: start the picture."""
        ...


class Pictures(Protocol):
    """The running picture, as far as the session steers it."""

    def held_up(self) -> None:
        """The console was heard beside its socket, which is held up."""
        ...

    def acknowledge(self, pic: int) -> None:
        """The console drew everything up to `pic`."""
        ...

    def want_key(self) -> None:
        """The console misses pictures."""
        ...

    def prefer(self, codecs: tuple[Codec, ...]) -> None:
        """The console follows these better than what it gets."""
        ...

    def take_still(self, over: Callable[[Ended], None]) -> bool:
        """Send the newest picture without loss; False where there is none. `over` hears of it once, later."""
        ...
