"""The relay's doors with real sockets on loopback: what is let in, what is answered, what stays bounded."""

from __future__ import annotations

import asyncio
import socket
from types import SimpleNamespace

import pytest
from aiohttp import WSServerHandshakeError

from relay.session.facts import Side
from relay.session.handlers import CONSOLE_PROTOCOL, DEVICE_PROTOCOL
from relay.session.sockets import UNREAD_S, AiohttpSocket
from tests.relay.kit import frame
from tests.relay.play import session_rows
from tests.relay.socket_house import House, closed, error_of, house, reason_of, sqlite_url
from tests.tcp_options import NOT_ON_THIS_LINUX, AskedTransport, repeats_within_ms
from wire.commands import Grant
from wire.encoding import b64
from wire.frames import Stream
from wire.limits import (
    PICTURE_FRAME_BYTES,
    REPEAT_WITHIN_MS,
    SILENCE_S,
    TCP_RTO_MAX_MS,
    TCP_THIN_LINEAR_TIMEOUTS,
)
from wire.messages import (
    PakeB,
    encode,
)
from wire.reasons import EndReason

__all__ = ["house", "sqlite_url"]

pytestmark = pytest.mark.slow


@pytest.mark.proves("P1", by="the relay changes what the console sends")
async def test_two_ends_meet_and_their_frames_pass_unchanged(house: House) -> None:
    device, console = await house.sealed()
    pong = frame(Stream.T2D_LINK, 0, size=200)
    await console.send_bytes(pong)
    assert await device.receive_bytes() == pong
    ping = frame(Stream.D2T_CONTROL, 0, size=300)
    await device.send_bytes(ping)
    assert await console.receive_bytes() == ping


async def test_a_redemption_answers_with_all_the_console_needs(house: House) -> None:
    _, code = await house.greeted()
    opened = await house.redeemed(code)
    assert opened.keys() == {"session", "ticket", "node", "rs", "hello"}
    assert opened["rs"] == b64(code.rs)
    assert opened["node"] == "wss://relay.example/v1/console"


async def test_closing_the_tab_ends_the_session_for_the_device(house: House) -> None:
    """INV-B3."""
    device, console = await house.sealed()
    await console.close()
    texts, code = await closed(device)
    assert reason_of(texts[-1]) is EndReason.TECHNICIAN_LOST
    assert code == 1000


async def test_a_device_that_dies_ends_the_session_for_the_console(house: House) -> None:
    """INV-B2."""
    device, console = await house.sealed()
    assert device._response.connection is not None
    transport = device._response.connection.transport
    assert isinstance(transport, asyncio.Transport)
    transport.abort()
    texts, code = await closed(console)
    assert reason_of(texts[-1]) is EndReason.DEVICE_LOST
    assert code == 1000


async def test_a_console_that_answers_no_ping_is_lost(house: House) -> None:
    """INV-B3: the socket is open, and nobody is there."""
    device, code = await house.greeted()
    opened = await house.redeemed(code)
    await house.console(opened["ticket"], autoping=False)
    await device.receive_str()
    answering = asyncio.create_task(closed(device))
    for _ in range(int(SILENCE_S * 4)):
        house.node.clock.advance(0.25)
        house.broker().heard(Side.DEVICE)
        house.node.sessions.tick(house.node.clock.s)
    texts, _ = await answering
    assert reason_of(texts[-1]) is EndReason.TECHNICIAN_LOST


