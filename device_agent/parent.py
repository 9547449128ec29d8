"""The program that started this one: it says enrolment codes, and ends us by closing standard input."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, Final

from device_agent.enrolment import NotEnrolled
from device_agent.link import dial

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from device_agent.clock import Clock
    from device_agent.enrolment import Unit

    # Facts for a program, and the same in words.
    Say = Callable[[Mapping[str, str], str], None]

log = logging.getLogger(__name__)

_LONGEST: Final = 256


class Enrolling:
    """Enrols a device beside everything else it does, and says what became of it."""

    def __init__(self, unit: Unit, clock: Clock, say: Say) -> None:
        self._unit = unit
        self._clock = clock
        self._say = say
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, typed: str) -> None:
        """A code came."""
        task = asyncio.get_running_loop().create_task(self._enrol(typed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _enrol(self, typed: str) -> None:
        try:
            enrolment = await self._unit.enrol(typed, clock=self._clock, dial=dial)
        except NotEnrolled as why:
            log.warning("not enrolled: %s", why)
            self._say({"not_enrolled": str(why)}, f"Not enrolled: {why}")
        else:
            facts = {"unit": enrolment.sub, "model": enrolment.model}
            self._say(facts, f"The TV is {enrolment.sub}, {enrolment.model}")


class Parent:
    """Standard input of a device that lives as long as its parent."""

    def __init__(self, pipe: int, *, said: Callable[[str], None], gone: Callable[[], None]) -> None:
        self._pipe = pipe
        self._said = said
        self._gone = gone
        self._rest = b""
        # The kernel closes the pipe of a parent that was killed, too: no TV outlives its demo.
        asyncio.get_running_loop().add_reader(pipe, self._read)

    def close(self) -> None:
        """Listen no longer."""
        asyncio.get_running_loop().remove_reader(self._pipe)

    def _read(self) -> None:
        data = os.read(self._pipe, 4_096)
        if not data:
            self.close()
            self._gone()
            return
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[-_LONGEST:]
        for line in lines:
            self._said(line.decode("utf-8", "replace"))
