"""The technician's side: the console's own code in Node for many, the real page in Chromium for some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bench.endings.children import Missing
from bench.endings.relay import PASSWORD

if TYPE_CHECKING:
    from bench.endings.children import Host

FACTS_S = 5.0


@dataclass(frozen=True, slots=True)
class Told:
    """One ending as a console showed it; `at` in nanoseconds of CLOCK_MONOTONIC."""

    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Pictures:
    """What arrived."""

    frames: int
    last_frame: int


class Console(Protocol):
    """One session's console, whatever it runs in."""

    async def connect(self, code: str, *, login: str, hz: float) -> None:
        """Type the code and press keys so often once the customer agreed."""
        ...

    @property
    def problem(self) -> str:
        """Why it could not connect; empty as long as nothing is known of it."""
        ...

    async def rate(self, hz: float) -> None:
        """Press keys so often from now on."""
        ...

    async def end(self) -> int:
        """Press End; when."""
        ...

    async def close_tab(self) -> int:
        """Close the tab; when."""
        ...

    async def endings(self, *, within: float) -> list[Told]:
        """Every ending shown, as soon as there is one."""
        ...

    async def pictures(self) -> Pictures:
        """What it has seen."""
        ...

    async def close(self) -> None:
        """Leave nothing behind."""
        ...


class NodeConsole:
    """A seat of a Node process."""

    def __init__(self, host: Host, seat: int) -> None:
        self._host = host
        self._seat = seat

    async def connect(self, code: str, *, login: str, hz: float) -> None:
        self._host.do("connect", self._seat, code=code, hz=hz, login=login, password=PASSWORD)

    @property
    def problem(self) -> str:
        return ", ".join(str(said["reason"]) for said in self._host.all_of(self._seat, "problem"))

    async def rate(self, hz: float) -> None:
        self._host.do("rate", self._seat, hz=hz)

    async def end(self) -> int:
        return await self._left("end")

    async def close_tab(self) -> int:
        return await self._left("close_tab")

    async def endings(self, *, within: float) -> list[Told]:
        try:
            await self._host.said(self._seat, "ended", within=within)
        except Missing:
            return []
        return [Told(said["reason"], said["at"]) for said in self._host.all_of(self._seat, "ended")]

    async def pictures(self) -> Pictures:
        if self._host.process.returncode is not None:
            return Pictures(0, 0)
        self._host.do("tell", self._seat)
        said = await self._host.said(self._seat, "facts", within=FACTS_S)
        return Pictures(said["frames"], said["last_frame"])

    async def close(self) -> None:
        self._host.do("close", self._seat)
        self._host.forget(self._seat)

    async def _left(self, how: str) -> int:
        self._host.do(how, self._seat)
        return int((await self._host.said(self._seat, "left", within=FACTS_S))["at"])
