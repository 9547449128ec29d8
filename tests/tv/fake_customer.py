"""Stands in for the agent behind the page: the test says what it shows, and reads which keys came."""

from __future__ import annotations

import asyncio

from device_agent.panel_view import PanelView, TvState


class FakeAgent:
    """Same four names as the agent offers the page."""

    def __init__(self) -> None:
        self.state = TvState.IDLE
        self.view = PanelView()
        self.keys: list[str] = []
        self._changed = asyncio.Event()
        self._pressed = asyncio.Event()

    def press(self, key: str) -> None:
        self.keys.append(key)
        self._pressed.set()

    async def changed(self) -> None:
        await self._changed.wait()

    def become(self, state: TvState, view: PanelView) -> None:
        self.state, self.view = state, view
        self.stir()

    def stir(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def pressed(self, count: int) -> list[str]:
        """All keys, once there are so many."""
        async with asyncio.timeout(10):
            while len(self.keys) < count:
                self._pressed.clear()
                await self._pressed.wait()
        return self.keys
