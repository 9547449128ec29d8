"""A process with several TVs: the shipped agent on recording devices. Lines of JSON come in, and go out.

Started by the bench alone; it ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from bench.endings.recorder import RecordingDevice, tapped
from bench.endings.witness import Witness
from device_agent.agent import Agent
from device_agent.clock import SystemClock
from device_agent.kit import Kit
from device_agent.memory import load_memory
from device_agent.panel_view import Page, TvState
from device_agent.trust import load_or_make_key, load_trust

LINE_BYTES: Final = 65_536


def say(**fields: object) -> None:
    """One line, written at once: what a killed process said stays said."""
    os.write(1, json.dumps(fields).encode() + b"\n")


class Set:
    """One TV and the customer in front of it."""

    def __init__(self, number: int, *, place: int, folder: Path, witness: Witness) -> None:
        clock = SystemClock()
        memory = load_memory(folder / "device-state.json", clock.now_ms())
        self._number = number
        self._device = RecordingDevice(acted=lambda: witness.action(place), told=self._told)
        self.agent = Agent(
            Kit(
                key=load_or_make_key(folder / "device.key"),
                trust=load_trust(folder, clock, marks=memory.signed, mark=memory.mark_signed),
                memory=memory,
                device=self._device,
                clock=clock,
                dial=lambda there, time_: tapped(there, time_, lambda: witness.frame(place)),
            )
        )
        self._tasks = [asyncio.create_task(self.agent.run())]

    async def ring(self) -> None:
        """Ask for a code, say yes to whoever comes, and let the picture move."""
        await asyncio.sleep(0)  # the agent takes keys once its task has begun
        self.agent.press("help")
        self.agent.press("ok")
        await self._until(lambda: self.agent.view.page is Page.CODE)
        say(seat=self._number, said="code", code=self.agent.view.code)
        await self._until(lambda: self.agent.state is TvState.CONSENT)
        self.agent.press("ok")
        self._tasks.append(asyncio.create_task(self._device.move()))

    def rate(self, hz: float) -> None:
        """How often the picture changes from now on."""
        self._device.hz = hz

    def press(self, key: str) -> None:
        """The customer's own key; when it was pressed is said first."""
        at = time.monotonic_ns()
        self.agent.press(key)
        say(seat=self._number, said="pressed", at=at)

    async def close(self) -> None:
        await self.agent.close()
        for task in self._tasks[1:]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _told(self, page: str, reason: str, at: int) -> None:
        say(seat=self._number, said=page, reason=reason, at=at)

    async def _until(self, holds: Any) -> None:
        while not holds():
            await self.agent.changed()


class Room:
    """All sets of this process."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._sets: dict[int, Set] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def do(self, order: dict[str, Any]) -> None:
        number = int(order["seat"])
        match order["do"]:
            case "ring":
                place = int(order["place"])
                self._witness.clear(place)
                self._sets[number] = Set(
                    number,
                    place=place,
                    folder=Path(order["folder"]),
                    witness=self._witness,
                )
                self._sets[number].rate(order["hz"])
                self._spawn(self._sets[number].ring())
            case "rate":
                self._sets[number].rate(order["hz"])
            case "press":
                self._sets[number].press(order["key"])
            case "close":
                self._spawn(self._close(number))

    async def _close(self, number: int) -> None:
        await self._sets.pop(number).close()
        say(seat=number, said="closed")

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def main(witness: Path) -> None:
    room = Room(Witness(witness))
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    say(seat=0, said="ready")
    while line := await reader.readline():
        room.do(json.loads(line))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(Path(sys.argv[1])))
