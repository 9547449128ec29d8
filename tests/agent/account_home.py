"""A living room whose TV knows a service, which is the test's: what it answers and when."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from device_agent.account.machine import State
from device_agent.account.service import Code, NoLine, Registration, Terms, Token, Wait
from device_agent.account.view import Basis, Cover, Right
from device_agent.agent import Agent
from device_agent.panel_view import Item, Page
from tests.agent.house import House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.agent.console_twin import ConsoleTwin
    from wire.commands import RemoteKey

CODE = Code(
    device_code="d" * 43,
    user_code="BCDF-GHJK",
    verification_uri="https://relay.example/tv",
    verification_uri_complete="https://relay.example/tv?code=BCDF-GHJK",
    expires_in=600,
    interval=5,
)
TERMS = Terms(version="terms-3", paragraphs=("One. " * 180, "Two."))
DONE = Registration(
    "Vista 55 Q7",
    (Cover(Right.MAKER, Basis.CALCULATED, "2026-03-15", "2028-03-15"),),
    is_new=True,
    is_verified=True,
)


@dataclass
class FakeService:
    """Answers at once, or raises what it is told to; `said` is the answer to the next questions."""

    said: Token | Wait = Wait.PENDING
    failure: Exception | None = None
    only: str = ""  # the one call that fails, else all of them
    code: Code = CODE
    done: Registration = DONE
    version: str = "terms-3"
    calls: list[tuple[str, ...]] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def authorize(self) -> Code:
        await self._call("authorize")
        return self.code

    async def token(self, device_code: str) -> Token | Wait:
        await self._call("token", device_code)
        return self.said

    async def terms(self, token: str, language: str) -> Terms:
        await self._call("terms", token, language)
        return Terms(version=self.version, paragraphs=TERMS.paragraphs)

    async def register(self, token: str, terms: str, language: str) -> Registration:
        await self._call("register", token, terms, language)
        return self.done

    async def sign_out(self, token: str) -> None:
        await self._call("sign_out", token)

    async def online(self) -> None:
        await self._call("online")

    async def _call(self, *what: str) -> None:
        self.calls.append(what)
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None and self.only in {"", what[0]}:
            raise self.failure

    def made(self, name: str) -> list[tuple[str, ...]]:
        return [call for call in self.calls if call[0] == name]

    def is_away(self) -> None:
        self.failure = NoLine()


class AccountHome(House):
    """The same house, with an account on its TV."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.service = FakeService()
        self.kit = replace(self.kit, service=self.service)
        self.agent = Agent(self.kit)

    @property
    def state(self) -> State:
        return self.agent.view.account.state if self.agent.view.page is Page.ACCOUNT else State.CLOSED

    def at(self, state: State) -> bool:
        return self.state is state

    def focuses(self, item: Item) -> bool:
        return self.agent.view.focus is item

    async def until_state(self, state: State) -> None:
        await self.until(lambda: self.state is state)

    async def pass_time(self, seconds: int) -> None:
        """Second by second, so that whoever sleeps wakes in between."""
        for _ in range(seconds):
            self.clock.advance(1)
            self.agent.tick()
            await self.settle()

    async def show_code(self) -> None:
        self.agent.open_account()
        await self.until_state(State.CODE)

    async def sign_in(self) -> None:
        await self.show_code()
        await self.sign_in_on(self.service.code.interval)

    async def sign_in_on(self, seconds: int = 5) -> None:
        """The customer allows it on their telephone."""
        self.service.said = Token(access_token="t" * 43, expires_in=1_800)
        await self.pass_time(seconds)
        await self.until_state(State.SIGNED_IN)

    async def sign_in_soon(self, twin: ConsoleTwin) -> None:
        """Within the lease of a session that goes on."""
        self.service.code = msgspec.structs.replace(CODE, interval=1)
        await self.sign_in()
        self.beat(twin)
        await self.settle()

    async def pressed_from_afar(self, twin: ConsoleTwin, key: RemoteKey) -> None:
        """A key of the technician's, up to its record."""
        wanted = len(twin.records) + 1
        self.relay.line.give(twin.press(key))
        await self.relay.carry(twin, lambda: len(twin.records) >= wanted)

    def last_page(self) -> int:
        return len(self.agent.view.account.pages) - 1

    async def read_terms(self) -> None:
        """Up to the last page, with its button in focus."""
        self.press("ok")
        await self.until_state(State.READING)
        await self.read_on()

    async def read_on(self) -> None:
        """Page by page to the last."""
        while not self.agent.view.account.is_last_page:
            self.press("ok")


@asynccontextmanager
async def with_account(folder: Path) -> AsyncIterator[AccountHome]:
    home = AccountHome(folder)
    task = asyncio.create_task(home.agent.run())
    await home.settle()
    try:
        yield home
    finally:
        await home.agent.close()
        async with asyncio.timeout(5):
            await task
