"""What every call of a device is made with: its key, its memory, its screen and its way to the relay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from device_agent.devices.abilities import NONE, Abilities
from device_agent.now import ForwardClock
from wire.commands import Capability

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from device_agent.account.service import Service
    from device_agent.carrier.ways import Ways
    from device_agent.clock import Clock
    from device_agent.devices.protocol import Device, Networked, Polyglot
    from device_agent.link import Line
    from device_agent.memory import Memory
    from device_agent.trust import DeviceKey, Trust


@dataclass(frozen=True, slots=True)
class Kit:
    """What every call of a device is made with."""

    key: DeviceKey
    trust: Trust
    memory: Memory
    device: Device
    clock: Clock
    dial: Callable[[str, Clock], Awaitable[Line]]
    polyglot: Polyglot | None = None
    networked: Networked | None = None
    abilities: Abilities = NONE
    # How a data channel is tried beside the relay; None where the maker wants none.
    ways: Ways | None = None
    # The maker's word on which unit this is, as it may be shown now.
    credential: Callable[[], str] = str
    # Where a customer signs in and registers; None on a device without a screen of its own for it.
    service: Service | None = None
    # What takes a while and can be done while the customer is being asked; on a thread of its own.
    make_ready: Callable[[], None] | None = None
    # What waits and used codes go by.
    forward: ForwardClock = field(init=False)

    def __post_init__(self) -> None:
        forward = ForwardClock(self.clock, floor_ms=self.memory.floor_ms)
        object.__setattr__(self, "forward", forward)

    @property
    def caps(self) -> tuple[str, ...]:
        """What the device says of itself in its hello."""
        ways = (Capability.P2P.value,) if self.ways is not None else ()
        return (*self.abilities.caps, Capability.STILL.value, *ways)
