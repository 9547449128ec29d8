"""Enrolment: the maker says which unit a device is, by a code that works for one device (SPEC §5.5)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from identity import enrolment_store, revocation_store, store
from identity.enrolment_store import Offer, Shut
from identity.ports import NOBODY, record
from identity.rules import (
    ENROL_CODE_LIFE_MS,
    ENROL_LIMIT,
    ENROL_TELL_MS,
    Tries,
    is_shown_text,
    one_more,
    wait_ms,
)
from wire import enrolment as enrolments
from wire import jws
from wire.encoding import b64, key_id, lv
from wire.enrol_code import ALPHABET
from wire.enrolment import Enrolment
from wire.limits import ENROL_CODE_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from identity.keyring import Keys
    from identity.ports import Append, AppendToEach, Clock, Storage

_VOID_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Offered:
    """`code` is shown once and kept nowhere; `chain` is where the record tells of it."""

    code: str
    chain: str


@dataclass(frozen=True, slots=True)
class UnitForm:
    """Unit or model is not a text that can be shown."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    credential: str


@dataclass(frozen=True, slots=True)
class EnrolRefused:
    """Never given, over, void or used by another device: the caller is told no more than this (INV-A5)."""


@dataclass(frozen=True, slots=True)
class EnrolLater:
    """Too many codes from there opened nothing."""

    wait_ms: int


@dataclass(frozen=True, slots=True)
class CannotEnrol:
    """This server's enrolment key is revoked: nobody would believe what it signs."""


EnrolAnswer = Enrolled | EnrolRefused | EnrolLater | CannotEnrol


@dataclass(frozen=True, slots=True)
class _Asked:
    """Code and device as the tables name them, and the id of the device's key."""

    code: str
    device: str
    kid: str


class Offers:
    """Gives codes out: at the command line, and the running server takes them. Both hold the same `salt`."""

    def __init__(self, *, storage: Storage, clock: Clock, append: Append, salt: bytes) -> None:
        self._storage = storage
        self._clock = clock
        self._append = append
        self._salt = salt

    async def offer(self, *, unit: str, model: str) -> Offered | UnitForm:
        """A code for whoever stands at this unit; it lives for an hour."""
        if not (is_shown_text(unit) and is_shown_text(model)):
            return UnitForm()
        code = "".join(secrets.choice(ALPHABET) for _ in range(ENROL_CODE_CHARACTERS))
        now, offer = self._clock.now_ms(), Offer(chain=secrets.token_hex(16), unit=unit, model=model)
        async with self._storage.write("enrol_offer") as conn:
            await enrolment_store.purge(conn, now)
            name = _named(self._salt, "code", code)
            await enrolment_store.add(conn, name, offer, expires_at=now + ENROL_CODE_LIFE_MS)
            await self._append(
                conn, sess=offer.chain, typ="enrol.offered", role="operator", pid="operator", d={}
            )
        return Offered(code, offer.chain)


