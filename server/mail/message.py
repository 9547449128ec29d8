"""A mail as it goes out. What is in a header was put there by the standard library, or nothing was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from server.mail.outbox import Waiting

# What would end an address, or begin another.
_MORE_THAN_ONE: Final = frozenset("\r\n\0<>, ")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`name` is the mail's own, of digits, the oldest first: however often it is sent, it has the same."""

    name: str
    sender: str
    recipient: str
    message: EmailMessage

    @property
    def data(self) -> bytes:
        """The mail as a file has it (RFC 5322)."""
        return self.message.as_bytes(policy=SMTP if self.recipient.isascii() else SMTPUTF8)


def outgoing(mail: Waiting, *, sender: str, maker: str) -> Outgoing:
    """The mail with its headers; ValueError where a value could be read as more than its own header.

    `sender` is an address of ASCII; `maker` the name that stands beside it.
    """
    for address in (mail.recipient, sender):
        local, _, domain = address.rpartition("@")
        if not local or not domain or set(address) & _MORE_THAN_ONE:
            raise ValueError("more or less than one address")
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(_line(maker), addr_spec=sender)
    message["To"] = _to(mail.recipient)
    message["Subject"] = _line(mail.subject)
    message["Date"] = datetime.fromtimestamp(mail.created_at / 1_000, UTC)
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    # No answering machine answers it (RFC 3834 §5).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message["Content-Language"] = mail.language
    return Outgoing(f"{mail.created_at:013d}-{mail.id}", sender, mail.recipient, message)


def _to(recipient: str) -> Address:
    local, _, domain = recipient.rpartition("@")
    return Address(username=local, domain=domain)


def _line(text: str) -> str:
    """One line, whatever stood there."""
    return " ".join(text.split())
