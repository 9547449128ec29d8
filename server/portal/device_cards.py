"""Who may read a device card, and what of its owner stands on it (R9, CARE section 3.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from care.desk.device_cards import DeviceCards
from care.desk.views import DeviceCardView
from identity.customers import store as customers
from identity.device_requests.service import enrolled, is_revoked
from identity.ports import Refusal
from wire import enrolment
from wire.encoding import key_id
from wire.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.desk.ground import Ground
    from identity.keyring import Keys
    from identity.ports import Append, Storage

# Where the family comes first, a person is called by what comes last.
_FAMILY_FIRST: Final = frozenset({"vi"})


class Owner(msgspec.Struct, frozen=True):
    """How to address whoever registered it, and in which language; nothing else of them."""

    called: str
    language: str


class DeviceCard(DeviceCardView, frozen=True):
    """The product, and whoever registered it; null where nobody did."""

    owner: Owner | None = None


class LiveDevice(Protocol):
    """The key id of a session's device for its own technician, while the yes holds."""

    async def __call__(
        self, conn: AsyncConnection, session_id: str, account: str, *, hold: bool = False
    ) -> str | None: ...


class CardDesk:
    """The relay knows a session's device by its key; the console brings the maker's word on which unit it is.

    So no table says which household's device is which, and a technician cannot ask about any but theirs.
    """

    def __init__(
        self,
        storage: Storage,
        ground: Ground,
        append: Append,
        keys: Callable[[], Keys],
        live_device: LiveDevice,
    ) -> None:
        self._storage = storage
        self._cards = DeviceCards(ground)
        self._append = append
        self._keys = keys
        self._live_device = live_device

    async def read(self, *, account: str, session: str, credential: str, language: str) -> DeviceCard:
        """Only while the session's yes holds, and on record before it is said.

        Raises Refusal: `session-not-live`, `unit-not-proven`.
        """
        async with self._storage.read() as conn:
            unit = await self._unit(conn, await self._live(conn, session, account), credential)
            found = await self._cards.of(conn, unit.sub, unit.model, language)
            person = None if found.owner is None else await customers.by_id(conn, found.owner)
        owner = None if person is None else Owner(called(person.name, person.language), person.language)
        async with self._storage.write("device_card") as conn:
            await self._live(conn, session, account, hold=True)
            await self._append(
                conn,
                sess=session,
                typ="session.device_card",
                role="technician",
                pid=account,
                d={"known": found.view.known, "owner": owner is not None},
            )
        return DeviceCard(**msgspec.structs.asdict(found.view), owner=owner)

    async def _live(self, conn: AsyncConnection, session: str, account: str, *, hold: bool = False) -> str:
        dev = await self._live_device(conn, session, account, hold=hold)
        if dev is None:
            raise Refusal("session-not-live")
        return dev

    async def _unit(self, conn: AsyncConnection, dev: str, credential: str) -> enrolment.Enrolment:
        """What the maker says this session's device is."""
        try:
            unit = enrolled(credential, _key_of(credential, dev), self._keys())
        except WireError:
            raise Refusal("unit-not-proven") from None
        if await is_revoked(conn, dev, credential):
            raise Refusal("unit-not-proven")
        return unit


def _key_of(credential: str, dev: str) -> bytes:
    """The key of the device with this id, which a credential must be for."""
    key = enrolment.claimed_key(credential)
    if key_id(key) != dev:
        raise WireError(enrolment.CODE, "another device")
    return key


def called(name: str, language: str) -> str:
    """The name that a person is called by."""
    words = name.split()
    return words[-1 if language in _FAMILY_FIRST else 0]
