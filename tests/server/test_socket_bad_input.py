"""A fixed table of bad messages for every message type on both sockets: what each one costs its sender.

INV-F1: no input yields a traceback, a hang or the end of the process. INV-F2: limits hold before allocation.
INV-H1: nobody else's session notices.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.server.bad_messages import B32, B64, FRAMES, NO_MESSAGE, REC, TOO_BIG, Sent, broken, text
from tests.server.conftest import CONSOLE
from tests.server.ends import Device, End, Farewell, Pair, join, new_device, new_pair, redeem, technician
from wire.encoding import b64
from wire.frames import Header, Stream, pack_header
from wire.limits import CONTROL_FRAME_BYTES, CONTROL_FRAMES_BURST, PICTURE_FRAME_BYTES

if TYPE_CHECKING:
    from tests.server.conftest import Running

pytestmark = pytest.mark.slow


def hello_of(device: Device) -> dict[str, str]:
    return {"hello": b64(device.hello), "sig": b64(device.signature())}


def respelled(device: Device, **changes: object) -> str:
    """A hello that is well signed and says something else."""
    value = {**json.loads(device.hello), **changes}
    data = json.dumps(
        {name: value[name] for name in sorted(value) if value[name] is not ...}, separators=(",", ":")
    ).encode()
    return text("hello", hello=b64(data), sig=b64(device.signature(data)))


BAD_HELLOS: dict[str, Callable[[Device], str]] = {
    "of another version": lambda device: respelled(device, v=2),
    "of a version that is true": lambda device: respelled(device, v=True),
    "of another suite": lambda device: respelled(device, suite="CPACE-RISTR255-SHA512"),
    "with a field more": lambda device: respelled(device, name="Vista"),
    "with a field less": lambda device: respelled(device, fails=...),
    "with another's id": lambda device: respelled(device, dev=B32),
    "with a short nonce": lambda device: respelled(device, nd=b64(bytes(31))),
    "with negative fails": lambda device: respelled(device, fails=-1),
    "with a million and one fails": lambda device: respelled(device, fails=1_000_001),
    "with a fraction": lambda device: respelled(device, fails=0.5),
    "with a long label": lambda device: respelled(device, fw="x" * 65),
    "with a turned label": lambda device: respelled(device, fw="Vista\u202e55"),
    "with a label of two lines": lambda device: respelled(device, fw="Vista\n55"),
    "with many abilities": lambda device: respelled(device, caps=["x"] * 17),
    "with abilities that are no texts": lambda device: respelled(device, caps=[1]),
    "that is a list": lambda device: text("hello", hello=b64(b"[]"), sig=b64(device.signature(b"[]"))),
    "with white space": lambda device: text(
        "hello", hello=b64(device.hello + b" "), sig=b64(device.signature(device.hello + b" "))
    ),
    "that is very long": lambda device: text("hello", hello=b64(bytes(1_025)), sig=B64),
}


class Ledger:
    """What was expected and did not come; one list, so that one run shows everything."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def expect(self, case: str, got: Farewell, code: int, *, error: str = "", reason: str = "") -> None:
        if (got.code, got.error, got.reason) != (code, error, reason):
            self.wrong.append(f"{case}: {got.code} {got.error}{got.reason}, not {code} {error}{reason}")


