"""From the maker's settings to the carriers of one session; the library is loaded where it may be used."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

from device_agent.carrier.carriers import Carriers
from device_agent.carrier.policy import Direct

if TYPE_CHECKING:
    import asyncio

    from device_agent.carrier.carriers import Frames
    from device_agent.carrier.policy import DirectSettings
    from device_agent.clock import Clock

Spawn = Callable[[Coroutine[None, None, None]], "asyncio.Task[None]"]
Ways = Callable[["Frames", Spawn], Carriers]


def ways(settings: DirectSettings, clock: Clock) -> Ways | None:
    """How a session gets its data channels; None where there shall be none."""
    if settings.direct is Direct.OFF:
        return None
    from device_agent.carrier.peer import Peer, PeerFailed  # noqa: PLC0415 - a third of a second

    def carriers(frames: Frames, spawn: Spawn) -> Carriers:
        return Carriers(
            frames=frames,
            clock=clock,
            spawn=spawn,
            make_peer=lambda opened, lost, arrived: Peer(settings, opened=opened, lost=lost, arrived=arrived),
            failures=(PeerFailed,),
        )

    return carriers
