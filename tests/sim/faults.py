"""What goes wrong, and when it is right again. The oracle hears of every cause."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.sim.links import Route
    from tests.sim.people import Desk
    from tests.sim.tv import Tv
    from tests.sim.world import World

HOUR_MS: Final = 3_600_000


async def misfortune(world: World) -> None:
    """One fault after the other, as often as the profile says."""
    rng, profile = world.fortune, world.profile
    kinds = list(profile.faults)
    while kinds:
        await asyncio.sleep(profile.fault_every_s * rng.expovariate(1.0))  # virtual time
        world.history.step("fault")
        kind = rng.choices(kinds, [profile.faults[each] for each in kinds])[0]
        KINDS[kind](world, rng)


def _later(world: World, seconds: float, then: Callable[[], object]) -> None:
    world.loop.call_later(seconds, then)


def _busy(world: World) -> tuple[list[Tv], list[Desk]]:
    """Sets and desks with a session: a fault is of more interest there."""
    open_cases = world.oracle.open_cases()
    tvs = [case.tv for case in open_cases if case.is_on_the_set]
    return tvs, [case.desk for case in open_cases if case.desk in world.desks and case.desk is not None]


def _tv(world: World, rng: random.Random) -> Tv:
    busy = _busy(world)[0]
    return rng.choice(busy if busy and rng.random() < 0.7 else world.tvs)


def _desk(world: World, rng: random.Random) -> Desk:
    busy = _busy(world)[1]
    return rng.choice(busy if busy and rng.random() < 0.7 else world.desks)


def _route(world: World, rng: random.Random) -> Route:
    return rng.choice((_tv(world, rng).route, _desk(world, rng).route))


def _cut(world: World, rng: random.Random) -> None:
    route = _route(world, rng)
    world.note(route.name, "the line is cut")
    route.cut()


def _stall(world: World, rng: random.Random) -> None:
    route, seconds = _route(world, rng), rng.choice((0.2, 1.0, 2.5, 3.5, 6.0)) * rng.random()
    world.note(route.name, f"nothing moves for {seconds:.2f} s")
    route.stall(seconds)


def _dark(world: World, rng: random.Random) -> None:
    route, seconds = _route(world, rng), 12 * rng.random() ** 2
    up, down = rng.choice(((True, True), (True, False), (False, True)))
    world.note(route.name, f"packets vanish for {seconds:.2f} s (up {up}, down {down})")
    route.darken(up=up, down=down)
    _later(world, seconds, route.clear)


def _mangle(world: World, rng: random.Random) -> None:
    route = _route(world, rng)
    world.note(route.name, "somebody is in the middle")
    route.mangle(0.05 + 0.3 * rng.random())
    _later(world, 3.0, lambda: route.mangle(0.0))


def _relay_dies(world: World, rng: random.Random) -> None:
    if world.relay is None or not world.relay.process.alive:
        return
    closes = rng.random() < 0.7
    world.note("relay", "is killed" if closes else "loses power")
    world.relay_dies(closes=closes)
    _later(world, 4 * rng.random() ** 2, world.relay_starts)


def _relay_freezes(world: World, rng: random.Random) -> None:
    if world.relay is None or not world.relay.open:
        return
    relay, seconds = world.relay, rng.choice((0.3, 2.0, 7.0)) * rng.random()
    world.note("relay", f"is frozen for {seconds:.2f} s")
    world.relay_frozen(seconds)
    relay.process.freeze()
    _later(world, seconds, relay.process.thaw)


def _relay_drains(world: World, rng: random.Random) -> None:
    if world.relay is None or not world.relay.open:
        return
    world.note("relay", "drains")
    world.relay_drains(restart_after=1 + 3 * rng.random())


def _tv_dies(world: World, rng: random.Random) -> None:
    tv = _tv(world, rng)
    if tv.plugged:
        closes = rng.random() < 0.5
        world.note(tv.name, "the agent is killed" if closes else "the plug is pulled")
        world.tv_dies(tv, closes=closes)


def _tv_freezes(world: World, rng: random.Random) -> None:
    tv, seconds = _tv(world, rng), 7 * rng.random() ** 2
    world.note(tv.name, f"is frozen for {seconds:.2f} s")
    process = tv.process
    tv.route.troubled(seconds)
    process.freeze()
    _later(world, seconds, process.thaw)


def _desk_dies(world: World, rng: random.Random) -> None:
    desk = _desk(world, rng)
    if desk.process.alive:
        closes = rng.random() < 0.5
        world.note(desk.name, "the tab is closed" if closes else "the laptop's battery is empty")
        world.desk_dies(desk, closes=closes)


def _desk_sleeps(world: World, rng: random.Random) -> None:
    desk, seconds = _desk(world, rng), 8 * rng.random() ** 2
    if desk.process.alive and not desk.process.frozen:
        world.note(desk.name, f"sleeps for {seconds:.2f} s")
        desk.route.troubled(seconds)
        desk.sleep()
        _later(world, seconds, desk.wake)


def _store_away(world: World, rng: random.Random) -> None:
    seconds = 8 * rng.random() ** 2
    world.note("store", f"is away for {seconds:.2f} s")
    world.store.health.away = True
    world.store_troubled(seconds)
    _later(world, seconds, lambda: setattr(world.store.health, "away", False))


def _store_fails(world: World, rng: random.Random) -> None:
    seconds, share = 5 * rng.random(), 0.1 + 0.6 * rng.random()
    world.note("store", f"fails {share:.0%} for {seconds:.2f} s")
    world.store.health.failing = share
    world.store_troubled(seconds)
    _later(world, seconds, lambda: setattr(world.store.health, "failing", 0.0))


def _store_slow(world: World, rng: random.Random) -> None:
    seconds, slow = 5 * rng.random(), rng.choice((0.1, 0.5, 3.0, 5.0))
    world.note("store", f"takes up to {slow} s for {seconds:.2f} s")
    world.store.health.slow = slow
    world.store_troubled(seconds)
    _later(world, seconds, lambda: setattr(world.store.health, "slow", 0.004))


def _relay_clock(world: World, rng: random.Random) -> None:
    step = rng.choice((-24 * HOUR_MS, -HOUR_MS, -HOUR_MS, -5_000, 5_000, HOUR_MS))
    world.note("relay", f"its wall clock is set by {step / 1000:.0f} s")
    world.relay_wall.step(step)


def _tv_clock(world: World, rng: random.Random) -> None:
    tv, step = rng.choice(world.tvs), rng.choice((-HOUR_MS, -60_000, 60_000, HOUR_MS))
    world.note(tv.name, f"its wall clock is set by {step / 1000:.0f} s")
    tv.wall.step(step)
    tv.clock_was_set = True


def _disk_full(world: World, rng: random.Random) -> None:
    tv = rng.choice(world.tvs)
    world.note(tv.name, "its disk is full for a while")
    tv.file.full = True
    world.disk_troubled = True
    _later(world, 4.0, lambda: setattr(tv.file, "full", False))


def _sign_out(world: World, rng: random.Random) -> None:
    desk = _desk(world, rng)
    world.note(desk.name, "signs out")
    world.sign_out(desk)
    _later(world, 30.0, lambda: world.renew_badge(desk))


def _disable(world: World, rng: random.Random) -> None:
    desk = _desk(world, rng)
    world.note(desk.name, "the account is disabled")
    world.disable(desk)
    _later(world, 3.0, lambda: world.enable(desk))


def _long_wait(world: World, rng: random.Random) -> None:
    """Nothing: time that others may use."""


KINDS: Final = {
    "cut": _cut,
    "stall": _stall,
    "dark": _dark,
    "mangle": _mangle,
    "relay dies": _relay_dies,
    "relay freezes": _relay_freezes,
    "relay drains": _relay_drains,
    "tv dies": _tv_dies,
    "tv freezes": _tv_freezes,
    "desk dies": _desk_dies,
    "desk sleeps": _desk_sleeps,
    "store away": _store_away,
    "store fails": _store_fails,
    "store slow": _store_slow,
    "relay clock": _relay_clock,
    "tv clock": _tv_clock,
    "disk full": _disk_full,
    "sign out": _sign_out,
    "disable": _disable,
}
