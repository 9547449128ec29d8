"""What an owner does with a registration: looks at it, gives it up, hands it on (D6, I20).

Cover stays with the piece. Everything happens with the piece held, so that of two who change it at once the
second reads what the first one left.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from care.catalogue import store as catalogue
from care.desk import covering, refusing, shown
from care.desk import once as asked_once
from care.desk.limits import ACCEPT_BY_CUSTOMER, ACCEPT_BY_SOURCE
from care.desk.views import Nothing, OfferedView, OfferView, RegistrationView
from care.ports import Refusal
from care.registration import consents, rules, sightings, transfers
from care.registration import store as registration
from care.registration.machine import Event, State
from care.registration.rules import Channel
from care.units import store as units
from care.warranty import upgrades
from care.warranty.upgrade_machine import Event as UpgradeEvent

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.desk.counting import Counter
    from care.desk.ground import Customer, Ground
    from care.desk.once import Once
    from care.registration.store import Registration
    from care.registration.transfers import Offer

OFFER_MS: Final = 7 * 24 * 3_600_000
CODE_CHARACTERS: Final = 16
_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRTUVWXY"  # none is taken for another: no 0 O 1 I S Z
_GROUP: Final = 4
_TYPED_MOST: Final = 64


class Owning:
    """Another's registration is as if there were none (I9)."""

    def __init__(self, ground: Ground, counter: Counter) -> None:
        self._ground = ground
        self._counter = counter

    async def registration(self, customer: Customer, registration_id: str) -> RegistrationView:
        """One of theirs, also one that is over. Raises Refusal `not-found`."""
        async with self._ground.storage.read() as conn:
            found = await registration.mine(conn, registration_id, customer.id)
            if found is None:
                raise Refusal("not-found")
            return await self._view(conn, customer, found)

    async def release(
        self, customer: Customer, registration_id: str, *, version: int | None, once: Once | None
    ) -> RegistrationView:
        """Gives a product up, if it is still of that version (None: whichever). Raises Refusal."""
        async with self._ground.storage.write("release") as conn:
            return await asked_once.happen(
                conn,
                customer.id,
                once,
                RegistrationView,
                lambda: self._release(conn, customer, registration_id, version),
                now=self._ground.now(),
            )

    async def offer(self, customer: Customer, registration_id: str, *, once: Once | None) -> OfferView:
        """A code that the next owner registers the product with, once, within seven days. Raises Refusal."""
        async with self._ground.storage.write("offer_transfer") as conn:
            made = await asked_once.happen(
                conn,
                customer.id,
                once,
                OfferView,
                lambda: self._offer(conn, customer, registration_id),
                now=self._ground.now(),
            )
        # The answer that is kept holds no code: it follows from the offer's id and the key.
        return OfferView(made.id, made.expires_at, _grouped(self._code(made.id)))

    async def take_back(self, customer: Customer, registration_id: str) -> Nothing:
        """The open offer is void from now on. Raises Refusal `not-found` where there is none."""
        async with self._ground.storage.write("take_back_transfer") as conn:
            if await registration.mine(conn, registration_id, customer.id) is None:
                raise Refusal("not-found")
            if not await transfers.take_back(conn, registration_id):
                raise Refusal("not-found")
        return Nothing()

    async def offered(self, customer: Customer, code: str, *, source: str) -> OfferedView:
        """Which product a code would make theirs. Raises Refusal `transfer-code-refused`.

        Counted like an acceptance: whoever guesses codes learns nothing sooner by looking.
        """
        await self._counter.take((ACCEPT_BY_CUSTOMER, customer.id), (ACCEPT_BY_SOURCE, source))
        now = self._ground.now()
        async with self._ground.storage.read() as conn:
            found = await transfers.by_code(conn, self._hash(_bare(code)), now)
            before = None if found is None else await registration.of_id(conn, found.registration)
            piece = None if before is None else await units.by_id(conn, before.unit)
            if piece is None:
                raise Refusal("transfer-code-refused")
            model = await catalogue.model_by_code(conn, piece.model)
            imeis = await units.imeis_of(conn, [piece.id])
        return OfferedView(
            model=shown.model_name(piece.model, model, customer.language),
            group=model.category if model is not None else "",
            number=piece.serial or next(iter(imeis.get(piece.id, ())), ""),
        )

    async def accept(
        self,
        customer: Customer,
        code: str,
        *,
        terms: str,
        own_device: bool,
        once: Once | None,
        source: str,
    ) -> RegistrationView:
        """The product is this customer's from now on, and its owner's no more. Raises Refusal."""
        async with self._ground.storage.read() as conn:
            before = await asked_once.given_before(conn, customer.id, once, RegistrationView)
        if before is not None:
            return before
        await self._counter.take((ACCEPT_BY_CUSTOMER, customer.id), (ACCEPT_BY_SOURCE, source))
        async with self._ground.storage.write("accept_transfer") as conn:
            return await asked_once.happen(
                conn,
                customer.id,
                once,
                RegistrationView,
                lambda: self._accept(conn, customer, code, terms, own_device=own_device),
                now=self._ground.now(),
            )

    async def _release(
        self, conn: AsyncConnection, customer: Customer, registration_id: str, version: int | None
    ) -> RegistrationView:
        found = await self._held(conn, customer, registration_id)
        if version is not None and version != found.version:
            raise Refusal("changed-meanwhile")
        if found.state is not State.ACTIVE:
            raise Refusal("registration-over")
        ended = await self._end(conn, found, Event.RELEASE)
        return await self._view(conn, customer, ended)

    async def _offer(self, conn: AsyncConnection, customer: Customer, registration_id: str) -> OfferView:
        found = await self._held(conn, customer, registration_id)
        if found.state is not State.ACTIVE:
            raise Refusal("registration-over")
        now = self._ground.now()
        if await transfers.open_of(conn, [found.id], now):
            raise Refusal("transfer-open")
        await transfers.take_back(conn, found.id)  # one that expired
        new = transfers.Offer(self._ground.new_id(), found.id, customer.id, now, now + OFFER_MS)
        await transfers.add(conn, new, self._hash(self._code(new.id)))
        return OfferView(new.id, new.expires_at)

    async def _accept(
        self, conn: AsyncConnection, customer: Customer, typed: str, terms: str, *, own_device: bool
    ) -> RegistrationView:
        now = self._ground.now()
        found = await transfers.by_code(conn, self._hash(_bare(typed)), now)
        before = None if found is None else await registration.of_id(conn, found.registration)
        if found is None or before is None:
            raise Refusal("transfer-code-refused")
        if before.customer == customer.id:
            raise Refusal(rules.Refused.ALREADY_YOURS.value)
        self._agreed(customer, terms, own_device=own_device)
        await self._hand_over(conn, found, before)
        new = registration.Registration(
            id=self._ground.new_id(),
            unit=before.unit,
            customer=customer.id,
            channel=Channel.WEB,
            state=State.ACTIVE,
            market=customer.market,
            language=customer.language,
            terms=terms,
            bought_on=None,
            created_at=now,
        )
        begun = await registration.begin(conn, new)
        assert begun, "the piece is held, and its owner gave it up in this transaction"
        await consents.add(
            conn,
            customer.id,
            (consents.Kind.TERMS, consents.Kind.OWN_DEVICE),
            version=terms,
            language=customer.language,
            channel=Channel.WEB,
            new_id=self._ground.new_id,
            now=now,
        )
        await sightings.drop(conn, customer.id, new.unit)
        await covering.bring_up_to_date(
            conn,
            new.unit,
            markets=self._ground.maker.markets,
            cause=covering.Cause.REGISTERED,
            actor=customer.id,
            new_id=self._ground.new_id,
            now=now,
        )
        return await self._view(conn, customer, new)

    async def _hand_over(self, conn: AsyncConnection, offer: Offer, before: Registration) -> None:
        """The offer is taken and what was is over, of many at once for one alone."""
        await units.held(conn, before.unit)
        if not await transfers.take(conn, offer.id, self._ground.now()):
            raise Refusal("transfer-code-refused")
        held = await registration.of_id(conn, before.id)
        if held is None or held.state is not State.ACTIVE:
            raise Refusal("transfer-code-refused")
        await self._end(conn, held, Event.TRANSFER)

    def _agreed(self, customer: Customer, terms: str, *, own_device: bool) -> None:
        today = self._ground.today(customer.market)
        valid = self._ground.maker.markets[customer.market].terms_on(today)
        policy = rules.Policy(valid.version if valid else "")
        wish = rules.Wish(Channel.WEB, "", customer.market, terms, own_device)
        refused = rules.judge_consent(wish, policy, made_on=None, today=today)
        if refused is not None:
            raise refusing.refused(refused, pointer="/code", terms=policy.terms)

    async def _held(self, conn: AsyncConnection, customer: Customer, registration_id: str) -> Registration:
        """One of theirs as it is now, its piece held. Raises Refusal `not-found`."""
        found = await registration.mine(conn, registration_id, customer.id)
        if found is None:
            raise Refusal("not-found")
        await units.held(conn, found.unit)
        again = await registration.mine(conn, registration_id, customer.id)
        if again is None:
            raise Refusal("not-found")
        return again

    async def _end(self, conn: AsyncConnection, one: Registration, event: Event) -> Registration:
        """Over, with what hung on it: what waits for the owner, and what they offered."""
        now = self._ground.now()
        ended = await registration.end(
            conn, one.id, customer=one.customer, version=None, event=event, now=now
        )
        assert ended is not None, "the piece is held"
        await transfers.take_back(conn, one.id)
        upgrade = await upgrades.live(conn, one.unit)
        if upgrade is not None:
            await upgrades.move(conn, upgrade, UpgradeEvent.CANCEL, now)
        return ended

    async def _view(self, conn: AsyncConnection, customer: Customer, one: Registration) -> RegistrationView:
        piece = await units.by_id(conn, one.unit)
        code = piece.model if piece is not None else ""
        model = await catalogue.model_by_code(conn, code)
        offers = await transfers.open_of(conn, [one.id], self._ground.now())
        return shown.registration(
            one,
            shown.model_name(code, model, customer.language),
            offer=offers.get(one.id),
            today=self._ground.today(customer.market),
        )

    def _code(self, offer_id: str) -> str:
        """16 characters of 30: 78 bits."""
        text = b"transfer-code\n" + offer_id.encode()
        drawn = int.from_bytes(hmac.digest(self._ground.key, text, hashlib.sha256), "big")
        found = ""
        for _ in range(CODE_CHARACTERS):
            drawn, place = divmod(drawn, len(_ALPHABET))
            found += _ALPHABET[place]
        return found

    def _hash(self, code: str) -> str:
        return self._ground.hashed("transfer", code)


def _grouped(code: str) -> str:
    return "-".join(code[i : i + _GROUP] for i in range(0, len(code), _GROUP))


def _bare(typed: str) -> str:
    return "".join(character for character in typed[:_TYPED_MOST].upper() if character.isalnum())
