"""What an enrolled device does at the desk: registers itself (R43, R44), and says that it is online (R88).

Which product it is, its maker's credential says; the number there is held to the same rules as a typed one.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from care import identifiers
from care.catalogue import store as catalogue
from care.desk.ground import Customer
from care.desk.registering import Wish
from care.identifiers import Number
from care.ports import Refusal
from care.registration.rules import Channel, Note, Refused
from care.units import store as units
from identity.customers import store as customers
from identity.device_sign_in.registering import CoverLine, NotRegistered, Registered, Terms
from wire.encoding import sha256_b64

if TYPE_CHECKING:
    from collections.abc import Sequence

    from care.desk.service import Desk
    from care.desk.views import CoverView, RegistrationView
    from identity.device_requests.service import ProvenDevice
    from identity.device_sign_in.registering import UnitIdentity
    from server.storage.engine import Database

ONLINE_MS: Final = 65 * 60_000
"""A device says that it is online once an hour."""
KEPT_MOST: Final = 100_000


class Online:
    """Which pieces said so within the last hour, as far as this process remembers: the newest of them."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[int, str]] = OrderedDict()

    def note(self, unit: str, proof: str, now: int) -> None:
        self._seen[unit] = (now, proof)
        self._seen.move_to_end(unit)
        if len(self._seen) > KEPT_MOST:
            self._seen.popitem(last=False)

    def proof_of(self, unit: str, now: int) -> str | None:
        at, proof = self._seen.get(unit, (0, ""))
        return proof if proof and now - at <= ONLINE_MS else None


class DeviceDesk:
    """The services behind a device's own requests."""

    def __init__(self, database: Database, desk: Desk, online: Online) -> None:
        self._database = database
        self._desk = desk
        self._online = online

    async def market(self, customer: str) -> str:
        """The market of a customer's account."""
        async with self._database.read() as conn:
            found = await customers.by_id(conn, customer)
        if found is None:
            raise Refusal("not-signed-in")
        return found.market

    async def terms(self, *, market: str, language: str) -> Terms:
        """Headings and paragraphs in their order, each as plain text."""
        version = self._desk.terms_of(market)
        found = self._desk.ground.maker.agreements.terms(version, language)
        assert found is not None, "every version of a market has its words"
        texts = [text for title, paragraphs in found.parts for text in (title, *paragraphs)]
        return Terms(version, tuple(texts))

    async def register(
        self, *, unit: UnitIdentity, customer: str, terms: str, language: str, market: str
    ) -> Registered | NotRegistered:
        """What is theirs already is said again, with its cover."""
        owner = Customer(customer, market, language)
        wish = Wish(
            channel=Channel.TV,
            typed=unit.unit,
            model=await self._model_of(unit.model),
            terms=terms,
            own_device=True,  # the terms that were read say so (R13)
        )
        try:
            made = await self._desk.registering.register(owner, wish, once=None, source="")
        except Refusal as refusal:
            if refusal.slug != Refused.ALREADY_YOURS.value:
                return NotRegistered(refusal.slug)
            return await self._there_already(owner, unit)
        return _registered(made)

    async def _model_of(self, name: str) -> str:
        """A model's code by itself or by the English name that devices are enrolled with; "" for neither."""
        async with self._database.read() as conn:
            for model in await catalogue.all_models(conn):
                if name in {model.code, model.name("en")}:
                    return model.code
        return ""

    async def _there_already(self, owner: Customer, unit: UnitIdentity) -> Registered | NotRegistered:
        for piece in await self._pieces(unit.unit):
            try:
                found = await self._desk.products.product(owner, piece)
            except Refusal:
                continue
            return Registered(
                found.model.name, _lines(found.covers), is_new=False, is_verified=found.verified
            )
        return NotRegistered(Refused.ALREADY_REGISTERED.value)

    async def _pieces(self, serial: str) -> list[str]:
        number = identifiers.classify(serial)
        if not isinstance(number, Number):
            return []
        brands = self._desk.ground.maker.maker.brands
        async with self._database.read() as conn:
            found = await units.by_serial(conn, number.canonical)
        return [piece.id for piece in found if piece.brand in brands]

    async def came_online(self, device: ProvenDevice, assertion: str) -> None:
        """Whoever asked for its upgrade has it from now on."""
        proof = sha256_b64(assertion.encode("ascii"))
        for piece in await self._pieces(device.unit):
            self._online.note(piece, proof, self._desk.ground.now())
            await self._desk.upgrading.device_came_online(piece, proof)


def _registered(made: RegistrationView) -> Registered:
    return Registered(
        made.model.name, _lines(made.covers), is_verified=Note.UNVERIFIED.value not in made.notes
    )


def _lines(covers: Sequence[CoverView]) -> tuple[CoverLine, ...]:
    return tuple(CoverLine(one.right, one.basis, one.starts_on, one.ends_on) for one in covers)
