"""What the desk's services stand on: the database, the maker's data, a clock, ids and a key."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

    from care.catalogue.maker import MakerData

KEY_BYTES: Final = 32


class Storage(Protocol):
    """Transactions on the store that owns the truth. Raises SQLAlchemyError when it is away."""

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]: ...

    def write(self, step: str) -> AbstractAsyncContextManager[AsyncConnection]: ...


@dataclass(frozen=True, slots=True)
class Customer:
    """Who asks: an id that says nothing of the person, their market's code and their language."""

    id: str
    market: str
    language: str


@dataclass(frozen=True, slots=True)
class Ground:
    """`now` is UTC in milliseconds; `new_id` gives 32 hexadecimal digits that sort by time.

    `key` is a secret of at least 32 bytes: tables hold its hashes, and no address, number or code.
    """

    storage: Storage
    maker: MakerData
    now: Callable[[], int]
    new_id: Callable[[], str]
    key: bytes

    def __post_init__(self) -> None:
        assert len(self.key) >= KEY_BYTES, "a key that cannot be guessed"

    def hashed(self, *parts: str) -> str:
        """A keyed hash in 64 hexadecimal digits; no two lists of parts have the same by how they are cut."""
        text = b"".join(
            len(one).to_bytes(4, "big") + one
            for one in (part.encode("utf-8", "surrogatepass") for part in parts)
        )
        return hmac.digest(self.key, text, hashlib.sha256).hex()

    def today(self, market: str) -> date:
        """The date in a market."""
        return self.maker.markets[market].today(self.now())
