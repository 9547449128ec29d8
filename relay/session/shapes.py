"""What the sessions are made with and what they hand out; relay/session/service.py uses all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from relay.session.facts import Limits
from relay.session.shown_desk import ShownPins
from wire.limits import LIVE_CODES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from relay.ports import Full, Issued, NotOpen, Redeemed, Run, TooMany


class Pins(ShownPins, Protocol):
    """The codes (relay/pin/service.py)."""

    async def issue(self, *, dev: str, fw: str, drawn: Callable[[str], None]) -> Issued | TooMany | Full: ...

    async def redeem(
        self,
        *,
        locator: str,
        account: str,
        badge: str,
        source: str,
        open_session: Callable[[AsyncConnection, Redeemed], Awaitable[None]],
    ) -> Redeemed | NotOpen | TooMany: ...

    async def note_refusal(self, account: str, why: str) -> TooMany | None: ...

    async def close(self, codes: Mapping[str, str]) -> int: ...

    async def run_ended(self, conn: AsyncConnection, *, session: str, account: str, run: Run) -> None: ...

    async def recover(self) -> int: ...


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """`node` names this process over restarts, `console_url` is where consoles find its sockets.

    `consoles_elsewhere` are those of `console_origins` that others than this relay's operator serve.
    """

    node: str
    origin: str
    console_url: str
    console_origins: frozenset[str]
    consoles_elsewhere: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)
    sockets: int = 2 * LIVE_CODES


@dataclass(frozen=True, slots=True)
class Opened:
    """What the technician's console needs to join (SPEC §5.2)."""

    session: str
    ticket: str
    node: str
    rs: bytes
    hello: bytes
