"""All that the desk keeps of one customer, and its end (R77, I20, INV-H5).

Pieces and their cover outlive their owners. What is only added, consents and the history of cover, keeps that
it happened; whose it was becomes an id that leads nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from care.desk import once, shown, views
from care.registration import consents, drafts, sightings, transfers
from care.registration import store as registration
from care.registration.machine import Event, State
from care.units import store as units
from care.warranty import store as warranty
from care.warranty import upgrades
from care.warranty.upgrade_machine import Event as UpgradeEvent

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.desk.ground import Ground


class PersonalData:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def export(self, customer: str) -> views.PersonalDataView:
        """Every row that stands under their id."""
        async with self._ground.storage.read() as conn:
            return views.PersonalDataView(
                registrations=[_registration(one) for one in await registration.all_of(conn, customer)],
                consents=[
                    views.ConsentView(one.kind, one.version, one.given, one.language, one.channel, one.at)
                    for one in await consents.of_customer(conn, customer)
                ],
                sightings=[
                    views.KeptSighting(one.id, one.unit, one.source.value, one.seen_at)
                    for one in await sightings.of_customer(conn, customer)
                ],
                transfers=[
                    views.KeptTransfer(one.id, one.registration, state.value, one.created_at, one.expires_at)
                    for one, state in await transfers.of_customer(conn, customer)
                ],
                upgrades=[
                    view
                    for one in await upgrades.of_customer(conn, customer)
                    if (view := shown.upgrade_view(one)) is not None
                ],
                keys=[views.KeptKey(key, at) for key, at in await once.keys_of(conn, customer)],
            )

    async def erase(self, customer: str) -> views.Nothing:
        """Nothing of the desk leads to them any more; done twice, nothing happens the second time.

        Whoever erases an account calls it before or after: it needs nothing of the account.
        """
        async with self._ground.storage.write("erase_customer") as conn:
            other = self._ground.new_id()
            for one in await registration.all_of(conn, customer):
                if one.state is State.ACTIVE:
                    await self._release(conn, one)
            await transfers.drop_of(conn, customer)
            await sightings.drop_of(conn, customer)
            await drafts.drop_of(conn, customer)
            await once.drop_of(conn, customer)
            await registration.forget_customer(conn, customer, other)
            await consents.name_anew(conn, customer, other)
            await upgrades.name_anew(conn, customer, other)
            await warranty.forget_actor(conn, customer, other)
        return views.Nothing()

    async def _release(self, conn: AsyncConnection, one: registration.Registration) -> None:
        now = self._ground.now()
        await units.held(conn, one.unit)
        # Gone meanwhile: it was handed on, and is not theirs to release.
        await registration.end(
            conn, one.id, customer=one.customer, version=None, event=Event.RELEASE, now=now
        )
        upgrade = await upgrades.live(conn, one.unit)
        if upgrade is not None and upgrade.customer == one.customer:
            await upgrades.move(conn, upgrade, UpgradeEvent.CANCEL, now)


def _registration(one: registration.Registration) -> views.KeptRegistration:
    return views.KeptRegistration(
        id=one.id,
        product=one.unit,
        channel=one.channel.value,
        state=one.state.value,
        market=one.market,
        language=one.language,
        terms=one.terms,
        bought_on=one.bought_on,
        shop=one.shop,
        created_at=one.created_at,
    )
