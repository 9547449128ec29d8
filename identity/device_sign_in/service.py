"""Signing in on a television (RFC 8628): codes for devices, the customer's yes or no, the token."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from identity import store as identity_store
from identity.device_sign_in import store
from identity.device_sign_in.machine import Answer, Event, State, asked
from identity.device_sign_in.rules import (
    ALPHABET,
    CODE_CHARACTERS,
    CODE_LIFE_MS,
    CODE_LIFE_S,
    CUSTOMER_LIMIT,
    DEVICE_LIMIT,
    INTERVAL_S,
    SOURCE_LIMIT,
    TOKEN_LIFE_MS,
    TOKEN_LIFE_S,
    read_user_code,
    shown,
)
from identity.device_sign_in.store import SignIn
from identity.ports import NOBODY, record
from identity.rules import Limit, Tries, one_more, wait_ms
from wire.encoding import b64, lv, sha256_b64

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from identity.device_requests.service import ProvenDevice
    from identity.ports import Append, Clock, Storage

SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Offered:
    """What a device shows and asks with (RFC 8628 §3.2); nothing of it is kept as it is."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int = CODE_LIFE_S
    interval: int = INTERVAL_S


@dataclass(frozen=True, slots=True)
class Token:
    """Good for half an hour, for registering, together with this very device's credential."""

    access_token: str
    expires_in: int = TOKEN_LIFE_S


@dataclass(frozen=True, slots=True)
class NoToken:
    """Why not, or not yet."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Later:
    """Too many tries; the right code has to wait as well."""

    wait_ms: int


@dataclass(frozen=True, slots=True)
class NotOpen:
    """Never given, over, decided or mistyped: the caller is told no more than this (INV-A5)."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A television of this model has asked, at that time (ms), and waits for so many seconds more."""

    model: str
    asked_at: int
    seconds_left: int


