"""Registers a product for a customer: by every way in the same rules, in one transaction (R10-R44, D11, I1).

The piece, its owner, what they agreed to and the cover they read from now on are written together, or nothing
is. Asked again with the same key, nothing happens twice (INV-E3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from care import identifiers
from care.catalogue import store as catalogue
from care.desk import covering, finding, refusing, shown
from care.desk import once as asked_once
from care.desk.finding import Named
from care.desk.limits import REGISTER_BY_CUSTOMER, REGISTER_BY_SOURCE
from care.desk.refusing import Hint
from care.desk.views import RegistrationView
from care.identifiers import Kind, Problem
from care.ports import Refusal
from care.registration import consents, rules, sightings
from care.registration import store as registration
from care.registration.machine import State
from care.registration.rules import Channel, Refused
from care.units import store as units
from care.units.store import Unit

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.catalogue.models import Model
    from care.desk.counting import Counter
    from care.desk.finding import Found
    from care.desk.ground import Customer, Ground
    from care.desk.once import Once


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer wants to register, by exactly one of `typed`, `codes`, `sighting` and `piece`.

    `typed` is a number as it was typed; `codes` the texts of a label's codes; `sighting` the id of one of
    theirs; `piece` the id of a device that proved itself. `model` is "" where it was not chosen, `terms` the
    version they agreed to. `model_year` is what a TV of unknown day of making says of itself (D5).
    """

    channel: Channel
    typed: str = ""
    codes: tuple[str, ...] = ()
    sighting: str = ""
    piece: str = ""
    model: str = ""
    terms: str = ""
    own_device: bool = False
    bought_on: date | None = None
    shop: str = ""
    model_year: int | None = None


@dataclass(frozen=True, slots=True)
class _Judged:
    model: Model
    made_on: date | None
    kind: Kind
    notes: tuple[rules.Note, ...]


