"""A television and a technician that speak to a running server over real sockets, without screen or browser.

The television is the shipped agent on a device that only writes down what it is told; the technician is the
console's twin. Both wait for what happens, with a limit, and say `Gone` when it can no longer happen.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import WSMsgType
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_agent.agent import Agent
from device_agent.clock import SystemClock
from device_agent.kit import Kit
from device_agent.link import dial
from device_agent.memory import load_memory
from device_agent.panel_view import Page, PanelView, TvState
from device_agent.trust import load_or_make_key, load_trust
from seal.pictures import Codec
from server.demo import provision
from tests.agent.console_twin import ConsoleTwin, Technician
from tests.agent.fakes import FakeDevice
from tests.e2e.server_process import LOGIN, PASSWORD
from wire import messages
from wire.badge import badge_challenge_message
from wire.code import split
from wire.encoding import b64, sha256_b64, unb64
from wire.records import ActionRecord, ConsentRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.e2e.server_process import Site
    from wire.commands import RemoteKey
    from wire.reasons import EndReason

PATIENCE_S = 15.0
_OVER = (Page.ENDED, Page.PROBLEM)


class Gone(Exception):  # noqa: N818 - what a kill test waits for, not a fault of the test
    """What was waited for cannot happen any more."""


class Tv:
    """The agent with a customer who presses keys."""

    def __init__(self, agent: Agent, device: FakeDevice) -> None:
        self.agent = agent
        self.device = device

    @property
    def executed(self) -> list[str]:
        """The technician's keys that reached the device, in order."""
        return [key for key, grants in self.device.pressed if grants is not None]

    async def code(self) -> str:
        """Ask for a code and read it off the screen."""
        self.agent.press("help")
        self.agent.press("ok")
        await self._until(lambda: self.agent.view.page is Page.CODE)
        return self.agent.view.code

    async def agree(self) -> None:
        await self._until(lambda: self.agent.state is TvState.CONSENT)
        self.agent.press("ok")
        assert self.agent.state is TvState.ACTIVE

    async def over(self) -> PanelView:
        """What the customer reads when it is over, whoever ended it."""
        async with asyncio.timeout(PATIENCE_S):
            while self.agent.view.page not in _OVER:
                await self.agent.changed()
        return self.agent.view

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                if self.agent.view.page in _OVER:
                    raise Gone(self.agent.view.page)
                await self.agent.changed()


@asynccontextmanager
async def television(site: Site, folder: Path) -> AsyncIterator[Tv]:
    """A set that left the factory believing this server's badges."""
    clock, device = SystemClock(), FakeDevice()
    provision(folder, site.settings)
    memory = load_memory(folder / "device-state.json", clock.now_ms())
    kit = Kit(
        key=load_or_make_key(folder / "device.key"),
        trust=load_trust(folder, clock, marks=memory.signed, mark=memory.mark_signed),
        memory=memory,
        device=device,
        clock=clock,
        dial=dial,
    )
    agent = Agent(kit)
    running = asyncio.create_task(agent.run())
    await asyncio.sleep(0)  # the agent takes keys once its task has begun
    try:
        yield Tv(agent, device)
    finally:
        await agent.close()
        async with asyncio.timeout(PATIENCE_S):
            await running


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer without what the clock put in."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def facts(self) -> Any:
        return json.loads(self.body)


