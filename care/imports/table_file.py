"""A table out of a file, row by row, however large: CSV in UTF-8 (RFC 4180).

Nothing is read further than its limit, and no cell is guessed: a row with too many or too few of them says
so.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import BinaryIO

LINE_MOST: Final = 8_192
"""Bytes of one line; a row of ours has some two hundred."""
_MARK: Final = b"\xef\xbb\xbf"  # some programs begin their UTF-8 with it


class FileProblem(StrEnum):
    """Why a file as a whole, or from some line on, cannot be read."""

    EMPTY = "empty"
    NOT_UTF8 = "not-utf-8"
    LINE_TOO_LONG = "line-too-long"
    NOT_CSV = "not-csv"
    COLUMN_MISSING = "column-missing"
    COLUMN_UNKNOWN = "column-unknown"
    COLUMN_TWICE = "column-twice"
    TOO_MANY_ROWS = "too-many-rows"


class FileFault(ValueError):  # noqa: N818 - a state of the file
    """The file cannot be read on; `what` is the column, where it is one."""

    def __init__(self, problem: FileProblem, line: int, what: str = "") -> None:
        super().__init__(f"line {line}: {problem} {what}".rstrip())
        self.problem = problem
        self.line = line
        self.what = what


@dataclass(frozen=True, slots=True)
class TableRow:
    """`line` is where it ends in the file, from 1; `cells` is None where their number is wrong."""

    line: int
    cells: dict[str, str] | None


class TableFile:
    """Rows of a file that is open for reading bytes; `read_bytes` says how far it has come."""

    def __init__(self, file: BinaryIO, *, columns: Collection[str], optional: Collection[str] = ()) -> None:
        self._file = file
        self._columns = columns
        self._optional = optional
        self._line = 0
        self.read_bytes = 0

    def __iter__(self) -> Iterator[TableRow]:
        reader = csv.reader(self._lines(), strict=True)
        try:
            names = [name.strip() for name in next(reader, [])]
            self._check(names)
            for cells in reader:
                if not cells:  # an empty line
                    continue
                whole = len(cells) == len(names)
                yield TableRow(self._line, dict(zip(names, cells, strict=True)) if whole else None)
        except csv.Error:
            raise FileFault(FileProblem.NOT_CSV, self._line) from None

    def _lines(self) -> Iterator[str]:
        while line := self._file.readline(LINE_MOST + 1):
            self._line += 1
            self.read_bytes += len(line)
            if len(line) > LINE_MOST:
                raise FileFault(FileProblem.LINE_TOO_LONG, self._line)
            bare = line.removeprefix(_MARK) if self._line == 1 else line
            try:
                yield bare.decode("utf-8")
            except UnicodeDecodeError:
                raise FileFault(FileProblem.NOT_UTF8, self._line) from None

    def _check(self, names: list[str]) -> None:
        if not any(names):
            raise FileFault(FileProblem.EMPTY, self._line)
        for name in names:
            if name not in self._columns and name not in self._optional:
                raise FileFault(FileProblem.COLUMN_UNKNOWN, self._line, name)
            if names.count(name) > 1:
                raise FileFault(FileProblem.COLUMN_TWICE, self._line, name)
        for name in self._columns:
            if name not in names:
                raise FileFault(FileProblem.COLUMN_MISSING, self._line, name)
