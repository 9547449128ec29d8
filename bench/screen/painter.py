"""`python -m bench.screen.painter SCENE --display :N`: draws a scene on an X screen, with its clock in it.

It says "ready" once the first picture is on the screen. "hold" on its input makes it draw once more, at once,
and then change nothing. When its input ends, so does it, and says when it drew: `{"drawn": [ms, ...]}`.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import sys
import time
from typing import TYPE_CHECKING, Final

from bench.screen import scenes
from bench.screen.scenes import FILM_HZ, HEIGHT, MENU_S, PLINTH, TILES, WIDTH, Scene
from bench.screen.surface import Surface

if TYPE_CHECKING:
    from bench.screen.scenes import Box

_RED: Final = 0xC8_3C_28
_BLUE: Final = 0x28_50_C8
_CAMERA: Final = (WIDTH, HEIGHT)


class Painter:
    """One scene on one screen. It draws behind the screen and shows whole pictures only."""

    def __init__(self, display: str) -> None:
        self._surface = Surface(display)
        self._surface.park()
        self._back = self._surface.buffer(WIDTH, HEIGHT)
        self.drawn: list[int] = []
        self._held = self._over = False

    def menu(self, *, is_still: bool) -> None:
        """The focus moves to the next poster: twice a second, or, where it is still, upon a press."""
        plain, lit = (self._surface.picture(scenes.menu(is_lit=is_lit)) for is_lit in (False, True))
        self._surface.copy(plain, self._back, (0, 0), scenes.Box(0, 0, WIDTH, HEIGHT))
        self._show(scenes.Box(0, 0, WIDTH, HEIGHT))
        focus, due = 0, time.time()
        while not self._over:
            due += MENU_S
            pressed = self._wait(None if is_still else due)
            if self._over or (is_still and not pressed and not self._held):
                continue
            before, focus = scenes.tile(focus), (focus + 1) % TILES
            self._move(plain, before)
            self._move(lit, scenes.tile(focus))
            self._show(before, scenes.tile(focus))
            self._rest()

    def film(self) -> None:
        """25 pictures a second, each at its own time; one that comes too late delays the next."""
        texture = self._surface.picture(scenes.film())
        began, number = time.time(), 0
        while not self._over:
            shot = scenes.shot(number)
            self._surface.copy(texture, self._back, (shot.left, shot.top), scenes.Box(0, 0, *_CAMERA))
            self._surface.fill(self._back, _BLUE, [shot.bar])
            self._surface.ball(self._back, _RED, shot.ball)
            self._show(scenes.Box(0, 0, WIDTH, HEIGHT))
            self._rest()
            number += 1
            self._wait(began + number / FILM_HZ)

    def _move(self, pixels: int, box: Box) -> None:
        self._surface.copy(pixels, self._back, (box.x, box.y), box)

    def _show(self, *changed: Box) -> None:
        """Stamp what is behind the screen, and bring what changed to the front in one go."""
        at = int(time.time() * 1000)
        white, black = scenes.cells(at)
        self._surface.fill(self._back, 0, [PLINTH])
        self._surface.fill(self._back, 0xFFFFFF, white)
        self._surface.fill(self._back, 0, black)
        for box in (*changed, PLINTH):
            self._surface.show(self._back, box)
        self._surface.finish()
        self.drawn.append(at)
        if len(self.drawn) == 1:
            print("ready", flush=True)

    def _wait(self, until: float | None) -> bool:
        """Until then, or until held, ended or pressed; says whether it was a press."""
        while not self._held and not self._over:
            if self._hear() and until is None:
                return True
            left = None if until is None else until - time.time()
            if left is not None and left <= 0:
                return False
            ready, _, _ = select.select([sys.stdin, self._surface.events], [], [], left)
            if sys.stdin in ready:
                self._obey()
        return False

    def _hear(self) -> bool:
        """Shows again what is bare; says whether there was a press."""
        presses, bare = self._surface.news()
        for box in bare:
            self._surface.show(self._back, box)
        if bare:
            self._surface.finish()
        return presses > 0

    def _obey(self) -> None:
        told = os.read(sys.stdin.fileno(), 64)
        self._over |= not told
        self._held |= b"hold" in told

    def _rest(self) -> None:
        """Once held, and drawn since: nothing changes any more."""
        while self._held and not self._over:
            self._hear()
            ready, _, _ = select.select([sys.stdin, self._surface.events], [], [])
            if sys.stdin in ready:
                self._obey()


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.screen.painter")
    parser.add_argument("scene", choices=list(Scene), type=Scene)
    parser.add_argument("--display", required=True)
    options = parser.parse_args()
    painter = Painter(options.display)
    if options.scene is Scene.VIDEO:
        painter.film()
    else:
        painter.menu(is_still=options.scene is not Scene.MENU)
    print(json.dumps({"drawn": painter.drawn}), flush=True)


if __name__ == "__main__":
    main()
