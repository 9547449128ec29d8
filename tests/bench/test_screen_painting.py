"""The scene on a real X screen: as any program's window, it comes back where another one stood on it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest
import xcffib
from xcffib import xproto

from bench.screen.painting import painting, screen
from bench.screen.scenes import HEIGHT, WIDTH, Scene
from bench.screen.surface import screen as pixels_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.screen.painting import Screen
    from bench.screen.surface import Pixels

pytestmark = pytest.mark.slow

_PATIENCE_S: Final = 10.0


@pytest.mark.parametrize("is_held", [False, True])
def test_what_another_window_covered_is_shown_again_at_once(tmp_path: Path, *, is_held: bool) -> None:
    """Else the first picture after a question on the screen would be timed by the scene's next move."""
    with screen(tmp_path) as shown, painting(Scene.STILL, shown, tmp_path) as painter:
        before = pixels_of(shown.display)
        if is_held:
            painter.hold()
            before = _until(shown, lambda now: not np.array_equal(now, before))
            before = _until(shown, lambda now: np.array_equal(now, pixels_of(shown.display)))
        cover = _Cover(shown.display)
        assert not np.array_equal(pixels_of(shown.display), before)
        cover.lift()
        _until(shown, lambda now: np.array_equal(now, before))
        assert len(painter.drawn()) == 1 + is_held, "no new picture: the same once more"


def _until(shown: Screen, holds: Callable[[Pixels], bool]) -> Pixels:
    """The screen, looked at until it is so: another process paints, and each look takes its time."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        if holds(now := pixels_of(shown.display)):
            return now
    raise AssertionError(f"not within {_PATIENCE_S:.0f} s")


class _Cover:
    """A white window over the whole screen."""

    def __init__(self, display: str) -> None:
        self._x = xcffib.connect(display=display)
        root = self._x.get_setup().roots[0]
        self._window = self._x.generate_id()
        self._x.core.CreateWindow(
            root.root_depth, self._window, root.root, 0, 0, WIDTH, HEIGHT, 0, xproto.WindowClass.InputOutput,
            root.root_visual, xproto.CW.BackPixel | xproto.CW.OverrideRedirect, [0xFFFFFF, 1],
        )  # fmt: skip
        self._x.core.MapWindow(self._window)
        self._x.core.GetInputFocus().reply()

    def lift(self) -> None:
        self._x.core.UnmapWindow(self._window)
        self._x.core.GetInputFocus().reply()
        self._x.disconnect()
