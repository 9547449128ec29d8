"""Accounts, sign-in and access tokens: load, judge by `rules`, record, store."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from identity import revocation_store, store
from identity.passwords import TooBusy
from identity.ports import NOBODY, record
from identity.rules import (
    BADGE_SPARE_MS,
    TOKEN_LIFE_MS,
    TOKENS_PER_ACCOUNT,
    Fault,
    Role,
    account_fault,
    normal_login,
    password_fault,
)
from identity.store import Account
from wire.encoding import b64, sha256_b64

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from identity.passwords import Passwords
    from identity.ports import Append, Clock, Storage
    from identity.throttle import Keys, Throttle

SECRET_BYTES: Final = 32
# Looked up in place of text that no account can have, so that the database never sees that text.
NO_LOGIN: Final = "-"


@dataclass(frozen=True, slots=True)
class SignedIn:
    token: str
    expires_at: int
    account: Account


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """Unknown, wrong and disabled look the same (INV-A5)."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Too many tries; `seconds` until the next may come."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Busy:
    """More sign-ins at once than the machine takes on."""


SignInAnswer = SignedIn | SignInRefused | Waiting | Busy


class IdentityService:
    """Who is who. Passwords and secrets come in and are kept as hashes; nothing here logs them."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        append: Append,
        passwords: Passwords,
        throttle: Throttle,
        revoked: Callable[[str], Awaitable[None]],
        sign_in_links: Mapping[str, str],
        languages: Collection[str],
    ) -> None:
        """`revoked` ends an account's live sessions; `sign_in_links` maps a token's SHA-256 to a login."""
        self._storage = storage
        self._clock = clock
        self._append = append
        self._passwords = passwords
        self._throttle = throttle
        self._revoked = revoked
        self._links = dict(sign_in_links)
        self._languages = languages
        self._all_in: tuple[object, frozenset[str]] | None = None  # the store, and who was signed in then

    @property
    def has_links(self) -> bool:
        return bool(self._links)

    async def add_account(
        self, *, login: str, password: str, name: str, org: str, role: Role, language: str
    ) -> Account | Fault | None:
        """The new account, why it cannot be made, or None when the login is taken."""
        fault = account_fault(
            login=login, password=password, name=name, org=org, language=language, languages=self._languages
        )
        normal = normal_login(login)
        if fault is not None or normal is None:
            return fault
        new = Account(
            id=secrets.token_hex(16), login=normal, name=name, org=org, role=role, language=language
        )
        password_hash = await self._passwords.hash(password)
        async with self._storage.write("add_account") as conn:
            if not await store.add_account(conn, new, password_hash=password_hash, now=self._clock.now_ms()):
                return None
            await record(
                self._append, conn, "account.added", role="operator", pid=new.id, d={"role": role.value}
            )
        return new

    async def accounts(self) -> list[Account]:
        async with self._storage.read() as conn:
            return await store.all_accounts(conn)

    async def set_password(self, login: str, password: str) -> bool | Fault:
        """Signs the account out everywhere; False when there is no such account."""
        fault = password_fault(password, login)
        if fault is not None:
            return fault
        password_hash = await self._passwords.hash(password)
        async with self._storage.write("set_password") as conn:
            found = await store.credential(conn, login)
            if found is None:
                return False
            await store.set_password_hash(conn, found.account.id, password_hash)
            await self._shut_out(conn, found.account.id, "password")
            await self._by_operator(conn, "account.password_set", found.account.id)
        await self._revoked(found.account.id)
        return True

    async def disable_account(self, login: str) -> bool:
        """Takes every token and badge back and ends live sessions; False when there was none to disable."""
        async with self._storage.write("disable_account") as conn:
            account_id = await store.disable(conn, login, self._clock.now_ms())
            if account_id is None:
                return False
            await self._shut_out(conn, account_id, "disabled")
            await self._by_operator(conn, "account.disabled", account_id)
        await self._revoked(account_id)
        return True

    async def revoke_badges(self, login: str) -> int | None:
        """How many badges that still counted were taken back; None where there is no such account."""
        async with self._storage.write("revoke_badges") as conn:
            found = await store.credential(conn, login)
            if found is None:
                return None
            count = await self._shut_out(conn, found.account.id, "operator")
            facts: dict[str, object] = {"badges": count}
            await record(self._append, conn, "badge.revoked", role="operator", pid=found.account.id, d=facts)
        await self._revoked(found.account.id)
        return count

    async def _shut_out(self, conn: AsyncConnection, account_id: str, why: str) -> int:
        """No token, no badge: here at once, at every device with the next list of what is revoked."""
        await store.forget_tokens(conn, account_id)
        return await self._take_badges_back(conn, store.badge.c.account == account_id, why)

    async def _take_badges_back(self, conn: AsyncConnection, which: ColumnElement[bool], why: str) -> int:
        return await revocation_store.revoke_badges(
            conn, which, why=why, now=self._clock.now_ms(), spare_ms=BADGE_SPARE_MS
        )

    async def _by_operator(self, conn: AsyncConnection, typ: str, account_id: str) -> None:
        """Who may act for whom is changed at the command line alone, and on record (INV-D3)."""
        await record(self._append, conn, typ, role="operator", pid=account_id, d={})

    async def forget(self) -> None:
        """Erases what has outlived its use, also where nobody signs in any more (INV-H5)."""
        async with self._storage.write("forget_identity") as conn:
            await store.purge(conn, self._clock.now_ms())

    async def sign_in(self, *, login: str, password: str, source: str) -> SignInAnswer:
        """A token, or one refusal for every reason."""
        name = normal_login(login)
        keys = self._throttle.keys(login=name or login, source=source)
        wait_ms = await self._count(keys)
        if wait_ms:
            return Waiting(-(-wait_ms // 1_000))
        async with self._storage.read() as conn:
            found = await store.credential(conn, name or NO_LOGIN)
        try:
            right = await self._passwords.check(found.password_hash if found else None, password)
        except TooBusy:
            async with self._storage.write("sign_in_undo") as conn:
                await self._throttle.give_back(conn, keys)
            return Busy()
        if found is None or not right or found.account.disabled:
            return await self._refuse(found, right=right)
        return await self._admit(found, keys, password)

    async def _count(self, keys: Keys) -> int:
        now = self._clock.now_ms()
        async with self._storage.read() as conn:
            wait = await self._throttle.look(conn, keys, now)
        if wait is not None and wait.told:
            return wait.ms
        async with self._storage.write("sign_in_count") as conn:
            wait = await self._throttle.take(conn, keys, now)
            if wait is None:
                return 0
            if not wait.told:
                await record(
                    self._append,
                    conn,
                    "account.sign_in_refused",
                    role=NOBODY,
                    pid=NOBODY,
                    d={"why": "waiting"},
                )
        return wait.ms

    async def _refuse(self, found: store.Credential | None, *, right: bool) -> SignInRefused:
        why = "unknown" if found is None else "disabled" if right else "wrong"
        pid = NOBODY if found is None else found.account.id
        async with self._storage.write("sign_in_refuse") as conn:
            await record(self._append, conn, "account.sign_in_refused", role=NOBODY, pid=pid, d={"why": why})
        return SignInRefused()

    async def _admit(self, found: store.Credential, keys: Keys, password: str) -> SignedIn:
        renewed = None
        if self._passwords.is_dated(found.password_hash):
            renewed = await self._passwords.hash(password)
        async with self._storage.write("sign_in_admit") as conn:
            await self._throttle.forgive(conn, keys, self._clock.now_ms())
            if renewed is not None:
                await store.set_password_hash(conn, found.account.id, renewed)
            return await self._add_token(conn, found.account, by="password")

    async def sign_in_link(self, token: str) -> SignedIn | SignInRefused:
        """For the demo's printed link; a server without links refuses every token."""
        login = self._links.get(sha256_b64(token.encode("utf-8")))
        async with self._storage.write("sign_in_link") as conn:
            found = None if login is None else await store.credential(conn, login)
            if found is None or found.account.disabled:
                await record(
                    self._append, conn, "account.sign_in_refused", role=NOBODY, pid=NOBODY, d={"why": "link"}
                )
                return SignInRefused()
            return await self._add_token(conn, found.account, by="link")

    async def _add_token(self, conn: AsyncConnection, account: Account, *, by: str) -> SignedIn:
        now = self._clock.now_ms()
        token = b64(secrets.token_bytes(SECRET_BYTES))
        await store.purge(conn, now)
        await store.add_token(
            conn,
            sha256_b64(token.encode("ascii")),
            account_id=account.id,
            now=now,
            expires_at=now + TOKEN_LIFE_MS,
            most=TOKENS_PER_ACCOUNT,
        )
        await record(
            self._append, conn, "account.signed_in", role=account.role.value, pid=account.id, d={"by": by}
        )
        return SignedIn(token=token, expires_at=now + TOKEN_LIFE_MS, account=account)

    async def sign_out(self, token: str) -> None:
        """Ends the token, the badges asked for with it and the account's live sessions (INV-G4)."""
        token_hash = sha256_b64(token.encode("utf-8"))
        async with self._storage.write("sign_out") as conn:
            account_id = await store.take_token(conn, token_hash)
            account = None if account_id is None else await store.account_by_id(conn, account_id)
            if account is None:
                return
            await self._take_badges_back(conn, store.badge.c.token == token_hash, "signed_out")
            role = account.role.value
            await record(self._append, conn, "account.signed_out", role=role, pid=account.id, d={})
        await self._revoked(account.id)

    async def account_for_token(self, token: str) -> Account | None:
        async with self._storage.read() as conn:
            token_hash = sha256_b64(token.encode("utf-8"))
            return await store.account_of_token(conn, token_hash, self._clock.now_ms())

    async def signed_out_among(self, account_ids: Collection[str]) -> list[str]:
        """Those of these accounts that are disabled or signed out by now, by whichever process."""
        if not account_ids:
            return []
        change = self._storage.change()
        asked = None if change is None else (change, frozenset(account_ids))
        if asked is not None and asked == self._all_in:
            return []
        async with self._storage.read() as conn:
            found = await store.signed_out_among(conn, account_ids)
        self._all_in = None if found else asked
        return found
