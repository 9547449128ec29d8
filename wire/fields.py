"""Reads an object that must have exactly the fields named: hellos, records, badges (SPEC §2)."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from wire.canonical import Json, load
from wire.encoding import unb64
from wire.errors import WireError
from wire.limits import INTEGER_MAX

Closed = TypeVar("Closed", bound=StrEnum)


class Fields:
    """The fields of one object; whatever does not fit is a WireError with `code`."""

    def __init__(self, value: Json, names: frozenset[str], *, code: str) -> None:
        if not isinstance(value, dict) or value.keys() != names:
            raise WireError(code, "not exactly the fields named")
        self._fields = value
        self._code = code

    def value(self, name: str) -> Json:
        """The field as it is."""
        return self._fields[name]

    def text(self, name: str, *, at_least: int = 0, at_most: int) -> str:
        """A text with a number of code points within bounds."""
        value = self._fields[name]
        if not isinstance(value, str) or not at_least <= len(value) <= at_most:
            raise WireError(self._code, name)
        return value

    def texts(self, name: str, *, count: int, at_least: int = 0, at_most: int) -> tuple[str, ...]:
        """An array of at most `count` such texts."""
        value = self._fields[name]
        if not isinstance(value, list) or len(value) > count:
            raise WireError(self._code, name)
        texts = tuple(item for item in value if isinstance(item, str) and at_least <= len(item) <= at_most)
        if len(texts) != len(value):
            raise WireError(self._code, name)
        return texts

    def integer(self, name: str, *, at_least: int = 0, at_most: int = INTEGER_MAX) -> int:
        """An integer within bounds; true and false are not integers."""
        value = self._fields[name]
        if not isinstance(value, int) or isinstance(value, bool) or not at_least <= value <= at_most:
            raise WireError(self._code, name)
        return value

    def truth(self, name: str) -> bool:
        """True or false."""
        value = self.value(name)
        if not isinstance(value, bool):
            raise WireError(self._code, name)
        return value

    def octets(self, name: str, size: int) -> bytes:
        """The `size` bytes behind a b64 text."""
        value = self._fields[name]
        try:
            return unb64(value if isinstance(value, str) else "", size)
        except WireError:
            raise WireError(self._code, name) from None

    def hash_text(self, name: str) -> str:
        """The b64 of a SHA-256, kept as text."""
        self.octets(name, 32)
        return self.text(name, at_most=43)

    def hash_text_or_none(self, name: str) -> str:
        """The same, or the empty text."""
        return "" if self._fields[name] == "" else self.hash_text(name)

    def one_of(self, name: str, kind: type[Closed]) -> Closed:
        """A member of a closed set."""
        try:
            return kind(self.text(name, at_most=INTEGER_MAX))
        except ValueError:
            raise WireError(self._code, name) from None

    def constant(self, name: str, expected: str | int) -> None:
        """Refuse any other value; 1 and true are not the same."""
        value = self._fields[name]
        if type(value) is not type(expected) or value != expected:
            raise WireError(self._code, name)


def load_as(data: bytes, *, limit: int, code: str) -> Json:
    """Canonical JSON whose refusals carry the caller's own code."""
    try:
        return load(data, limit=limit)
    except WireError as error:
        raise WireError(code, error.detail) from None
