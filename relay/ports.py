"""What the relay's features ask of the process around them, and the values they hand to each other.

Features do not import one another; server/app.py connects them through these.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.ext.asyncio import AsyncConnection


class Storage(Protocol):
    """Transactions on the store that owns the truth. Raises SQLAlchemyError when it is away."""

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]: ...

    def write(self, step: str) -> AbstractAsyncContextManager[AsyncConnection]: ...


class LogStorage(Storage, Protocol):
    """The same for the log of the live sessions, which goes before all others."""

    async def write_at_once(self, step: str, work: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        """A transaction of `work`, which awaits nothing but its connection; on disk when this returns."""
        ...


class Clock(Protocol):
    def now_ms(self) -> int:
        """UTC in milliseconds; never goes back."""

    def monotonic(self) -> float:
        """Seconds for measuring deadlines."""


class Append(Protocol):
    """Adds one leaf to the audit log, in the caller's transaction."""

    async def __call__(
        self, conn: AsyncConnection, *, sess: str, typ: str, role: str, pid: str, d: Mapping[str, object]
    ) -> None: ...


class AppendToEach(Protocol):
    """Adds one leaf to each of many sessions' chains, in the caller's transaction."""

    async def __call__(
        self,
        conn: AsyncConnection,
        *,
        typ: str,
        role: str,
        pid: str,
        facts: Mapping[str, Mapping[str, object]],
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Named:
    """A device is this unit, in its maker's own words: the credential as it travels."""

    credential: str


class Enrolling(Protocol):
    """Takes an enrolment code for the device that has proven `key`; None: nobody can sign for it now."""

    async def __call__(self, *, code: str, key: bytes, source: str) -> Named | NotOpen | TooMany | None: ...


CheckSignature = Callable[[bytes, bytes, bytes], bool]
RandomBytes = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Trust:
    """What a device is handed to judge badges by: the signed keyset, and the status list as messages."""

    keyset: bytes
    status: tuple[str, ...]


# None: nothing is signed yet.
NewestTrust = Callable[[], Trust | None]
BadgeAccount = Callable[[str], Awaitable[str | None]]


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a failure of the relay
    """An HTTP request the relay refuses; `slug` names the problem, the process words and sends it."""

    def __init__(self, slug: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(slug)
        self.slug = slug
        self.retry_after_s = retry_after_s


class Run(StrEnum):
    """How a redeemed code's key agreement went, for the limiter (INV-A4)."""

    PAIRED = "paired"
    DROPPED = "dropped"  # the technician took the code and left before the device had answered
    FAILED = (
        "failed"  # the device answered, which shows a guesser whether it guessed right, and nobody paired
    )


@dataclass(frozen=True, slots=True)
class Issued:
    """A live code. `session` is the id its session will have."""

    session: str
    locator: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Redeemed:
    session: str
    locator: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A code that a console shows, redeemed by a device; `account` is the technician's."""

    session: str
    locator: str
    account: str


@dataclass(frozen=True, slots=True)
class NotOpen:
    """Never issued, expired, spent or cancelled: the caller is told no more than this (INV-A5)."""


@dataclass(frozen=True, slots=True)
class TooMany:
    wait_s: int


@dataclass(frozen=True, slots=True)
class Full:
    """As many codes are live as the locator space bears."""
