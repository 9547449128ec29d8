"""What the middlewares must know of the settings, of identity, and of how a page refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

    from identity.customers.store import Customer
    from identity.store import Account
    from server.problems import Slug


@dataclass(frozen=True, slots=True)
class Refused:
    """One refusal, for whoever puts it into words. `reference` finds our own fault in the log."""

    slug: Slug
    retry_after_s: int | None = None
    reference: str = ""
    allow: tuple[str, ...] = ()
    errors: tuple[dict[str, object], ...] = ()


async def _nobody(_token: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Portal:
    """The customers' side: who a session's token is, and the pages that refuse.

    `proof_of` is what our own pages send along, drawn from the token: who can read no page of ours cannot
    say it (INV-G3).
    `sign_in_page` answers whoever must sign in first.
    """

    customer_for_session: Callable[[str], Awaitable[Customer | None]]
    proof_of: Callable[[str], str]
    refuse: Callable[[web.Request, Refused], Awaitable[web.StreamResponse]]
    sign_in_page: Callable[[web.Request], web.StreamResponse]


@dataclass(frozen=True, slots=True)
class Doors:
    """`portal` is None where there is no maker whose products could be registered."""

    origin: str
    console_origins: tuple[str, ...]
    behind_proxy: bool
    account_for_token: Callable[[str], Awaitable[Account | None]] = field(default=_nobody)
    portal: Portal | None = None
