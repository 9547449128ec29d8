"""What must hold once everything has healed, recovered and come to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relay.audit.record import Whole, check_chain
from tests.sim.reasons import is_true

if TYPE_CHECKING:
    import logging
    from collections.abc import Sequence

    from tests.sim.world import World


def check(world: World, said: Sequence[Any], logged: Sequence[logging.LogRecord]) -> None:
    if world.history.breaches:
        return
    _nothing_broke_inside(world, said, logged)
    _the_record_is_whole(world)
    _every_session_ended_once(world)
    _every_reason_is_true(world)


def _nothing_broke_inside(world: World, said: Sequence[Any], logged: Sequence[logging.LogRecord]) -> None:
    for entry in said:
        if entry["event"] in {"session_fault", "task_fault", "record_refused"}:
            world.oracle.breach("INV-H1", f"the relay logged {entry}")
    if not world.disk_troubled:
        for record in logged:
            world.oracle.breach("INV-H1", f"the device logged {record.getMessage()} {record.exc_info}")


def _the_record_is_whole(world: World) -> None:
    chains: dict[str, list[bytes]] = {}
    for sess, leaf in world.store.raw("SELECT sess, leaf FROM audit_leaf ORDER BY idx"):
        chains.setdefault(sess, []).append(bytes(leaf))
    for sess, leaves in chains.items():
        verdict = check_chain(leaves)
        world.oracle.require(isinstance(verdict, Whole), "INV-D2", f"the chain of {sess[:6]} is {verdict}")


def _every_reason_is_true(world: World) -> None:
    for case in world.oracle.cases.values():
        for at, reason in case.recorded:
            true = is_true(world, case, reason, at)
            world.oracle.require(
                true, "INV-B6", f"{case.session[:6]}: {reason}, and nothing like it happened"
            )


def _every_session_ended_once(world: World) -> None:
    oracle, store = world.oracle, world.store
    for pin, count in store.raw(
        "SELECT pin_session, count(*) FROM session GROUP BY pin_session HAVING count(*) > 1"
    ):
        oracle.breach("INV-A1", f"{pin[:6]} has {count} sessions")
    for session, reason in store.raw("SELECT id, reason FROM session"):
        case = oracle.cases.get(session)
        if case is None and session in oracle.shown:
            oracle.require(oracle.shown[session].ended == 1, "INV-B6", f"{session[:6]} did not end once")
        elif case is None:
            oracle.breach("INV-E1", f"session {session[:6]} of no code that was shown")
        elif len(case.recorded) != 1 or case.recorded[0][1] != reason:
            oracle.breach("INV-B6", f"session {session[:6]} ended with {reason}, on record {case.recorded}")
        elif case.relay_ended is not None and case.relay_died_at is None:
            ended = case.relay_ended[1]
            oracle.require(ended == reason, "INV-B6", f"the relay ended with {ended}, on record {reason}")
    for (session,) in store.raw("SELECT session FROM pin WHERE state = 'issued'"):
        oracle.breach("INV-A1", f"code {session[:6]} is live, and its relay is gone")
