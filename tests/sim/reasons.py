"""Whether the reason on record is the true one: each needs a cause that the simulation made (INV-B6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wire.limits import CONSENT_S, GRANTS_S, IDLE_S
from wire.reasons import EndReason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.sim.case import Case
    from tests.sim.world import World

# A badge is good this long before the set's clock says so; less a margin for the days' own jitter.
_SKEW_MS: Final = 280_000
# A list of what is revoked is good for a day, and signed anew each hour by the relay's clock.
_LIST_MS: Final = 23 * 3_600_000


def is_true(world: World, case: Case, reason: EndReason, at: float) -> bool:
    """Whether something happened that this reason names."""
    judge = _CAUSES.get(reason)
    return judge is None or judge(world, case, at)


def _customer(reason: EndReason) -> Callable[[World, Case, float], bool]:
    def judge(_world: World, case: Case, _at: float) -> bool:
        return case.customer_ended is not None and case.customer_ended[1] in {None, reason}

    return judge


def _switched_off(world: World, case: Case, at: float) -> bool:
    power = any(command.act == "power" for command in case.commands.values())
    return power or _customer(EndReason.DEVICE_POWERED_OFF)(world, case, at)


def _device_gone(world: World, case: Case, _at: float) -> bool:
    return bool(case.tv.route.troubles) or "tv died" in case.causes or world.disk_troubled


def _technician_gone(_world: World, case: Case, _at: float) -> bool:
    gone = case.desk is not None and bool(case.desk.route.troubles)
    return gone or "desk died" in case.causes


def _relay_gone(world: World, case: Case, _at: float) -> bool:
    return world.relay_trouble_until > 0 or bool(case.tv.route.troubles)


def _record_late(world: World, case: Case, at: float) -> bool:
    store = world.store_trouble_until > 0 or world.profile.store_failing > 0
    lines = _device_gone(world, case, at) or _technician_gone(world, case, at)
    return store or lines or _relay_gone(world, case, at)


def _mangled(_world: World, case: Case, _at: float) -> bool:
    return case.tv.route.was_mangled or (case.desk is not None and case.desk.route.was_mangled)


def _left(_world: World, case: Case, _at: float) -> bool:
    own = {EndReason.TECHNICIAN_LEFT, EndReason.CONSENT_TIMEOUT, EndReason.AUDIT_UNAVAILABLE}
    return case.console_ended is not None and case.console_ended[1] in own


def _shut_out(world: World, case: Case, _at: float) -> bool:
    return case.account in world.oracle.shut_out


def _badge_taken_back(world: World, case: Case, at: float) -> bool:
    offset = case.tv.wall.offset_ms
    list_is_old = offset - world.relay_wall.offset_ms >= _LIST_MS
    in_vain = abs(offset) > _SKEW_MS or list_is_old or _mangled(world, case, at)
    return in_vain or _shut_out(world, case, at)


def _drained(world: World, _case: Case, _at: float) -> bool:
    return world.drained


def _after(seconds: float) -> Callable[[World, Case, float], bool]:
    def judge(_world: World, case: Case, at: float) -> bool:
        return case.opened_at is not None and at - case.opened_at >= seconds - 1.0

    return judge


_CAUSES: Final[Mapping[EndReason, Callable[[World, Case, float], bool]]] = {
    EndReason.CUSTOMER_STOPPED: _customer(EndReason.CUSTOMER_STOPPED),
    EndReason.CUSTOMER_REPORTED: _customer(EndReason.CUSTOMER_REPORTED),
    EndReason.CONSENT_REFUSED: _customer(EndReason.CONSENT_REFUSED),
    EndReason.DEVICE_POWERED_OFF: _switched_off,
    EndReason.TECHNICIAN_LEFT: _left,
    EndReason.DEVICE_LOST: _device_gone,
    EndReason.TECHNICIAN_LOST: _technician_gone,
    EndReason.RELAY_LOST: _relay_gone,
    EndReason.INTEGRITY_FAILED: _mangled,
    EndReason.AUDIT_UNAVAILABLE: _record_late,
    EndReason.BADGE_REFUSED: _badge_taken_back,
    EndReason.REVOKED: _shut_out,
    EndReason.DRAINING: _drained,
    EndReason.CONSENT_TIMEOUT: _after(CONSENT_S),
    EndReason.IDLE: _after(IDLE_S),
    EndReason.TIME_LIMIT: _after(GRANTS_S),
}
