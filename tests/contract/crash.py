"""A storage that dies at step n and stays dead, so that what a killed process leaves behind can be tested."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server.storage.engine import Database


# Every write of the product, by the name it gives the storage. A test dies at its begin, at all statements
# and on both sides of its commit; `test_every_step.py` finds a write that is in none of these.
STEPS_OF_A_SESSION: Final = frozenset(
    {"issue", "redeem", "join", "paired", "consent", "command", "action", "hide", "end"}
)
STEPS_OF_CODES: Final = frozenset(
    {"issue", "show", "refuse", "close", "redeem", "claim", "forget_codes", "forget_memories"}
)
STEPS_OF_A_START: Final = frozenset({"recover_pins", "recover", "note"})
STEPS_OF_A_RESTORE: Final = frozenset({"restored", "revoke_key"})
STEPS_OF_KEYS: Final = frozenset({"revoke_key", "status_sign"})
STEPS_OF_ENROLMENT: Final = frozenset({"enrol_offer", "enrol", "enrol_void", "enrol_forget"})
STEPS_OF_DEVICE_SIGN_IN: Final = frozenset(
    {
        "device_request",
        "device_sign_in_ask",
        "device_sign_in_look",
        "device_sign_in_decide",
        "device_sign_in_poll",
        "device_sign_ins_void",
        "device_sign_ins_forget",
        "device_sign_out",
        "device_token_refuse",
        "device_customer_forget",
    }
)
STEPS_OF_ACCOUNTS: Final = frozenset(
    {
        "add_account",
        "sign_in_count",
        "sign_in_refuse",
        "sign_in_undo",
        "sign_in_admit",
        "badge_challenge",
        "badge_issue",
        "sign_out",
        "sign_in_link",
        "set_password",
        "revoke_badges",
        "disable_account",
        "forget_identity",
    }
)

STEPS_OF_CUSTOMERS: Final = frozenset(
    {
        "customer_sign_up",
        "customer_ask_verification",
        "customer_verify",
        "customer_count",
        "customer_undo",
        "customer_refuse",
        "customer_admit",
        "customer_forgive",
        "customer_seen",
        "customer_recovery",
        "customer_recover",
        "customer_password",
        "customer_details",
        "customer_sign_out",
        "customer_sign_out_all",
        "passkey_challenge",
        "passkey_answer",
        "passkey_add",
        "passkey_sign_in_challenge",
        "passkey_admit",
        "passkey_remove",
        "forget_customers",
    }
)
STEPS_OF_THE_DESK: Final = frozenset(
    {
        "import",
        "pace",
        "begin_draft",
        "choose_model",
        "register",
        "scan",
        "paired",
        "dismiss",
        "upgrade",
        "cancel_upgrade",
        "device_online",
        "offer_transfer",
        "take_back_transfer",
        "accept_transfer",
        "release",
        "erase_customer",
        "tidy_desk",
    }
)
STEPS_OF_CARDS: Final = frozenset({"device_card"})
STEPS_OF_ERASING: Final = frozenset({"erase_customer", "erase_account"})
STEPS_OF_MAILS: Final = frozenset({"mail_claim", "mail_settle", "mail_forget"})


class Died(SQLAlchemyError):  # noqa: N818 - the store's end, not a fault of its user
    pass


class MortalStorage:
    """Counts begins, statements, and both sides of each commit, of writes alone."""

    def __init__(self, database: Database, *, dies_at: int) -> None:
        self._database = database
        self._left = dies_at
        self.dead = asyncio.Event()
        self.steps: list[str] = []

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        if self.dead.is_set():
            raise Died
        return self._database.read()

    def change(self) -> None:
        """Not known: each look is a read."""

    @asynccontextmanager
    async def write(self, step: str) -> AsyncIterator[AsyncConnection]:
        self._step(f"{step}: begin")
        async with self._database.write(step) as conn:
            yield cast("AsyncConnection", _Mortal(conn, self, step))
            self._step(f"{step}: before commit")
        self._step(f"{step}: committed")

    async def write_at_once(self, step: str, work: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        async with self.write(step) as conn:
            await work(conn)

    def _step(self, name: str) -> None:
        if self.dead.is_set():
            raise Died
        self.steps.append(name)
        self._left -= 1
        if self._left == 0:
            self.dead.set()
            raise Died


class _Mortal:
    def __init__(self, conn: AsyncConnection, storage: MortalStorage, step: str) -> None:
        self._conn = conn
        self._storage = storage
        self._name = step

    async def execute(self, statement: Any, *values: Any) -> Any:
        self._storage._step(f"{self._name}: statement")
        return await self._conn.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._conn, name)


class ForgetfulStorage(MortalStorage):
    """Dies only after a commit: the write was kept, and nobody was told."""

    def _step(self, name: str) -> None:
        if name.endswith("committed"):
            super()._step(name)


class WatchedStorage:
    """Remembers the names of its writes, and the statements of each of its reads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.writes: list[str] = []
        self.reads: list[tuple[str, ...]] = []

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with self._database.read() as conn:
            told = _Told(conn)
            yield cast("AsyncConnection", told)
            self.reads.append(tuple(told.statements))

    def change(self) -> None:
        """Not known: each look is a read."""

    def write(self, step: str) -> AbstractAsyncContextManager[AsyncConnection]:
        self.writes.append(step)
        return self._database.write(step)


class _Told:
    def __init__(self, conn: AsyncConnection) -> None:
        self._conn = conn
        self.statements: list[str] = []

    async def execute(self, statement: Any, *values: Any) -> Any:
        self.statements.append(str(statement))
        return await self._conn.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._conn, name)


class HeldStorage:
    """Holds the commit of one step back until the test lets it go."""

    def __init__(self, database: Database, step: str) -> None:
        self._database = database
        self._step = step
        self.reached = asyncio.Event()
        self.let_go = asyncio.Event()

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._database.read()

    def change(self) -> None:
        """Not known: each look is a read."""

    @asynccontextmanager
    async def write(self, step: str) -> AsyncIterator[AsyncConnection]:
        async with self._database.write(step) as conn:
            yield conn
            if step == self._step:
                self.reached.set()
                await self.let_go.wait()

    async def write_at_once(self, step: str, work: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        async with self.write(step) as conn:
            await work(conn)
