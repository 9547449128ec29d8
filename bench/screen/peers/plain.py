"""What a Python team writes in a day: the screen as an aiortc video track, input by a data channel."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from bench.screen.children import free_port, listening
from bench.screen.peers.peer import Opening, Peer, goto, python

if TYPE_CHECKING:
    from bench.screen.peers.peer import Installed, Stage
    from bench.screen.viewing import View


# A file and not a module: in an environment of its own there is nothing of ours to import.
_SENDER: Final = Path(__file__).with_name("plain_sender.py")


class Plain(Peer):
    selector: ClassVar = "video"
    codec: ClassVar[str]

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._port = free_port()

    @classmethod
    def missing(cls, installed: Installed) -> str:
        if find_spec("aiortc") or (installed.folder / "aiortc/bin/python").exists():
            return ""
        return "aiortc not installed"

    def start(self) -> None:
        own = self.stage.installed.folder / "aiortc" / "bin" / "python"
        sender = [str(_SENDER), str(self._port), self.codec]
        self.run("sender", [python() if find_spec("aiortc") else str(own), *sender])
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
