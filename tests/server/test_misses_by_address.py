"""A miss over HTTP is counted under the address it came from (INV-A4, INV-G7)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from relay.pin.rules import Kind
from relay.pin.store import put, throttle
from tests.server.ends import technician

if TYPE_CHECKING:
    from tests.server.conftest import Running

pytestmark = pytest.mark.slow


async def _rows(server: Running) -> dict[str, list[int]]:
    query = sa.select(throttle).where(throttle.c.kind == Kind.SOURCE_MISS)
    async with server.office.database.read() as conn:
        return {row.subject: json.loads(row.times) for row in await conn.execute(query)}


async def test_misses_of_one_address_are_one_count_and_a_full_one_has_to_wait(server: Running) -> None:
    who = await technician(server)
    body = {"locator": "00000", "badge": who.badge}
    invented = {"X-Forwarded-For": "192.0.2.77"}  # no proxy of ours: its word counts for nothing
    for headers in ({}, invented):
        status, _, _ = await server.call("POST", "/v1/sessions", token=who.token, json=body, headers=headers)
        assert status == 404
    [(subject, times)] = (await _rows(server)).items()
    assert len(times) == 2
    assert "127.0.0.1" not in subject
    now = server.office.clock.now_ms()
    async with server.office.database.write("test") as conn:
        await put(conn, Kind.SOURCE_MISS, subject, (now,) * 60)
    status, problem, answer = await server.call("POST", "/v1/sessions", token=who.token, json=body)
    assert (status, problem["type"]) == (429, "urn:alongside:problem:too-many")
    assert 590 < int(answer.headers["Retry-After"]) <= 600
