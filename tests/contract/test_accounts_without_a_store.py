"""Accounts, sign-in and badges on a store that dies at every step there is, on both databases.

Each round plays one account's whole life until the store dies. Then, on the store as it was left: what was
answered holds, what was not answered is whole or not there, and the record tells what the tables hold.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from identity import store
from identity.badges import IssuedBadge
from identity.rules import Role
from identity.service import Busy, SignedIn, SignInRefused
from relay.audit.service import AuditService
from relay.audit.store import audit_head, audit_leaf
from tests.contract.crash import STEPS_OF_ACCOUNTS, MortalStorage
from tests.relay.kit import FakeClock
from tests.relay.play import SALT, leaves, unique
from tests.server.conftest import PASSWORD
from tests.server.desk import Desk, open_desk
from wire.encoding import sha256_b64

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.storage.engine import Database

pytestmark = pytest.mark.slow

STRIDE = 1 if os.environ.get("ALONGSIDE_PROVE") else 5
NEW_PASSWORD = "another long and good one"


class Life:
    """One account from its making to its end; `tried` and `done` say how far it came."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.login = f"somebody-{unique(4).hex()}"
        self.source = unique(4).hex()
        self.tried: set[str] = set()
        self.done: set[str] = set()
        self.tokens: dict[str, str] = {}
        self.badge = ""

    async def play(self) -> None:
        identity, desk = self.desk.identity, self.desk
        with self._step("add"):
            made = await identity.add_account(
                login=self.login, password=PASSWORD, name="N", org="O", role=Role.TECHNICIAN, language="en"
            )
            assert made
        with self._step("wrong"):
            assert await self.sign_in("wrong") == SignInRefused()
        with self._step("busy"):
            await self._too_busy()
        for name in ("first", "second"):
            with self._step(name):
                signed = await self.sign_in(PASSWORD)
                assert isinstance(signed, SignedIn)
                self.tokens[name], account = signed.token, signed.account
        with self._step("badge"):
            desk.token = self.tokens["first"]
            issued = await desk.ask(account, await desk.badges.challenge(account))
            assert isinstance(issued, IssuedBadge)
            self.badge = sha256_b64(issued.jws.encode())
        with self._step("out"):
            await identity.sign_out(self.tokens["second"])
        with self._step("link"):
            assert isinstance(await identity.sign_in_link("the link"), SignedIn)
        with self._step("password"):
            assert await identity.set_password(self.login, NEW_PASSWORD) is True
        with self._step("revoke"):
            assert await identity.revoke_badges(self.login) is not None
        with self._step("disable"):
            assert await identity.disable_account(self.login)
        with self._step("forget"):
            await identity.forget()

    async def sign_in(self, password: str) -> object:
        return await self.desk.sign_in(self.login, password, source=self.source)

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self.tried.add(name)
        yield
        self.done.add(name)

    async def _too_busy(self) -> None:
        """A try that was counted and never judged is taken back."""
        passwords = self.desk.identity._passwords
        inside, passwords._inside = passwords._inside, 1_000
        try:
            assert await self.sign_in(PASSWORD) == Busy()
        finally:
            passwords._inside = inside


async def test_a_store_that_dies_at_any_step_of_an_account_s_life_loses_nothing_that_was_answered(
    database: Database,
) -> None:
    """INV-A4, INV-E1, INV-E2, INV-G4."""
    desk = await open_desk(database)
    audit = AuditService(storage=database, clock=FakeClock(), random_bytes=unique, salt=SALT)
    desk.identity._append = desk.badges._append = audit.append
    accounts, dies_at, steps = len(await desk.identity.accounts()), STRIDE, set[str]()
    while True:
        storage = MortalStorage(database, dies_at=dies_at)
        desk.identity._storage = desk.badges._storage = storage
        life = Life(desk)
        try:
            await life.play()
        except sa.exc.SQLAlchemyError:
            assert storage.dead.is_set()
        steps |= {name.partition(":")[0] for name in storage.steps}
        desk.identity._storage = desk.badges._storage = database
        await check_record_and_tables_tell_the_same(desk, database, accounts_before=accounts)
        await check_what_was_answered_holds(life)
        if not storage.dead.is_set():
            break
        dies_at += STRIDE
    assert steps == STEPS_OF_ACCOUNTS
    assert dies_at > 60


async def check_what_was_answered_holds(life: Life) -> None:
    """And an answer that never came is one of the two that it could have been."""
    identity, tried, done = life.desk.identity, life.tried, life.done
    known = {account.login: account for account in await identity.accounts()}
    if "add" in done:
        assert life.login in known
    for name, token in life.tokens.items():
        ends = {"password", "revoke", "disable"} | ({"out"} if name == "second" else set())
        found = await identity.account_for_token(token)
        assert ends.isdisjoint(done) or found is None, (name, done)
        assert not ends.isdisjoint(tried) or found == known[life.login], (name, tried)
    if life.badge:
        owner = await life.desk.badges.account_of(life.badge)
        assert done.isdisjoint({"password", "revoke", "disable"}) or owner is None
        assert not tried.isdisjoint({"password", "revoke", "disable"}) or owner == known[life.login].id
    if "wrong" in done and "first" not in tried:
        assert await failures(life) >= 1, "a try that was judged was counted"
    if "disable" in done:
        assert await life.sign_in(NEW_PASSWORD) == SignInRefused()
    elif "password" in done and "disable" not in tried:
        assert await life.sign_in(PASSWORD) == SignInRefused()
        assert isinstance(await life.sign_in(NEW_PASSWORD), SignedIn)
    elif "first" in done and "password" not in tried:
        assert isinstance(await life.sign_in(PASSWORD), SignedIn)


async def failures(life: Life) -> int:
    pair = life.desk.identity._throttle.keys(login=life.login, source=life.source).pair
    async with life.desk.database.read() as conn:
        return (await store.tries(conn, [pair]))[pair].failures


async def check_record_and_tables_tell_the_same(
    desk: Desk, database: Database, *, accounts_before: int
) -> None:
    """INV-E2: nothing is done that is not on record, nothing on record that was not done."""
    async with database.read() as conn:
        size = (await conn.execute(sa.select(audit_head.c.size))).scalar_one()
        places = [
            row.idx for row in await conn.execute(sa.select(audit_leaf.c.idx).order_by(audit_leaf.c.idx))
        ]
        badges = {row.hash for row in await conn.execute(sa.select(store.badge.c.hash))}
    assert places == list(range(size))
    written = await leaves(database)
    accounts = await desk.identity.accounts()
    assert sum(leaf.typ.value == "account.added" for leaf in written) == len(accounts) - accounts_before
    disabled = sum(account.disabled for account in accounts)
    assert sum(leaf.typ.value == "account.disabled" for leaf in written) == disabled
    assert {leaf.d["badge"] for leaf in written if leaf.typ.value == "badge.issued"} == badges
