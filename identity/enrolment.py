"""Enrolment: the maker says which unit a device is, by a code that works for one device (SPEC §5.5)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from identity import enrolment_store, revocation_store, store
from identity.enrolment_store import Offer, Shut
from identity.ports import NOBODY
from identity.rules import (
    ENROL_CODE_LIFE_MS,
    ENROL_LIMIT,
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
                facts: dict[str, dict[str, object]] = {chain: {} for chain in chains}
                await self._append_to_each(conn, typ="enrol.void", role="relay", pid="relay", facts=facts)
            if len(chains) < _VOID_AT_ONCE:
                return

    async def enrol(self, *, code: str, key: bytes, source: str) -> EnrolAnswer:
        """The credential of the device that has proven `key`, if the code is its own to use."""
        now, keys = self._clock.now_ms(), self._keys()
        place = _named(self._salt, "enrol source", source)
        async with self._storage.read() as conn:
            tries = (await store.tries(conn, [place])).get(place)
        if tries is not None and tries.told and (wait := wait_ms(tries, ENROL_LIMIT, now)):
            return EnrolLater(wait)  # a flood costs no write
        async with self._storage.write("enrol") as conn:
            tries = (await store.hold_tries(conn, [place], now))[place]
            if wait := wait_ms(tries, ENROL_LIMIT, now):
                if not tries.told:
                    await store.put_tries(conn, place, Tries(tries.failures, tries.last_at, told=True))
                    await self._refuse(conn, Shut("waiting"))
                return EnrolLater(wait)
            if await revocation_store.is_key_revoked(conn, keys.enroller.kid):
                return CannotEnrol()
            offer = await self._take(conn, code, key, keys.enroller.kid, now)
            if isinstance(offer, Shut):
                await store.put_tries(conn, place, one_more(tries, ENROL_LIMIT, now))
                await self._refuse(conn, offer)
                return EnrolRefused()
        return Enrolled(_credential(offer, key, keys))

    async def forget(self) -> None:
        """Erases codes that are over, and with them which unit they were for (INV-H5)."""
        async with self._storage.write("enrol_forget") as conn:
            await enrolment_store.purge(conn, self._clock.now_ms())

    async def _take(self, conn: AsyncConnection, code: str, key: bytes, kid: str, now: int) -> Offer | Shut:
        name, device = _named(self._salt, "code", code), _named(self._salt, "enrol device", b64(key))
        if await revocation_store.is_key_revoked(conn, key_id(key)):
            return Shut("revoked")
        if (offer := await enrolment_store.take(conn, name, device=device, now=now)) is not None:
            await self._append(
                conn, sess=offer.chain, typ="enrol.done", role="device", pid="device", d={"kid": kid}
            )
            return offer
        # The same device once more: its answer was lost on the way (INV-E3).
        offer = await enrolment_store.taken(conn, name, device=device, now=now)
        return offer or await enrolment_store.shut(conn, name)

    async def _refuse(self, conn: AsyncConnection, shut: Shut) -> None:
        """In the chain of the code's own offer, where there was one: its operator looks there."""
        sess = shut.chain or secrets.token_hex(16)
        await self._append(conn, sess=sess, typ="enrol.refused", role=NOBODY, pid=NOBODY, d={"why": shut.why})


def _named(salt: bytes, kind: str, text: str) -> str:
    """A keyed hash: the tables hold no code, no address and no household's device key."""
    return b64(hmac.digest(salt, b"ra1/enrolment\0" + lv(kind, text), hashlib.sha256))


def _credential(offer: Offer, key: bytes, keys: Keys) -> str:
    claims = Enrolment(
        iss=keys.keyset.iss, sub=offer.unit, model=offer.model, cnf_x=key, iat=offer.used_at // 1_000
    )
    signed = enrolments.signing_input(keys.enroller.kid, claims)
    return jws.assemble(signed, keys.enroller.sign(signed))
