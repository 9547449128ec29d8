"""What no longer counts: badges and keys taken back, and the signed list of them (seal/SPEC §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from identity import revocation_store
from identity.ports import record
from identity.rules import STATUS_EVERY_MS
from wire import status as lists
from wire.encoding import sha256_b64
from wire.limits import STATUS_BYTES, STATUS_JTIS, STATUS_KIDS
from wire.status import StatusList

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from identity.keyring import Keys
    from identity.ports import Append, Clock, Storage
    from identity.revocation_store import Revoked

_log = structlog.get_logger(__name__)

# Who is locked out on purpose comes before who only went home, should the list be full.
_WHY_FIRST: Final = ("operator", "disabled", "restored", "password", "signed_out")
_OVERHEAD: Final = 512


class TooManyKeys(Exception):  # noqa: N818 - reads as what it is
    """The list has no room for another key."""


class Revocations:
    """What the operator declares void; the running server signs it within a second."""

    def __init__(self, *, storage: Storage, clock: Clock, append: Append) -> None:
        self._storage = storage
        self._clock = clock
        self._append = append

    async def revoke_key(self, kid: str, *, named: bool) -> bool:
        """False: it was revoked already. `named`: it is a key of the keyset, which the record may name."""
        async with self._storage.write("revoke_key") as conn:
            if await revocation_store.is_key_revoked(conn, kid):
                return False
            if await revocation_store.count_keys(conn) >= STATUS_KIDS:
                raise TooManyKeys
            await revocation_store.revoke_key(conn, kid, now=self._clock.now_ms())
            await revocation_store.drop_badges_of(conn, kid)
            await record(
                self._append,
                conn,
                "key.revoked",
                role="operator",
                pid="operator",
                d={"kid": kid if named else ""},
            )
        return True


class StatusService:
    """Keeps one list signed and fresh. `keys` gives the key to sign with, which may change."""

    def __init__(self, *, storage: Storage, clock: Clock, append: Append, keys: Callable[[], Keys]) -> None:
        self._storage = storage
        self._clock = clock
        self._append = append
        self._keys = keys
        self._version = (-1, -1)
        self._signed_by = b""
        self._data = b""
        self._iat = 0
        self._same_at: object | None = None  # the store as it was when nothing new was in it

    @property
    def data(self) -> bytes:
        """The newest list, signed."""
        return self._data

    @property
    def iat(self) -> int:
        """When it was signed, in seconds."""
        return self._iat

    async def refresh(self) -> bool:
        """Signs a new list where something was revoked, the key changed or the hour is over."""
        now_s = self._clock.now_ms() // 1_000
        is_same = await self._is_same() and self._signed_by == self._keys().status.public
        # One second is one list at most, so that `iat` can rise with each and stay true.
        is_young = now_s * 1_000 < self._iat * 1_000 + STATUS_EVERY_MS
        if (is_same and is_young) or now_s <= self._iat:
            return False
        keys = self._keys()
        async with self._storage.write("status_sign") as conn:
            version, iat, data = await self._sign(conn, keys, now_s)
        # Nobody gets a list before it is on the disk and on record.
        self._version, self._iat, self._data = version, iat, data
        self._signed_by = keys.status.public
        return True

    async def _is_same(self) -> bool:
        """Whether nothing was revoked since the list was signed."""
        change = self._storage.change()
        if change is None or change != self._same_at:
            async with self._storage.read() as conn:
                is_same = await revocation_store.version(conn) == self._version
            self._same_at = change if is_same else None
            return is_same
        return True

    async def _sign(
        self, conn: AsyncConnection, keys: Keys, now_s: int
    ) -> tuple[tuple[int, int], int, bytes]:
        """The state of what is revoked, and the list of it: its time and its bytes."""
        await revocation_store.purge(conn, now_s * 1_000)
        version, revoked = await revocation_store.version(conn), await revocation_store.all_revoked(conn)
        before = await revocation_store.newest_list(conn)
        iat = max(now_s, 0 if before is None else before[0] + 1)
        status = _fitting(revoked, iss=keys.keyset.iss, iat=iat)
        data = lists.assemble(status, keys.status.sign(lists.signing_input(status)))
        await revocation_store.keep_list(conn, iat, data)
        facts: dict[str, object] = {
            "status": sha256_b64(data),
            "badges": len(status.jtis),
            "keys": len(status.kids),
        }
        await record(self._append, conn, "status.signed", role="relay", pid="relay", d=facts)
        return version, iat, data


def _fitting(revoked: Sequence[Revoked], *, iss: str, iat: int) -> StatusList:
    """Every key, and as many badges as there is room for."""
    kids = frozenset(entry.name for entry in revoked if entry.kind == revocation_store.KEY)
    badges = [entry for entry in revoked if entry.kind == revocation_store.BADGE]
    badges.sort(key=lambda entry: (_WHY_FIRST.index(entry.why), -entry.until))
    room = STATUS_BYTES - _OVERHEAD - len(iss.encode()) - sum(len(kid) + 3 for kid in kids)
    jtis = []
    for entry in badges[:STATUS_JTIS]:
        room -= len(entry.name) + 3
        if room < 0:
            break
        jtis.append(entry.name)
    if len(jtis) < len(badges):
        _log.warning("status_full", left_out=len(badges) - len(jtis))
    return StatusList(iss, iat, frozenset(jtis), kids)
