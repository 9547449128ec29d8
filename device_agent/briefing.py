"""What the relay hands a device to judge badges by: the keyset, the status list in pieces, and its clock.

None of it is believed for the relay's sake: see `device_agent/trust.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from device_agent.now import RelayTime, heard_time
from wire.messages import KeysetMsg, StatusMsg

if TYPE_CHECKING:
    from device_agent.clock import Clock
    from device_agent.trust import Trust


class Briefing:
    """One call's."""

    def __init__(self, trust: Trust, clock: Clock) -> None:
        self._trust = trust
        self._clock = clock
        self._pieces: list[bytes] = []
        self._relay_time = RelayTime(0, clock.boot())

    @property
    def relay_time(self) -> RelayTime:
        """The relay's word on the time, for this call."""
        return self._relay_time

    async def hear(self, message: KeysetMsg | StatusMsg) -> None:
        """Returns when all that was ever heard is kept: also what an earlier write failed to keep."""
        match message:
            case KeysetMsg(data=data, at=at):
                self._trust.hear_keyset(data)
                self._relay_time = heard_time(at, self._trust.now_ms(), self._clock.boot())
                self._pieces = []
            case StatusMsg():
                self._piece(message)
        if not self._trust.is_kept:
            await self._trust.keep()

    def _piece(self, message: StatusMsg) -> None:
        """Pieces come in order; any other order is as good as none (SPEC §5.1)."""
        if message.part != len(self._pieces) + 1 or message.part > message.parts:
            self._pieces = []
            return
        self._pieces.append(message.data)
        if message.part == message.parts:
            whole, self._pieces = b"".join(self._pieces), []
            self._trust.hear_status(whole)
