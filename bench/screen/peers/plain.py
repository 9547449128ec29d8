"""What a Python team writes in a day: the screen as an aiortc video track, input by a data channel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from bench.screen.children import free_port, listening
from bench.screen.peers.peer import Opening, Peer, goto, python

if TYPE_CHECKING:
    from bench.screen.peers.peer import Stage
    from bench.screen.viewing import View


_SENDER: Final = Path(__file__).with_name("plain_sender.py")


class Plain(Peer):
    selector: ClassVar = "video"
    codec: ClassVar[str]

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._port = free_port()

    def start(self) -> None:
        self.run("sender", [python(), str(_SENDER), str(self._port), self.codec])
        listening(self._port, "the plain sender")

    def open(self, view: View) -> Opening:
        return goto(view, f"http://127.0.0.1:{self._port}/")


class PlainVp8(Plain):
    name: ClassVar = "plain aiortc, VP8"
    words: ClassVar = "an aiortc video track with its own VP8 encoder; the media is encrypted (DTLS)"
    codec: ClassVar = "VP8"


class PlainH264(Plain):
    name: ClassVar = "plain aiortc, H.264"
    words: ClassVar = "an aiortc video track with its own H.264 encoder; the media is encrypted (DTLS)"
    codec: ClassVar = "H264"