class Enrolments:
    """Takes codes for devices that have proven their key, in the running server."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        append: Append,
        append_to_each: AppendToEach,
        salt: bytes,
        keys: Callable[[], Keys],
    ) -> None:
        """`keys` gives those in use, which a new keyset may change."""
        self._storage = storage
        self._clock = clock
        self._append = append
        self._append_to_each = append_to_each
        self._salt = salt
        self._keys = keys

    async def recover(self) -> None:
        """Every open code is void: the database may be a backup from before its use (INV-E5)."""
        while True:
            async with self._storage.write("enrol_void") as conn:
                chains = await enrolment_store.void_some(conn, self._clock.now_ms(), _VOID_AT_ONCE)
                await self._tell_misses(conn, self._clock.now_ms())
                facts: dict[str, dict[str, object]] = {chain: {} for chain in chains}
                await self._append_to_each(conn, typ="enrol.void", role="relay", pid="relay", facts=facts)
            if len(chains) < _VOID_AT_ONCE:
                return

    async def enrol(self, *, code: str, key: bytes, source: str) -> EnrolAnswer:
        """The credential of the device that has proven `key`, if the code is its own to use."""
        now, keys = self._clock.now_ms(), self._keys()
        place = self._named("enrol source", source)
        asked = _Asked(self._named("code", code), self._named("enrol device", b64(key)), key_id(key))
        async with self._storage.read() as conn:
            answer = await self._look(conn, asked, place, keys, now)
        if answer is not None:
            return answer  # a flood costs no write
        async with self._storage.write("enrol") as conn:
            tries = (await store.hold_tries(conn, [place], now))[place]
            if await revocation_store.is_key_revoked(conn, keys.enroller.kid):
                return CannotEnrol()
            offer = await self._take(conn, asked, keys.enroller.kid, now)
            if isinstance(offer, Shut):
                if wait := wait_ms(tries, ENROL_LIMIT, now):
                    return EnrolLater(wait)
                await store.put_tries(conn, place, one_more(tries, ENROL_LIMIT, now))
                await self._refuse(conn, offer, now)
                return EnrolRefused()
        return Enrolled(_credential(offer, key, keys))

    async def forget(self) -> None:
        """Erases codes that are over, and with them which unit they were for (INV-H5)."""
        async with self._storage.write("enrol_forget") as conn:
            await enrolment_store.purge(conn, self._clock.now_ms())
            await self._tell_misses(conn, self._clock.now_ms())

    async def _look(
        self, conn: AsyncConnection, asked: _Asked, place: str, keys: Keys, now: int
    ) -> CannotEnrol | EnrolLater | None:
        """What can be answered without a write. Who has the right code never waits for a neighbour."""
        if await revocation_store.is_key_revoked(conn, keys.enroller.kid):
            return CannotEnrol()
        wait = wait_ms((await store.tries(conn, [place])).get(place), ENROL_LIMIT, now)
        if wait == 0:
            return None
        # The same two looks for every code, so that all that open nothing take the same time (INV-A5).
        opens = await enrolment_store.opens(conn, asked.code, device=asked.device, now=now)
        is_revoked = await revocation_store.is_key_revoked(conn, asked.kid)
        return None if opens and not is_revoked else EnrolLater(wait)

    async def _take(self, conn: AsyncConnection, asked: _Asked, kid: str, now: int) -> Offer | Shut:
        if await revocation_store.is_key_revoked(conn, asked.kid):
            shut = await enrolment_store.shut(conn, asked.code)
            return Shut("revoked", shut.chain) if shut.chain else shut
        offer = await enrolment_store.take(conn, asked.code, device=asked.device, now=now)
        if offer is not None:
            await self._append(
                conn, sess=offer.chain, typ="enrol.done", role="device", pid="device", d={"kid": kid}
            )
            return offer
        # The same device once more: its answer was lost on the way (INV-E3).
        offer = await enrolment_store.taken(conn, asked.code, device=asked.device, now=now)
        return offer or await enrolment_store.shut(conn, asked.code)

    async def _refuse(self, conn: AsyncConnection, shut: Shut, now: int) -> None:
        """In the chain of the code's own offer, for its operator; codes that never were are only counted."""
        if not shut.chain:
            await self._miss(conn, now)
            return
        await self._append(
            conn, sess=shut.chain, typ="enrol.refused", role=NOBODY, pid=NOBODY, d={"why": shut.why}
        )

    async def _miss(self, conn: AsyncConnection, now: int) -> None:
        """One leaf a minute for everybody's: strangers cannot fill the record, which is for ever (INV-F2)."""
        row, count = await self._held_misses(conn, now)
        missed = Tries(count.failures + 1, count.last_at, told=count.told)
        if count.told and now - count.last_at < ENROL_TELL_MS:
            await store.put_tries(conn, row, missed)
        else:
            await self._tell(conn, row, missed.failures, now)

    async def _tell_misses(self, conn: AsyncConnection, now: int) -> None:
        """Those that no later one has told of."""
        row = self._named("enrol misses", "")
        if row in await store.tries(conn, [row]):
            _, count = await self._held_misses(conn, now)
            if count.failures:
                await self._tell(conn, row, count.failures, now)

    async def _held_misses(self, conn: AsyncConnection, now: int) -> tuple[str, Tries]:
        """The count of all since the last leaf, and when that was; kept in the table, so over restarts."""
        row = self._named("enrol misses", "")
        return row, (await store.hold_tries(conn, [row], now))[row]

    async def _tell(self, conn: AsyncConnection, row: str, misses: int, now: int) -> None:
        await store.put_tries(conn, row, Tries(0, now, told=True))
        await record(self._append, conn, "enrol.missed", role=NOBODY, pid=NOBODY, d={"misses": misses})

    def _named(self, kind: str, text: str) -> str:
        return _named(self._salt, kind, text)


def _named(salt: bytes, kind: str, text: str) -> str:
    """A keyed hash: the tables hold no code, no address and no household's device key."""
    return b64(hmac.digest(salt, b"ra1/enrolment\0" + lv(kind, text), hashlib.sha256))


def _credential(offer: Offer, key: bytes, keys: Keys) -> str:
    claims = Enrolment(
        iss=keys.keyset.iss, sub=offer.unit, model=offer.model, cnf_x=key, iat=offer.used_at // 1_000
    )
    signed = enrolments.signing_input(keys.enroller.kid, claims)
    return jws.assemble(signed, keys.enroller.sign(signed))
