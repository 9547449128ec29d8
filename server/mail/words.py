"""What the mails to customers say, in their language: plain text, the link on a line of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import locales
from identity.customers.ports import Letter, Mail
from identity.customers.rules import LINK_LIFE_MS, LinkKind

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from server.mail.outbox import Outbox

# Pages with one button: a mail program that follows the link to look changes nothing.
PATHS: Final = {
    Letter.VERIFY: "/account/verify/",
    Letter.KNOWN: "/account/recover",
    Letter.RECOVER: "/account/recover/",
    Letter.PASSKEY_ADDED: "/account/recover",
    Letter.PASSWORD_CHANGED: "/account/recover",
}
HOURS: Final = {
    Letter.VERIFY: LINK_LIFE_MS[LinkKind.VERIFY] // 3_600_000,
    Letter.RECOVER: LINK_LIFE_MS[LinkKind.RECOVER] // 3_600_000,
}


@dataclass(frozen=True, slots=True)
class Words:
    """A mail's subject and text."""

    subject: str
    text: str


def words_of(mail: Mail, *, origin: str, maker: str) -> Words:
    """What a mail says; `maker` signs it, `origin` is the service's."""
    texts = locales.load(mail.language, "mail")
    parts = [
        texts.text(f"mail.{mail.letter}.intro", maker=maker),
        f"{origin}{PATHS[mail.letter]}{mail.token}",
    ]
    if mail.letter in HOURS:
        parts.append(texts.text("mail.link_life", hours=HOURS[mail.letter]))
    parts += [
        texts.text(f"mail.{mail.letter}.not_you"),
        texts.text("mail.sender", maker=maker, origin=origin),
    ]
    return Words(texts.text(f"mail.{mail.letter}.subject", maker=maker), "\n\n".join(parts) + "\n")


class CustomerPost:
    """What customers' accounts send, put into words and kept with what it tells of."""

    def __init__(self, outbox: Outbox, *, origin: str, maker: str) -> None:
        self._outbox = outbox
        self._origin = origin
        self._maker = maker

    async def put(self, conn: AsyncConnection, mail: Mail) -> None:
        """In the caller's transaction."""
        words = words_of(mail, origin=self._origin, maker=self._maker)
        await self._outbox.put(
            conn, recipient=mail.to, subject=words.subject, text=words.text, language=mail.language
        )

    async def drop(self, conn: AsyncConnection, to: str) -> None:
        """In the caller's transaction."""
        await self._outbox.drop(conn, to)
