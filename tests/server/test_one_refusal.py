"""One refusal for every code that is not open: over HTTP, to the last byte, also while its session runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from relay.audit.leaf_types import LeafType
from relay.audit.record import parse_leaf
from relay.audit.store import audit_leaf
from relay.pin.service import PinService, PinSettings
from relay.ports import Issued
from tests.server.conftest import CONSOLE, PASSWORD
from tests.server.ends import forget_failures, new_device, new_pair, technician

if TYPE_CHECKING:
    from tests.server.conftest import Running
    from tests.server.ends import Technician

pytestmark = pytest.mark.slow

Answer = tuple[int, dict[str, str], str]


async def refusal(server: Running, who: Technician, locator: str) -> Answer:
    """Status, headers without the clock's, body."""
    body = {"locator": locator, "badge": who.badge}
    status, _, answer = await server.call("POST", "/v1/sessions", token=who.token, json=body)
    headers = {name: value for name, value in answer.headers.items() if name != "Date"}
    return status, headers, await answer.text()


async def test_a_code_that_is_not_open_is_refused_in_one_way_whatever_it_was(server: Running) -> None:
    """INV-A5: never issued, in use, used and over, cancelled, expired, another node's."""
    who = await technician(server)
    running, over = await new_pair(server, who, CONSOLE), await new_pair(server, who, CONSOLE)
    await over.console.say("abort")
    await over.console.farewell()
    left = await new_device(server)
    cancelled = await left.greet()
    await left.end.say("abort")
    await left.end.farewell()
    assert running.device.code is not None
    assert over.device.code is not None
    known = [running.device.code["locator"], over.device.code["locator"], cancelled]
    known += [await issued(server, life_s=0), await issued(server, node="f" * 32)]
    never = next(locator for locator in map("{:05d}".format, range(100_000)) if locator not in known)

    answers = []
    for locator in (never, *known):
        await forget_failures(server)
        answers.append(await refusal(server, who, locator))
    assert answers[0][0] == 404
    assert '"urn:alongside:problem:code-not-open"' in answers[0][2]
    assert answers == [answers[0]] * 6
    # To the record they are six different things, or the caller was refused for one cause all along.
    assert await causes(server) == ["unknown", "spent", "spent", "cancelled", "expired", "elsewhere"]


async def issued(server: Running, *, node: str = "", life_s: int = 600) -> str:
    """The locator of a code that no socket stands behind."""
    office = server.office
    pins = PinService(
        storage=office.database,
        clock=office.clock,
        append=office.audit.append,
        append_to_each=office.audit.append_to_each,
        random_bytes=os.urandom,
        settings=PinSettings(node=node or office.node, salt=office.salt, life_s=life_s),
    )
    code = await pins.issue(dev=os.urandom(8).hex(), fw="")
    assert isinstance(code, Issued)
    return code.locator


async def causes(server: Running) -> list[str]:
    """Why redemptions were refused, as recorded."""
    async with server.office.database.read() as conn:
        rows = await conn.execute(sa.select(audit_leaf.c.leaf).order_by(audit_leaf.c.idx))
        leaves = [parse_leaf(bytes(row.leaf)) for row in rows]
    return [str(leaf.d["why"]) for leaf in leaves if leaf.typ is LeafType.REDEEM_REFUSED]


async def test_a_sign_in_is_refused_in_one_way_whoever_does_not_get_in(server: Running) -> None:
    """INV-A5: no such login, none possible, the wrong password, a disabled account with either password."""
    await server.office.identity.disable_account("auditor")
    tries = {
        "no such login": ("somebody", PASSWORD),
        "no possible login": ("\u202e", PASSWORD),
        "the wrong password": ("technician", "another good password"),
        "a password of one letter": ("technician", "x"),
        "a disabled account": ("auditor", PASSWORD),
        "a disabled account, and the wrong password": ("auditor", "another good password"),
    }
    answers = {}
    for case, (login, password) in tries.items():
        status, _, answer = await server.call(
            "POST", "/v1/sign-in", json={"login": login, "password": password}
        )
        headers = {name: value for name, value in answer.headers.items() if name != "Date"}
        answers[case] = (status, headers, await answer.text())
    first = answers["no such login"]
    assert first[0] == 401
    assert '"urn:alongside:problem:sign-in-refused"' in first[2]
    assert answers == dict.fromkeys(answers, first)
