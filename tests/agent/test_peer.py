"""A real peer connection of aiortc against another one, on this machine's own address."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import pytest
from aioice.ice import StunProtocol
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcicetransport import RTCIceGatherer
from aiortc.rtcsctptransport import SackChunk, tsn_minus_one

from device_agent.carrier.peer import PICTURE, SOUND, Peer, PeerFailed, _configuration
from device_agent.carrier.policy import Direct, DirectSettings
from device_agent.carrier.sctp import LEAST_REPEAT_S, LEAST_WINDOW, WINDOW_AFTER_SILENCE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

pytestmark = pytest.mark.slow

ALL = DirectSettings(direct=Direct.ALL)
PATIENCE_S = 5


class Pair:
    """The device's peer, and a console's that offers."""

    def __init__(self) -> None:
        self.opened, self.lost = asyncio.Event(), asyncio.Event()
        self.arrived = 0
        self.device = Peer(ALL, opened=self.opened.set, lost=self.lost.set, arrived=self._arrived)
        self.console = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.channels = [
            self.console.createDataChannel(label, negotiated=True, id=number)
            for number, label in enumerate(("picture", "sound"))
        ]
        self.received: list[tuple[int, bytes]] = []
        for number, channel in enumerate(self.channels):
            channel.on("message", lambda data, number=number: self.received.append((number, data)))

    def _arrived(self) -> None:
        self.arrived += 1

    async def offer(self) -> str:
        await self.console.setLocalDescription(await self.console.createOffer())
        return self.console.localDescription.sdp

    async def connect(self, change: Callable[[str], str] = str) -> None:
        """The device answers what `change` makes of the offer; the console goes by the answer."""
        answer = await self.device.answer(change(await self.offer()))
        await self.console.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.device.shut()
        await self.device.closed()
        await self.console.close()


@contextmanager
def gone(pair: Pair) -> Iterator[list[bytes]]:
    """Nothing of the device's passes meanwhile; what left."""
    ice = pair.device._transport.transport
    left: list[bytes] = []

    async def nowhere(data: bytes) -> None:
        left.append(data)

    own, ice._send = ice._send, nowhere
    try:
        yield left
    finally:
        ice._send = own


async def settle() -> None:
    for _ in range(100):
        await asyncio.sleep(0)  # every other task runs until it waits


async def within(wanted: Awaitable[object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await wanted


async def until(holds: Callable[[], bool]) -> None:
    """For what a real network brings about."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)  # every other task runs until it waits


def swapped(offer: str) -> str:
    """Every fingerprint is that of somebody else's certificate."""
    lines = offer.split("\r\n")
    return "\r\n".join(
        line[:-2] + ("00" if line[-2:] != "00" else "11") if "fingerprint" in line else line for line in lines
    )


async def test_frames_arrive_whole_in_order_and_each_on_its_channel() -> None:
    async with Pair() as pair:
        await pair.connect()
        await within(pair.opened.wait())
        assert pair.device.largest == 262_144
        frames = [bytes([number]) * size for number, size in enumerate((1, 1_200, 60_000, 262_144, 20_000))]
        for frame in frames:
            pair.device.send(PICTURE, frame)
        pair.device.send(SOUND, b"sound")
        await until(lambda: len(pair.received) == 6)
        assert [data for number, data in pair.received if number == PICTURE] == frames
        assert [data for number, data in pair.received if number == SOUND] == [b"sound"]


async def test_a_swapped_fingerprint_never_opens() -> None:
    """Who changes the description cannot sit in the middle; nothing is sent to them."""
    async with Pair() as pair:
        await pair.connect(swapped)
        await until(lambda: pair.lost.is_set() or pair.opened.is_set())
        assert not pair.opened.is_set()


async def test_the_device_looks_at_the_certificate_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the library's own check gone the swap still leads nowhere."""
    monkeypatch.setattr("aiortc.RTCDtlsTransport._validate_peer_identity", lambda *_: None)
    async with Pair() as pair:
        await pair.connect(swapped)
        await until(lambda: pair.lost.is_set() or pair.opened.is_set())
        assert not pair.opened.is_set()


async def test_nothing_leaves_once_it_is_shut_whatever_is_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-B1: megabytes wait in SCTP, and not one datagram of them goes out."""
    async with Pair() as pair:
        left: list[int] = []
        send = StunProtocol.send_data

        async def counted(self: StunProtocol, data: bytes, addr: Any) -> None:
            if self.receiver is pair.device._transport.transport._connection:
                left.append(len(data))
            await send(self, data, addr)

        monkeypatch.setattr(StunProtocol, "send_data", counted)
        await pair.connect()
        await within(pair.opened.wait())
        for _ in range(8):
            pair.device.send(PICTURE, bytes(262_144))
        await until(lambda: bool(pair.received))
        pair.device.shut()
        before = len(left)
        assert before > 100
        pair.device.send(PICTURE, b"late")
        await pair.device.closed()
        assert len(left) == before
        assert len(pair.received) < 8


async def test_what_arrives_is_ignored_and_a_flood_ends_the_channel() -> None:
    """Control never comes this way, and nobody fills the device's memory."""
    async with Pair() as pair:
        await pair.connect()
        await within(pair.opened.wait())
        await until(lambda: all(channel.readyState == "open" for channel in pair.channels))
        for channel in pair.channels:
            channel.send(b"\x01\x01\x00\x00" + bytes(24))
            channel.send("a text")
        pair.device.send(PICTURE, b"still there")
        await until(lambda: (PICTURE, b"still there") in pair.received)
        assert not pair.lost.is_set()
        pair.channels[PICTURE].send(bytes(262_144))
        await within(pair.lost.wait())


@pytest.mark.parametrize(
    "settings", [DirectSettings(direct=Direct.OFF), DirectSettings(direct=Direct.PUBLIC)]
)
async def test_an_offer_of_addresses_that_may_not_be_tried_leads_nowhere(settings: DirectSettings) -> None:
    async with Pair() as pair:
        peer = Peer(settings, opened=pair.opened.set, lost=pair.lost.set, arrived=lambda: None)
        with pytest.raises(PeerFailed):
            await peer.answer(await pair.offer())
        peer.shut()
        await peer.closed()


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda offer: offer.replace("m=application", "m=audio"),
        lambda offer: offer.replace("a=ice-ufrag", "a=ice-none"),
        lambda offer: offer.replace("a=ice-pwd", "a=ice-none"),
        lambda offer: offer.replace("a=setup:actpass", "a=setup:nobody"),
        lambda offer: offer[:300],
    ],
)
async def test_what_is_no_offer_is_refused_and_breaks_nothing(change: Callable[[str], str]) -> None:
    """INV-F1."""
    async with Pair() as pair:
        with pytest.raises(PeerFailed):
            await pair.device.answer(change(await pair.offer()))


