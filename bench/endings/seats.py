"""One session on the stage: its TV, its console, and what was noted of both."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bench.endings.children import Missing
from bench.endings.consoles import Pictures, Told
from bench.endings.witness import Seen

if TYPE_CHECKING:
    from bench.endings.children import Host
    from bench.endings.consoles import Console
    from bench.endings.relay import Relay
    from bench.endings.witness import Witness

STEADY_HZ: Final = 2.0
FULL_HZ: Final = 25.0  # under the relay's limit of control frames
ALL_HZ: Final = 200.0  # of all seats together: two cores are no data centre
CODE_S: Final = 30.0
ACTIVE_S: Final = 40.0
OVER_S: Final = 12.0  # twice the longest bound, and some: later is missing, sooner is a figure
_LOOK_S: Final = 0.05
_GOING_ON: Final = 3


@dataclass(slots=True)
class Seat:
    """`number` is never used twice; `place` is the seat's row at its device's witness."""

    number: int
    place: int
    login: str
    device: Host
    witness: Witness
    console: Console
    in_browser: bool
    relay: Relay
    session: str = ""
    fault_at: int = 0
    before: Seen = field(default_factory=lambda: Seen(0, 0, 0, 0))
    console_told: list[Told] = field(default_factory=list)
    pictures: Pictures = field(default_factory=lambda: Pictures(0, 0))

    async def begin(self) -> None:
        """From nothing to a live session in which something goes on; raises Missing."""
        folder = await asyncio.to_thread(self.relay.device_folder, self.number)
        self.device.do("ring", self.number, place=self.place, folder=str(folder), hz=STEADY_HZ)
        said = await self.device.said(self.number, "code", "problem", within=CODE_S)
        if said["said"] != "code":
            raise Missing(f"a code: {said['reason']}")
        await self.console.connect(said["code"], login=self.login, hz=STEADY_HZ)
        await self._until_going_on()
        self.session = await asyncio.to_thread(self.relay.session_of, said["code"][:5])

    async def rate(self, hz: float) -> None:
        """Press keys and change the picture so often."""
        self.device.do("rate", self.number, hz=hz)
        await self.console.rate(hz)

    async def _until_going_on(self) -> None:
        try:
            async with asyncio.timeout(ACTIVE_S):
                while min(self.seen.actions, self.seen.frames) < _GOING_ON:
                    if self.device.all_of(self.number, "ended", "problem"):
                        raise Missing("a session: it ended while it was set up")
                    if self.console.problem:
                        raise Missing(f"a session: {self.console.problem}")
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise Missing(f"a command and a picture after {ACTIVE_S:.0f} s: {self.seen}") from None

    @property
    def seen(self) -> Seen:
        return self.witness.seen(self.place)

    async def device_says(self, *kinds: str) -> None:
        """Wait until the set shows it; that it never does is found later."""
        try:
            await self.device.said(self.number, *kinds, within=OVER_S)
        except Missing:
            return

    async def console_says(self) -> None:
        self.console_told = await self.console.endings(within=OVER_S)

    @property
    def device_told(self) -> list[Told]:
        return [
            Told(said["reason"], said["at"]) for said in self.device.all_of(self.number, "ended", "problem")
        ]

    @property
    def off_at(self) -> int | None:
        off = self.device.all_of(self.number, "off")
        return int(off[0]["at"]) if off else None

    async def close(self) -> None:
        await self.console.close()
        self.device.do("close", self.number)
        if self.device.process.returncode is None:
            try:
                await self.device.said(self.number, "closed", within=OVER_S)
            except Missing:
                return
        self.device.forget(self.number)
