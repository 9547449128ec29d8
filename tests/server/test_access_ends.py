"""When an account or the server goes, live sessions go with it (INV-B5, INV-G4, INV-H2, INV-H4)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, NoReturn

import pytest
from sqlalchemy import select

from relay.audit.record import parse_leaf
from relay.audit.store import audit_leaf
from server import run
from server.app import open_office
from server.storage.engine import Database, StorageAway
from tests.server.conftest import CONSOLE, PASSWORD, Running, running_server
from tests.server.ends import join, new_device, new_pair, redeem, technician

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


async def test_signing_out_ends_the_live_session_at_both_ends(server: Running) -> None:
    pair = await new_pair(server, await technician(server), CONSOLE)
    before = time.monotonic()
    status, _, _ = await server.call("POST", "/v1/sign-out", token=pair.who.token)
    assert status == 204
    assert (await pair.console.farewell()).reason == "revoked"
    assert (await pair.device.end.farewell()).reason == "revoked"
    assert time.monotonic() - before < 1.0


async def test_an_account_disabled_by_another_process_loses_its_session(server: Running) -> None:
    pair = await new_pair(server, await technician(server), CONSOLE)
    async with open_office(server.office.settings) as elsewhere:
        assert await elsewhere.identity.disable_account("technician")
    assert (await pair.console.farewell()).reason == "revoked"
    assert (await pair.device.end.farewell()).reason == "revoked"
    status, _, _ = await server.call("GET", "/v1/me", token=pair.who.token)
    assert status == 401


async def test_another_technicians_sign_out_ends_nothing(server: Running) -> None:
    pair = await new_pair(server, await technician(server), CONSOLE)
    other = await server.sign_in("auditor")
    await server.call("POST", "/v1/sign-out", token=other)
    await pair.agree()


async def test_a_ticket_is_void_once_its_technician_signed_out(server: Running) -> None:
    who = await technician(server)
    device = await new_device(server)
    opened = await redeem(server, who, await device.greet())
    await server.call("POST", "/v1/sign-out", token=who.token)
    late = await join(server, opened["ticket"], CONSOLE)
    assert (await late.farewell()).code != 1006
    assert (await device.end.farewell()).reason == "revoked"


async def test_a_drain_ends_every_session_with_its_reason_and_is_on_record(tmp_path: Path) -> None:
    async with running_server(tmp_path / "data") as server:
        waiting = await new_device(server)
        await waiting.greet()
        pair = await new_pair(server, await technician(server), CONSOLE)
        ends = (pair.console, pair.device.end, waiting.end)
        hearing = [asyncio.create_task(end.farewell()) for end in ends]
        before = time.monotonic()
    assert time.monotonic() - before < 10.0
    console, device, unused = await asyncio.gather(*hearing)
    assert (console.reason, device.reason) == ("draining", "draining")
    assert (unused.error, unused.code) == ("try_later", 1013)
    database = await Database.open(f"sqlite:///{tmp_path / 'data' / 'alongside.db'}")
    async with database.read() as conn:
        query = select(audit_leaf.c.leaf).order_by(audit_leaf.c.idx)
        leaves = [parse_leaf(bytes(row.leaf)) for row in await conn.execute(query)]
    await database.close()
    assert leaves[-1].typ == "server.stopped"
    assert [leaf.d["reason"] for leaf in leaves if leaf.typ == "session.end"] == ["draining"]
    assert [leaf.typ for leaf in leaves if leaf.typ == "pin.cancelled"] == ["pin.cancelled"]


async def test_a_server_whose_database_is_away_still_ends_its_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object) -> NoReturn:
        raise StorageAway("test")

    monkeypatch.setattr(run, "DRAIN_S", 0.5)
    async with running_server(tmp_path / "data") as server:
        pair = await new_pair(server, await technician(server), CONSOLE)
        hearing = asyncio.create_task(pair.console.farewell())
        monkeypatch.setattr(Database, "write", away)
    assert (await hearing).reason == "draining"


async def test_without_its_database_the_server_says_try_later_and_recovers_by_itself(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await server.sign_in()

    def away(*_args: object) -> NoReturn:
        raise StorageAway("test")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "read", away)
        patch.setattr(Database, "write", away)
        for method, path, body in (
            ("GET", "/healthz", None),
            ("GET", "/v1/me", None),
            ("GET", "/v1/sessions", None),
            ("POST", "/v1/sign-in", {"login": "technician", "password": PASSWORD}),
        ):
            options = {} if body is None else {"json": body}
            status, problem, answer = await server.call(method, path, token=token, **options)
            assert (path, status, problem["type"]) == (path, 503, "urn:alongside:problem:try-later")
            assert int(answer.headers["Retry-After"]) > 0
    assert (await server.call("GET", "/healthz"))[0] == 200
    assert (await server.call("GET", "/v1/me", token=token))[0] == 200