@dataclass(frozen=True, slots=True)
class Decided:
    """The television hears it within seconds."""

    allowed: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who allowed the device that asks."""

    customer: str


class DeviceSignIns:
    """`origin` is that of the customers' pages; `salt` keys the hashes in the tables."""

    def __init__(self, *, storage: Storage, clock: Clock, append: Append, salt: bytes, origin: str) -> None:
        self._storage = storage
        self._clock = clock
        self._append = append
        self._salt = salt
        self._origin = origin

    async def recover(self) -> None:
        """At a start all is over: the database may be a backup from before its use (INV-E5)."""
        async with self._storage.write("device_sign_ins_void") as conn:
            await store.expire(conn, sa.true())
            await store.drop_all_tokens(conn)

    async def forget(self) -> None:
        """Erases what has outlived its use (INV-H5)."""
        async with self._storage.write("device_sign_ins_forget") as conn:
            await store.purge(conn, self._clock.now_ms())

    async def forget_customer(self, customer: str) -> None:
        """After sign-out everywhere, another password, or erasure: no device acts for them any more."""
        async with self._storage.write("device_customer_forget") as conn:
            await store.forget_customer(conn, customer)

    # The device's side

    async def authorize(self, device: ProvenDevice) -> Offered | Later:
        """A fresh code; the one this device had before is over."""
        now, mine = self._clock.now_ms(), self._named_device(device)
        device_code = b64(secrets.token_bytes(SECRET_BYTES))
        async with self._storage.write("device_sign_in_ask") as conn:
            key = self._named("asking device", device.dev)
            tries = (await identity_store.hold_tries(conn, [key], now))[key]
            if wait := wait_ms(tries, DEVICE_LIMIT, now):
                return Later(wait)
            await identity_store.put_tries(conn, key, one_more(tries, DEVICE_LIMIT, now))
            await store.purge(conn, now)
            await store.expire(conn, store.device_sign_in.c.device == mine)
            new = SignIn(
                device=mine,
                model=device.model,
                chain=secrets.token_hex(16),
                state=State.PENDING,
                customer=None,
                asked_at=now,
                expires_at=now + CODE_LIFE_MS,
                interval_s=INTERVAL_S,
                polled_at=None,
            )
            user_code = await self._add(conn, device_code, new)
            await self._append(
                conn, sess=new.chain, typ="device_sign_in.asked", role="device", pid="device", d={}
            )
        uri = f"{self._origin}/tv"
        return Offered(device_code, shown(user_code), uri, f"{uri}?code={shown(user_code)}")

    async def _add(self, conn: AsyncConnection, device_code: str, new: SignIn) -> str:
        while True:
            code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARACTERS))
            if await store.add(conn, _hash(device_code), self._named("user code", code), new):
                return code

    async def poll(self, device: ProvenDevice, device_code: str) -> Token | NoToken:
        """What became of the question; one yes is one token, whoever asks how often at once."""
        now, name, mine = self._clock.now_ms(), _hash(device_code), self._named_device(device)
        async with self._storage.write("device_sign_in_poll") as conn:
            found = await store.held(conn, name)
            if found is None:
                return NoToken(Answer.SPENT)
            if found.device != mine:
                await self._refuse(conn, found.chain)
                return NoToken(Answer.SPENT)
            said = asked(
                found.state,
                now=now,
                expires_at=found.expires_at,
                polled_at=found.polled_at,
                interval_s=found.interval_s,
            )
            if said.answer is not Answer.TOKEN:
                await store.note_poll(conn, name, at=now, interval_s=said.interval_s)
                return NoToken(said.answer)
            return await self._token(conn, name, found, now)

    async def _token(self, conn: AsyncConnection, name: str, found: SignIn, now: int) -> Token | NoToken:
        customer = await store.redeem(conn, name, now=now)
        if customer is None:
            return NoToken(Answer.SPENT)
        token = b64(secrets.token_bytes(SECRET_BYTES))
        await store.add_token(
            conn,
            _hash(token),
            device=found.device,
            customer=customer,
            chain=found.chain,
            expires_at=now + TOKEN_LIFE_MS,
        )
        await self._append(
            conn, sess=found.chain, typ="device_sign_in.done", role="device", pid="device", d={}
        )
        return Token(token)

    async def signed_in(self, device: ProvenDevice, token: str) -> SignedIn | None:
        """Who is signed in with this token on this very device; from another it is worth nothing."""
        async with self._storage.read() as conn:
            row = await store.token(conn, _hash(token), self._clock.now_ms())
        if row is None:
            return None
        if not hmac.compare_digest(row.device, self._named_device(device)):
            async with self._storage.write("device_token_refuse") as conn:
                await self._refuse(conn, row.chain)
            return None
        return SignedIn(row.customer)

    async def sign_out(self, device: ProvenDevice, token: str) -> None:
        """Close: the token is over (RFC 7009: also one that was over already)."""
        async with self._storage.write("device_sign_out") as conn:
            await store.drop_token(conn, _hash(token), device=self._named_device(device))

    # The customer's side

    async def look_up(self, *, user_code: str, customer: str, source: str) -> Waiting | NotOpen | Later:
        """Which television asks with this code, for a signed-in customer who typed or scanned it."""
        now = self._clock.now_ms()
        async with self._storage.write("device_sign_in_look") as conn:
            found = await self._found(conn, user_code, customer, source, now)
            if not isinstance(found, SignIn):
                return found
            if found.state is not State.PENDING:
                return NotOpen()
            return Waiting(found.model, found.asked_at, (found.expires_at - now) // 1_000)

    async def decide(
        self, *, user_code: str, customer: str, allow: bool, source: str
    ) -> Decided | NotOpen | Later:
        """The customer's yes or no, once; the same answer again is answered the same (INV-E3)."""
        now = self._clock.now_ms()
        event = Event.APPROVE if allow else Event.DENY
        async with self._storage.write("device_sign_in_decide") as conn:
            found = await self._found(conn, user_code, customer, source, now)
            if not isinstance(found, SignIn):
                return found
            name = self._named("user code", read_user_code(user_code) or "")
            if not await store.decide(conn, name, event, customer=customer, now=now):
                said = {State.APPROVED: True, State.USED: True, State.DENIED: False}.get(found.state)
                return Decided(allow) if found.customer == customer and said is allow else NotOpen()
            await self._append(
                conn,
                sess=found.chain,
                typ="device_sign_in.decided",
                role="customer",
                pid=customer,
                d={"answer": "allowed" if allow else "denied"},
            )
        return Decided(allow)

    async def _found(
        self, conn: AsyncConnection, typed: str, customer: str, source: str, now: int
    ) -> SignIn | NotOpen | Later:
        """The sign-in of a code that is open or is this customer's own; every other one is a miss."""
        code = read_user_code(typed)
        if code is None:
            return NotOpen()  # no code looks like this: a slip, and no guess
        limits = {
            self._named("guessing customer", customer): CUSTOMER_LIMIT,
            self._named("guessing source", source): SOURCE_LIMIT,
        }
        tries = await identity_store.hold_tries(conn, [*limits], now)
        waits = {key: wait_ms(tries[key], limit, now) for key, limit in limits.items()}
        longest = max(waits, key=lambda key: waits[key])
        if waits[longest]:
            await self._tell_wait(conn, longest, tries[longest], customer)
            return Later(waits[longest])
        found = await store.of_user_code(conn, self._named("user code", code))
        is_theirs = found is not None and found.customer == customer
        is_open = found is not None and found.state is State.PENDING
        if found is None or now >= found.expires_at or not (is_open or is_theirs):
            await _count(conn, limits, tries, now)
            return NotOpen()
        return found

    async def _tell_wait(self, conn: AsyncConnection, key: str, tries: Tries, customer: str) -> None:
        """Once for each wait: guessing shows in the record, and cannot fill it (INV-F2)."""
        if tries.told:
            return
        await identity_store.put_tries(conn, key, replace(tries, told=True))
        facts: dict[str, object] = {"why": "waiting"}
        await record(self._append, conn, "device_sign_in.refused", role="customer", pid=customer, d=facts)

    async def _refuse(self, conn: AsyncConnection, chain: str) -> None:
        """In the chain of the sign-in: somebody else's device came with what was given to one."""
        facts: dict[str, object] = {"why": "other_device"}
        await self._append(conn, sess=chain, typ="device_sign_in.refused", role=NOBODY, pid=NOBODY, d=facts)

    def _named_device(self, device: ProvenDevice) -> str:
        """By key and unit: a device that became another unit is another one."""
        return self._named("device", lv(device.dev, device.unit))

    def _named(self, kind: str, value: str | bytes) -> str:
        return b64(hmac.digest(self._salt, b"ra1/device-sign-in\0" + lv(kind, value), hashlib.sha256))


async def _count(
    conn: AsyncConnection, limits: Mapping[str, Limit], tries: Mapping[str, Tries], now: int
) -> None:
    for key, limit in limits.items():
        await identity_store.put_tries(conn, key, one_more(tries[key], limit, now))


def _hash(secret: str) -> str:
    return sha256_b64(secret.encode("utf-8", "surrogatepass"))
