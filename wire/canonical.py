"""Canonical JSON (SPEC §2): one value, one spelling, so that what is hashed or signed cannot be respelled."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from wire.errors import WireError
from wire.limits import JSON_DEPTH, TEXT_MESSAGE_BYTES

Json = str | int | bool | list["Json"] | dict[str, "Json"]

_KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")
_TOKEN = re.compile(rb'\\.|["\[\]{}]', re.DOTALL)
_INTEGER_BOUND = 2**53


def nests_too_deep(data: bytes) -> bool:
    """Whether brackets of JSON text nest deeper than allowed, found in one pass without building anything."""
    # Text with few brackets, the usual kind, needs no pass (INV-F2: the check itself must be cheap).
    if data.count(b"[") + data.count(b"{") <= JSON_DEPTH:
        return False
    level = 0
    in_string = False
    for token in _TOKEN.findall(data):
        if token == b'"':
            in_string = not in_string
        elif in_string or len(token) > 1:
            continue
        elif token in b"[{":
            level += 1
            if level > JSON_DEPTH:
                return True
        else:
            level -= 1
    return False


def dump(value: Json) -> bytes:
    """The one spelling of `value`; raises WireError where it has none."""
    _check(value, 0)
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8")
    except UnicodeEncodeError:
        raise WireError("not_canonical", "lone surrogate") from None


def load(data: bytes, *, limit: int = TEXT_MESSAGE_BYTES) -> Json:
    """The value of `data`, refused unless `data` is its one spelling."""
    if len(data) > limit:
        raise WireError("not_canonical", "too long")
    if nests_too_deep(data):
        raise WireError("not_canonical", "nested too deep")
    try:
        value: Json = json.loads(data.decode("utf-8"), parse_float=_refuse, parse_constant=_refuse)
    except ValueError:
        raise WireError("not_canonical", "not JSON of the kind allowed") from None
    # Writing it again finds duplicate keys, other orders, white space, escapes, -0 and a byte order mark.
    if dump(value) != data:
        raise WireError("not_canonical", "another spelling of the value")
    return value


def _refuse(_text: str) -> NoReturn:
    raise WireError("not_canonical", "only integers are numbers here")


def _check(value: Json, level: int) -> None:
    match value:
        case str() | bool():
            return
        case int():
            if abs(value) >= _INTEGER_BOUND:
                raise WireError("not_canonical", "integer too large")
        case list():
            _check_level(level + 1)
            for item in value:
                _check(item, level + 1)
        case dict():
            _check_level(level + 1)
            for key, item in value.items():
                if not isinstance(key, str) or not _KEY.fullmatch(key):
                    raise WireError("not_canonical", "key of another form")
                _check(item, level + 1)
        case _:
            raise WireError("not_canonical", "kind of value not allowed")


def _check_level(level: int) -> None:
    if level > JSON_DEPTH:
        raise WireError("not_canonical", "nested too deep")
