"""Through a TURN server alone: neither end learns the other's address (seal/SPEC §11)."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

import pytest
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcconfiguration import RTCIceTransportPolicy

from device_agent.carrier.peer import PICTURE, Peer, PeerFailed
from device_agent.carrier.policy import Direct, DirectSettings
from tests.agent.test_peer import until, within
from tests.direct.coturn import coturn

if TYPE_CHECKING:
    from pathlib import Path

    from tests.direct.coturn import Coturn, Login

pytestmark = pytest.mark.slow


def settings(server: Coturn, login: Login) -> DirectSettings:
    return DirectSettings(Direct.TURN, "", server.url, login.username, login.password)


async def console_of(server: Coturn, login: Login) -> RTCPeerConnection:
    """A console that goes through the server alone, too."""
    servers = [RTCIceServer(server.url, username=login.username, credential=login.password)]
    return RTCPeerConnection(
        RTCConfiguration(iceServers=servers, iceTransportPolicy=RTCIceTransportPolicy.RELAY)
    )


def addresses(description: str) -> set[tuple[str, str]]:
    return set(re.findall(r"^a=candidate:.* udp \d+ (\S+) \d+ typ (\w+)", description, re.MULTILINE))


async def test_pictures_pass_through_the_operators_server_and_nowhere_else(tmp_path: Path) -> None:
    opened = asyncio.Event()
    received: list[bytes] = []
    with coturn(tmp_path) as server:
        now_ms = time.time_ns() // 1_000_000
        device = Peer(
            settings(server, await server.login(now_ms)),
            opened=opened.set,
            lost=lambda: None,
            arrived=lambda: None,
        )
        console = await console_of(server, await server.login(now_ms))
        channels = [console.createDataChannel("", negotiated=True, id=number) for number in (0, 1)]
        channels[0].on("message", received.append)
        await console.setLocalDescription(await console.createOffer())
        answer = await device.answer(console.localDescription.sdp)
        assert {kind for _, kind in addresses(answer)} == {"relay"}
        assert "raddr 0.0.0.0 rport 9" in answer
        await console.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await within(opened.wait())
        device.send(PICTURE, bytes(100_000))
        await until(lambda: received == [bytes(100_000)])
        remote = console.sctp.transport.transport.getRemoteCandidates()  # type: ignore[union-attr]
        assert {candidate.type for candidate in remote} <= {"relay", "prflx"}
        device.shut()
        await device.closed()
        await console.close()


async def test_a_login_of_another_secret_finds_no_way(tmp_path: Path) -> None:
    with coturn(tmp_path) as server:
        now_ms = time.time_ns() // 1_000_000
        wrong = await server.login(now_ms, b"another secret entirely")
        device = Peer(settings(server, wrong), opened=lambda: None, lost=lambda: None, arrived=lambda: None)
        console = await console_of(server, await server.login(now_ms))
        console.createDataChannel("", negotiated=True, id=0)
        await console.setLocalDescription(await console.createOffer())
        with pytest.raises(PeerFailed):
            await device.answer(console.localDescription.sdp)
        device.shut()
        await device.closed()
        await console.close()
