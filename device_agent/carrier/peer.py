"""One peer connection of aiortc: two data channels, whose other end has the certificate that was sealed.

The only file that knows the library. `shut` returns with the way out closed: nothing leaves after it,
whatever SCTP, DTLS and ICE still have in their queues (INV-B1, INV-B3).
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from typing import TYPE_CHECKING, Any, Final

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcconfiguration import RTCIceTransportPolicy
from cryptography.hazmat.primitives.hashes import SHA256

from device_agent.carrier.description import BadDescription, read
from device_agent.carrier.policy import Direct, may_name, may_try
from device_agent.carrier.sctp import PictureSctp

if TYPE_CHECKING:
    from collections.abc import Callable

    from device_agent.carrier.policy import DirectSettings

# They name addresses, and credentials at their most talkative (INV-C4).
for _talkative in ("aiortc", "aioice"):
    logging.getLogger(_talkative).setLevel(logging.ERROR)

PICTURE: Final = 0
SOUND: Final = 1
_LABELS: Final = ("picture", "sound")
# What a console has to say on a data channel is that it received: a twentieth of what was sent, or less.
_HEARD_AT_LEAST: Final = 65_536
_HEARD_SHARE: Final = 4


class PeerFailed(Exception):  # noqa: N818 - nobody's error: there is no such way
    """This offer leads nowhere."""


class Peer:
    """`opened` is called once both channels are open to the right end, `lost` once they are not to be had.

    `arrived` is called each time the other end's SCTP says that it has received something new.
    """

    def __init__(
        self,
        settings: DirectSettings,
        *,
        opened: Callable[[], None],
        lost: Callable[[], None],
        arrived: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._opened = opened
        self._lost = lost
        self._fingerprint = ""
        self._largest = 0
        self._told = False
        self._is_shut = False
        self._sent = self._heard = 0
        self._closing: asyncio.Task[None] | None = None
        self._connection = RTCPeerConnection(_configuration(settings))
        self._channels = [
            self._connection.createDataChannel(label, negotiated=True, id=number)
            for number, label in enumerate(_LABELS)
        ]
        for channel in self._channels:
            channel.on("open", self._on_open)
            channel.on("close", self._on_lost)
        sctp = self._connection.sctp
        assert sctp is not None  # it came with the channels
        PictureSctp.take_over(sctp, arrived)
        self._connection.on("connectionstatechange", self._on_state)
        self._guard()

    async def answer(self, offer: str) -> str:
        """This end's description; raises PeerFailed."""
        direct = self._settings.direct
        try:
            theirs = read(offer, lambda _kind, address: may_try(direct, address))
            self._fingerprint, self._largest = theirs.fingerprint, theirs.largest
            await self._connection.setRemoteDescription(RTCSessionDescription(theirs.text, "offer"))
            await self._connection.setLocalDescription(await self._connection.createAnswer())
            ours = read(
                self._connection.localDescription.sdp,
                lambda kind, address: may_name(direct, kind, address),
            )
        except (BadDescription, ValueError, AttributeError, AssertionError, KeyError, OSError) as error:
            # The library checks little of what it parses; what it stumbles over is no description.
            raise PeerFailed(type(error).__name__) from None
        if not theirs.candidates or not ours.candidates:
            raise PeerFailed("no way that the settings allow")
        return ours.text

    def send(self, channel: int, frame: bytes) -> None:
        """Queue one frame; what is queued when `shut` is called never leaves."""
        if not self._is_shut and self._channels[channel].readyState == "open":
            self._channels[channel].send(frame)

    @property
    def queued(self) -> int:
        """Bytes that wait for the way to be free."""
        return sum(channel.bufferedAmount for channel in self._channels)

    @property
    def largest(self) -> int:
        """The largest frame that the other end takes."""
        return self._largest

    def drop(self) -> None:
        """What has not arrived is not repeated, and what still waits does not leave."""
        self._sctp.drop()

    def shut(self) -> None:
        """Nothing leaves and nothing is reported any more; the sockets follow."""
        if self._is_shut:
            return
        self._is_shut = True
        for channel in self._channels:
            channel.remove_all_listeners()
        self._closing = asyncio.ensure_future(self._connection.close())

    async def closed(self) -> None:
        """Return once the sockets are closed too."""
        if self._closing is not None:
            await self._closing

    # What the library reports

    def _on_open(self) -> None:
        if self._told or any(channel.readyState != "open" for channel in self._channels):
            return
        self._told = True
        if hmac.compare_digest(self._certificate(), self._fingerprint):
            self._opened()
        else:
            self._lost()

    def _on_lost(self) -> None:
        if not self._is_shut:
            self._lost()

    def _on_state(self) -> None:
        if self._connection.connectionState in {"failed", "closed"}:
            self._on_lost()

    def _certificate(self) -> str:
        """SHA-256 of the certificate that the other end really has: the library looks, and so do we."""
        secured = self._transport._ssl  # noqa: SLF001 - the library has no other way to it
        seen = secured.get_peer_certificate(as_cryptography=True)
        return seen.fingerprint(SHA256()).hex(":").upper() if seen is not None else ""

    @property
    def _transport(self) -> Any:
        """The DTLS transport below both channels."""
        return self._sctp.transport

    @property
    def _sctp(self) -> PictureSctp:
        sctp = self._connection.sctp
        assert isinstance(sctp, PictureSctp)  # taken over above
        return sctp

    # The guard at the way in and out

    def _guard(self) -> None:
        ice = self._transport.transport
        send, receive = ice._send, ice._recv  # noqa: SLF001 - the one place all datagrams pass

        async def guarded_send(data: bytes) -> None:
            if self._is_shut:
                raise ConnectionError
            self._sent += len(data)
            await send(data)

        async def guarded_receive() -> bytes:
            data: bytes = await receive()
            self._heard += len(data)
            if self._heard > _HEARD_AT_LEAST + self._sent // _HEARD_SHARE:
                # Nobody has anything to say here; unfinished messages would only fill this device's memory.
                raise ConnectionError
            return data

        ice._send, ice._recv = guarded_send, guarded_receive  # noqa: SLF001


def _configuration(settings: DirectSettings) -> RTCConfiguration:
    """The operator's own servers; an empty list, for without one the library asks a stranger's."""
    servers = [RTCIceServer(settings.stun)] if settings.stun else []
    if settings.turn:
        servers.append(RTCIceServer(settings.turn, username=settings.login, credential=settings.password))
    only_turn = settings.direct is Direct.TURN
    policy = RTCIceTransportPolicy.RELAY if only_turn else RTCIceTransportPolicy.ALL
    return RTCConfiguration(iceServers=servers, iceTransportPolicy=policy)