@pytest.mark.proves("R98", "P6", by="a device without servers of its own asks a stranger's")
def test_without_servers_of_the_operators_own_none_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's default is a stranger's STUN server."""
    asked = RTCIceGatherer.getDefaultIceServers()
    assert asked, "the library has no default any more: this test guards nothing"
    assert _configuration(ALL).iceServers == []


async def test_a_whole_small_picture_leaves_at_once_and_a_loss_does_not_change_that() -> None:
    """Not four packets and then a round trip, and not one packet after a loss."""
    async with Pair() as pair:
        await pair.connect()
        await within(pair.opened.wait())
        sctp = pair.device._sctp
        for after_a_loss in (False, True):
            await until(lambda: not sctp._sent_queue)
            with gone(pair) as left:
                if after_a_loss:
                    sctp._t3_expired()
                pair.device.send(PICTURE, bytes(12_000))
                await settle()
                assert len([data for data in left if len(data) > 500]) == 10
        await until(lambda: len(pair.received) == 2)


async def test_a_line_that_is_gone_is_asked_with_two_packets_and_brings_all_once_it_is_back() -> None:
    """Not by all that was lost over and over: the line may be there and narrow. The oldest come first."""
    async with Pair() as pair:
        await pair.connect()
        await within(pair.opened.wait())
        sctp = pair.device._sctp
        pair.device.send(PICTURE, b"before")
        await until(lambda: not sctp._sent_queue and pair.received == [(PICTURE, b"before")])
        known = pair.arrived
        assert known > 0
        with gone(pair) as left:
            pair.device.send(PICTURE, bytes(12_000))
            for repeat, packets in enumerate((11, 11, 2, 2, 2)):  # 1,172 bytes each
                if repeat:
                    sctp._t3_expired()
                left.clear()
                await settle()
                assert len(left) == packets, repeat
            assert sctp._rto == 0.1
            await sctp._receive_sack_chunk(told_up_to(tsn_minus_one(sctp._last_sacked_tsn)))
            assert sctp._rto == 0.1, "a word from before is none"
            assert pair.arrived == known
        await until(lambda: (PICTURE, bytes(12_000)) in pair.received)
        await until(lambda: pair.arrived > known)
        assert sctp._rto >= LEAST_REPEAT_S
        await until(lambda: not sctp._sent_queue)
        assert LEAST_WINDOW <= sctp._cwnd < WINDOW_AFTER_SILENCE


async def test_after_a_silence_two_pictures_of_a_menu_are_on_the_way_at_once() -> None:
    async with Pair() as pair:
        await pair.connect()
        await within(pair.opened.wait())
        sctp = pair.device._sctp
        await until(lambda: not sctp._sent_queue)
        with gone(pair) as left:
            pair.device.send(PICTURE, bytes(60_000))
            for repeats in range(4):
                if repeats:
                    sctp._t3_expired()
                await settle()
            left.clear()
            oldest = sctp._sent_queue[0].tsn
            await sctp._receive_sack_chunk(told_up_to(oldest))
            assert len(left) == 31, "32 less the one that asked last"
            before = pair.arrived
            await sctp._receive_sack_chunk(told_up_to(oldest))
            await sctp._receive_sack_chunk(told_up_to(tsn_minus_one(oldest)))
            assert pair.arrived == before, "said again it says nothing"


def told_up_to(tsn: int) -> SackChunk:
    """The other end has received everything up to there."""
    chunk = SackChunk()
    chunk.cumulative_tsn, chunk.advertised_rwnd = tsn, 1_000_000
    return chunk


async def test_what_is_dropped_in_a_silence_never_arrives_and_what_comes_after_does() -> None:
    """Hide: SCTP would repeat for ever what the customer wants nobody to see any more."""
    async with Pair() as pair:
        await pair.connect()
        await within(pair.opened.wait())
        sctp = pair.device._sctp
        await until(lambda: not sctp._sent_queue)
        with gone(pair) as left:
            for _ in range(12):
                pair.device.send(PICTURE, bytes(20_000))
            pair.device.send(SOUND, bytes(160))
            await settle()
            assert pair.device.queued > 0
            pair.device.drop()
            assert pair.device.queued == 0
            left.clear()
            for _ in range(3):
                await settle()
                sctp._t3_expired()
            assert left, "the other end is told to go on without"
            assert max(map(len, left)) < 200, "a piece of it left all the same"
        sctp._t3_expired()
        pair.device.send(PICTURE, b"after")
        pair.device.send(SOUND, b"after")
        await until(lambda: len(pair.received) == 2)
        assert {data for _, data in pair.received} == {b"after"}
