"""What the agent needs of a device: show, press, look, sleep. Every device is one class behind it.

A real screen may be slow, and its server may stop answering at any moment, while Stop must be heard within
100 ms (INV-B1). So everything here answers at once but `picture`, which is called on a worker thread and may
take as long as the screen does: nobody waits for it in the event loop, and whoever waits can give up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from device_agent.panel_view import PanelView
    from wire.commands import ActionCause, Grant, Outcome


Region = tuple[int, int, int, int]
"""Left, top, right, bottom in px; right and bottom are the first outside."""


class Shows(StrEnum):
    """What a screen shows: a picture, or why there is none that may leave the device."""

    PICTURE = "picture"
    OFF = "off"
    PROTECTED = "protected"
    NO_SIGNAL = "no_signal"
    HIDDEN = "hidden"  # by the customer


@dataclass(frozen=True, slots=True)
class Picture:
    """One complete picture of what the screen shows, panel included.

    `pixels` is height x width x 4, BGRX, uint8, C-contiguous, and never written again by the device.
    `at` is when it was drawn, ms since the epoch on the device's clock. `serial` grows with every change,
    also of `shows`: what is not a picture is never encoded, and the technician is told the word instead.
    `masked` regions were covered in `pixels`. `private` ones still have to be: the pipeline covers them
    before it compares, encodes or keeps anything. They come with the picture, so that they are true of it.
    """

    serial: int
    at: int
    pixels: NDArray[np.uint8]
    shows: Shows = Shows.PICTURE
    masked: int = 0
    private: tuple[Region, ...] = ()


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a command did: `path` names the setting it changed; `cause` says why it was refused."""

    outcome: Outcome
    path: str = ""
    cause: ActionCause | None = field(default=None, kw_only=True)
    old: str = field(default="", kw_only=True)
    new: str = field(default="", kw_only=True)


class Polyglot(Protocol):
    """A device whose customer can choose its language; not every device has words on its screen."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language it speaks, in the order a reader expects."""
        ...

    def speak(self, language: str) -> None:
        """Speak this one from the next picture on, and after a restart; one it does not speak is ignored."""
        ...


class Networked(Protocol):
    """A device that can bring its own network settings to the front; not every device has a page for them."""

    def open_network_settings(self) -> None:
        """Show them, as if the customer had gone there by menu."""
        ...


@runtime_checkable
class Answering(Protocol):
    """A device whose screen may stop answering while nobody waits for a picture."""

    @property
    def owes_s(self) -> float:
        """For how many seconds the screen has owed an answer; 0 where it owes none. Known at once."""
        ...


class Device(Protocol):
    """A screen with a remote control."""

    @property
    def name(self) -> str:
        """Model name for people, such as `Vista 55 Q7`."""
        ...

    @property
    def language(self) -> str:
        """Language of the device's own texts: en, lv, nb, cs or vi."""
        ...

    def press(self, key: str, grants: frozenset[Grant] | None) -> Pressed:
        """Press a key; `grants` is None for the customer's own remote, else what the technician may do.

        A press that would change a setting without the `settings` grant changes nothing and is REFUSED.
        DONE means that the screen has the key. It comes back within 50 ms: a screen that did not take the key
        by then does not get it afterwards either, and it FAILED.
        """
        ...

    def show(self, panel: PanelView) -> None:
        """Draw `panel` above everything else, from the next picture on. Never waits for the screen."""
        ...

    def power(self, *, on: bool) -> None:
        """Switch the screen on or off; off is black and forgets unsaved screens, as a real set does.

        Never waits for the screen.
        """
        ...

    @property
    def serial(self) -> int:
        """The serial of the newest picture that could be had now; known at once.

        Raises where the screen is lost or cannot be shown: then nobody may stay connected (INV-B7).
        """
        ...

    def picture(self) -> Picture:
        """The newest complete picture; the same object while nothing changed.

        May block, so it is called on a worker thread; a device that is closed frees whoever waits. Raises
        where the screen is lost, also while it waits. Its size may differ from the one before: outputs change
        their resolution.
        """
        ...

    async def changed(self, after: int) -> None:
        """Return as soon as a picture with a serial above `after` can be had, or the screen is lost."""
        ...
