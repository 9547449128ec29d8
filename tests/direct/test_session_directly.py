"""A real session over a real data channel: proven, carried, left, and over with the session, at both ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from device_agent.carrier.machine import State
from device_agent.carrier.policy import Direct, DirectSettings
from device_agent.carrier.ways import ways
from device_agent.clock import SystemClock
from seal.messages import CarrierName, Signal, SignalKind
from seal.pictures import Codec, PictureHead
from tests.agent.fakes import FakeClock
from tests.agent.stage import Stage
from tests.agent.test_media import FakePictures
from tests.agent.test_peer import until
from wire.commands import Grant
from wire.limits import PROOFS
from wire.reasons import EndReason

if TYPE_CHECKING:
    from device_agent.carrier.carriers import Carriers
    from device_agent.clock import Clock

pytestmark = pytest.mark.slow


class Table:
    """A stage whose device tries data channels, and a console that has some."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.stage = Stage().activate(Grant.KEYS, Grant.VIEW)
        self.stage.session.pictures = FakePictures()
        make = ways(DirectSettings(Direct.ALL), clock or SystemClock())
        assert make is not None
        media = self.stage.session.media
        self.carriers: Carriers = make(media, lambda work: asyncio.get_running_loop().create_task(work))
        media.carriers = self.carriers
        self.console = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.pictures = 0
        for number in (0, 1):
            channel = self.console.createDataChannel("", negotiated=True, id=number)
            channel.on("message", self.stage.twin.receive_directly)

    def picture(self) -> None:
        self.pictures += 1
        head = PictureHead(self.pictures, Codec.H264, True, 64, 48, 0, 0, 64, 48, 5)
        self.stage.session.send_picture(head, bytes(20_000))

    def said(self) -> list[Signal]:
        self.stage.settle()
        return [message for message in self.stage.twin.heard if isinstance(message, Signal)]

    async def prove(self) -> None:
        twin = self.stage.twin
        await self.console.setLocalDescription(await self.console.createOffer())
        self.stage.to_device(twin.signal(SignalKind.OFFER, self.console.localDescription.sdp))
        await until(lambda: bool(self.said()))
        [answer] = self.said()
        assert answer.kind is SignalKind.ANSWER
        await self.console.setRemoteDescription(RTCSessionDescription(answer.data, "answer"))
        await until(lambda: len(twin.proofs) == PROOFS)
        assert self.carriers.state is State.PROVING
        self.stage.to_device(twin.carried_by(CarrierName.DC))
        assert self.carriers.is_direct

    async def __aenter__(self) -> Self:
        await self.prove()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stage.session.abandon()
        await self.console.close()
        await asyncio.gather(
            *(task for task in asyncio.all_tasks() if task is not asyncio.current_task()),
            return_exceptions=True,
        )


async def test_pictures_come_directly_and_through_the_relay_again_once_the_channel_is_gone() -> None:
    async with Table() as table:
        twin, stage = table.stage.twin, table.stage
        table.picture()
        assert not [item for item in stage.settle() if isinstance(item, bytes)], "nothing through the relay"
        await until(lambda: len(twin.pictures) == 1)
        await table.console.close()
        await until(lambda: table.carriers.state is State.RELAY)
        assert table.said()[-1] == Signal(kind=SignalKind.BYE, data="")
        table.picture()
        stage.settle()
        assert [head.pic for head, _ in twin.pictures] == [1, 2]
        assert stage.session.is_open


async def test_pictures_that_arrive_while_nothing_else_is_heard_let_another_leave() -> None:
    clock = FakeClock()
    async with Table(clock) as table:
        pictures = table.stage.session.pictures
        assert isinstance(pictures, FakePictures)
        table.picture()
        await until(lambda: len(table.stage.twin.pictures) == 1)
        clock.advance(1)
        assert pictures.held == 0
        table.picture()
        await until(lambda: pictures.held > 0)


async def test_stop_ends_what_comes_directly_in_the_same_step() -> None:
    """INV-B1, INV-B3."""
    async with Table() as table:
        twin = table.stage.twin
        table.picture()
        await until(lambda: len(twin.pictures) == 1)
        for _ in range(5):
            table.picture()
        table.stage.session.stop(EndReason.CUSTOMER_STOPPED)
        assert table.carriers.state is State.OVER
        table.picture()
        table.stage.settle()
        before = len(twin.pictures)
        for _ in range(50):
            await asyncio.sleep(0)  # every other task runs until it waits
        assert len(twin.pictures) - before <= 1, "what had left already, and no more"
