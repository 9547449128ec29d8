"""Two ways to ask the desk: its services in this process, and a running server over HTTP."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import locales
from bench.desk.load import Away
from care.catalogue.maker import INVENTED, read_maker_data
from care.desk.ground import KEY_BYTES, Customer, Ground
from care.desk.once import wish
from care.desk.registering import Wish
from care.desk.service import Desk
from care.ids import RANDOM_BYTES, uuid7
from care.ports import Refusal
from care.registration.rules import Channel
from identity.customers.rules import Kind, State, session_end
from identity.customers.session_store import customer_session
from identity.customers.sessions import hash_of, new_token
from identity.customers.store import customer
from server.clock import ForwardClock
from server.storage.engine import StorageAway

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bench.desk.supply import Piece
    from server.storage.engine import Database

MARKET: Final = "LV"
_REGISTRATIONS: Final = "/api/v1/me/registrations"
_LANGUAGE: Final = "en"
_LATER: Final = "try-later"


@dataclass(frozen=True, slots=True)
class Owner:
    """A customer who registers one product; `token` is their session's."""

    id: str
    token: str


class Way(Protocol):
    """What came of a question: "" for an answer with cover in it, else the refusal's slug. Raises Away."""

    @property
    def name(self) -> str: ...

    async def inquire(self, number: str, *, source: str) -> str: ...

    async def register(self, owner: Owner, piece: Piece, *, source: str) -> str: ...


def open_desk(database: Database) -> Desk:
    """The services as the server puts them together, with the limits that it has."""
    clock = ForwardClock()
    ground = Ground(
        storage=database,
        maker=read_maker_data(INVENTED, languages=locales.languages()),
        now=clock.now_ms,
        new_id=lambda: uuid7(clock.now_ms(), os.urandom(RANDOM_BYTES)),
        key=secrets.token_bytes(KEY_BYTES),
    )
    return Desk(ground)


class InProcess:
    """The desk's services, called."""

    name: Final = "service"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._terms = desk.terms_of(MARKET)

    async def inquire(self, number: str, *, source: str) -> str:
        try:
            view = await self._desk.asking.inquire(number, brand="", source=source, language=_LANGUAGE)
        except Refusal as refusal:
            return refusal.slug
        except StorageAway as away:
            raise Away from away
        return "" if view.covers else "no-cover"

    async def register(self, owner: Owner, piece: Piece, *, source: str) -> str:
        asked = Wish(
            Channel.WEB,
            typed=piece.number,
            terms=self._terms,
            own_device=True,
            bought_on=piece.delivered_on,
        )
        once = wish(owner.id, "POST", _REGISTRATIONS, piece.number.encode())
        try:
            view = await self._desk.registering.register(
                Customer(owner.id, MARKET, _LANGUAGE), asked, once=once, source=source
            )
        except Refusal as refusal:
            return refusal.slug
        except StorageAway as away:
            raise Away from away
        return "" if view.covers else "no-cover"


class OverHttp:
    """A server on loopback that takes us for its proxy."""

    name: Final = "http"

    def __init__(self, http: ClientSession, origin: str, terms: str) -> None:
        self._http = http
        self._origin = origin
        self._terms = terms

    async def inquire(self, number: str, *, source: str) -> str:
        headers = {"X-Forwarded-For": source}
        query = {"serial": number}
        async with self._http.get(f"{self._origin}/api/v1/warranty", params=query, headers=headers) as answer:
            return await _came_of(answer)

    async def register(self, owner: Owner, piece: Piece, *, source: str) -> str:
        headers = {
            "X-Forwarded-For": source,
            "Authorization": f"Bearer {owner.token}",
            "Idempotency-Key": owner.id,
        }
        body = {
            "serial": piece.number,
            "terms": self._terms,
            "own_device": True,
            "bought_on": piece.delivered_on.isoformat(),
        }
        async with self._http.post(self._origin + _REGISTRATIONS, json=body, headers=headers) as answer:
            return await _came_of(answer)


async def _came_of(answer: ClientResponse) -> str:
    body: dict[str, Any] = await answer.json(content_type=None)
    if answer.ok:
        return "" if body["covers"] else "no-cover"
    slug = str(body["type"]).rpartition(":")[2]
    if slug == _LATER:
        raise Away
    return slug


async def new_owners(conn: AsyncConnection, count: int, *, now: int) -> list[Owner]:
    """So many customers with an account and a session each, as if they had signed in just now."""
    owners = [Owner(uuid7(now, os.urandom(RANDOM_BYTES)), new_token()) for _ in range(count)]
    rows = [
        {
            "id": owner.id,
            "email_key": f"{owner.id}@customers.example",
            "email": f"{owner.id}@customers.example",
            "name": "Demo Customer",
            "language": _LANGUAGE,
            "market": MARKET,
            "kind": Kind.HOMEOWNER.value,
            "verified_at": now,
            "state": State.ACTIVE.value,
            "created_at": now,
            "version": 1,
        }
        for owner in owners
    ]
    sessions = [
        {
            "hash": hash_of(owner.token),
            "customer": owner.id,
            "created_at": now,
            "seen_at": now,
            "expires_at": session_end(created_at=now, now=now),
        }
        for owner in owners
    ]
    await conn.execute(customer.insert(), rows)
    await conn.execute(customer_session.insert(), sessions)
    return owners
