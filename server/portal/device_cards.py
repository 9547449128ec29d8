"""Who may read a device card, and what of its owner stands on it (R9, CARE section 3.5)."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - msgspec reads the annotations
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from care.desk.device_cards import DeviceCards
from care.desk.views import CoverView, Name  # noqa: TC001 - msgspec reads the annotations
from identity import revocation_store
from identity.customers import store as customers
from identity.keys import has_signed
from identity.ports import Refusal
from wire import enrolment
from wire.encoding import key_id
from wire.errors import WireError
from wire.jws import take_apart
from wire.status import StatusList

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


class DeviceCard(msgspec.Struct, frozen=True):
    """`known`: it stands in our list, or somebody registered it; without, only `unit` is sure.

    `unit` is its number as the device's credential says it, `registered_at` ms since the epoch.
    """

    unit: str
    known: bool
    model: Name | None
    manufactured_on: date | None
    market: str
    registered_at: int | None
    owner: Owner | None
    covers: list[CoverView]


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
        return DeviceCard(
            unit=found.view.unit,
            known=found.view.known,
            model=found.view.model,
            manufactured_on=found.view.manufactured_on,
            market=found.view.market,
            registered_at=found.view.registered_at,
            owner=owner,
            covers=found.view.covers,
        )

    async def _live(self, conn: AsyncConnection, session: str, account: str, *, hold: bool = False) -> str:
        dev = await self._live_device(conn, session, account, hold=hold)
        if dev is None:
            raise Refusal("session-not-live")
        return dev

    async def _unit(self, conn: AsyncConnection, dev: str, credential: str) -> enrolment.Enrolment:
        """What the maker says this session's device is."""
        keyset = self._keys().keyset
        try:
            key = _key_of(credential, dev)
            kids = {dev, take_apart(credential, typ=enrolment.TYP, code=enrolment.CODE).kid}
            revoked = frozenset({kid for kid in kids if await revocation_store.is_key_revoked(conn, kid)})
            return enrolment.verified(
                credential,
                keyset=keyset,
                status=StatusList(keyset.iss, 0, frozenset(), revoked),
                dpk=key,
                check=has_signed,
            )
        except WireError:
            raise Refusal("unit-not-proven") from None


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
