"""What may be asked about a number: what it is, and what covers the product with it (R12-R21, R83-R86).

Anybody may ask, so many times. Nothing that is answered tells whether somebody registered it (I8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from care import identifiers
from care.catalogue import store as catalogue
from care.desk import finding, refusing, shown
from care.desk.inquiry import Unknown, inquire
from care.desk.limits import ASK_BY_ALL, ASK_BY_SOURCE, DECODE_BY_CUSTOMER
from care.desk.refusing import Hint, about
from care.desk.views import CheckView, InquiryView, LabelView, LookAlikeView
from care.identifiers import Kind, Number, Unfit
from care.ports import Refusal
from care.registration.rules import Refused
from care.units import store as units

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.desk.counting import Counter
    from care.desk.decoding import Decoder
    from care.desk.ground import Customer, Ground
    from care.units.store import Unit


class Asking:
    """`source` is the address that a question came from."""

    def __init__(self, ground: Ground, counter: Counter, decoder: Decoder) -> None:
        self._ground = ground
        self._counter = counter
        self._decoder = decoder

    async def check(self, typed: str, *, source: str, language: str) -> CheckView:
        """What a number is, before anything is registered by it. Raises Refusal."""
        await self._counter.take((ASK_BY_SOURCE, source), (ASK_BY_ALL, ""))
        async with self._ground.storage.read() as conn:
            bare = identifiers.canonical(typed)
            is_model = await catalogue.model_by_code(conn, bare) is not None
            number = identifiers.classify(typed, model_codes={bare} if is_model else ())
            if isinstance(number, Unfit):
                raise refusing.unfit(number, "/serial")
            piece = await _supplied(conn, number)
            code = piece.model if piece is not None else await _by_type(conn, number)
            model = await catalogue.model_by_code(conn, code)
        if model is not None and model.why_not is not None:
            raise refusing.refused(Refused.NOT_REGISTRABLE, pointer="/serial", why_not=model.why_not.value)
        return CheckView(
            number=number.canonical,
            kinds=sorted(kind.value for kind in number.kinds),
            look_alikes=[
                LookAlikeView(mark.position, mark.character, mark.other) for mark in number.look_alikes
            ],
            known=piece is not None,
            model=shown.model_name(code, model, language) if code else None,
            look_alike_known=None if piece is not None else await self._look_alike_known(number, source),
        )

    async def inquire(self, typed: str, *, brand: str, source: str, language: str) -> InquiryView:
        """The cover of the product with this number. Raises Refusal."""
        await self._counter.take((ASK_BY_SOURCE, source), (ASK_BY_ALL, ""))
        async with self._ground.storage.read() as conn:
            answer = await inquire(conn, typed, self._ground.maker.markets, brand=brand)
        match answer:
            case Unfit():
                raise refusing.unfit(answer, "/serial")
            case Unknown.BRAND:
                raise Refusal(answer.value, errors=[about("/brand", Hint.CHOOSE)])
            case Unknown.SERIAL:
                number = identifiers.classify(typed)
                marks = number.look_alikes
                raise Refusal(
                    answer.value,
                    errors=[
                        about("/serial", Hint.CHECK_REGISTRABLE),
                        *refusing.look_alikes(marks, "/serial"),
                    ],
                )
        today = self._ground.today(answer.market)
        return InquiryView(
            model=shown.model_name(answer.model.code, answer.model, language) if answer.model else None,
            market=answer.market,
            upgraded=answer.upgraded,
            covers=shown.cover_list(answer.covers, today),
        )

    async def decode(self, customer: Customer, picture: bytes) -> LabelView:
        """The one product that a photograph's codes name. Raises Refusal."""
        await self._counter.take((DECODE_BY_CUSTOMER, customer.id))
        texts = await self._decoder.texts(picture)
        label = finding.chosen(texts, self._ground.maker.maker.code_hosts, "/")
        async with self._ground.storage.read() as conn:
            model = await catalogue.model_by_gtin(conn, label.gtin) if label.gtin else None
        name = shown.model_name(model.code, model, customer.language) if model is not None else None
        return LabelView(number=label.number, gtin=label.gtin, model=name)

    async def resolve(self, path: str) -> LabelView:
        """What a GS1 link on a product names: `01/{GTIN}` and `21/{number}` (R34, R35). Raises Refusal."""
        hosts = sorted(self._ground.maker.maker.code_hosts)
        label = finding.chosen([f"https://{hosts[0]}/{path}"], hosts, "/") if hosts else None
        if label is None:
            raise Refusal("not-a-product-code")
        async with self._ground.storage.read() as conn:
            model = await catalogue.model_by_gtin(conn, label.gtin)
        if model is None:
            raise Refusal("not-ours")
        if model.why_not is not None:
            raise refusing.refused(Refused.NOT_REGISTRABLE, pointer="/", why_not=model.why_not.value)
        if not model.by_qr:
            raise Refusal(Refused.QR_NOT_SUPPORTED.value, errors=[about("/", Hint.TYPE_IT)])
        return LabelView(
            number=label.number, gtin=label.gtin, model=shown.model_name(model.code, model, "en")
        )

    async def _look_alike_known(self, number: Number, source: str) -> bool | None:
        """Counted as as many questions as there are readings; None where those are more than may be asked."""
        readings = identifiers.variants(number.canonical)
        if not readings:
            return False
        limits = ((ASK_BY_SOURCE, source), (ASK_BY_ALL, ""))
        if not await self._counter.can_afford(*limits, cost=len(readings)):
            return None
        async with self._ground.storage.read() as conn:
            return await finding.look_alike_known(conn, number)


async def _supplied(conn: AsyncConnection, number: Number) -> Unit | None:
    """The piece that our list names by this number; what only a customer named is nobody's to know (I8)."""
    pieces = await units.by_serial(conn, number.canonical)
    if Kind.IMEI in number.kinds and (telephone := await units.by_imei(conn, number.canonical)) is not None:
        pieces = [telephone, *pieces]
    supplied = await units.supplied_among(conn, [piece.id for piece in pieces])
    return next((piece for piece in pieces if piece.id in supplied), None)


async def _by_type(conn: AsyncConnection, number: Number) -> str:
    return (await catalogue.model_of_tac(conn, number.tac) or "") if number.tac else ""
