"""One code, and the session that may come of it: everything that is known to have happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from device_agent.machine import State as AgentState

if TYPE_CHECKING:
    from tests.sim.console import Console
    from tests.sim.links import DeviceLine
    from tests.sim.people import Desk
    from tests.sim.tv import Tv
    from wire.commands import Grant
    from wire.reasons import EndReason


_CONNECTED: Final = frozenset(
    {
        AgentState.PAIRING,
        AgentState.CONSENT,
        AgentState.ACTIVE,
        AgentState.RENEWING,
        AgentState.ASKING,
    }
)


@dataclass(frozen=True, slots=True)
class Command:
    """A control frame of the console's; `act` is what it does on the screen, "" where that is nothing."""

    act: str
    hb: int
    at: float


@dataclass(eq=False, slots=True)
class ShownNote:
    """A code that a console shows, before a set has redeemed it."""

    locator: str
    console: Console
    account: str
    at: float
    joins: int = 0
    ended: int = 0  # sessions of it that ended before they began


@dataclass(eq=False, slots=True)
class Case:
    """What is known, and when it was."""

    session: str
    tv: Tv
    locator: str
    shown_at: float
    line: DeviceLine | None = None
    desk: Desk | None = None
    console: Console | None = None
    opened_at: float | None = None
    account: str = ""
    typed_there: bool = False  # the console showed the code, and the customer typed it
    joins: int = 0
    paired_at: float | None = None
    consented: frozenset[Grant] | None = None
    customer_ended: tuple[float, EndReason | None] | None = None  # None: by leaving the page
    device_said: tuple[float, EndReason] | None = None  # its signed end left
    relay_heard_end: tuple[float, EndReason] | None = None  # and reached the relay
    device_shown: tuple[float, EndReason] | None = None
    relay_ended: tuple[float, EndReason] | None = None
    console_ended: tuple[float, EndReason] | None = None
    console_told: list[tuple[float, EndReason]] = field(default_factory=list)
    device_told: list[tuple[float, EndReason]] = field(default_factory=list)
    recorded: list[tuple[float, EndReason]] = field(default_factory=list)
    durable: set[str] = field(default_factory=set)
    durable_records: set[str] = field(default_factory=set)
    commands: dict[str, Command] = field(default_factory=dict)
    emitted: dict[bytes, float] = field(default_factory=dict)
    ping_at: dict[int, float] = field(default_factory=dict)
    acts: list[tuple[float, str]] = field(default_factory=list)
    typed: set[str] = field(default_factory=set)  # what took its time, and came to be typed
    hides: list[bool] = field(default_factory=list)  # what the customer's presses of Hide came to
    hides_signed: list[bool] = field(default_factory=list)
    hides_logged: list[bool] = field(default_factory=list)
    hides_told: int = 0  # of those signed, so many reached the console
    newest_frame: bytes = b""  # of the device's, at the console
    presses: dict[bytes, int] = field(default_factory=dict)  # of Hide, by the picture that left then
    answered: list[str] = field(default_factory=list)
    started: set[str] = field(default_factory=set)  # answered, and not over
    agreed: list[frozenset[Grant]] = field(default_factory=list)  # what held after each yes of the customer's
    more: int = 0  # times the customer said yes to more
    acked: list[str] = field(default_factory=list)
    end_record: str = ""
    relay_died_at: float | None = None
    causes: set[str] = field(default_factory=set)

    @property
    def is_open(self) -> bool:
        """Redeemed, and not over at the relay."""
        return self.opened_at is not None and self.relay_ended is None and self.relay_died_at is None

    @property
    def is_on_the_set(self) -> bool:
        """Whether the set's newest line is this one: what it shows is about this session."""
        return self.line is not None and self.tv.line is self.line

    @property
    def has_left_the_set(self) -> bool:
        return self.tv.agent._state not in _CONNECTED
