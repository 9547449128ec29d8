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
    from pathlib import Path

pytestmark = pytest.mark.slow

_PATIENCE_S: Final = 10.0
_LOOK_S: Final = 0.05


@pytest.mark.parametrize("is_held", [False, True])
def test_what_another_window_covered_is_shown_again_at_once(tmp_path: Path, *, is_held: bool) -> None:
    """Else the first picture after a question on the screen would be timed by the scene's next move."""
    with screen(tmp_path) as shown, painting(Scene.STILL, shown, tmp_path) as painter:
        if is_held:
            painter.hold()
            time.sleep(0.5)  # it says nothing of having drawn for the last time
        before = pixels_of(shown.display)
        cover = _Cover(shown.display)
        assert not np.array_equal(pixels_of(shown.display), before)
        cover.lift()
        end = time.monotonic() + _PATIENCE_S
        while not np.array_equal(pixels_of(shown.display), before) and time.monotonic() < end:
            time.sleep(_LOOK_S)  # another process paints
        assert np.array_equal(pixels_of(shown.display), before)
        assert len(painter.drawn()) == 1 + is_held, "no new picture: the same once more"


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
