"""What a call tells whoever asked for it, and what it asks of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from device_agent.host import Visitor

if TYPE_CHECKING:
    from device_agent.network import Measured
    from device_agent.panel_view import Problem
    from wire.commands import Grant
    from wire.reasons import BadgeCause, EndReason


@dataclass(frozen=True, slots=True)
class CodeReady:
    """Show it."""

    code: str
    ttl_s: int


@dataclass(frozen=True, slots=True)
class NoCode:
    """There is no code, or no longer; `measured` where the way to the server is why."""

    problem: Problem
    wait_s: int = 0  # with Problem.WAIT: for so long the relay gives none
    measured: Measured | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A technician has entered the code."""


@dataclass(frozen=True, slots=True)
class Over:
    """The session, or the try at one, has ended; `cause` says why a badge was refused."""

    reason: EndReason
    cause: BadgeCause | None = None


@dataclass(frozen=True, slots=True)
class MoreAsked:
    """The technician asks for this besides what is given."""

    asks: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class PowerPressed:
    """The technician pressed power."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """Whether the technician hears the sound."""

    on: bool


News = CodeReady | NoCode | Taken | Visitor | Over | MoreAsked | PowerPressed | Hearing


class Owner(Protocol):
    """Who asked for the call."""

    def heard(self, news: News) -> None:
        """Something happened on the call."""
        ...

    def is_covered(self) -> bool:
        """Whether a panel page covers the screen."""
        ...

    def can_ask(self) -> bool:
        """Whether the customer can be asked for more now."""
        ...
