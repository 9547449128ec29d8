"""Argon2id off the event loop, a few at a time; beyond a short queue a try is turned away at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

from argon2.exceptions import InvalidHashError, VerificationError

from identity.rules import normal_password

if TYPE_CHECKING:
    from collections.abc import Callable

    from argon2 import PasswordHasher

T = TypeVar("T")

AT_ONCE: Final = 2
WAITING_MOST: Final = 16


class TooBusy(Exception):  # noqa: N818 - an outcome that unwinds, not a fault
    """More sign-ins wait than the machine should take on."""


class Passwords:
    """Hashes and checks passwords with the same work whether or not there is a hash to check against."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._inside = 0
        # Checked when there is no account: an unknown login costs what a wrong password costs.
        self._nobody = hasher.hash("the password of nobody at all")

    async def hash(self, password: str) -> str:
        return await self._run(self._hasher.hash, _bytes(password))

    async def check(self, stored: str | None, password: str) -> bool:
        matches = await self._run(self._matches, stored or self._nobody, _bytes(password))
        return matches and stored is not None

    def is_dated(self, stored: str) -> bool:
        """True when `stored` was made with weaker settings than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _matches(self, stored: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., T], *args: str | bytes) -> T:
        if self._inside >= AT_ONCE + WAITING_MOST:
            raise TooBusy
        self._inside += 1
        try:
            async with self._slots:
                return await asyncio.to_thread(work, *args)
        finally:
            self._inside -= 1


def _bytes(password: str) -> bytes:
    """What is hashed: of any text, also of half a character, which no keyboard types."""
    return normal_password(password).encode("utf-8", "surrogatepass")
