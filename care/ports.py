"""What the desk needs around it, and how it refuses over HTTP. `server/app.py` supplies and words them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a failure
    """An HTTP request that is refused; `slug` names the problem, the process words and sends it.

    `errors` are the fields it is about: `{"pointer": "/serial", "hint": "look-alike", "positions": [3]}`.
    """

    def __init__(
        self, slug: str, *, errors: Sequence[dict[str, object]] = (), retry_after_s: int | None = None
    ) -> None:
        super().__init__(slug)
        self.slug = slug
        self.errors = tuple(errors)
        self.retry_after_s = retry_after_s
