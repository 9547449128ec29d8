"""Selkies, which streams a Linux desktop to a browser: by WebSocket or by WebRTC."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from bench.screen.children import free_port, listening
from bench.screen.peers.peer import Opening, Peer, goto

if TYPE_CHECKING:
    from bench.screen.peers.peer import Installed, Stage
    from bench.screen.viewing import View

# Only the picture and the input of this screen, at its own size.
_OPTIONS: Final = {
    "addr": "127.0.0.1",
    "enable-basic-auth": "false",
    "audio-enabled": "false",
    "microphone-enabled": "false",
    "gamepad-enabled": "false",
    "enable-resize": "false",
    "manual-resolution": "true",
    "manual-width": "1920",
    "manual-height": "1080",
}


class Selkies(Peer):
    mode: ClassVar[str]

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._port = free_port()

    @classmethod
    def missing(cls, installed: Installed) -> str:
        return "" if installed.program("selkies", of="selkies") else "selkies not installed"

    def start(self) -> None:
        program = self.stage.installed.program("selkies", of="selkies")
        assert program is not None
        options = {**_OPTIONS, "port": str(self._port), "mode": self.mode}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self.run_in(self.stage.folder, "selkies", [program, *words])
        listening(self._port, "selkies")

    def open(self, view: View) -> Opening:
        return goto(view, f"http://127.0.0.1:{self._port}/")


class SelkiesWebSockets(Selkies):
    name: ClassVar = "Selkies, WebSocket"
    words: ClassVar = "Selkies in its WebSocket mode; no encryption"
    mode: ClassVar = "websockets"


class SelkiesWebRtc(Selkies):
    name: ClassVar = "Selkies, WebRTC"
    words: ClassVar = "Selkies in its WebRTC mode; the media is encrypted (DTLS)"
    mode: ClassVar = "webrtc"
