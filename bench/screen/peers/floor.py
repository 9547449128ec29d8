"""No system at all: the page stamps its own canvas. What is left is what the bench itself costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from bench.screen.children import free_port, listening
from bench.screen.peers.peer import Opening, Peer, goto, python

if TYPE_CHECKING:
    from bench.screen.peers.peer import Stage
    from bench.screen.viewing import View

_PAGES: Final = Path(__file__).with_name("pages")


class Floor(Peer):
    """It draws 25 times a second and upon each press, whatever the scene: the screen plays no part."""

    name: ClassVar = "the bench itself"
    words: ClassVar = "a page that draws its own clock: the reader, the browser, its 60 Hz, and nothing else"
    draws_itself: ClassVar = True

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._port = free_port()

    def start(self) -> None:
        files = ["-m", "http.server", str(self._port), "--bind", "127.0.0.1", "--directory", str(_PAGES)]
        self.run("pages", [python(), *files])
        listening(self._port, "the page of the floor")

    def open(self, view: View) -> Opening:
        return goto(view, f"http://127.0.0.1:{self._port}/floor.html")