async def still_well(server: Running, ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    """The server serves, nothing fell over, and nothing was logged that looks like it."""
    assert ledger.wrong == []
    status, _, _ = await server.call("GET", "/healthz")
    assert status == 200
    device = await new_device(server)
    assert len(await device.greet()) == 5
    await device.end.socket.close()
    log = server.log.getvalue()
    for sign in ("Traceback", "exception", '"error"', "our-fault", "never awaited"):
        assert sign not in log, log
    library = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert library == []


Start = Callable[[], Awaitable[End]]


async def try_all(ledger: Ledger, start: Start, table: dict[str, Sent], code: int, error: str) -> None:
    for case, sent in table.items():
        end = await start()
        await end.send(sent)
        ledger.expect(case, await end.farewell(), code, error=error)


async def test_what_is_no_message_ends_a_greeting(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger()

    async def start() -> End:
        return (await new_device(server)).end

    await try_all(ledger, start, NO_MESSAGE, 4400, "bad_message")
    await try_all(ledger, start, TOO_BIG, 1009, "")
    await still_well(server, ledger, caplog)


async def test_a_hello_that_is_broken_anywhere_gets_no_code(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger()
    for case in broken("hello", hello_of(await new_device(server))):
        device = await new_device(server)
        await device.end.send(broken("hello", hello_of(device))[case])
        # Any 64 bytes are a signature by form: those that verify nothing are refused, not misread.
        unsigned = case.startswith("hello with hello one byte") or case.endswith("last bits")
        got = await device.end.farewell()
        if not (unsigned and got.code == 4401):
            ledger.expect(case, got, 4400, error="bad_message")
    for case, make in BAD_HELLOS.items():
        device = await new_device(server)
        await device.end.send(make(device))
        ledger.expect(case, await device.end.farewell(), 4400, error="bad_message")
    await still_well(server, ledger, caplog)


async def test_a_hello_signed_by_or_for_somebody_else_is_not_allowed(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-G3: the challenge binds the hello to this socket and this origin."""
    ledger = Ledger()
    other = await new_device(server)

    def elsewhere(device: Device, **challenge: object) -> bytes:
        return Device(device.end, device.key, device.hello, {**device.challenge, **challenge}).signature()

    signatures: dict[str, Callable[[Device], bytes]] = {
        "by another key": lambda device: Device(
            device.end, other.key, device.hello, device.challenge
        ).signature(),
        "for another socket": lambda device: elsewhere(device, rc=other.challenge["rc"]),
        "for another origin": lambda device: elsewhere(device, origin="https://evil.example"),
        "by nobody": lambda _device: bytes(64),
    }
    for case, sign in signatures.items():
        device = await new_device(server)
        await device.end.say("hello", hello=b64(device.hello), sig=b64(sign(device)))
        ledger.expect(case, await device.end.farewell(), 4401, error="not_allowed")
    await still_well(server, ledger, caplog)


async def test_what_comes_too_early_or_twice_is_the_wrong_state_for_a_device(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger()
    early: dict[str, Sent] = {
        "pake_b": text("pake_b", y=B32, tag=B64),
        "record": text("record", rec=REC),
        "abort": text("abort"),
        "a frame": pack_header(Header(Stream.D2T_CONTROL, 0)) + bytes(16),
        "an empty frame": b"",
    }
    for case, sent in early.items():
        device = await new_device(server)
        await device.end.send(sent)
        ledger.expect(f"{case} before hello", await device.end.farewell(), 4409, error="wrong_state")
        if case == "abort":
            continue  # while the code is live it is the right word
        device = await new_device(server)
        await device.greet()
        await device.end.send(sent)
        ledger.expect(f"{case} before redeemed", await device.end.farewell(), 4409, error="wrong_state")
    device = await new_device(server)
    await device.greet()
    await device.end.send(text("hello", **hello_of(device)))
    ledger.expect("a second hello", await device.end.farewell(), 4409, error="wrong_state")
    await still_well(server, ledger, caplog)


async def test_a_device_that_misbehaves_with_a_live_code_loses_the_code(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-A1: when in doubt the code is spent."""
    ledger = Ledger()
    who = await technician(server)
    for case, sent in {**NO_MESSAGE, **broken("pake_b", {"y": B32, "tag": B64})}.items():
        device = await new_device(server)
        await device.greet()
        await device.end.send(sent)
        ledger.expect(case, await device.end.farewell(), 4400, error="bad_message")
    device = await new_device(server)
    locator = await device.greet()
    await device.end.send("hello")
    await device.end.farewell()
    status, body, _ = await server.call(
        "POST", "/v1/sessions", token=who.token, json={"locator": locator, "badge": who.badge}
    )
    assert (status, body["type"]) == (404, "urn:alongside:problem:code-not-open")
    await still_well(server, ledger, caplog)


async def test_bad_messages_of_a_paired_device_end_the_session_for_both(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever misbehaves is told why; the other end hears how the session ended."""
    ledger = Ledger()
    who = await technician(server)
    table = {**NO_MESSAGE, **broken("pake_b", {"y": B32, "tag": B64})}
    table["record of nothing"] = text("record", rec="")
    table["record of a number"] = text("record", rec=7)
    table["record that is very long"] = text("record", rec=b64(bytes(4_097)))
    for case, sent in table.items():
        pair = await new_pair(server, who, CONSOLE)
        await pair.console.say("pake_a", **pair.pake_a())
        await pair.device.end.hear("pake_a")
        await pair.device.end.send(sent)
        ledger.expect(case, await pair.device.end.farewell(), 4400, error="bad_message")
        assert (await pair.console.farewell()).reason, case
    await still_well(server, ledger, caplog)


async def test_bad_messages_of_a_console_end_the_session_for_both(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger()
    who = await technician(server)
    sample = await new_pair(server, who, CONSOLE)
    table = {
        **NO_MESSAGE,
        **broken("pake_a", sample.pake_a()),
        **broken("pake_confirm", {"tag": B64}),
        "what only a device says": text("record", rec=REC),
        "pake_a with a hello that is no hello": text("pake_a", hello=b64(b"{}"), y=B32),
        "pake_a with a hello of another version": text(
            "pake_a", hello=sample.pake_a()["hello"][:-4] + "AAAA", y=B32
        ),
    }
    for case, sent in table.items():
        pair = await new_pair(server, who, CONSOLE)
        await pair.console.send(sent)
        ledger.expect(case, await pair.console.farewell(), 4400, error="bad_message")
        assert (await pair.device.end.farewell()).reason, case
    for case, sent in TOO_BIG.items():
        pair = await new_pair(server, who, CONSOLE)
        await pair.console.send(sent)
        ledger.expect(case, await pair.console.farewell(), 1009)
    await still_well(server, ledger, caplog)


async def test_key_agreement_out_of_order_is_the_wrong_state(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """SPEC §5.2: each message once, in one order."""
    ledger = Ledger()
    who = await technician(server)
    pair = await new_pair(server, who, CONSOLE)
    await pair.console.say("pake_confirm", tag=B64)
    ledger.expect("pake_confirm first", await pair.console.farewell(), 4409, error="wrong_state")
    pair = await new_pair(server, who, CONSOLE)
    await pair.device.end.say("pake_b", y=B32, tag=B64)
    ledger.expect("pake_b first", await pair.device.end.farewell(), 4409, error="wrong_state")
    pair = await new_pair(server, who, CONSOLE)
    for _ in range(2):
        await pair.console.say("pake_a", **pair.pake_a())
    ledger.expect("pake_a twice", await pair.console.farewell(), 4409, error="wrong_state")
    pair = await new_pair(server, who, CONSOLE)
    await pair.agree()
    await pair.console.say("pake_confirm", tag=B64)
    ledger.expect("pake_confirm twice", await pair.console.farewell(), 4409, error="wrong_state")
    pair = await new_pair(server, who, CONSOLE)
    await pair.device.end.say("record", rec=REC)
    ledger.expect("record first", await pair.device.end.farewell(), 4409, error="wrong_state")
    pair = await new_pair(server, who, CONSOLE)
    await pair.device.end.say("hello", **hello_of(pair.device))
    ledger.expect("hello again", await pair.device.end.farewell(), 4409, error="wrong_state")
    await still_well(server, ledger, caplog)


async def test_frames_of_another_form_end_the_session_as_altered(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-C1: whatever is not exactly as it must be counts as tampering."""
    ledger = Ledger()
    who = await technician(server)
    for case, frame in FRAMES.items():
        pair = await new_pair(server, who, CONSOLE)
        await pair.agree()
        await pair.console.send(frame)
        code, reason = 1000, "integrity_failed"
        ledger.expect(case, await pair.console.farewell(), code, reason=reason)
        ledger.expect(
            f"{case}, as the device hears it", await pair.device.end.farewell(), code, reason=reason
        )
    await still_well(server, ledger, caplog)


async def test_a_device_answering_with_frames_of_another_form_ends_the_session(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger()
    who = await technician(server)
    for case, frame in {
        "a console's stream": pack_header(Header(Stream.T2D_CONTROL, 0)) + bytes(16),
        "a skipped number": pack_header(Header(Stream.D2T_CONTROL, 1)) + bytes(16),
        "no tag": pack_header(Header(Stream.D2T_CONTROL, 0)),
        "a control frame as large as a picture": pack_header(Header(Stream.D2T_CONTROL, 0))
        + bytes(CONTROL_FRAME_BYTES),
    }.items():
        pair = await new_pair(server, who, CONSOLE)
        await pair.agree()
        await pair.device.end.send(frame)
        ledger.expect(case, await pair.device.end.farewell(), 1000, reason="integrity_failed")
    for case, record in {"no record": b"{}", "a long one": b"x" * 4_096, "no JSON": b"\xff\x00"}.items():
        pair = await new_pair(server, who, CONSOLE)
        await pair.agree()
        await pair.device.end.say("record", rec=b64(record))
        ledger.expect(case, await pair.device.end.farewell(), 1000, reason="integrity_failed")
    await still_well(server, ledger, caplog)


async def test_a_frame_before_the_keys_are_agreed_ends_the_session(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """SPEC §4: no binary frame before both ends have exchanged pake_confirm."""
    ledger = Ledger()
    who = await technician(server)
    control = pack_header(Header(Stream.T2D_CONTROL, 0)) + bytes(16)
    answer = pack_header(Header(Stream.D2T_CONTROL, 0)) + bytes(16)
    pair = await new_pair(server, who, CONSOLE)
    await pair.console.send(control)
    ledger.expect("of the console", await pair.console.farewell(), 1000, reason="integrity_failed")
    pair = await new_pair(server, who, CONSOLE)
    await pair.device.end.send(answer)
    ledger.expect("of the device", await pair.device.end.farewell(), 1000, reason="integrity_failed")
    await still_well(server, ledger, caplog)


async def test_a_message_beyond_the_largest_frame_is_cut_off_with_1009(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-F2: the server stops reading; it does not first take it all."""
    ledger = Ledger()
    who = await technician(server)
    device = await new_device(server)
    await device.end.send(bytes(PICTURE_FRAME_BYTES + 1))
    ledger.expect("of a device, binary", await device.end.farewell(), 1009)
    device = await new_device(server)
    await device.end.send("x" * (PICTURE_FRAME_BYTES + 1))
    ledger.expect("of a device, text", await device.end.farewell(), 1009)
    pair = await new_pair(server, who, CONSOLE)
    await pair.agree()
    await pair.console.send(bytes(CONTROL_FRAME_BYTES + 1))
    ledger.expect("of a console, binary", await pair.console.farewell(), 1009)
    assert (await pair.device.end.farewell()).reason
    await still_well(server, ledger, caplog)


async def test_text_that_is_not_utf_8_closes_the_socket(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """RFC 6455 §8.1: 1007."""
    ledger = Ledger()
    device = await new_device(server)
    await device.end.socket._writer.send_frame(b'{"t":"\xff\xfe"}', aiohttp.WSMsgType.TEXT)
    ledger.expect("of a device", await device.end.farewell(), 1007)
    await still_well(server, ledger, caplog)


async def test_commands_faster_than_a_hand_are_cut_off(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """SPEC §9: 30 a second, bursts to 90."""
    ledger = Ledger()
    who = await technician(server)
    pair = await new_pair(server, who, CONSOLE)
    await pair.agree()
    for seq in range(CONTROL_FRAMES_BURST * 2):
        await pair.console.send(pack_header(Header(Stream.T2D_CONTROL, seq)) + bytes(16))
    ledger.expect("control frames", await pair.console.farewell(), 4429, error="too_many")
    assert (await pair.device.end.farewell()).reason
    await still_well(server, ledger, caplog)


@pytest.mark.parametrize(
    ("path", "protocols", "headers", "status"),
    [
        ("/v1/device", (), {}, 400),
        ("/v1/device", ("alongside.device.2",), {}, 400),
        ("/v1/device", ("alongside.console.1",), {}, 400),
        ("/v1/console", ("alongside.console.1",), {}, 403),
        ("/v1/console", ("alongside.console.1",), {"Origin": "https://evil.example"}, 403),
        ("/v1/console", ("alongside.console.1",), {"Origin": CONSOLE + "."}, 403),
        ("/v1/console", ("alongside.console.1",), {"Origin": "null"}, 403),
        ("/v1/console", ("alongside.console.2",), {"Origin": CONSOLE}, 400),
        ("/v1/console", ("ticket.AAAA",), {"Origin": CONSOLE}, 400),
        ("/v1/devices", ("alongside.device.1",), {}, 404),
        ("//v1/device", ("alongside.device.1",), {}, 404),
        ("/v1/device/", ("alongside.device.1",), {}, 404),
    ],
)
async def test_an_upgrade_that_is_not_for_this_door_gets_no_socket(  # noqa: PLR0917 - one row of the table
    server: Running,
    caplog: pytest.LogCaptureFixture,
    path: str,
    protocols: tuple[str, ...],
    headers: dict[str, str],
    status: int,
) -> None:
    """INV-G1, INV-G3"""
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await server.http.ws_connect(f"{server.origin}{path}", protocols=protocols, headers=headers)
    assert refused.value.status == status
    await still_well(server, Ledger(), caplog)


async def test_a_socket_address_without_an_upgrade_is_a_refusal_and_no_fault(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    for path in ("/v1/device", "/v1/console"):
        for method in ("GET", "POST", "DELETE"):
            status, _, answer = await server.call(method, path, headers={"Origin": CONSOLE})
            assert 400 <= status < 500
            assert answer.content_type == "application/problem+json"
    await still_well(server, Ledger(), caplog)


async def test_a_ticket_works_once_and_only_as_it_was_given(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-A7, INV-G3: none, another's spelling, two at once and a spent one are all the same: not allowed."""
    ledger = Ledger()
    who = await technician(server)
    device = await new_device(server)
    ticket = (await redeem(server, who, await device.greet()))["ticket"]
    for case, protocols in {
        "none": ("alongside.console.1",),
        "never issued": ("alongside.console.1", f"ticket.{B32}"),
        "cut": ("alongside.console.1", f"ticket.{ticket[:-1]}"),
        "in other letters": ("alongside.console.1", f"ticket.{ticket.swapcase()}"),
        "two at once": ("alongside.console.1", f"ticket.{ticket}", f"ticket.{B32}"),
    }.items():
        socket = await server.http.ws_connect(
            f"{server.origin}/v1/console", protocols=protocols, headers={"Origin": CONSOLE}
        )
        ledger.expect(case, await End(socket).farewell(), 4401, error="not_allowed")
    first = await join(server, ticket, CONSOLE)
    second = await join(server, ticket, CONSOLE)
    ledger.expect("spent", await second.farewell(), 4401, error="not_allowed")
    await first.say("abort")
    assert (await first.farewell()).reason == "pairing_failed"
    await still_well(server, ledger, caplog)


@pytest.mark.parametrize("rubbish", [NO_MESSAGE, FRAMES, TOO_BIG], ids=["texts", "frames", "sizes"])
async def test_one_sessions_rubbish_does_not_disturb_another(
    server: Running, caplog: pytest.LogCaptureFixture, rubbish: dict[str, str | bytes]
) -> None:
    """INV-H1"""
    ledger = Ledger()
    who = await technician(server)
    calm = await new_pair(server, who, CONSOLE)
    await calm.agree()
    hearing = [asyncio.create_task(end.farewell(60.0)) for end in (calm.console, calm.device.end)]
    for sent in rubbish.values():
        wild: Pair = await new_pair(server, who, CONSOLE)
        await wild.agree()
        await wild.console.send(sent)
        await wild.console.farewell()
    assert not any(listener.done() for listener in hearing)
    await calm.console.say("abort")
    for name, said in zip(("console", "device"), await asyncio.gather(*hearing), strict=True):
        ledger.expect(f"the calm {name}", said, 1000, reason="pairing_failed")
    await still_well(server, ledger, caplog)
