"""What the panel's window shows: a page over the whole output, the banner, the hint, or black. Pure.

Painted by the painter of the simulated TV on its 1920x1080, and made as large as the output needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from device_agent.devices.simulated_tv.paint import banner, panel
from device_agent.devices.simulated_tv.paint.canvas import HEIGHT, WIDTH, Box, Canvas, Target
from device_agent.devices.simulated_tv.paint.type import LABEL, width
from device_agent.panel_view import Item, Page
from device_agent.tokens import RADIUS, TV

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device_agent.panel_view import Banner, PanelView
    from device_agent.tokens import Rgb
    from locales import Catalogue


class Corner(StrEnum):
    """Where the hint lies while nobody needs help."""

    TOP_LEFT = "top-left"
    TOP_RIGHT = "top-right"
    BOTTOM_LEFT = "bottom-left"
    BOTTOM_RIGHT = "bottom-right"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that the panel depends on; equal scenes look the same."""

    view: PanelView
    width: int
    height: int
    is_on: bool = True
    corner: Corner = Corner.BOTTOM_RIGHT
    key: str = ""  # the customer's key for help, as the hint names it
    hidden: bool = False  # by the customer


@dataclass(frozen=True, slots=True)
class Face:
    """One look of the panel's window, in pixels of the output."""

    box: Box
    pixels: NDArray[np.uint8]
    targets: tuple[Target, ...] = ()
    is_hint: bool = False

    def at(self, x: int, y: int) -> Target | None:
        """What lies at a point of the output; of several the one painted last."""
        hit = [
            it for it in self.targets if it.box.left <= x < it.box.right and it.box.top <= y < it.box.bottom
        ]
        return hit[-1] if hit else None


_MARGIN: Final = 32
_HINT_HEIGHT: Final = 72
_ICON: Final = 40


def paint(scene: Scene, words: Catalogue) -> Face | None:
    """What to show; None where nothing is to be seen of the panel."""
    if not scene.is_on:
        return _black(scene)
    if scene.view.page is not Page.NONE:
        return _page(scene, words)
    if scene.view.banner is not None:
        return _banner(scene, words)
    if scene.hidden:
        return _hidden(scene, words)
    return None if scene.corner is Corner.NONE else _hint(scene, words)


def _black(scene: Scene) -> Face:
    pixels = np.zeros((scene.height, scene.width, 4), np.uint8)
    return Face(Box(0, 0, scene.width, scene.height), pixels)


def _page(scene: Scene, words: Catalogue) -> Face:
    canvas = Canvas()
    panel.draw(canvas, scene.view, words)
    if scene.view.banner is not None:
        banner.draw(canvas, _touched(scene.view.banner, scene), words)
    scale = _scale(scene)
    across, down = round(WIDTH * scale), round(HEIGHT * scale)
    left, top = (scene.width - across) // 2, (scene.height - down) // 2
    whole = Box(0, 0, scene.width, scene.height)
    targets = _moved(canvas.targets, scale, left, top)
    if (across, down) == (scene.width, scene.height):
        return Face(whole, _resized(canvas.pixels, across, down), targets)
    pixels = _filled(scene.width, scene.height, TV.bg)
    pixels[top : top + down, left : left + across] = _resized(canvas.pixels, across, down)
    return Face(whole, pixels, targets)


def _banner(scene: Scene, words: Catalogue) -> Face:
    assert scene.view.banner is not None
    it = _touched(scene.view.banner, scene)
    box = banner.box_of(it, words)
    canvas = Canvas(_filled(WIDTH, box.bottom, TV.banner))
    banner.draw(canvas, it, words)
    pixels = np.ascontiguousarray(canvas.pixels[box.top : box.bottom, box.left : box.right])
    return _placed(scene, pixels, Corner.TOP_RIGHT, (WIDTH - box.right, box.top), canvas.targets, box)


def _touched(it: Banner, scene: Scene) -> Banner:
    """The banner with Hide on it: a screen has no remote with such a key."""
    return replace(it, can_hide=True, hidden=scene.hidden)


