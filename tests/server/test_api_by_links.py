"""The API walked along the links of its description: from what was made to what it is, and to its end.

Each step takes the link that was taken the least so far, so that after a few lives all of them were, and led
to something that is there. The seed is fixed; `ALONGSIDE_PROVE=1` walks many lives more.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest
from requests import Request
from schemathesis.checks import load_all_checks
from schemathesis.core.transport import Response
from schemathesis.openapi import from_dict

from care.desk.limits import ACCEPT_BY_CUSTOMER
from tests.server.portal_people import (
    TERMS,
    Answer,
    Person,
    customer,
    json_of,
    open_portal_server,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

PROVING: Final = os.environ.get("ALONGSIDE_PROVE") == "1"
LIVES: Final = 200 if PROVING else 12
STEPS: Final = 30 if PROVING else 18
AGREED: Final = {"terms": TERMS, "own_device": True}
GTIN: Final = "02000000000299"
# What may be refused on the way: it was given up, handed on or taken back by a step before.
OVER: Final = {404, 409}
ACCEPT: Final = "post-me-transfers"


@dataclass(frozen=True)
class Made:
    """An answer: of which operation, to whom, and what of its request links may speak of."""

    operation: dict[str, Any]
    who: Person
    answer: Answer
    path: dict[str, str]

    def links(self) -> dict[str, dict[str, Any]]:
        told = self.operation["responses"].get(str(self.answer.status), {})
        found: dict[str, dict[str, Any]] = told.get("links", {})
        return found

    def value(self, expression: str) -> str | None:
        """What a runtime expression says (OpenAPI 4.8.20.4); None where there is nothing."""
        if expression.startswith("$response.header."):
            return self.answer.headers[expression.removeprefix("$response.header.")]
        if expression.startswith("$request.path."):
            return self.path[expression.removeprefix("$request.path.")]
        found: Any = json_of(self.answer)
        for part in expression.removeprefix("$response.body#/").split("/"):
            if isinstance(found, list):
                found = found[int(part)] if int(part) < len(found) else None
            else:
                found = found[part]
            if found is None:
                return None
        return str(found)


@dataclass
class Walk:
    """Two customers, of whom one hands on to the other."""

    document: dict[str, Any]
    people: tuple[Person, Person]
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    led: set[tuple[str, str]] = field(default_factory=set)
    accepts: Counter[str] = field(default_factory=Counter)
    _count: int = 0

    def __post_init__(self) -> None:
        self.places = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        }
        self.schema = from_dict(self.document)

    def all_links(self) -> set[tuple[str, str]]:
        return {
            (name, link["operationId"])
            for name, (_, _, operation) in self.places.items()
            for response in operation["responses"].values()
            for link in response.get("links", {}).values()
        }

    def next(self) -> int:
        self._count += 1
        return self._count

    async def ask(
        self,
        name: str,
        who: Person,
        *,
        path: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
    ) -> Made:
        """Asked, and judged by the description."""
        method, place, operation = self.places[name]
        # What is limited by address is not what is walked here.
        who.source = f"10.0.{self.next() >> 8}.{self._count & 255}"
        answer = await who.api(
            method,
            place.format_map(path or {})
            + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else ""),
            headers={"Idempotency-Key": f"walk-{self._count}"} | (headers or {}),
            **({} if body is None else {"json": body}),
        )
        responses = self.schema[place][method].definition.raw["responses"]
        assert str(answer.status) in responses, (name, answer.status)
        self._conforms(place, method, answer)
        return Made(operation, who, answer, path or {})

    def _conforms(self, place: str, method: str, answer: Answer) -> None:
        request = Request(method, f"http://localhost{place.replace('{id}', '0' * 32)}").prepare()
        headers = {name.lower(): [value] for name, value in answer.headers.items()}
        response = Response(
            status_code=answer.status,
            headers=headers,
            content=answer.body,
            request=request,
            elapsed=0,
            verify=False,
        )
        self.schema[place][method].validate_response(response)

    def _taker(self, one: Made, target: str) -> Person:
        """Who goes along a link: what somebody hands on, the other one accepts."""
        if target != ACCEPT:
            return one.who
        return self.people[1] if one.who is self.people[0] else self.people[0]

    def _may_accept(self, who: Person) -> bool:
        """Somebody who has tried as many codes as are allowed has to wait; the walk does not."""
        return self.accepts[who.id] < ACCEPT_BY_CUSTOMER.burst

    async def begin(self, who: Person) -> list[Made]:
        """Something of everything that leads further."""
        number = f"0A1B2C3D4E{self.next():05d}"
        seen = f"https://id.hallmere.example/01/{GTIN}/21/0A1B2C3D4F{self.next():05d}"
        return [
            await self.ask("post-me-registrations", who, body={"serial": number, "model": "VQ55Q7"} | AGREED),
            await self.ask("post-me-sightings", who, body={"codes": [seen]}),
            await self.ask("get-catalogue-types", who),
            await self.ask("get-me-products", who),
        ]

    async def step(self, there: list[Made]) -> None:
        """One link further, of those that were taken the least."""
        ways = [
            (self.taken[one.operation["operationId"], link["operationId"]], self.dice.random(), one, link)
            for one in there
            for link in one.links().values()
            if link["operationId"] != ACCEPT or self._may_accept(self._taker(one, ACCEPT))
        ]
        _, _, one, link = min(ways, key=lambda way: way[:2])
        taken = (one.operation["operationId"], link["operationId"])
        self.taken[taken] += 1
        _, place, _ = self.places[link["operationId"]]
        values = {name: one.value(said) for name, said in link.get("parameters", {}).items()}
        body = {name: one.value(said) for name, said in link.get("requestBody", {}).items()}
        if None in {*values.values(), *body.values()}:
            return
        told = {name: str(value) for name, value in values.items()}
        who = self._taker(one, link["operationId"])
        self.accepts[who.id] += link["operationId"] == ACCEPT
        made = await self.ask(
            link["operationId"],
            who,
            path={name: value for name, value in told.items() if f"{{{name}}}" in place},
            query={n: v for n, v in told.items() if f"{{{n}}}" not in place and not n.startswith("header.")},
            headers={
                name.removeprefix("header."): v for name, v in told.items() if name.startswith("header.")
            },
            body=body | AGREED if body else None,
        )
        if made.answer.status < 300:
            self.led.add(taken)
            there.append(made)
        else:
            assert made.answer.status in OVER | {412, 422}, (taken, made.answer.body)


async def test_every_link_leads_from_what_was_made_to_what_is_there(tmp_path: Path) -> None:
    load_all_checks()
    async with open_portal_server(tmp_path, behind_proxy=True) as running:
        people = (await customer(running, "gives"), await customer(running, "takes"))
        document = json_of(await people[0].api("GET", "/api/v1/openapi.json"))
        walk = Walk(document, people)
        assert {target for _, target in walk.all_links()} <= walk.places.keys()
        for life in range(LIVES):
            people = (await customer(running, f"gives-{life}"), await customer(running, f"takes-{life}"))
            walk.people = people
            there = await walk.begin(people[life % 2])
            for _ in range(STEPS):
                await walk.step(there)
        assert walk.all_links() - walk.led == set()
        assert len(walk.led) > 20
        assert "our fault" not in running.log.getvalue()
