"""What customers' accounts need around them: a way to send a mail. `server/mail` supplies it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


class Letter(StrEnum):
    """What a mail says."""

    VERIFY = "verify"
    KNOWN = "known"
    RECOVER = "recover"
    PASSKEY_ADDED = "passkey_added"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - that it was, not to which


@dataclass(frozen=True, slots=True)
class Mail:
    """`to` is an address as mail servers read it; `token` is a link's, which is nowhere else in clear.

    What somebody typed as their name is not in it: a stranger could write to anybody in our name.
    """

    letter: Letter
    to: str
    language: str
    token: str = ""


class Post(Protocol):
    """Mails that are kept and sent with the caller's transaction, or not at all (INV-E1, INV-E2)."""

    async def put(self, conn: AsyncConnection, mail: Mail) -> None:
        """Adds a mail to what is to be sent."""
        ...

    async def drop(self, conn: AsyncConnection, to: str) -> None:
        """Erases what was not sent yet to this address."""
        ...
