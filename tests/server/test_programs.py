"""`serve` and `console` as an operator starts them: two processes, a person signs in, an orderly end."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from identity.rules import TOKEN_LIFE_MS
from relay.audit.record import Leaf, parse_leaf
from server.app import open_records
from server.run import listen, port_of
from server.settings import Settings
from tests.server.programs import run_program, running_program
from tests.server_keys import give_keys

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

PASSWORD = "a long and good password"
PERSON = ("--name", "Demo Technician", "--org", "Hallmere Care")
HOUR_MS = 3_600_000


def _free_ports(count: int) -> list[int]:
    opened = [listen("127.0.0.1", 0)[0] for _ in range(count)]
    ports = [port_of([one]) for one in opened]
    for one in opened:
        one.close()
    return ports


async def _add_technician(data: Path) -> None:
    code, out, error = await run_program(
        "accounts", "add", "technician", *PERSON, "--data", data, said=f"{PASSWORD}\n"
    )
    assert code == 0, error
    assert PASSWORD not in out + error


async def _sign_in(http: aiohttp.ClientSession, service: str, origin: str) -> dict[str, Any]:
    body = {"login": "technician", "password": PASSWORD}
    async with http.post(f"{service}/v1/sign-in", json=body, headers={"Origin": origin}) as answer:
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        found: dict[str, Any] = await answer.json()
        return found


def _leaves(data: Path) -> list[Leaf]:
    with closing(sqlite3.connect(data / "alongside.db")) as base:
        return [parse_leaf(row[0]) for row in base.execute("SELECT leaf FROM audit_leaf ORDER BY idx")]


async def test_server_and_console_serve_a_technician_and_stop_in_order(tmp_path: Path) -> None:
    """INV-H4."""
    data = tmp_path / "data"
    await _add_technician(data)
    service_port, console_port = _free_ports(2)
    service, origin = f"http://localhost:{service_port}", f"http://localhost:{console_port}"
    give_keys(data, iss=service)
    serve = ("serve", "--port", service_port, "--origin", service, "--console-origin", origin, "--data", data)
    show = ("console", "--port", console_port, "--origin", origin, "--service", service)
    async with (
        running_program(*serve) as server,
        running_program(*show) as console,
        aiohttp.ClientSession() as http,
    ):
        assert server.facts == {"service": service, "console_origins": [origin]}
        code, out, _ = await run_program("console", "--print-release")
        assert code == 0
        release = json.loads(out)["release"]
        assert console.facts == {"console": origin, "service": service, "release": release}
        async with http.get(origin) as page:
            assert page.status == 200
            assert 'src="' in await page.text()
            assert service in page.headers["Content-Security-Policy"]
        async with http.get(f"{origin}/config.json") as config:
            assert await config.json() == {
                "service": service,
                "demo": False,
                "tv": None,
                "root": None,
                "release": release,
                "direct": "off",
                "stun": "",
                "turn": "",
            }
        signed_in = await _sign_in(http, service, origin)
        bearer = {"Authorization": f"Bearer {signed_in['token']}", "Origin": origin}
        async with http.get(f"{service}/v1/me", headers=bearer) as me:
            assert (await me.json())["name"] == "Demo Technician"
        assert await server.stop() == 0
        assert await console.stop() == 0
    log = "\n".join(server.log + console.log)
    assert PASSWORD not in log
    assert signed_in["token"] not in log
    leaves = _leaves(data)
    assert [leaf.typ.value for leaf in leaves] == [
        "account.added",
        "keyset.used",
        "status.signed",
        "server.started",
        "console.release",
        "account.signed_in",
        "server.stopped",
    ]
    assert leaves[4].d == {"release": release}


async def test_a_second_server_on_the_same_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    [first, second] = _free_ports(2)
    give_keys(tmp_path / "data")
    data = ("--data", tmp_path / "data")
    async with running_program("serve", "--port", first, *data) as server:
        code, out, error = await run_program("serve", "--port", second, *data)
        assert (code, out) == (1, "")
        assert "already" in error
        assert error.count("\n") == 1
        assert await server.stop() == 0


async def test_a_restart_never_takes_the_clock_back_behind_the_record(tmp_path: Path) -> None:
    """INV-A3, INV-D3: the machine's clock was an hour ahead, and was set right before the restart."""
    data = tmp_path / "data"
    await _add_technician(data)
    async with open_records(Settings(data=data)) as records:
        floor = records.clock.now_ms() + HOUR_MS
        records.clock.raise_to(floor)
        await records.audit.note(typ="server.stopped", role="relay", pid="relay", d={})
    [port] = _free_ports(1)
    service, origin = f"http://localhost:{port}", "http://localhost:8401"
    give_keys(data, iss=service)
    async with (
        running_program("serve", "--port", port, "--origin", service, "--data", data) as server,
        aiohttp.ClientSession() as http,
    ):
        signed_in = await _sign_in(http, service, origin)
        assert await server.stop() == 0
    assert signed_in["expires_at"] - TOKEN_LIFE_MS >= floor
    times = [leaf.ts for leaf in _leaves(data)]
    assert times == sorted(times)
    assert times[-3] >= floor
