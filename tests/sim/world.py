"""One simulated world: it is made from a seed and always takes the same course."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import random
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from structlog.testing import LogCapture

from device_agent.picture.still import make
from device_agent.trust import DeviceKey
from server.storage.engine import StorageAway
from tests.agent.console_twin import Issuer, Technician
from tests.agent.organisation import Organisation, key_from
from tests.sim import final
from tests.sim import tv as television
from tests.sim.faults import misfortune
from tests.sim.history import History
from tests.sim.links import Route
from tests.sim.loop import START_S, VirtualLoop
from tests.sim.oracle import Oracle
from tests.sim.people import Desk, attacker, customer, technician
from tests.sim.profiles import PROFILES, Profile
from tests.sim.relay import ORIGIN, RelayProcess
from tests.sim.store import Store
from tests.sim.tv import Tv
from wire.badge import parse
from wire.encoding import sha256_b64

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from device_agent.picture.still import Made

BASE_MS: Final = 1_790_000_000_000
_HORIZON_S: Final = 40_000.0
_SETTLE_S: Final = 12.0
_PART_BYTES: Final = 8  # a still of two by two pixels comes in several parts all the same


@dataclass(eq=False)
class Wall:
    """A wall clock that somebody sets."""

    loop: VirtualLoop
    offset_ms: int = 0

    def now_ms(self) -> int:
        return BASE_MS + self.offset_ms + int((self.loop.time() - START_S) * 1000)

    def step(self, ms: int) -> None:
        self.offset_ms += ms


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a seed."""

    seed: int
    profile: str
    breaches: tuple[str, ...]
    counts: Counter[str]  # steps by kind
    checked: Counter[str]  # how often each promise was looked at
    ended: Counter[str]  # sessions by their recorded reason
    seconds: float
    digest: str
    tail: tuple[str, ...]

    @property
    def steps(self) -> int:
        return self.counts.total()

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.counts.items()))
        head = f"seed {self.seed} ({self.profile}): {self.steps} steps ({kinds}) in {self.seconds:.0f} s"
        ended = ", ".join(f"{count} {reason}" for reason, count in sorted(self.ended.items()))
        broken = "".join(f"\n  BROKEN {breach}" for breach in self.breaches)
        return f"{head}; sessions: {ended or 'none'}; trace {self.digest[:16]}{broken}"


