"""Breaks texts into lines that fit, with *emphasis* in bold. Nothing is cut: a word too long is broken.

A no-break space holds what stands round it on one line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from device_agent.devices.simulated_tv.paint.type import width

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from device_agent.devices.simulated_tv.paint.type import Style


_SPACES: Final = re.compile(r"[ \n\t]+")
_CLOSE_ENOUGH: Final = 8  # px


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of one weight."""

    text: str
    style: Style

    @property
    def width(self) -> int:
        """Px the pen moves."""
        return width(self.text, self.style)


Word = tuple[Piece, ...]
Line = tuple[Word, ...]


@lru_cache(maxsize=256)
def lines(text: str, style: Style, room: int) -> tuple[Line, ...]:
    """The text in lines of at most `room` px."""
    return _fill(((Piece(word, style),) for word in _SPACES.split(text.strip())), room)


def emphasised(text: str, style: Style, room: int) -> tuple[Line, ...]:
    """As `lines`, with what stands between asterisks in bold; only for texts without foreign values."""
    return _fill(_weighted(text, style), room)


def balanced(text: str, style: Style, room: int) -> int:
    """The least room that breaks the text into no more lines: no single word is left over on the last."""
    words = tuple(_weighted(text, style))
    count = len(_fill(words, room))
    least, most = room // max(1, count), room
    while most - least > _CLOSE_ENOUGH:
        middle = (least + most) // 2
        least, most = (least, middle) if len(_fill(words, middle)) <= count else (middle, most)
    return most


def line_width(line: Line) -> int:
    """Px from the first pen position to the last."""
    return sum(_width(word) for word in line) + sum(width(" ", word[0].style) for word in line[1:])


def _weighted(text: str, style: Style) -> Iterator[Word]:
    strong = False
    for raw in _SPACES.split(text.strip()):
        pieces: list[Piece] = []
        for place, part in enumerate(raw.split("*")):
            strong ^= place > 0
            if part:
                pieces.append(Piece(part, style.strong if strong else style))
        yield tuple(pieces)


def _fill(words: Iterable[Word], room: int) -> tuple[Line, ...]:
    done: list[Line] = []
    line: Line = ()
    for whole in words:
        for word in _broken(whole, room):
            if line and line_width((*line, word)) > room:
                done.append(line)
                line = ()
            line = (*line, word)
    return (*done, line) if line else tuple(done)


def _broken(word: Word, room: int) -> Iterator[Word]:
    if _width(word) <= room:
        yield word
        return
    part, style = "", word[0].style
    for character in "".join(piece.text for piece in word):
        if part and width(part + character, style) > room:
            yield (Piece(part, style),)
            part = ""
        part += character
    yield (Piece(part, style),)


def _width(word: Word) -> int:
    return sum(piece.width for piece in word)
