"""Type on the TV: Noto Sans in the steps of the tokens, measured and turned into masks once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from device_agent import fonts
from device_agent.tokens import TYPE

_FOLDER: Final = Path(fonts.__file__).parent
_FILES: Final = {False: "NotoSans-Regular.ttf", True: "NotoSans-Bold.ttf"}
_ASCENT: Final = (
    1.069  # of the em, from the font's own metrics; with the descent 0.293 this holds stacked accents
)
_DESCENT: Final = 0.293


@dataclass(frozen=True, slots=True)
class Style:
    """A step of the type scale: size and line height in px, and weight."""

    size: int
    line: int
    bold: bool = False

    @property
    def baseline(self) -> int:
        """From the top of the line box to the baseline."""
        return round((self.line - (_ASCENT + _DESCENT) * self.size) / 2 + _ASCENT * self.size)

    @property
    def strong(self) -> Style:
        """The same step in bold."""
        return Style(self.size, self.line, bold=True)


LABEL: Final = Style(*TYPE.label)
TILE: Final = Style(*TYPE.tile)
BODY: Final = Style(*TYPE.body)
LEAD: Final = Style(*TYPE.lead)
H2: Final = Style(*TYPE.h2, bold=True)
H1: Final = Style(*TYPE.h1, bold=True)
TYPED: Final = Style(*TYPE.typed, bold=True)
CODE: Final = Style(*TYPE.code, bold=True)
CODE_BIG: Final = Style(*TYPE.code_big, bold=True)


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Drawn text: a mask, and where its corner lies from the pen on the baseline."""

    mask: Image.Image
    left: int
    top: int


@lru_cache(maxsize=16)
def font(size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    """The bundled font at a size."""
    return ImageFont.truetype(_FOLDER / _FILES[bold], size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=2048)
def width(text: str, style: Style) -> int:
    """How far the pen moves, in px."""
    return round(font(style.size, bold=style.bold).getlength(text))


@lru_cache(maxsize=768)
def glyphs(text: str, style: Style) -> Glyphs:
    """The text as a mask that holds every pixel of it, accents and tails included."""
    face = font(style.size, bold=style.bold)
    left, top, right, bottom = (int(edge) for edge in face.getbbox(text, anchor="ls"))
    mask = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(mask).text((-left, -top), text, fill=255, font=face, anchor="ls")
    return Glyphs(mask, left, top)