class Registering:
    """`source` is the address that a wish came from, "" for none."""

    def __init__(self, ground: Ground, counter: Counter) -> None:
        self._ground = ground
        self._counter = counter

    async def register(
        self, customer: Customer, wish: Wish, *, once: Once | None, source: str
    ) -> RegistrationView:
        """The registration that makes the customer the owner. Raises Refusal."""
        finding.exactly_one(serial=wish.typed, codes=wish.codes, sighting=wish.sighting, product=wish.piece)
        async with self._ground.storage.read() as conn:
            before = await asked_once.given_before(conn, customer.id, once, RegistrationView)
        if before is not None:
            return before
        await self._counter.take((REGISTER_BY_CUSTOMER, customer.id), (REGISTER_BY_SOURCE, source))
        try:
            async with self._ground.storage.write("register") as conn:
                return await asked_once.happen(
                    conn,
                    customer.id,
                    once,
                    RegistrationView,
                    lambda: self._register(conn, customer, wish),
                    now=self._ground.now(),
                )
        except Refusal as refusal:
            if refusal.slug != Refused.UNKNOWN_SERIAL:
                raise
            raise await self._with_look_alikes(refusal, customer, wish, source) from None

    async def _register(self, conn: AsyncConnection, customer: Customer, wish: Wish) -> RegistrationView:
        now = self._ground.now()
        named = await self._named(conn, customer, wish)
        found = await finding.find(conn, named, wish.model)
        judged = await self._judge(conn, customer, wish, named, found)
        piece = await self._piece(conn, named, found, judged, now)
        new = registration.Registration(
            id=self._ground.new_id(),
            unit=piece.id,
            customer=customer.id,
            channel=wish.channel,
            state=State.ACTIVE,
            market=customer.market,
            language=customer.language,
            terms=wish.terms,
            bought_on=wish.bought_on,
            shop=wish.shop,
            created_at=now,
        )
        await self._own(conn, new, named.pointer)
        if piece.model != judged.model.code:  # else it was somebody's guess, who does not own it
            await units.name_unsupplied(conn, piece.id, judged.model.code)
        await consents.add(
            conn,
            customer.id,
            (consents.Kind.TERMS, consents.Kind.OWN_DEVICE),
            version=wish.terms,
            language=customer.language,
            channel=wish.channel,
            new_id=self._ground.new_id,
            now=now,
        )
        await sightings.drop(conn, customer.id, piece.id)
        covers = await covering.bring_up_to_date(
            conn,
            piece.id,
            markets=self._ground.maker.markets,
            cause=covering.Cause.REGISTERED,
            actor=customer.id,
            new_id=self._ground.new_id,
            now=now,
        )
        return shown.registration(
            new,
            shown.model_name(judged.model.code, judged.model, customer.language),
            notes=[note.value for note in judged.notes],
            covers=covers,
            today=self._ground.today(customer.market),
        )

    async def _named(self, conn: AsyncConnection, customer: Customer, wish: Wish) -> Named:
        if wish.typed:
            bare = identifiers.canonical(wish.typed)
            is_model = await catalogue.model_by_code(conn, bare) is not None
            return finding.of_typed(wish.typed, "/serial", model_codes=(bare,) if is_model else ())
        if wish.codes:
            return finding.of_codes(wish.codes, self._ground.maker.maker.code_hosts, "/codes")
        if wish.piece:
            return Named("/product", piece=wish.piece)
        seen = await sightings.mine(conn, wish.sighting, customer.id)
        if seen is None:
            raise Refusal("not-found")
        return Named("/sighting", piece=seen.unit)

    async def _judge(
        self, conn: AsyncConnection, customer: Customer, wish: Wish, named: Named, found: Found
    ) -> _Judged:
        """The rules' verdict on the product and on what was agreed to. Raises Refusal."""
        if found.at_odds:
            raise refusing.refused(Refused.MODEL_MISMATCH, pointer=named.pointer)
        piece = found.piece
        made_on = piece.manufactured_on if piece is not None else None
        model = await catalogue.model_by_code(conn, found.model or wish.model)
        fit = Kind.SERIAL
        allowed = None
        if model is not None:
            fitting = identifiers.fit(named.number, model.rule) if named.number is not None else Kind.SERIAL
            fit = fitting if isinstance(fitting, Kind) else Kind.SERIAL
            allowed = rules.Allowed(
                registrable=model.is_registrable,
                fits=isinstance(fitting, Kind),
                by_qr=model.by_qr,
                by_itself=model.may_register_itself(made_on=made_on, model_year=wish.model_year),
            )
        asked = rules.Wish(
            wish.channel, wish.model, customer.market, wish.terms, wish.own_device, wish.bought_on
        )
        said = rules.Product(found.model, found.supplied, made_on, piece.market if piece else "")
        policy = await self._policy(conn, customer, model)
        verdict = rules.judge_product(
            asked,
            said if found.model else None,
            allowed,
            policy,
            has_look_alikes=named.number is not None and bool(named.number.look_alikes),
        )
        if isinstance(verdict, Refused):
            if verdict is Refused.IDENTIFIER and named.number is not None and model is not None:
                problem = identifiers.fit(named.number, model.rule)
                assert isinstance(problem, Problem), "it does not fit"
                raise refusing.misfit(problem, named.number.look_alikes, named.pointer)
            why_not = model.why_not.value if model is not None and model.why_not else ""
            raise refusing.refused(verdict, pointer=named.pointer, why_not=why_not)
        refused = rules.judge_consent(
            asked, policy, made_on=made_on, today=self._ground.today(customer.market)
        )
        if refused is not None:
            raise refusing.refused(refused, pointer=named.pointer, terms=policy.terms)
        assert model is not None, "what is not ours is refused"
        return _Judged(model, made_on, fit, verdict.notes)

    async def _policy(self, conn: AsyncConnection, customer: Customer, model: Model | None) -> rules.Policy:
        terms = self._ground.maker.markets[customer.market].terms_on(self._ground.today(customer.market))
        codes = () if model is None else (model.code, *await catalogue.path_of(conn, model.code))
        needed = self._ground.maker.maker.supply_needed
        return rules.Policy(terms.version if terms else "", any(code in needed for code in codes))

    async def _piece(
        self, conn: AsyncConnection, named: Named, found: Found, judged: _Judged, now: int
    ) -> Unit:
        """The piece, made where there was none, for this transaction alone."""
        piece = found.piece
        if piece is None:
            assert named.number is not None, "what has no number is known by its piece"
            is_imei = judged.kind is Kind.IMEI
            new = Unit(
                id=self._ground.new_id(),
                brand=judged.model.brand,
                serial=None if is_imei else named.number.canonical,
                model=judged.model.code,
                manufactured_on=None,
                market="",
            )
            imeis = (named.number.canonical,) if is_imei else ()
            piece = await units.add(conn, new, now=now, imeis=imeis)
        held = await units.held(conn, piece.id)
        assert held is not None, "pieces outlive their owners"
        return held

    async def _own(self, conn: AsyncConnection, new: registration.Registration, pointer: str) -> None:
        """Of many at once one gets past here (I1)."""
        owner = await registration.owner(conn, new.unit)
        refused = rules.judge_owner(owner, new.customer)
        if refused is None and not await registration.begin(conn, new):
            refused = Refused.ALREADY_REGISTERED
        if refused is not None:
            raise refusing.refused(refused, pointer=pointer)

    async def _with_look_alikes(
        self, refusal: Refusal, customer: Customer, wish: Wish, source: str
    ) -> Refusal:
        """The same, with whether another reading is in our list: counted as that many questions."""
        number = identifiers.classify(wish.typed) if wish.typed else None
        if not isinstance(number, identifiers.Number) or not number.look_alikes:
            return refusal
        marks = refusing.look_alikes(number.look_alikes, "/serial")
        cost = len(identifiers.variants(number.canonical))
        limits = ((REGISTER_BY_CUSTOMER, customer.id), (REGISTER_BY_SOURCE, source))
        if await self._counter.can_afford(*limits, cost=cost):
            async with self._ground.storage.read() as conn:
                if await finding.look_alike_known(conn, number):
                    marks = [mark | {"hint": Hint.LOOK_ALIKE_KNOWN.value} for mark in marks]
        return Refusal(refusal.slug, errors=[*refusal.errors, *marks])