def _hidden(scene: Scene, words: Catalogue) -> Face:
    """That Hide is on while nobody is connected, and by a touch no more; it would be forgotten."""
    text = words.text("hint.hidden")
    across = 40 + width(text, LABEL) + 40
    canvas = Canvas(_filled(across, _HINT_HEIGHT, TV.border))
    box = Box(0, 0, across, _HINT_HEIGHT)
    canvas.outlined(box, RADIUS.control, TV.warn_weak, TV.warn_edge)
    canvas.text(40, (_HINT_HEIGHT - LABEL.line) // 2, text, LABEL, TV.text)
    corner = Corner.BOTTOM_RIGHT if scene.corner is Corner.NONE else scene.corner
    face = _placed(scene, canvas.pixels, corner, (_MARGIN, _MARGIN), [], box)
    return Face(face.box, face.pixels, (Target(Item.HIDE, face.box),))


def _hint(scene: Scene, words: Catalogue) -> Face:
    text = words.text("menu.support")
    across = 24 + _ICON + 16 + width(text, LABEL.strong) + 28
    if scene.key:
        across += 16 + width(scene.key, LABEL)
    canvas = Canvas(_filled(across, _HINT_HEIGHT, TV.border))
    box = Box(0, 0, across, _HINT_HEIGHT)
    canvas.outlined(box, RADIUS.control, TV.surface, TV.edge)
    canvas.icon("help", 24, (_HINT_HEIGHT - _ICON) // 2, _ICON, TV.accent)
    y = (_HINT_HEIGHT - LABEL.line) // 2
    x = canvas.text(24 + _ICON + 16, y, text, LABEL.strong, TV.text)
    canvas.text(x + 16, y, scene.key, LABEL, TV.text2)
    face = _placed(scene, canvas.pixels, scene.corner, (_MARGIN, _MARGIN), [], box)
    return Face(face.box, face.pixels, (Target(Item.GET_CODE, face.box),), is_hint=True)


def _placed(  # noqa: PLR0917 - what, where, and what lies in it
    scene: Scene,
    pixels: NDArray[np.uint8],
    corner: Corner,
    margin: tuple[int, int],
    targets: list[Target],
    origin: Box,
) -> Face:
    """Something smaller than the output, in one of its corners."""
    scale = _scale(scene)
    across = min(round(pixels.shape[1] * scale), scene.width)
    down = min(round(pixels.shape[0] * scale), scene.height)
    beside, under = round(margin[0] * scale), round(margin[1] * scale)
    is_left = corner in {Corner.TOP_LEFT, Corner.BOTTOM_LEFT}
    is_top = corner in {Corner.TOP_LEFT, Corner.TOP_RIGHT}
    left = min(beside, scene.width - across) if is_left else max(0, scene.width - across - beside)
    top = min(under, scene.height - down) if is_top else max(0, scene.height - down - under)
    moved = _moved(targets, scale, left - round(origin.left * scale), top - round(origin.top * scale))
    return Face(Box(left, top, left + across, top + down), _resized(pixels, across, down), moved)


def _moved(targets: list[Target], scale: float, left: int, top: int) -> tuple[Target, ...]:
    return tuple(
        it._replace(
            box=Box(
                left + round(it.box.left * scale),
                top + round(it.box.top * scale),
                left + round(it.box.right * scale),
                top + round(it.box.bottom * scale),
            )
        )
        for it in targets
    )


def _scale(scene: Scene) -> float:
    """As large as fits; never so small on a narrow screen that the height would allow no more."""
    return min(scene.width / WIDTH, scene.height / HEIGHT)


def _resized(pixels: NDArray[np.uint8], across: int, down: int) -> NDArray[np.uint8]:
    if pixels.shape[:2] == (down, across):
        return np.ascontiguousarray(pixels)
    image = Image.fromarray(pixels, "RGBA").resize((across, down), Image.Resampling.LANCZOS)
    return np.asarray(image)


def _filled(across: int, down: int, colour: Rgb) -> NDArray[np.uint8]:
    red, green, blue = colour
    pixels = np.empty((down, across, 4), np.uint8)
    pixels[:] = (blue, green, red, 255)
    return pixels
