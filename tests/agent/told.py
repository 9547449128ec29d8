"""What a relay tells a device of its maker, and what comes of a badge then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device_agent.briefing import Briefing
from tests.agent.console_twin import Technician
from tests.agent.fakes import NOW_MS, FakeClock
from tests.agent.organisation import ORIGIN, Organisation, briefing
from wire import badge as badges
from wire.messages import KeysetMsg, StatusMsg

if TYPE_CHECKING:
    from device_agent.trust import Trust
    from wire.reasons import BadgeCause

NOW_S = NOW_MS // 1000


async def tell(trust: Trust, clock: FakeClock, keyset: bytes, status: bytes) -> None:
    """A relay's briefing, on one call."""
    call = Briefing(trust, clock)
    for news in briefing(keyset, status, at_ms=NOW_MS):
        assert isinstance(news, KeysetMsg | StatusMsg)
        await call.hear(news)


def judged(org: Organisation, trust: Trust) -> BadgeCause | None:
    """What comes of an honest technician's badge."""
    badge = Technician.of(org.issuer, aud=ORIGIN, now_s=NOW_S)
    try:
        trust.accept(badges.parse(badge.jws), hello_kid=badge.kid, asks=["view"], now_ms=trust.now_ms())
    except badges.BadgeError as refused:
        return refused.cause
    return None
