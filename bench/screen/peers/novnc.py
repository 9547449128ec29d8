"""A VNC server on the screen, websockify in front of it, noVNC as it comes in the browser."""

from __future__ import annotations

import shutil
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from bench.screen.children import free_port, listening, until
from bench.screen.peers.peer import Opening, Peer, goto

if TYPE_CHECKING:
    from bench.screen.peers.peer import Installed, Stage
    from bench.screen.viewing import View

_PAGE: Final = Path(__file__).with_name("pages") / "novnc.html"
_PACKAGE: Final = "@novnc/novnc"


class NoVnc(Peer):
    """The VNC server listens on a socket file, so that nothing but websockify is on the line."""

    selector: ClassVar = "canvas"
    server: ClassVar[str]

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._port = free_port()

    @classmethod
    def missing(cls, installed: Installed) -> str:
        absent = [
            *([] if shutil.which(cls.server) else [cls.server]),
            *([] if installed.program("websockify", of="python") else ["websockify"]),
            *([] if installed.node_module(_PACKAGE) else [_PACKAGE]),
        ]
        return f"{' and '.join(absent)} not installed" if absent else ""

    @abstractmethod
    def _command(self, socket: Path) -> list[str]: ...

    def start(self) -> None:
        socket, web = self.stage.folder / "rfb.sock", self.stage.folder / "web"
        package = self.stage.installed.node_module(_PACKAGE)
        websockify = self.stage.installed.program("websockify", of="python")
        assert package is not None
        assert websockify is not None
        web.mkdir()
        (web / "novnc").symlink_to(package.resolve())
        shutil.copy(_PAGE, web / "index.html")
        self.run("VNC server", self._command(socket))
        until(socket.exists, self.server)
        here = f"127.0.0.1:{self._port}"
        self.run("websockify", [websockify, "--web", str(web), f"--unix-target={socket}", here])
        listening(self._port, "websockify")

    def open(self, view: View) -> Opening:
        return goto(view, f"http://127.0.0.1:{self._port}/index.html")


class TigerVnc(NoVnc):
    name: ClassVar = "TigerVNC + noVNC"
    words: ClassVar = "x0tigervnc on the screen, websockify, noVNC; no encryption"
    server: ClassVar = "X0tigervnc"

    def _command(self, socket: Path) -> list[str]:
        options = {"-display": self.stage.display, "-rfbunixpath": str(socket), "-rfbport": "-1"}
        return [self.server, *(word for pair in options.items() for word in pair), "-SecurityTypes", "None"]


class X11Vnc(NoVnc):
    name: ClassVar = "x11vnc + noVNC"
    words: ClassVar = "x11vnc on the screen, websockify, noVNC; no encryption"
    server: ClassVar = "x11vnc"

    def _command(self, socket: Path) -> list[str]:
        place = ["-display", self.stage.display, "-unixsock", str(socket), "-rfbport", "0"]
        return [self.server, *place, "-forever", "-shared", "-nopw", "-quiet"]
