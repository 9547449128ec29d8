"""Which piece and which model a number, a label or a sighting names, as far as it is known.

The supply list, the code on the label and an IMEI's type each may say the model; where two of them disagree,
nobody is believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from care import identifiers
from care.catalogue import labels
from care.catalogue import store as catalogue
from care.desk.refusing import Hint, about, field, unfit
from care.identifiers import Kind, Number
from care.ports import Refusal
from care.units import store as units

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.catalogue.labels import Label
    from care.units.store import Unit


@dataclass(frozen=True, slots=True)
class Named:
    """What the customer gave: a number, with the article number of its label, or a piece that is known."""

    pointer: str
    number: Number | None = None
    gtin: str = ""
    piece: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """`model` is what is said of it, or ""; `at_odds` where two sources say different things."""

    piece: Unit | None
    supplied: bool
    model: str
    at_odds: bool = False


def of_typed(typed: str, pointer: str, *, model_codes: Collection[str] = ()) -> Named:
    """Raises Refusal."""
    number = identifiers.classify(typed, model_codes=model_codes)
    if not isinstance(number, Number):
        raise unfit(number, pointer)
    return Named(pointer, number)


def of_codes(texts: Collection[str], hosts: Collection[str], pointer: str) -> Named:
    """What the codes of a label name. Raises Refusal where that is no one product."""
    label = chosen(texts, hosts, pointer)
    return Named(pointer, _number(label), label.gtin)


def chosen(texts: Collection[str], hosts: Collection[str], pointer: str) -> Label:
    """The label among the codes of a picture. Raises Refusal with the slug of what is wrong."""
    choice = labels.choose(texts, hosts)
    if choice.label is None:
        assert choice.problem is not None, "one of the two"
        hint = Hint.ON_THE_PRODUCT if choice.problem is labels.Problem.PACKAGE_ONLY else Hint.TYPE_IT
        raise Refusal(choice.problem.value, errors=[about(pointer, hint)])
    return choice.label


def _number(label: Label) -> Number:
    number = identifiers.classify(label.number)
    assert isinstance(number, Number), "labels are held to the same rules"
    return number


async def find(conn: AsyncConnection, named: Named, wanted: str) -> Found:
    """The piece and what is known of its model; `wanted` is the code that the customer chose, or "".

    Raises Refusal `not-ours` where a label names an article that is none of ours.
    """
    piece = await _piece(conn, named, wanted)
    supplied = piece is not None and await units.supplied(conn, piece.id) is not None
    sayings = {await _of_label(conn, named)}
    if piece is not None and (supplied or not wanted):
        sayings.add(piece.model)
    said = sorted(sayings - {""}) or sorted({await _of_type(conn, named, wanted)} - {""})
    return Found(piece, supplied, said[0] if len(said) == 1 else "", at_odds=len(said) > 1)


async def _piece(conn: AsyncConnection, named: Named, wanted: str) -> Unit | None:
    if named.piece:
        return await units.by_id(conn, named.piece)
    assert named.number is not None, "a number or a piece"
    model = await catalogue.model_by_code(conn, wanted or await _of_type(conn, named, ""))
    kind = identifiers.fit(named.number, model.rule) if model is not None else None
    if Kind.IMEI in named.number.kinds and kind is not Kind.SERIAL:
        found = await units.by_imei(conn, named.number.canonical)
        if found is not None:
            return found
    pieces = await units.by_serial(conn, named.number.canonical)
    if wanted:
        fitting = [one for one in pieces if model is not None and one.brand == model.brand]
        return fitting[0] if fitting and kind is not Kind.IMEI else None
    return await _likeliest(conn, pieces, only_supplied=kind is Kind.IMEI)


async def _likeliest(conn: AsyncConnection, pieces: list[Unit], *, only_supplied: bool) -> Unit | None:
    """The one that we supplied, where two brands have the number and one of them did.

    Raises Refusal where both did: the model tells them apart.
    """
    if len(pieces) <= 1 and not only_supplied:
        return pieces[0] if pieces else None
    supplied = await units.supplied_among(conn, [piece.id for piece in pieces])
    ours = [piece for piece in pieces if piece.id in supplied]
    if len(ours) > 1:
        raise Refusal("model-needed", errors=[about("/model", Hint.CHOOSE)])
    return ours[0] if ours else None


async def _of_label(conn: AsyncConnection, named: Named) -> str:
    if not named.gtin:
        return ""
    model = await catalogue.model_by_gtin(conn, named.gtin)
    if model is None:
        raise Refusal("not-ours", errors=[about(named.pointer, Hint.CHECK_REGISTRABLE)])
    return model.code


async def _of_type(conn: AsyncConnection, named: Named, wanted: str) -> str:
    """By an IMEI's type allocation code; a television's 15 digits may look like one: the model decides."""
    if named.number is None or named.number.tac is None:
        return ""
    model = await catalogue.model_by_code(conn, wanted) if wanted else None
    if model is not None and Kind.IMEI not in model.rule.kinds:
        return ""
    return await catalogue.model_of_tac(conn, named.number.tac) or ""


async def look_alike_known(conn: AsyncConnection, number: Number) -> bool:
    """Whether another reading of it stands in the supply list; which, is not said.

    Whoever answers with it has counted as many questions as `identifiers.variants` gives readings.
    """
    return bool(await units.supplied_serials(conn, identifiers.variants(number.canonical)))


def exactly_one(**given: object) -> None:
    """Raises Refusal where not exactly one of these fields is filled."""
    filled = [name for name, value in given.items() if value]
    if len(filled) != 1:
        first = filled[1] if filled else next(iter(given))
        raise field(f"/{first}", Hint.EXACTLY_ONE)
