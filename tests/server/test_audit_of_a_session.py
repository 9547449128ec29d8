"""What a real server leaves in its log of a session, read back as an auditor reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from relay.audit.listing import session_listing
from relay.audit.record import parse_leaf
from relay.audit.store import audit_leaf
from tests.server.conftest import CONSOLE
from tests.server.ends import Pair, new_device, new_pair, redeem, technician
from wire.commands import ActionClass, Grant, Outcome
from wire.encoding import b64, sha256_b64, unb64
from wire.frames import Header, Stream, pack_header
from wire.reasons import EndReason
from wire.records import RecordWriter

if TYPE_CHECKING:
    from tests.server.conftest import Running

pytestmark = pytest.mark.slow


def command(number: int) -> bytes:
    return pack_header(Header(Stream.T2D_CONTROL, number)) + bytes([number]) * 20


async def listing(server: Running, session: str) -> dict[str, Any]:
    # Ends are closed first and recorded after.
    await server.service.sessions._log.flushed()
    facts = await session_listing(server.office.audit, session)
    assert facts is not None
    return facts


async def to_consent(pair: Pair) -> RecordWriter:
    """Key agreement, the auth frame, and the device's `paired`."""
    records = RecordWriter(await pair.agree(), pair.device.key.sign)
    await pair.console.send(command(0))
    auth = await pair.device.end.hear_frame()
    await tell(pair, records.paired(dts=1, frame=sha256_b64(auth), badge=pair.who.badge))
    return records


async def tell(pair: Pair, record: bytes) -> None:
    """The device says it; the console hears the same bytes."""
    await pair.device.end.say("record", rec=b64(record))
    assert unb64((await pair.console.hear("record"))["rec"]) == record


async def test_a_whole_session_is_on_record_without_a_gap(server: Running) -> None:
    """INV-D1, INV-D3, INV-B6"""
    pair = await new_pair(server, await technician(server), CONSOLE)
    records = await to_consent(pair)
    await tell(pair, records.consent(dts=2, grants=(Grant.KEYS, Grant.VIEW), for_s=1_800))
    for number, outcome in ((1, Outcome.DONE), (2, Outcome.REFUSED)):
        await pair.console.send(command(number))
        frame = await pair.device.end.hear_frame()
        assert frame == command(number)
        await tell(
            pair,
            records.action(
                dts=3,
                frame=sha256_b64(frame),
                action_class=ActionClass.KEY,
                path="picture.backlight",
                outcome=outcome,
            ),
        )
    await tell(pair, records.end(dts=4, reason=EndReason.CUSTOMER_STOPPED))
    assert (await pair.console.farewell()).reason == "customer_stopped"
    assert (await pair.device.end.farewell()).reason == "customer_stopped"

    facts = await listing(server, pair.session)
    assert facts["chain"]["whole"], facts["chain"]
    assert facts["gaps"] == []
    assert facts["reason"] == "customer_stopped"
    assert [entry["typ"] for entry in facts["entries"] if entry["typ"] != "session.joined"] == [
        "pin.issued",
        "pin.redeemed",
        "control.frames",
        "session.paired",
        "session.consent",
        "control.frames",
        "device.action",
        "control.frames",
        "device.action",
        "session.end",
    ]
    answers = [
        (one["frame"], one["record"]["typ"], one["record"].get("outcome")) for one in facts["commands"]
    ]
    assert answers == [
        (sha256_b64(command(0)), "paired", None),
        (sha256_b64(command(1)), "action", "done"),
        (sha256_b64(command(2)), "action", "refused"),
    ]


async def test_a_command_the_device_never_answered_shows(server: Running) -> None:
    """INV-D1: the technician leaves before the device has said what it did."""
    pair = await new_pair(server, await technician(server), CONSOLE)
    records = await to_consent(pair)
    await tell(pair, records.consent(dts=2, grants=(Grant.KEYS,), for_s=1_800))
    await pair.console.send(command(1))
    await pair.device.end.hear_frame()
    await pair.console.socket.close()
    assert (await pair.device.end.farewell()).reason == "technician_lost"

    facts = await listing(server, pair.session)
    assert facts["chain"]["whole"]
    assert [(gap["kind"], gap["frame"]) for gap in facts["gaps"]] == [("frame_unanswered", 1)]
    assert facts["reason"] == "technician_lost"


async def test_no_leaf_names_a_person_a_code_or_a_device(server: Running) -> None:
    """INV-C4, INV-H5: leaves can never be erased."""
    who = await technician(server)
    device = await new_device(server)
    locator = await device.greet()
    opened = await redeem(server, who, locator)
    await device.end.hear("redeemed")
    hello = json.loads(device.hello)
    account = next(one for one in await server.office.identity.accounts() if one.login == "technician")
    facts = json.dumps(await listing(server, opened["session"]))
    told = [entry["facts"] for entry in json.loads(facts)["entries"]]
    for secret in (
        account.id,
        account.name,
        account.org,
        hello["dev"],
        hello["dpk"],
        opened["ticket"],
    ):
        assert secret not in facts
    assert all(locator not in {str(value) for value in one.values()} for one in told)


async def test_a_refused_locator_is_on_record_with_the_cause_the_caller_was_not_told(server: Running) -> None:
    """INV-A5, INV-D5"""
    who = await technician(server)
    body = {"locator": "00000", "badge": who.badge}
    status, problem, _ = await server.call("POST", "/v1/sessions", token=who.token, json=body)
    assert status == 404
    assert "never" not in json.dumps(problem)
    async with server.office.database.read() as conn:
        leaves = [bytes(row.leaf) for row in await conn.execute(audit_leaf.select())]
    refused = [parse_leaf(leaf) for leaf in leaves if b'"redeem.refused"' in leaf]
    assert len(refused) == 1
    assert (refused[0].role, set(refused[0].d)) == ("technician", {"why"})
