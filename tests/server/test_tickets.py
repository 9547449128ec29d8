"""A console's ticket: for one session, once, for thirty seconds, at one door of one node (INV-A7, INV-G3)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
import pytest

from server.restored import REVOKED_FILE
from server.settings import private_folder
from tests.server.conftest import CONSOLE, running_server
from tests.server.ends import End, join, new_device, redeem, technician
from wire.limits import TICKET_S

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Running
    from tests.server.ends import Device, Technician

pytestmark = pytest.mark.slow


async def opened(server: Running, who: Technician) -> tuple[Device, str]:
    """A device whose code is taken, and the ticket to its session."""
    device = await new_device(server)
    return device, str((await redeem(server, who, await device.greet()))["ticket"])


async def knock(server: Running, path: str, protocols: tuple[str, ...], **headers: str) -> End | int:
    """The socket, or the status in its place."""
    try:
        socket = await server.http.ws_connect(server.origin + path, protocols=protocols, headers=headers)
    except aiohttp.WSServerHandshakeError as refused:
        return refused.status
    return End(socket)


async def test_a_used_ticket_and_one_of_another_session_open_nothing_and_disturb_nobody(
    server: Running,
) -> None:
    who = await technician(server)
    (first, ticket), (second, other) = await opened(server, who), await opened(server, who)
    mine = await join(server, ticket, CONSOLE)
    for _ in range(2):
        assert (await (await join(server, ticket, CONSOLE)).farewell()).error == "not_allowed"
    # The first session ends; the second, whose ticket nobody has shown, is not touched.
    await mine.say("abort")
    assert (await mine.farewell()).reason == "pairing_failed"
    assert (await first.end.farewell()).reason == "pairing_failed"
    assert (await (await join(server, ticket, CONSOLE)).farewell()).error == "not_allowed"
    theirs = await join(server, other, CONSOLE)
    await theirs.say("abort")
    assert (await theirs.farewell()).reason == "pairing_failed"
    assert (await second.end.farewell()).reason == "pairing_failed"


async def test_a_ticket_is_too_old_after_thirty_seconds(server: Running) -> None:
    who = await technician(server)
    _, late = await opened(server, who)
    _, in_time = await opened(server, who)
    sessions = server.service.sessions
    tickets = sessions._tickets
    tickets._held = {
        key: replace(held, until=held.until - TICKET_S + seconds)
        for (key, held), seconds in zip(tickets._held.items(), (0, 5), strict=True)
    }
    assert (await (await join(server, late, CONSOLE)).farewell()).error == "not_allowed"
    console = await join(server, in_time, CONSOLE)
    await console.say("abort")
    assert (await console.farewell()).reason == "pairing_failed"


async def test_a_ticket_opens_no_other_door_and_no_other_key_opens_its_door(server: Running) -> None:
    """What was refused elsewhere has not used it up."""
    who = await technician(server)
    _, ticket = await opened(server, who)
    mine = f"ticket.{ticket}"
    refused = {
        "a page of another origin": ("/v1/console", ("alongside.console.1", mine), "https://evil.example"),
        "a page of no origin": ("/v1/console", ("alongside.console.1", mine), "null"),
        "no page": ("/v1/console", ("alongside.console.1", mine), ""),
        "the device's door": ("/v1/device", ("alongside.console.1", mine), CONSOLE),
        "the device's protocol": ("/v1/console", ("alongside.device.1", mine), CONSOLE),
        "its door spelled otherwise": ("/v1/console/", ("alongside.console.1", mine), CONSOLE),
        "in the address": (f"/v1/console?ticket={ticket}", ("alongside.console.1",), CONSOLE),
        "alone": ("/v1/console", (mine,), CONSOLE),
    }
    for case, (path, protocols, origin) in refused.items():
        headers = {"Origin": origin} if origin else {}
        answer = await knock(server, path, protocols, **headers)
        assert isinstance(answer, int), case
        assert 400 <= answer < 500, case
    # A device has no ticket: naming one beside its own protocol changes nothing about what it may.
    device = await knock(server, "/v1/device", ("alongside.device.1", mine))
    assert isinstance(device, End)
    assert (await device.hear("challenge"))["v"] == 1
    for case, key in {"an access token": who.token, "a badge's hash": who.badge}.items():
        end = await knock(server, "/v1/console", ("alongside.console.1", f"ticket.{key}"), Origin=CONSOLE)
        assert isinstance(end, End), case
        assert (await end.farewell()).error == "not_allowed", case
    assert (await server.call("GET", "/v1/me", token=ticket))[0] == 401
    console = await join(server, ticket, CONSOLE)
    await console.say("abort")
    assert (await console.farewell()).reason == "pairing_failed"


async def test_a_stolen_ticket_gives_no_other_account_a_session_of_its_own(server: Running) -> None:
    """It stays its owner's session, and the device then asks for the badge it was redeemed with (SPEC §6)."""
    who = await technician(server)
    _, ticket = await opened(server, who)
    auditor = await server.sign_in("auditor")
    headers = {"Origin": CONSOLE, "Authorization": f"Bearer {auditor}"}
    stolen = await knock(server, "/v1/console", ("alongside.console.1", f"ticket.{ticket}"), **headers)
    assert isinstance(stolen, End)
    owner = {one.id for one in await server.office.identity.accounts() if one.login == "technician"}
    assert server.service.sessions.accounts() == owner
    await stolen.say("abort")
    assert (await stolen.farewell()).reason == "pairing_failed"


async def test_a_ticket_works_on_the_node_that_gave_it_alone(server: Running, tmp_path: Path) -> None:
    """Two servers on one database: the other one has neither the device nor the ticket."""
    who = await technician(server)
    _, ticket = await opened(server, who)
    folder = private_folder(tmp_path / "other")
    # Without it the other one takes the database for an older one, and signs everybody out.
    shutil.copy2(server.office.settings.data / REVOKED_FILE, folder)
    async with running_server(folder, database_url=server.office.settings.database) as other:
        assert (await (await join(other, ticket, CONSOLE)).farewell()).error == "not_allowed"
    console = await join(server, ticket, CONSOLE)
    await console.say("abort")
    assert (await console.farewell()).reason == "pairing_failed"
