"""The systems that are measured, in the order of every table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.screen.peers.floor import Floor
from bench.screen.peers.meshcentral import MeshCentral
from bench.screen.peers.novnc import TigerVnc, X11Vnc
from bench.screen.peers.ours import Alongside, AlongsideDirect
from bench.screen.peers.plain import PlainH264, PlainVp8
from bench.screen.peers.selkies import SelkiesWebRtc, SelkiesWebSockets

if TYPE_CHECKING:
    from bench.screen.peers.peer import Peer

ALL: Final[tuple[type[Peer], ...]] = (
    Alongside,
    AlongsideDirect,
    TigerVnc,
    X11Vnc,
    SelkiesWebSockets,
    SelkiesWebRtc,
    MeshCentral,
    PlainVp8,
    PlainH264,
    Floor,
)
BY_NAME: Final = {peer.name: peer for peer in ALL}
