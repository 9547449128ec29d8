"""Whether the technician of an `auth` message may ask the customer at all (seal/SPEC §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device_agent.trust import check
from seal import messages as sealed
from wire import badge as badges
from wire.badge import BadgeError
from wire.reasons import BadgeCause

if TYPE_CHECKING:
    from device_agent.trust import Trust
    from wire.badge import Badge


def admitted(auth: sealed.Auth, *, trust: Trust, kid: str, th: bytes, now_ms: int) -> Badge:
    """The badge, which names this session's technician; raises WireError or BadgeError."""
    parsed = badges.parse(auth.cred)
    trust.accept(parsed, hello_kid=kid, asks=auth.asks, now_ms=now_ms)
    unsigned = sealed.auth_without_sig(cred=auth.cred, asks=auth.asks, request=auth.request)
    if not check(parsed.badge.cnf_x, auth.sig, badges.tech_auth_message(th, unsigned)):
        raise BadgeError(BadgeCause.OTHER_SESSION)
    return parsed.badge
