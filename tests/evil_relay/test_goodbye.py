"""This suite's relay says goodbye as the shipped one does: whoever is told why it ends gets to read it."""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import WSMsgType

from tests.evil_relay.attack import Honest
from tests.evil_relay.sockets import PROTOCOL, SocketLeg, evil_service
from tests.evil_relay.tape import Side

if TYPE_CHECKING:
    from tests.evil_relay.relay import EvilRelay

pytestmark = pytest.mark.slow

PATIENCE_S = 10.0


def transport_of(relay: EvilRelay, side: Side) -> asyncio.Transport:
    leg = relay.legs[side]
    assert isinstance(leg, SocketLeg)
    request = leg._socket._req
    assert request is not None
    assert isinstance(request.transport, asyncio.Transport)
    return request.transport


async def until_shut(transport: asyncio.Transport) -> None:
    while not transport.is_closing():  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)  # every other task runs until it waits


async def test_the_last_words_are_read_and_the_socket_is_shut_only_after_the_answer() -> None:
    """Shut with something unread TCP resets, and with it goes what the end has not read yet."""
    async with (
        asyncio.timeout(PATIENCE_S),
        evil_service(Honest(Random(0)), [], lambda: None) as service,
        aiohttp.ClientSession() as http,
        http.ws_connect(
            f"{service.origin}/v1/device", protocols=(PROTOCOL[Side.DEVICE],), autoclose=False
        ) as device,
    ):
        assert json.loads(await device.receive_str())["t"] == "challenge"
        (relay,) = service.relays
        transport = transport_of(relay, Side.DEVICE)
        relay.end("revoked")
        while (message := await device.receive()).type is WSMsgType.TEXT:
            last = json.loads(message.data)
        assert (last["t"], last["reason"]) == ("ended", "revoked")
        assert message.type is WSMsgType.CLOSE
        for _ in range(8):
            await device.send_bytes(bytes(65_536))  # what was on its way when the relay closed
        assert not transport.is_closing()
        await device.close()
        await until_shut(transport)


async def test_an_end_that_never_answers_the_goodbye_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.evil_relay.sockets.CLOSING_S", 0.0)
    async with (
        asyncio.timeout(PATIENCE_S),
        evil_service(Honest(Random(0)), [], lambda: None) as service,
        aiohttp.ClientSession() as http,
        http.ws_connect(
            f"{service.origin}/v1/device", protocols=(PROTOCOL[Side.DEVICE],), autoclose=False
        ) as device,
    ):
        (relay,) = service.relays
        transport = transport_of(relay, Side.DEVICE)
        relay.hang_up(Side.DEVICE, 4404)
        while (message := await device.receive()).type is not WSMsgType.CLOSE:
            assert message.type is WSMsgType.TEXT
        assert message.data == 4404
        await until_shut(transport)
