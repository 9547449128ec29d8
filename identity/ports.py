"""What identity needs around it: a database, a clock, the audit log. `server/app.py` supplies them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.ext.asyncio import AsyncConnection

NOBODY: Final = "nobody"


class Storage(Protocol):
    """`write` is one transaction, durable when it exits; `step` names it for tests that stop there."""

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]: ...

    def write(self, step: str) -> AbstractAsyncContextManager[AsyncConnection]: ...

    def change(self) -> object | None:
        """Another one whenever any process has committed since; None where that is not known."""
        ...


class Clock(Protocol):
    def now_ms(self) -> int: ...


class Append(Protocol):
    """Writes an audit leaf in the caller's transaction."""

    async def __call__(
        self, conn: AsyncConnection, *, sess: str, typ: str, role: str, pid: str, d: dict[str, object]
    ) -> None: ...


class AppendToEach(Protocol):
    """Writes one leaf to each of many chains, in the caller's transaction."""

    async def __call__(
        self,
        conn: AsyncConnection,
        *,
        typ: str,
        role: str,
        pid: str,
        facts: Mapping[str, Mapping[str, object]],
    ) -> None: ...


async def record(
    append: Append, conn: AsyncConnection, typ: str, *, role: str, pid: str, d: dict[str, object]
) -> None:
    """A leaf about an event outside any session: a chain of its own, under a fresh id."""
    await append(conn, sess=secrets.token_hex(16), typ=typ, role=role, pid=pid, d=d)


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a failure
    """An HTTP request that is refused; `slug` names the problem, the process words and sends it.

    `errors` are the fields it is about: `{"pointer": "/email", "hint": "email-form"}`.
    """

    def __init__(
        self, slug: str, *, errors: Sequence[dict[str, object]] = (), retry_after_s: int | None = None
    ) -> None:
        super().__init__(slug)
        self.slug = slug
        self.errors = tuple(errors)
        self.retry_after_s = retry_after_s
