"""One open page: pictures and states go out to it, names of keys, and what the screen stands for, come in."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Final, Protocol

from aiohttp import WSMsgType

from device_agent.devices.protocol import Shows
from device_agent.devices.simulated_tv.feed import Feed, Screen
from device_agent.devices.simulated_tv.page_words import told
from locales import load
from wire.commands import RemoteKey

if TYPE_CHECKING:
    from aiohttp import web

    from device_agent.panel_view import PanelView, TvState

KEYS: Final = frozenset({*(key.value for key in RemoteKey), "help", "stop"})
# Off as by its backlight: the power key ends a session. Hidden is what the customer's key does.
SHOWS: Final = frozenset(shows.value for shows in Shows if shows is not Shows.HIDDEN)


class Customer(Protocol):
    """What the page needs of the agent."""

    @property
    def state(self) -> TvState:
        """Where the agent is."""
        ...

    @property
    def view(self) -> PanelView:
        """What the panel shows."""
        ...

    def press(self, key: str) -> None:
        """The customer's own remote."""
        ...

    async def changed(self) -> None:
        """Return at the next change of state or view."""
        ...


class Television(Screen, Protocol):
    """What the page needs of the set."""

    @property
    def name(self) -> str:
        """Model name."""
        ...

    @property
    def language(self) -> str:
        """Language of the set."""
        ...

    def hide(self) -> None:
        """The Hide key: it never passes the agent, which a session drives."""
        ...

    def stand_for(self, shows: Shows) -> None:
        """Pretend that its screen is this."""
        ...


class Line:
    """One page's WebSocket, for as long as it is open."""

    def __init__(
        self, socket: web.WebSocketResponse, agent: Customer, tv: Television, console_url: str
    ) -> None:
        self._socket = socket
        self._agent = agent
        self._tv = tv
        self._console_url = console_url
        self._feed = Feed(tv, self._send_picture)
        self._language = tv.language
        self._new_language = asyncio.Event()

    async def run(self) -> None:
        """Until the page goes, or says something that is not of the line."""
        tasks = [asyncio.create_task(work) for work in (self._feed.run(), self._tell(), self._hear())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, ConnectionError | TimeoutError):
                raise result

    async def _hear(self) -> None:
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                return
            match _read(message.data):
                case {"drawn": True}:
                    self._feed.acknowledged()
                case {"press": "hide"}:
                    self._tv.hide()
                case {"press": str(key)} if key in KEYS:
                    self._agent.press(key)
                case {"shows": str(shows)} if shows in SHOWS:
                    self._tv.stand_for(Shows(shows))
                case _:
                    return

    async def _tell(self) -> None:
        """Send what is to be told whenever it differs; look again before waiting: no change is missed."""
        last = ""
        while True:
            fresh = json.dumps(self._told(), ensure_ascii=False)
            if fresh == last:
                await self._next_change()
            else:
                await self._socket.send_str(fresh)
                last = fresh

    def _told(self) -> dict[str, str]:
        self._language = self._tv.language
        self._new_language.clear()
        facts = {"name": self._tv.name, "language": self._language, "console": self._console_url}
        words = load(self._language, "device", "shared")
        return {**facts, **told(self._agent.state, self._agent.view, words)}

    async def _next_change(self) -> None:
        tasks = [asyncio.ensure_future(wait) for wait in (self._agent.changed(), self._new_language.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send_picture(self, jpeg: bytes) -> None:
        if self._tv.language != self._language:  # chosen on the set, which the agent does not hear of
            self._new_language.set()
        await self._socket.send_bytes(jpeg)


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None
