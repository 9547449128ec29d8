"""The whole API as it is described, asked by machine: by everybody, with good input and bad.

Whatever comes in, the answer is one that the description promises (INV-F1, G16). The seed is fixed;
`ALONGSIDE_PROVE=1` asks many times as much.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import hypothesis
import pytest
import pytest_asyncio
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.checks import not_a_server_error as no_fault_of_ours
from schemathesis.core.result import Ok
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.web.access import COOKIE, PROOF
from server.web.application import HEADERS
from tests.server.portal_people import Person, customer, json_of, open_portal_server, signed_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from schemathesis import Case
    from schemathesis.core.transport import Response
    from schemathesis.schemas import APIOperation

    from tests.server.conftest import Running

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

PROVING: Final = os.environ.get("ALONGSIDE_PROVE") == "1"
EXAMPLES: Final = 60 if PROVING else 2
CHECKS: Final = [
    no_fault_of_ours,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SETTINGS: Final = hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.generate],
)
NUMBERS: Final = itertools.count()
# They end the session that asks: each is asked with one of its own.
ENDS: Final = {
    ("DELETE", "/api/v1/customers/session"),
    ("DELETE", "/api/v1/customers/sessions"),
    ("POST", "/v1/sign-out"),
}


@dataclass(frozen=True)
class Asker:
    """Who asks; `new` begins another customer's session. Both give the headers that say whose it is."""

    new: Callable[[], dict[str, str]]
    own: dict[str, str]

    def headers(self, operation: APIOperation[Any, Any, Any, Any]) -> dict[str, str]:
        return self.new() if (operation.method.upper(), operation.path) in ENDS else self.own


@dataclass(frozen=True)
class Stage:
    """The running server, its description, and where its loop runs while a machine asks from a thread."""

    running: Running
    document: dict[str, Any]
    loop: asyncio.AbstractEventLoop

    async def asker(self, name: str) -> Asker:
        """`name` is "cookie" or "app" of a customer, "technician", or anything else of nobody."""
        asks, ends = [
            await customer(self.running, f"{name}-{next(NUMBERS)}-{who}") for who in ("asks", "ends")
        ]

        async def begin(person: Person) -> dict[str, str]:
            if name == "technician":
                return {"Authorization": f"Bearer {await self.running.sign_in()}"}
            token = (await signed_in(self.running, person)).token
            if name == "app":
                return {"Authorization": f"Bearer {token}"}
            proof = Person(self.running, token).csrf
            own = {"Cookie": f"{COOKIE}={token}", PROOF: proof, "Origin": self.running.origin}
            return own if name == "cookie" else {}

        def new() -> dict[str, str]:
            return asyncio.run_coroutine_threadsafe(begin(ends), self.loop).result(30)

        return Asker(new, await begin(asks))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    load_all_checks()
    async with open_portal_server(tmp_path_factory.mktemp("portal"), behind_proxy=True) as running:
        described = json_of(await Person(running).ask("GET", "/api/v1/openapi.json"))
        yield Stage(running, described, asyncio.get_running_loop())


def operations(document: dict[str, Any]) -> list[APIOperation[Any, Any, Any, Any]]:
    found = list(from_dict(document).get_all_operations())
    assert all(isinstance(one, Ok) for one in found)
    return [one.ok() for one in found if isinstance(one, Ok)]


class Sources:
    """Another address for each request, so that the limits of one are not what is found."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self) -> dict[str, str]:
        self._count += 1
        return {
            "X-Forwarded-For": f"10.{self._count >> 16 & 255}.{self._count >> 8 & 255}.{self._count & 255}"
        }


NEXT: Final = Sources()


def check_headers(response: Response) -> None:
    for name, value in HEADERS.items():
        if name in {"Cache-Control", "Content-Security-Policy"}:
            assert response.headers.get(name.lower()), name
        else:
            assert response.headers[name.lower()] == [value], name


def judged(document: dict[str, Any], mode: GenerationMode, judge: Callable[[Case[Any]], None]) -> list[str]:
    """What was found wrong, of every operation that is."""
    wrong: list[str] = []
    for operation in operations(document):
        strategy = operation.as_strategy(generation_mode=mode)
        try:
            SETTINGS(hypothesis.given(case=strategy)(judge))()
        except hypothesis.errors.Unsatisfiable:
            # There is no bad input where nothing is taken.
            assert mode is GenerationMode.NEGATIVE, operation.label
        except Exception as fault:  # noqa: BLE001 - whatever it is, the others are asked as well
            wrong.append(f"{operation.label}: {fault}")
    return wrong


GOOD: Final = {
    ("anonymous", GenerationMode.NEGATIVE): 0,
    ("cookie", GenerationMode.POSITIVE): 8,
    ("app", GenerationMode.NEGATIVE): 2,
    ("technician", GenerationMode.POSITIVE): 8,
}
"""How many good answers there are at least; everyday only these ask."""
WHO: Final = [
    (name, mode)
    for name in ("anonymous", "cookie", "app", "technician")
    for mode in GenerationMode
    if PROVING or (name, mode) in GOOD
]


@pytest.mark.parametrize(("name", "mode"), WHO)
async def test_every_answer_is_one_that_the_description_promises(
    stage: Stage, name: str, mode: GenerationMode
) -> None:
    asker = await stage.asker(name)

    asked: Counter[tuple[str, int]] = Counter()

    def judge(case: Case[Any]) -> None:
        headers = NEXT() | asker.headers(case.operation)
        answer = case.call(base_url=stage.running.origin, headers=headers, allow_redirects=False)
        asked[case.operation.label, answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)
        check_headers(answer)

    wrong = await asyncio.to_thread(lambda: judged(stage.document, mode, judge))
    good = sum(count for status, count in asked.items() if status[1] < 300)
    assert good >= GOOD.get((name, mode), 0), asked
    assert wrong == [], "\n\n".join(wrong)
    assert "our fault" not in stage.running.log.getvalue()
