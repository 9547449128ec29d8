"""Ways for mails that a test looks into, and one that fails as it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.mail.message import Outgoing
    from server.mail.ways import NotSent


@dataclass
class Kept:
    """Remembers what went out; `fails` says of a mail how it does not."""

    sent: list[Outgoing] = field(default_factory=list)
    tried: list[Outgoing] = field(default_factory=list)
    fails: Callable[[Outgoing], NotSent | None] = lambda _mail: None

    async def send(self, mail: Outgoing) -> None:
        self.tried.append(mail)
        error = self.fails(mail)
        if error is not None:
            raise error
        self.sent.append(mail)

    async def check(self) -> str:
        return ""
