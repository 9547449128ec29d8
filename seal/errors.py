"""The one exception of `seal`: the session cannot go on."""

from __future__ import annotations


class SealError(Exception):
    """`code` is stable; no secret, key or content is ever part of it."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
