"""Ends, at a start, the sessions whose sockets died with an earlier life of this node (INV-B6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relay.session import store
from wire.reasons import EndReason

if TYPE_CHECKING:
    from relay.ports import AppendToEach, Clock, Storage

# Many at a time: nobody is served before the last one is closed.
_AT_ONCE = 500


async def end_what_was_left(
    *, storage: Storage, clock: Clock, append_to_each: AppendToEach, node: str
) -> int:
    """How many there were."""
    ended, found = 0, _AT_ONCE
    while found == _AT_ONCE:
        async with storage.write("recover") as conn:
            left = await store.end_of_node(conn, node, EndReason.RELAY_LOST, clock.now_ms(), _AT_ONCE)
            facts = {session: {"reason": EndReason.RELAY_LOST.value, "rec": ""} for session in left}
            await append_to_each(conn, typ="session.end", role="relay", pid="relay", facts=facts)
        found = len(left)
        ended += found
    return ended
