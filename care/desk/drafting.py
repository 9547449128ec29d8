"""A registration in steps: begun by a number, a photograph, a link or a sighting; finished once (R24-R34).

The draft remembers what was said; whether it may be registered is judged when it is, by the same rules as
every other way in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from care.desk import finding
from care.desk import once as asked_once
from care.desk.registering import Wish
from care.identifiers import Kind
from care.ports import Refusal
from care.registration import drafts, sightings
from care.registration import store as registration
from care.registration.drafts import Draft
from care.registration.rules import Channel
from care.units import store as units

if TYPE_CHECKING:
    from care.desk.asking import Asking
    from care.desk.ground import Customer, Ground
    from care.desk.registering import Registering
    from care.desk.views import LabelView, RegistrationView


class Drafting:
    """Another's draft is as if there were none (I9)."""

    def __init__(self, ground: Ground, asking: Asking, registering: Registering) -> None:
        self._ground = ground
        self._asking = asking
        self._registering = registering

    async def begin_typed(self, customer: Customer, typed: str, *, source: str) -> Draft:
        """By a number that was typed. Raises Refusal with what is wrong with it."""
        checked = await self._asking.check(typed, source=source, language=customer.language)
        model = checked.model.code if checked.model is not None else ""
        return await self._begin(customer, Channel.WEB, checked.number, model=model)

    async def begin_photo(self, customer: Customer, picture: bytes) -> Draft:
        """By the codes on a photograph. Raises Refusal."""
        return await self._begin_label(customer, await self._asking.decode(customer, picture))

    async def begin_link(self, customer: Customer, path: str) -> Draft:
        """By the GS1 link in a product's code. Raises Refusal."""
        return await self._begin_label(customer, await self._asking.resolve(path))

    async def begin_seen(self, customer: Customer, sighting_id: str) -> Draft:
        """By one of the products that were found. Raises Refusal `not-found`."""
        async with self._ground.storage.read() as conn:
            seen = await sightings.mine(conn, sighting_id, customer.id)
            piece = await units.by_id(conn, seen.unit) if seen is not None else None
            imeis = await units.imeis_of(conn, [piece.id]) if piece is not None else {}
        if piece is None:
            raise Refusal("not-found")
        number = piece.serial or next(iter(imeis.get(piece.id, ())), "")
        return await self._begin(customer, Channel.ONE_CLICK, number, model=piece.model, sighting=sighting_id)

    async def _begin_label(self, customer: Customer, label: LabelView) -> Draft:
        """A code that names the model registers by itself; a bare number is as if it had been typed."""
        if not label.gtin:
            return await self._begin(customer, Channel.WEB, label.number)
        hosts = sorted(self._ground.maker.maker.code_hosts)
        link = f"https://{hosts[0]}/01/{label.gtin}/21/{label.number}"
        model = label.model.code if label.model is not None else ""
        return await self._begin(customer, Channel.QR, label.number, model=model, label=link)

    async def _begin(
        self,
        customer: Customer,
        channel: Channel,
        number: str,
        *,
        model: str = "",
        sighting: str = "",
        label: str = "",
    ) -> Draft:
        new = Draft(
            id=self._ground.new_id(),
            customer=customer.id,
            channel=channel,
            number=number,
            model=model,
            sighting=sighting,
            label=label,
        )
        async with self._ground.storage.write("begin_draft") as conn:
            await drafts.put(conn, new, now=self._ground.now())
        return new

    async def get(self, customer: Customer, draft_id: str) -> Draft:
        """Raises Refusal `not-found`."""
        async with self._ground.storage.read() as conn:
            found = await drafts.get(conn, draft_id, customer.id, now=self._ground.now())
        if found is None:
            raise Refusal("not-found")
        return found

    async def choose(self, customer: Customer, draft: Draft, model: str) -> None:
        """The model that was picked from the lists."""
        async with self._ground.storage.write("choose_model") as conn:
            await drafts.choose(conn, draft.id, customer.id, model)

    async def register(
        self, customer: Customer, draft: Draft, *, terms: str, own_device: bool, source: str
    ) -> RegistrationView:
        """Registers what the draft says; sent twice, it happens once (INV-E3). Raises Refusal."""
        wish = Wish(
            channel=draft.channel,
            typed=draft.number if draft.channel is Channel.WEB else "",
            codes=(draft.label,) if draft.channel is Channel.QR else (),
            sighting=draft.sighting if draft.channel is Channel.ONE_CLICK else "",
            model=draft.model,
            terms=terms,
            own_device=own_device,
            bought_on=draft.bought_on,
            shop=draft.shop,
        )
        key = asked_once.wish(draft.id, "POST", "/register", b"")
        return await self._registering.register(customer, wish, once=key, source=source)

    async def product_of(self, customer: Customer, draft: Draft) -> str:
        """The id of their own product with this number; "" where they have none."""
        number = finding.of_typed(draft.number, "/serial").number
        assert number is not None, "a draft has a number"
        async with self._ground.storage.read() as conn:
            pieces = await units.by_serial(conn, number.canonical)
            if Kind.IMEI in number.kinds and (phone := await units.by_imei(conn, number.canonical)):
                pieces = [*pieces, phone]
            for piece in pieces:
                if await registration.owner(conn, piece.id) == customer.id:
                    return piece.id
        return ""
