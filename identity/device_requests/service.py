"""Who asks, when a device says so over HTTP: its key, its maker's word, this minute, once (SPEC §5.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from identity import revocation_store
from identity.device_requests import store
from identity.keys import has_signed
from wire import device_request, enrolment
from wire.encoding import key_id, lv, sha256_b64
from wire.errors import WireError
from wire.jws import take_apart
from wire.limits import DEVICE_REQUEST_S
from wire.status import StatusList

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from identity.keyring import Keys
    from identity.ports import Clock, Storage
    from wire.device_request import Asked, Assertion
    from wire.enrolment import Enrolment

# So long after its own time an assertion may still be fresh: half of it it may lie in the future.
_KEPT_MS: Final = 2 * DEVICE_REQUEST_S * 1_000
_PURGE_EVERY_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class ProvenDevice:
    """A device and the unit it is, both as the maker signed them; `dev` is the id of the device's key."""

    dev: str
    unit: str
    model: str


class DeviceRequests:
    """Judges what devices send with their requests, on the server's clock."""

    def __init__(self, *, storage: Storage, clock: Clock, keys: Callable[[], Keys], origin: str) -> None:
        """`keys` gives those in use, which a new keyset may change; `origin` is the service's own."""
        self._storage = storage
        self._clock = clock
        self._keys = keys
        self._purged_at = 0
        self.origin: Final = origin

    async def prove(self, asked: Asked, assertion: str) -> ProvenDevice | None:
        """The enrolled device that asks this now; None for every reason there is to doubt it."""
        now, keys = self._clock.now_ms(), self._keys()
        try:
            signed = device_request.verified(assertion, asked, now_s=now // 1_000, check=has_signed)
            # Before anything is read: who has no credential costs no query.
            unit = enrolled(asked.credential, signed.key, keys)
            async with self._storage.read() as conn:
                revoked = await is_revoked(conn, key_id(signed.key), asked.credential)
            if revoked:
                return None
        except WireError:
            return None
        if not await self._is_first(signed, now):
            return None
        return ProvenDevice(key_id(signed.key), unit.sub, unit.model)

    async def _is_first(self, signed: Assertion, now: int) -> bool:
        name = sha256_b64(lv("device request", signed.key, signed.jti))
        async with self._storage.write("device_request") as conn:
            if now - self._purged_at >= _PURGE_EVERY_MS:
                await store.purge(conn, now)
                self._purged_at = now
            return await store.take(conn, name, expires_at=now + _KEPT_MS)


def enrolled(credential: str, key: bytes, keys: Keys) -> Enrolment:
    """What the maker says of a device's key, whatever was revoked since; raises WireError."""
    status = StatusList(keys.keyset.iss, 0, frozenset(), frozenset())
    return enrolment.verified(credential, keyset=keys.keyset, status=status, dpk=key, check=has_signed)


async def is_revoked(conn: AsyncConnection, dev: str, credential: str) -> bool:
    """Whether the device's key, or the one that signed its credential, was taken back."""
    enroller = take_apart(credential, typ=enrolment.TYP, code=enrolment.CODE).kid
    return any([await revocation_store.is_key_revoked(conn, kid) for kid in (dev, enroller)])
