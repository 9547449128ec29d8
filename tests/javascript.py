"""Reads JavaScript far enough for tests of the sources: what is code, what is text, what is comment."""

from __future__ import annotations

from dataclasses import dataclass, field

HOLE = "\0"
"""Stands for `${…}` inside a literal."""

_BEFORE_REGEX = set("(,=:[!&|?{};+-*%<>~^\n")
_WORDS_BEFORE_REGEX = ("return", "typeof", "case", "in", "of", "await", "yield", "void", "delete")


@dataclass(slots=True)
class Script:
    """`code` is the source without comments, its literals emptied; `literals` are what stood in quotes."""

    code: str = ""
    literals: list[str] = field(default_factory=list)


def read(source: str) -> Script:
    """Splits a script; good enough for our own, formatted sources."""
    reader = _Reader(source)
    reader.run(until="")
    return Script("".join(reader.code), reader.literals)


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self.code: list[str] = []
        self.literals: list[str] = []

    def run(self, *, until: str) -> None:
        """Reads code up to the closing `until` of a hole, or to the end."""
        depth = 0
        while self._at < len(self._source):
            char, pair = self._source[self._at], self._source[self._at : self._at + 2]
            if until and char == until and depth == 0:
                return
            if pair == "//":
                self._skip_to("\n", keep=True)
            elif pair == "/*":
                self._skip_to("*/", keep=False)
            elif char in "'\"":
                self._quoted(char)
            elif char == "`":
                self._template()
            elif char == "/" and self._regex_may_stand_here():
                self._regex()
            else:
                depth += (char == "{") - (char == "}")
                self.code.append(char)
                self._at += 1

    def _skip_to(self, end: str, *, keep: bool) -> None:
        found = self._source.find(end, self._at + 2)
        found = len(self._source) if found < 0 else found
        self._at = found if keep else found + len(end)

    def _quoted(self, quote: str) -> None:
        self._at += 1
        text = []
        while (char := self._source[self._at]) != quote:
            self._at += 1 + (char == "\\")
            text.append(self._source[self._at - 1] if char == "\\" else char)
        self._at += 1
        self._literal("".join(text))

    def _template(self) -> None:
        self._at += 1
        text = []
        while (char := self._source[self._at]) != "`":
            if self._source.startswith("${", self._at):
                self._at += 2
                self.code.append(" (")
                self.run(until="}")
                self.code.append(") ")
                text.append(HOLE)
                self._at += 1
            else:
                self._at += 1 + (char == "\\")
                text.append(char)
        self._at += 1
        self._literal("".join(text))

    def _literal(self, text: str) -> None:
        self.literals.append(text)
        self.code.append('""')

    def _regex_may_stand_here(self) -> bool:
        before = "".join(self.code[-40:]).rstrip(" ")
        return not before or before[-1] in _BEFORE_REGEX or before.endswith(_WORDS_BEFORE_REGEX)

    def _regex(self) -> None:
        in_class = False
        self._at += 1
        while (char := self._source[self._at]) != "/" or in_class:
            in_class = char == "[" or (in_class and char != "]")
            self._at += 1 + (char == "\\")
        self._at += 1
        self.code.append('""')
