"""`POST /v1/alive` by the front door: a console's sign of life beside its socket (SPEC §5.3)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from relay.session import alive
from relay.session.alive import key_of
from tests.relay.kit import frame
from tests.server.conftest import CONSOLE
from tests.server.ends import Pair, join, new_device, redeem, technician
from wire.encoding import b64, sha256_b64
from wire.frames import Stream
from wire.limits import ALIVE_BODY_BYTES
from wire.records import RecordWriter

if TYPE_CHECKING:
    from tests.server.conftest import Running

pytestmark = pytest.mark.slow

TAG, ANSWER = b64(bytes([5] * 64)), b64(bytes([6] * 64))


async def paired(server: Running) -> tuple[Pair, str]:
    """A session whose technician the device has let in, and the ticket that opened its console's socket."""
    pair, ticket, _ = await paired_on_record(server)
    return pair, ticket


async def paired_on_record(server: Running) -> tuple[Pair, str, RecordWriter]:
    """The same, and what writes the device's next records."""
    who = await technician(server)
    device = await new_device(server)
    opened = await redeem(server, who, await device.greet())
    pair = Pair(device, await join(server, opened["ticket"], CONSOLE), who, opened["session"])
    th = await pair.agree()
    auth = frame(Stream.T2D_CONTROL, 0)
    await pair.console.send(auth)
    assert await device.end.hear_frame() == auth
    records = RecordWriter(th, device.key.sign)
    record = records.paired(dts=1, frame=sha256_b64(auth), badge=who.badge)
    await device.end.say("record", rec=b64(record))
    await pair.console.hear("record")
    return pair, str(opened["ticket"]), records


def sign(ticket: str, **other: object) -> str:
    return json.dumps({"key": key_of(ticket), "k": 1, "n": 7, "pic": 3, "tag": TAG} | other)


async def said(server: Running, text: str, **headers: str) -> tuple[int, dict[str, Any], Any]:
    told = {"Origin": CONSOLE, "Content-Type": "text/plain"} | headers
    return await server.call("POST", "/v1/alive", data=text.encode(), headers=told)


async def test_it_reaches_the_device_as_it_is_and_its_answer_comes_back(server: Running) -> None:
    pair, ticket = await paired(server)

    async def answer() -> dict[str, Any]:
        heard = await pair.device.end.hear("alive")
        await pair.device.end.say("alive", k=1, n=9, heard=7, tag=ANSWER)
        return heard

    heard, (status, body, response) = await asyncio.gather(answer(), said(server, sign(ticket)))
    assert heard == {"t": "alive", "k": 1, "n": 7, "pic": 3, "tag": TAG}
    assert (status, body) == (200, {"k": 1, "n": 9, "heard": 7, "tag": ANSWER})
    assert response.headers["Access-Control-Allow-Origin"] == CONSOLE
    assert response.headers["Cache-Control"] == "no-store"


async def test_a_device_that_does_not_answer_leaves_nobody_waiting(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alive, "ALIVE_ANSWER_S", 0.05)
    pair, ticket = await paired(server)
    status, body, _ = await said(server, sign(ticket))
    assert (status, body) == (204, {})
    await pair.device.end.hear("alive")
    await pair.device.end.say("alive", k=1, n=9, heard=7, tag=ANSWER)  # too late for anybody, and no breach
    await pair.console.say("abort")
    assert (await pair.device.end.farewell()).reason == "technician_lost"


async def test_without_the_key_of_its_ticket_nothing_reaches_the_device(server: Running) -> None:
    pair, ticket = await paired(server)
    for key in (key_of("another"), ticket, pair.session.ljust(43, "0")):
        status, body, _ = await said(server, sign(ticket, key=key))
        assert (status, str(body["type"]).rpartition(":")[2]) == (403, "not-allowed")
    await pair.console.say("abort")
    assert (await pair.device.end.farewell()).reason == "technician_lost"


async def test_a_session_that_is_over_takes_none(server: Running) -> None:
    pair, ticket = await paired(server)
    await pair.console.say("abort")
    await pair.device.end.farewell()
    assert (await said(server, sign(ticket)))[0] == 403


async def test_only_pages_that_are_a_console_may_say_it(server: Running) -> None:
    """INV-G3."""
    _, ticket = await paired(server)
    for origin in ("https://elsewhere.example", "null"):
        assert (await said(server, sign(ticket), Origin=origin))[0] == 403
    status, _, _ = await server.call(
        "POST", "/v1/alive", data=sign(ticket).encode(), headers={"Content-Type": "text/plain"}
    )
    assert status == 403


@pytest.mark.parametrize(
    "other",
    [
        {"k": 0}, {"k": None},
        {"n": 0}, {"n": 2**32}, {"n": "7"}, {"n": 1.5}, {"n": None}, {"pic": -1}, {"pic": 2**32}, {"tag": ""},
        {"tag": TAG + "A"}, {"tag": TAG[:-1] + "_"}, {"tag": "+" + TAG[1:]}, {"key": ""}, {"key": "a" * 44},
        {"more": 1},
    ],
    ids=str,
)  # fmt: skip
async def test_what_is_none_is_refused_and_reaches_nobody(server: Running, other: dict[str, object]) -> None:
    pair, ticket = await paired(server)
    status, body, _ = await said(server, sign(ticket, **other))
    assert (status, str(body["type"]).rpartition(":")[2]) == (400, "bad-request")
    await pair.console.say("abort")
    assert (await pair.device.end.farewell()).reason == "technician_lost"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"n":1}', '{"n":1,"n":2}', "[" * 500])
async def test_what_is_no_such_json_is_refused(server: Running, text: str) -> None:
    assert (await said(server, text))[0] == 400


async def test_it_is_plain_text_and_short(server: Running) -> None:
    _, ticket = await paired(server)
    assert (await said(server, sign(ticket), **{"Content-Type": "application/json"}))[0] == 415
    assert (await said(server, sign(ticket) + " " * ALIVE_BODY_BYTES))[0] == 413


async def test_nothing_of_it_is_in_the_log(server: Running) -> None:
    """INV-C4."""
    _, ticket = await paired(server)
    await said(server, sign(ticket, key=key_of("another")))
    log = server.log.getvalue()
    for secret in (ticket, key_of(ticket), key_of("another"), TAG):
        assert secret not in log
