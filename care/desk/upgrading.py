"""The upgrade of a warranty: its owner asks, and it is done as soon as the device is online (R88).

Being offline never fails it. A device that proves that it is online is believed once; told twice, nothing
happens the second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from care.catalogue import store as catalogue
from care.desk import covering, shown
from care.desk import once as asked_once
from care.desk.views import UpgradeView
from care.ports import Refusal
from care.registration import store as registration
from care.units import store as units
from care.warranty import upgrades
from care.warranty.upgrade_machine import Event, State
from care.warranty.upgrades import REFERENCE_MOST, Upgrade

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.desk.ground import Customer, Ground
    from care.desk.once import Once
    from care.registration.store import Registration


class Upgrading:
    """`is_online` gives the reference of a device's proof where it is connected now, else None."""

    def __init__(self, ground: Ground, is_online: Callable[[str], Awaitable[str | None]]) -> None:
        self._ground = ground
        self._is_online = is_online

    async def ask(self, customer: Customer, product: str, *, once: Once | None) -> UpgradeView:
        """Done, where the device is online, else waiting for it. Raises Refusal."""
        proof = await self._is_online(product)
        async with self._ground.storage.write("upgrade") as conn:
            return await asked_once.happen(
                conn,
                customer.id,
                once,
                UpgradeView,
                lambda: self._ask(conn, customer, product, proof),
                now=self._ground.now(),
            )

    async def cancel(self, customer: Customer, product: str) -> UpgradeView:
        """One that waits is taken back. Raises Refusal."""
        async with self._ground.storage.write("cancel_upgrade") as conn:
            await self._owned(conn, customer, product)
            found = await upgrades.live(conn, product)
            if found is None:
                raise Refusal("not-found")
            moved = await upgrades.move(conn, found, Event.CANCEL, self._ground.now())
            if moved is None:
                raise Refusal("already-upgraded")
            return _view(moved)

    async def device_came_online(self, unit: str, attestation: str) -> bool:
        """Whether that upgraded the piece; `attestation` names the proof in at most 64 characters.

        For the server, when a device with this piece's credential has connected. A piece that nobody asked an
        upgrade for, or that has one, stays as it is.
        """
        async with self._ground.storage.read() as conn:
            if await _waiting(conn, unit) is None:
                return False
        async with self._ground.storage.write("device_online") as conn:
            await units.held(conn, unit)
            waiting = await _waiting(conn, unit)
            owned = await registration.active(conn, unit)
            if waiting is None or owned is None:
                return False
            await self._done(conn, waiting, owned, attestation)
        return True

    async def piece_came_online(self, brand: str, serial: str, attestation: str) -> bool:
        """The same by brand and canonical serial number."""
        async with self._ground.storage.read() as conn:
            found = [piece for piece in await units.by_serial(conn, serial) if piece.brand == brand]
        return bool(found) and await self.device_came_online(found[0].id, attestation)

    async def _ask(
        self, conn: AsyncConnection, customer: Customer, product: str, proof: str | None
    ) -> UpgradeView:
        owned = await self._owned(conn, customer, product)
        piece = await units.by_id(conn, product)
        model = await catalogue.model_by_code(conn, piece.model if piece is not None else "")
        if model is None or not model.smart:
            raise Refusal("not-upgradable")
        there = await upgrades.live(conn, product)
        if there is not None and there.state is State.DONE:
            raise Refusal("already-upgraded")
        now = self._ground.now()
        if there is None:
            there = Upgrade(self._ground.new_id(), product, customer.id, State.REQUESTED, now)
            await upgrades.add(conn, there)
        if proof is not None:
            return _view(await self._done(conn, there, owned, proof))
        waiting = await upgrades.move(conn, there, Event.NOT_ONLINE, now)
        assert waiting is not None, "what is neither done nor cancelled may wait"
        return _view(waiting)

    async def _done(
        self, conn: AsyncConnection, one: Upgrade, owned: Registration, attestation: str
    ) -> Upgrade:
        """In one transaction with the cover that it gives; the caller holds the piece."""
        now = self._ground.now()
        moved = await upgrades.move(
            conn,
            one,
            Event.ONLINE,
            now,
            attestation=attestation[:REFERENCE_MOST],
            online_on=self._ground.today(owned.market),
        )
        assert moved is not None, "what waits is done when it is online"
        await covering.bring_up_to_date(
            conn,
            one.unit,
            markets=self._ground.maker.markets,
            cause=covering.Cause.UPGRADED,
            actor=owned.customer,
            new_id=self._ground.new_id,
            now=now,
        )
        return moved

    async def _owned(self, conn: AsyncConnection, customer: Customer, product: str) -> Registration:
        """The customer's registration of a piece that is held from now on (I9)."""
        await units.held(conn, product)
        owned = await registration.owned(conn, product, customer.id)
        if owned is None:
            raise Refusal("not-found")
        return owned


def _view(one: Upgrade) -> UpgradeView:
    shown_as = shown.upgrade_view(one)
    assert shown_as is not None, "there is one"
    return shown_as


async def _waiting(conn: AsyncConnection, unit: str) -> Upgrade | None:
    found = await upgrades.live(conn, unit)
    return found if found is not None and found.state is not State.DONE else None