class World:
    """Everything that takes part."""

    def __init__(self, seed: int, *, profile: Profile | None = None) -> None:
        self.seed = seed
        self.profile = profile or PROFILES[seed % len(PROFILES)]
        net, store, self.people, self.fortune, self._coins, self._bytes = (
            random.Random(f"{seed} {name}")
            for name in ("net", "store", "people", "fortune", "coins", "bytes")
        )
        self.loop = VirtualLoop(lambda: 0.02 * self._coins.random() ** 2)
        self.history = History(self.loop.time)
        self.oracle: Oracle = Oracle(self, self.history)
        self.store = Store(self.loop, store, self.oracle)
        self.store.health.failing = self.profile.store_failing
        self.relay_wall = Wall(self.loop)
        self.relay: RelayProcess | None = None
        self.relay_gone_since: float | None = None
        self.relay_trouble_until = self.store_trouble_until = 0.0
        self.disk_troubled: bool = False
        self.drained: bool = False
        self.disabled: set[str] = set()
        self.badges: dict[str, str] = {}
        self.accounts: list[str] = []
        drawn = self.random_bytes(32)
        self.issuer = Issuer(key=Ed25519PrivateKey.from_private_bytes(drawn))
        self.org = Organisation(
            self.issuer, *(key_from(duty + drawn) for duty in (b"root", b"status", b"enrol"))
        )
        self.stills: dict[str, tuple[bytes, int]] = {}
        """Every file that a set made, by its hash, and how often Hide had been pressed then."""
        self.revoked: list[str] = []
        self.keyset = self.org.keyset(BASE_MS // 1000)
        self.tvs = [self._tv(number, net) for number in range(self.profile.tvs)]
        self.desks = [self._desk(number, net) for number in range(self.profile.desks)]
        self.attackers = [self._desk(90 + number, net) for number in range(self.profile.attackers)]
        self.routes = [tv.route for tv in self.tvs] + [desk.route for desk in self.desks]
        self._lives = 0

    # What the parts ask for

    def random_bytes(self, size: int) -> bytes:
        return self._bytes.randbytes(size)

    def coin(self) -> bool:
        return self._coins.random() < 0.5

    def luck(self) -> float:
        return self._coins.random()

    def made_still(self, pixels: NDArray[np.uint8]) -> Made:
        """A set makes a still, of nothing that was hidden."""
        presses = int(pixels[0, 0, 0])
        self.oracle.require(presses % 2 == 0, "decision 0044", "a still was made of a hidden screen")
        made = make(pixels)
        self.stills[made.sha256] = made.data, presses
        return made

    def note(self, who: str, what: str) -> None:
        self.history.note(who, what)

    # What happens to them

    def relay_starts(self) -> None:
        if self.relay is not None and self.relay.process.alive:
            return
        self._lives += 1
        self.relay = RelayProcess(self, self._lives)
        self.note("relay", "starts")
        self.oracle.relay_starts()
        self.relay.process.spawn(self._start(self.relay))

    async def _start(self, relay: RelayProcess) -> None:
        """As a supervisor does: again, when the store does not answer."""
        while not relay.ready:
            try:
                await relay.start()
            except StorageAway:
                await asyncio.sleep(0.5)  # virtual time
        self.relay_gone_since = None

    def relay_dies(self, *, closes: bool) -> None:
        assert self.relay is not None
        self.relay_troubled(6.0)
        self.relay_gone_since = self.loop.time()
        self.oracle.relay_died(closes=closes)
        self.relay.kill(closes=closes)

    def relay_frozen(self, seconds: float) -> None:
        self.relay_troubled(seconds)

    def relay_troubled(self, seconds: float) -> None:
        self.relay_trouble_until = max(self.relay_trouble_until, self.loop.time() + seconds)

    def relay_is_calm_since(self, at: float) -> bool:
        return self.relay is not None and self.relay.open and self.relay_trouble_until <= at

    def store_troubled(self, seconds: float) -> None:
        # What was begun under trouble ends a little after it.
        self.store_trouble_until = max(self.store_trouble_until, self.loop.time() + seconds + 5.0)

    def relay_drains(self, *, restart_after: float) -> None:
        assert self.relay is not None
        relay = self.relay
        self.relay_troubled(12.0)
        self.oracle.relay_drains()
        self.drained = True

        async def drain() -> None:
            await relay.drain()
            if self.relay is not relay:
                return  # it was killed over it, and another one is there
            self.relay_gone_since = self.loop.time()
            self.loop.call_later(restart_after, self.relay_starts)

        self.loop.create_task(drain())

    def tv_dies(self, tv: Tv, *, closes: bool) -> None:
        self.oracle.tv_died(tv, closes=closes)
        tv.die(closes=closes)

    def desk_dies(self, desk: Desk, *, closes: bool) -> None:
        self.oracle.desk_died(desk, closes=closes)
        desk.die(closes=closes)

    def sign_out(self, desk: Desk) -> None:
        """Elsewhere: this tab goes on with a badge that devices now know as taken back."""
        self.oracle.signed_out(desk)
        self.revoked.append(parse(desk.technician.jws).badge.jti)
        if self.relay is not None and self.relay.open:
            self.relay.process.spawn(self.relay.sessions.revoke(desk.account))

    def renew_badge(self, desk: Desk) -> None:
        """A new badge for the same person and key."""
        old = parse(desk.technician.jws).badge
        self.badges.pop(desk.badge_hash, None)
        new = replace(old, jti=f"{old.jti}+")
        desk.technician = replace(desk.technician, jws=self.issuer.sign(new))
        desk.badge_hash = sha256_b64(desk.technician.jws.encode())
        self.badges[desk.badge_hash] = desk.account

    def disable(self, desk: Desk) -> None:
        self.oracle.signed_out(desk)
        self.disabled.add(desk.account)
        self.badges.pop(desk.badge_hash, None)

    def enable(self, desk: Desk) -> None:
        self.disabled.discard(desk.account)
        self.badges[desk.badge_hash] = desk.account

    # The course of it

    def run(self, steps: int) -> Result:
        """The whole life of this world, and what the oracle says of it."""
        with _as_the_seed_says(self), _quiet() as (said, logged):
            try:
                self._live(steps)
                self._settle()
                final.check(self, said.entries, logged)
            finally:
                self.loop.drop_everything()
                self.store.close()
        history, cases = self.history, self.oracle.cases.values()
        return Result(
            seed=self.seed,
            profile=self.profile.name,
            breaches=tuple(history.breaches),
            counts=history.steps,
            checked=self.oracle.checked,
            ended=Counter(str(reason) for case in cases for _, reason in case.recorded),
            seconds=self.loop.time() - START_S,
            digest=hashlib.sha256("\n".join(map(str, history.notes)).encode()).hexdigest(),
            tail=tuple(history.tail(80)),
        )

    def _live(self, steps: int) -> None:
        loop, history = self.loop, self.history
        loop.set_exception_handler(self._unhandled)
        self.relay_starts()
        for one in self.tvs:
            one.plug_in()
        actors: list[Any] = [customer(self, one) for one in self.tvs]
        actors += [technician(self, desk) for desk in self.desks]
        actors += [attacker(self, desk) for desk in self.attackers]
        self._actors = [loop.create_task(actor) for actor in (*actors, misfortune(self))]
        end = loop.time() + _HORIZON_S
        loop.run_until(lambda: history.total >= steps or bool(history.breaches) or loop.time() > end)

    def _settle(self) -> None:
        """Everybody stops, everything heals, the relay recovers and drains: what is open now stays open."""
        if self.history.breaches:
            return
        loop = self.loop
        for actor in self._actors:
            actor.cancel()
        for route in self.routes:
            route.mangle(0.0)
            route.clear()
        self.store.health.away, self.store.health.failing, self.store.health.slow = False, 0.0, 0.004
        for tv in self.tvs:
            tv.process.thaw()
        for desk in (*self.desks, *self.attackers):
            desk.process.thaw()
        self.relay_starts()
        assert self.relay is not None
        self.relay.process.thaw()
        until = loop.time() + _SETTLE_S
        loop.run_until(lambda: bool(self.history.breaches) or loop.time() >= until)
        self.relay_starts()
        if self.relay.open:
            self.relay_drains(restart_after=1e9)
        until = loop.time() + _SETTLE_S
        loop.run_until(lambda: bool(self.history.breaches) or loop.time() >= until)

    def _unhandled(self, _loop: object, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.history.breach(f"INV-H1: nobody caught {error!r} ({context.get('message')})")

    # How it is made

    def _tv(self, number: int, net: random.Random) -> Tv:
        profile = self.profile
        route = Route(self.loop, net, f"tv{number} line", delay=profile.delay, jitter=profile.jitter)
        wall = Wall(self.loop, round(self._coins.uniform(-1, 1) * profile.clocks_off_s * 1_000))
        return Tv(self, f"tv{number}", route, wall, DeviceKey(self.random_bytes(32)))

    def _desk(self, number: int, net: random.Random) -> Desk:
        name, profile = f"desk{number}", self.profile
        route = Route(self.loop, net, f"{name} line", delay=profile.delay, jitter=profile.jitter)
        desk = Desk(self, name, f"192.0.2.{number}", route, *self._account(name))
        self.badges[desk.badge_hash] = desk.account
        return desk

    def _account(self, name: str) -> tuple[str, Technician]:
        key = Ed25519PrivateKey.from_private_bytes(self.random_bytes(32))
        account, issued_s = self.random_bytes(16).hex(), BASE_MS // 1000
        self.accounts.append(account)
        badge = self.issuer.badge(aud=ORIGIN, now_s=issued_s, cnf_x=key.public_key().public_bytes_raw())
        # A colleague at the same desk has a badge of their own, whatever became of the one before.
        jti = f"{name}.{len(self.accounts)}"
        badge = replace(badge, name=name, sub=account, jti=jti, exp=issued_s + 28_800)
        return account, Technician(self.issuer.sign(badge), self.issuer.kid, key)

    def relieve(self, desk: Desk) -> None:
        """Who has to wait is relieved by a colleague, who signs in at the same desk."""
        self.note(desk.name, "is taken over by a colleague")
        self.badges.pop(desk.badge_hash, None)
        desk.account, desk.technician = self._account(desk.name)
        desk.badge_hash = sha256_b64(desk.technician.jws.encode())
        self.badges[desk.badge_hash] = desk.account


@contextmanager
def _as_the_seed_says(world: World) -> Iterator[None]:
    """Whatever draws bytes of the system's generator, or writes a device's file, does it in this world."""
    with contextlib.ExitStack() as stack:
        for name, double in (
            ("os.urandom", world.random_bytes),
            ("random._urandom", world.random_bytes),
            ("device_agent.memory.read_or_none", television.read_or_none),
            ("device_agent.memory.write_durably", television.write_durably),
            ("device_agent.trust.read_or_none", television.read_or_none),
            ("device_agent.trust.write_durably", television.write_durably),
            ("device_agent.picture.encoders.make_encoder", lambda *_: television.TinyEncoder()),
            ("device_agent.picture.exact.pieces", lambda *_, **__: ()),
            ("device_agent.picture.still.make", world.made_still),
            ("device_agent.picture.pipeline.part_bytes", lambda _: _PART_BYTES),
        ):
            stack.enter_context(mock.patch(name, double))
        yield


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record)


@contextmanager
def _quiet() -> Iterator[tuple[LogCapture, list[logging.LogRecord]]]:
    """What the product logs goes to the oracle instead of the terminal."""
    capture, errors, before = LogCapture(), _Errors(), structlog.get_config()
    agent = logging.getLogger("device_agent")
    structlog.configure(processors=[capture])
    agent.addHandler(errors)
    propagate, agent.propagate = agent.propagate, False
    try:
        yield capture, errors.said
    finally:
        agent.propagate = propagate
        agent.removeHandler(errors)
        structlog.configure(**before)
