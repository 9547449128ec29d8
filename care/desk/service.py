"""The desk: its services over one ground, and the hook that drops what nobody needs any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from care.desk import counting, once, sighting
from care.desk.asking import Asking
from care.desk.browsing import Browsing
from care.desk.counting import Counter
from care.desk.decoding import Decoder
from care.desk.drafting import Drafting
from care.desk.owning import Owning
from care.desk.personal_data import PersonalData
from care.desk.products import Products
from care.desk.registering import Registering
from care.desk.sighting import Sightings
from care.desk.upgrading import Upgrading
from care.registration import drafts, transfers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from care.desk.ground import Ground


async def nobody_is_online(_unit: str) -> str | None:
    """Where no devices are connected here: an upgrade waits until it is told."""
    return None


async def as_it_is(account: str) -> str | None:
    """Where the smart home names customers by our own ids."""
    return account if len(account) <= 32 else None


class Desk:
    """All services, on the same ground.

    `is_online` gives the reference of a device's proof while the piece of this id is connected, else None.
    `customer_of` gives the customer's id for an account as a smart home names it, None for nobody.
    """

    def __init__(
        self,
        ground: Ground,
        *,
        is_online: Callable[[str], Awaitable[str | None]] = nobody_is_online,
        customer_of: Callable[[str], Awaitable[str | None]] = as_it_is,
        decoder: Decoder | None = None,
    ) -> None:
        counter = Counter(ground)
        self.ground = ground
        self.asking = Asking(ground, counter, decoder or Decoder())
        self.browsing = Browsing(ground)
        self.owning = Owning(ground, counter)
        self.personal_data = PersonalData(ground)
        self.products = Products(ground)
        self.registering = Registering(ground, counter)
        self.sightings = Sightings(ground, counter, customer_of)
        self.upgrading = Upgrading(ground, is_online)
        self.drafts = Drafting(ground, self.asking, self.registering)

    def terms_of(self, market: str) -> str:
        """The version of the registration terms that holds in a market today; "" where there are none."""
        valid = self.ground.maker.markets[market].terms_on(self.ground.today(market))
        return valid.version if valid else ""

    async def tidy(self) -> None:
        """Drops kept answers of yesterday, counters at rest, old deliveries and offers that are over."""
        now = self.ground.now()
        async with self.ground.storage.write("tidy_desk") as conn:
            await once.drop_old(conn, now)
            await counting.drop_free(conn, now)
            await sighting.drop_old_deliveries(conn, now)
            await transfers.drop_before(conn, now)
            await drafts.forget(conn, now)