async def test_an_end_that_answers_pings_is_not_lost(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both clients answer pings by themselves, as a browser does, and say nothing else."""
    device, console = await house.sealed()
    reading = [asyncio.create_task(socket.receive()) for socket in (device, console)]
    broker = house.broker()
    pongs: asyncio.Queue[Side] = asyncio.Queue()
    heard = broker.heard

    def note(side: Side) -> None:
        heard(side)
        pongs.put_nowait(side)

    monkeypatch.setattr(broker, "heard", note)
    for _ in range(int(2 * SILENCE_S)):
        house.tick(1)
        async with asyncio.timeout(10):
            assert {await pongs.get(), await pongs.get()} == set(Side)
    assert broker.ended is None
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)


async def test_a_page_of_a_foreign_origin_gets_no_socket(house: House) -> None:
    """INV-G3."""
    _, code = await house.greeted()
    opened = await house.redeemed(code)
    with pytest.raises(WSServerHandshakeError) as refused:
        await house.console(opened["ticket"], origin="https://evil.example")
    assert refused.value.status == 403
    # The ticket was not touched by it.
    assert (await house.console(opened["ticket"])).protocol == CONSOLE_PROTOCOL


@pytest.mark.parametrize("ticket", ["x" * 43, "short", "x" * 44])
async def test_a_ticket_that_was_never_given_is_not_allowed(house: House, ticket: str) -> None:
    console = await house.console(ticket)
    texts, code = await closed(console)
    assert (error_of(texts[0]), code) == ("not_allowed", 4401)


async def test_a_ticket_opens_one_socket(house: House) -> None:
    """INV-A7, INV-G3."""
    _, code = await house.greeted()
    opened = await house.redeemed(code)
    first = await house.console(opened["ticket"])
    texts, close_code = await closed(await house.console(opened["ticket"]))
    assert (error_of(texts[0]), close_code) == ("not_allowed", 4401)
    assert not first.closed
    assert house.broker().ended is None


async def test_the_ticket_is_never_the_chosen_protocol(house: House) -> None:
    """It would be written down by every proxy on the way (INV-C4)."""
    _, code = await house.greeted()
    opened = await house.redeemed(code)
    assert (await house.console(opened["ticket"])).protocol == CONSOLE_PROTOCOL


@pytest.mark.parametrize(
    ("first", "error", "code"),
    [
        ("{", "bad_message", 4400),
        ('{"t":"hello","hello":"e30","sig":"' + "A" * 86 + '"}', "bad_message", 4400),
        (b"\x01", "wrong_state", 4409),
        (encode(PakeB(y=bytes(32), tag=bytes(64))), "wrong_state", 4409),
    ],
)
async def test_a_device_that_breaks_the_rules_is_told_which(
    house: House, first: str | bytes, error: str, code: int
) -> None:
    """INV-F1."""
    device = await house.device()
    await device.receive_str()
    await (device.send_str(first) if isinstance(first, str) else device.send_bytes(first))
    texts, close_code = await closed(device)
    assert (error_of(texts[0]), close_code) == (error, code)


async def test_a_message_beyond_every_limit_closes_with_1009(house: House) -> None:
    """INV-F2."""
    device = await house.device()
    await device.receive_str()
    await device.send_bytes(bytes(PICTURE_FRAME_BYTES + 100))
    assert (await closed(device))[1] == 1009
    device, console = await house.sealed()
    await device.send_bytes(bytes(PICTURE_FRAME_BYTES + 100))
    texts, _ = await closed(console)
    assert reason_of(texts[-1]) is EndReason.INTEGRITY_FAILED


async def test_the_largest_picture_still_passes_the_socket(house: House) -> None:
    device, console = await house.sealed()
    house.broker()._granted = (Grant.VIEW,)
    largest = frame(Stream.D2T_PICTURE_WS, 0, size=PICTURE_FRAME_BYTES - 12)
    await device.send_bytes(largest)
    assert await console.receive_bytes() == largest


async def test_a_client_that_offers_no_protocol_of_ours_is_refused(house: House) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await house.client.ws_connect(f"{house._url}/v1/device", protocols=("alongside.device.2",))
    assert refused.value.status == 400


async def test_a_plain_get_of_a_socket_s_address_is_refused(house: House) -> None:
    async with house.client.get(f"{house._url}/v1/device") as answer:
        assert answer.status == 400


async def test_compression_is_never_agreed_on(house: House) -> None:
    """INV-F2: what cannot be expanded cannot be a bomb."""
    socket = await house.client.ws_connect(
        f"{house._url}/v1/device", protocols=(DEVICE_PROTOCOL,), compress=15
    )
    assert socket.compress == 0


async def test_a_full_relay_turns_devices_away_with_a_reason(house: House) -> None:
    """INV-H3."""
    house.node.sessions.draining = True
    texts, code = await closed(await house.device())
    assert (error_of(texts[0]), code) == ("try_later", 1013)


async def test_what_is_lost_on_the_way_to_either_end_is_repeated_soon(house: House) -> None:
    """SPEC §5.3."""
    await house.sealed()
    lines = house.node.sessions._lines
    assert len(lines) == 2
    for line in lines:
        assert isinstance(line._socket, AiohttpSocket)
        request = line._socket._request
        assert request is not None
        assert request.transport is not None
        opened = request.transport.get_extra_info("socket")
        assert opened.getsockopt(socket.IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS) == 1
        assert repeats_within_ms(opened) in {REPEAT_WITHIN_MS, NOT_ON_THIS_LINUX}
        assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == UNREAD_S * 1000


@pytest.mark.parametrize("is_old", [False, True])
async def test_repeats_at_least_once_a_second_are_asked_for_and_an_old_system_goes_on_without(
    *, is_old: bool
) -> None:
    """All else is asked for all the same."""
    transport = AskedTransport(is_old=is_old)
    AiohttpSocket(protocol=CONSOLE_PROTOCOL, largest=1)._tune(SimpleNamespace(transport=transport))  # type: ignore[arg-type]
    assert transport.asked == {
        TCP_THIN_LINEAR_TIMEOUTS: 1,
        TCP_RTO_MAX_MS: REPEAT_WITHIN_MS,
        socket.TCP_USER_TIMEOUT: UNREAD_S * 1000,
    }


async def test_a_drain_closes_every_socket_with_its_reason(house: House) -> None:
    """INV-H4."""
    waiting, _ = await house.greeted()
    device, console = await house.sealed()
    ends = [asyncio.create_task(closed(socket)) for socket in (waiting, device, console)]
    await house.node.sessions.drain()
    (turned, turned_code), (device_texts, _), (console_texts, _) = await asyncio.gather(*ends)
    assert (error_of(turned[-1]), turned_code) == ("try_later", 1013)
    assert reason_of(device_texts[-1]) is EndReason.DRAINING
    assert reason_of(console_texts[-1]) is EndReason.DRAINING
    assert house.node.sessions._lines == {}
    [row] = await session_rows(house.node.storage)  # type: ignore[arg-type]
    assert row.reason == "draining"