class Desk:
    """A technician at a console."""

    def __init__(self, site: Site, http: aiohttp.ClientSession) -> None:
        self._site = site
        self._http = http
        self._headers: dict[str, str] = {}
        self._technician: Technician | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._twin: ConsoleTwin | None = None
        self._news = asyncio.Condition()
        self._is_gone = False
        self.sent: dict[str, RemoteKey] = {}
        self.reason: EndReason | None = None

    @property
    def actions(self) -> int:
        """How many records of commands arrived and were found right."""
        return sum(isinstance(record, ActionRecord) for record in self.twin.records)

    @property
    def twin(self) -> ConsoleTwin:
        assert self._twin is not None
        return self._twin

    async def sign_in(self) -> None:
        """Sign in and obtain a badge for a fresh key, as the browser does."""
        signed_in = await self._call("POST", "/v1/sign-in", {"login": LOGIN, "password": PASSWORD})
        self._headers = {"Authorization": f"Bearer {signed_in.facts['token']}"}
        asked = (await self._call("POST", "/v1/badge-challenges")).facts
        key = Ed25519PrivateKey.generate()
        proof = key.sign(badge_challenge_message(asked["issuer"], unb64(asked["challenge"])))
        public = b64(key.public_key().public_bytes_raw())
        wish = {"key": public, "challenge": asked["challenge"], "sig": b64(proof)}
        jws = (await self._call("POST", "/v1/badges", wish)).facts["badge"]
        kid = json.loads(unb64(jws.partition(".")[0]))["kid"]
        self._technician = Technician(jws, kid, key)

    async def redeem(self, locator: str) -> Answer:
        assert self._technician is not None
        badge = sha256_b64(self._technician.jws.encode())
        return await self._call("POST", "/v1/sessions", {"locator": locator, "badge": badge})

    async def sessions(self) -> list[dict[str, Any]]:
        """The technician's own list."""
        listed: list[dict[str, Any]] = (await self._call("GET", "/v1/sessions")).facts["sessions"]
        return listed

    async def connect(self, code: str, tasks: asyncio.TaskGroup) -> None:
        """Redeem the code and agree on keys; returns when the consent is on record."""
        opened = await self.redeem(split(code)[0])
        assert opened.status == 201, opened.body
        assert self._technician is not None
        self._twin = ConsoleTwin(
            code=code,
            hello_d=unb64(opened.facts["hello"]),
            rs=unb64(opened.facts["rs"]),
            origin=self._site.origin,
            technician=self._technician,
        )
        await self._join(opened.facts["node"], opened.facts["ticket"])
        tasks.create_task(self._listen())
        await self._say(self._twin.pake_a())

    async def active(self) -> None:
        """Until the customer's yes is on record; then the first picture is asked for and waited for."""
        await self.until(lambda: any(isinstance(record, ConsentRecord) for record in self.twin.records))
        await self._say(self.twin.decode(Codec.JPEG))
        await self.until(lambda: bool(self.twin.pictures))

    async def press(self, *keys: RemoteKey) -> None:
        """Send these keys without waiting between them, then wait for what the device says it did."""
        due = self.actions + len(keys)
        for key in keys:
            frame = self.twin.press(key)
            self.sent[sha256_b64(frame)] = key
            await self._say(frame)
        await self.until(lambda: self.actions == due)

    async def leave(self) -> None:
        await self._say(self.twin.close())
        await self.ended()

    async def ended(self) -> EndReason:
        """The relay's last word."""
        await self.until(lambda: self.reason is not None)
        assert self.reason is not None
        return self.reason

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: holds() or self._is_gone)
        if not holds():
            raise Gone

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def _join(self, node: str, ticket: str) -> None:
        try:
            self._socket = await self._http.ws_connect(
                node,
                protocols=("alongside.console.1", f"ticket.{ticket}"),
                headers={"Origin": self._site.console_origin},
                max_msg_size=2**21,
            )
        except (aiohttp.ClientError, ConnectionError):
            raise Gone from None

    async def _listen(self) -> None:
        assert self._socket is not None
        try:
            async for message in self._socket:
                await self._take(message)
                async with self._news:
                    self._news.notify_all()
        except Gone:
            pass  # noted below, for whoever waits
        finally:
            self._is_gone = True
            async with self._news:
                self._news.notify_all()

    async def _take(self, message: aiohttp.WSMessage) -> None:
        if message.type is WSMsgType.ERROR:
            raise Gone
        if message.type is WSMsgType.BINARY:
            before = self.twin.newest_ping
            self.twin.receive(message.data)
            if self.twin.newest_ping > before:
                await self._say(self.twin.pong())
            return
        match messages.decode_for_console(message.data):
            case messages.PakeB() as answer:
                await self._say(self.twin.pake_confirm(answer))
                await self._say(self.twin.auth())
            case messages.RecordMsg(rec=rec):
                self.twin.record(rec)
            case messages.Ended(reason=reason):
                self.reason = reason
            case messages.ErrorMsg(code=code):
                raise AssertionError(code)

    async def _say(self, data: str | bytes) -> None:
        assert self._socket is not None
        try:
            await (self._socket.send_str(data) if isinstance(data, str) else self._socket.send_bytes(data))
        except (aiohttp.ClientError, ConnectionError):
            raise Gone from None

    async def _call(self, method: str, path: str, body: dict[str, str] | None = None) -> Answer:
        try:
            async with self._http.request(
                method, self._site.origin + path, json=body, headers=self._headers
            ) as said:
                headers = {name: value for name, value in said.headers.items() if name != "Date"}
                return Answer(said.status, headers, await said.text())
        except (aiohttp.ClientError, ConnectionError):
            raise Gone from None


@asynccontextmanager
async def technician(site: Site) -> AsyncIterator[Desk]:
    """Signed in, with a badge."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE_S)) as http:
        desk = Desk(site, http)
        await desk.sign_in()
        try:
            yield desk
        finally:
            await desk.close()
