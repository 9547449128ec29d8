"""The one exception of `wire`: a value that does not follow the specification."""

from __future__ import annotations


class WireError(Exception):
    """`code` is stable and safe to send; `detail` says which rule was broken and never holds the value."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
