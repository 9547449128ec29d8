"""Kodi's JSON-RPC as it comes over TCP: one object after the other, with nothing between them. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

MOST_BYTES: Final = 4 * 1024 * 1024
"""Its longest honest answer, every setting there is, has about a tenth of that."""


class NotKodiError(Exception):
    """What came is not JSON-RPC, or has no end."""


@dataclass(frozen=True, slots=True)
class Answer:
    """To the call of this number: what it gave, or why it did not."""

    number: int
    result: Any  # JSON
    error: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something happened at Kodi; `data` is what it says of it."""

    method: str
    data: Any  # JSON


class Reader:
    """Takes bytes as they come."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._decoder = json.JSONDecoder()

    def take(self, data: bytes) -> list[Answer | Notice]:
        """The messages that are whole by now."""
        self._waiting += data
        if len(self._waiting) > MOST_BYTES:
            raise NotKodiError("a message has no end")
        found: list[Answer | Notice] = []
        # An object ends with a bracket, so nothing can have become whole by a part without one.
        if b"}" not in data:
            return found
        try:
            text = self._waiting.decode()
        except UnicodeDecodeError:
            return found  # in the middle of a letter
        done = 0
        while (start := _skipped(text, done)) < len(text):
            try:
                value, done = self._decoder.raw_decode(text, start)
            except ValueError:
                break
            except RecursionError:
                raise NotKodiError("a message is nested too deeply") from None
            found.extend(_messages(value))
        self._waiting = bytearray(text[done:].encode())
        return found


def call(number: int, method: str, params: dict[str, Any]) -> bytes:
    """A call as it is sent."""
    said = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _skipped(text: str, start: int) -> int:
    while start < len(text) and text[start].isspace():
        start += 1
    return start


def _messages(value: Any) -> list[Answer | Notice]:
    match value:
        case {"id": int(number), "error": {"message": str(why)}}:
            return [Answer(number, None, why or "refused")]
        case {"id": int(number), "result": result}:
            return [Answer(number, result)]
        case {"method": str(method), "params": {"data": data}}:
            return [Notice(method, data)]
        case {"jsonrpc": _}:
            return []  # of a later version
        case _:
            raise NotKodiError("a message is no JSON-RPC")
