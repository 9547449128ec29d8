"""Why things end, and who must know of it by when (INV-B2, INV-B3, INV-B5, INV-B6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from relay.session.machine import RELAY_DECIDES
from tests.sim.relay_witness import RelayWitness
from wire.reasons import EndReason, as_told

if TYPE_CHECKING:
    from tests.sim.case import Case
    from tests.sim.history import History
    from tests.sim.links import Route
    from tests.sim.loop import Process
    from tests.sim.people import Desk
    from tests.sim.tv import Tv
    from tests.sim.world import World

CLOSED_S: Final = 0.5
SILENT_S: Final = 5.0
KNOWN_S: Final = 1.0
REVOKED_S: Final = 1.1
# What a set may show without having been told: what it saw itself.
LOCAL_REASONS: Final = frozenset({EndReason.RELAY_LOST, EndReason.PAIRING_FAILED, EndReason.DEVICE_LOST})


class Endings(RelayWitness):
    """Knows every cause."""

    def __init__(self, world: World, history: History) -> None:
        super().__init__(world, history)
        self.shut_out: set[str] = set()  # accounts that signed out or were disabled

    # Causes, and who must know of them by when

    def relay_over(self, session: str, reason: EndReason) -> None:
        """The relay's session ended, at this moment."""
        case = self.cases[session]
        self.note("relay", f"session {session[:6]} ended: {reason}")
        self.require(case.relay_ended is None, "INV-B6", "the relay ended a session twice")
        case.relay_ended = case.relay_ended or (self.now, reason)
        self.world.loop.call_later(KNOWN_S + self._travel(case), self._everybody_knows, case)

    def relay_starts(self) -> None:
        kept = self.world.store.raw("SELECT size FROM audit_head")[0][0]
        self.require(
            kept == self._leaves, "INV-E1", f"{self._leaves - kept} records are lost that were answered"
        )

    def relay_died(self, *, closes: bool) -> None:
        for case in self.open_cases():
            case.causes.add("relay died")
            self._expect(case, "INV-B3", closes=closes, who="relay")
        for case in self.cases.values():
            if not case.recorded:
                case.relay_died_at = case.relay_died_at or self.now

    def relay_drains(self) -> None:
        for case in self.open_cases():
            case.causes.add("drained")

    def tv_died(self, tv: Tv, *, closes: bool) -> None:
        case = self.case_of(tv)
        if case is not None and case.is_open:
            case.causes.add("tv died")
            self._expect(case, "INV-B2", closes=closes, who="tv")

    def desk_died(self, desk: Desk, *, closes: bool) -> None:
        for case in self.open_cases():
            if case.desk is desk:
                case.causes.add("desk died")
                # A browser that was opened again closes no session that died with the one before.
                console = case.console
                if case.joins and console is not None and console.process is desk.process:
                    self._expect(case, "INV-B3", closes=closes, who="desk")

    def signed_out(self, desk: Desk) -> None:
        """Signed out or disabled: a second later no session of the account is open (INV-B5, INV-G4)."""
        mine, at = [case for case in self.open_cases() if case.account == desk.account], self.now
        self.shut_out.add(desk.account)

        def look() -> None:
            if self.world.relay_is_calm_since(at) and self.world.store_trouble_until <= at:
                for case in mine:
                    self.require(not case.is_open, "INV-B5", "a session outlived its technician's account")

        self.world.loop.call_later(REVOKED_S, look)

    def open_cases(self) -> list[Case]:
        return [case for case in self.cases.values() if case.is_open]

    def _expect(self, case: Case, promise: str, *, closes: bool, who: str) -> None:
        """Whoever is left ends: soon where a socket was closed, within the silence where none was."""
        at = self.now
        bound = (CLOSED_S if closes else SILENT_S) + self._travel(case)
        # While pairing a console has no heartbeat to miss; its 30 s are enough.
        helping = case.console is not None and case.console.is_paired

        def look() -> None:
            after = f"{bound:.1f} s after the {who} died"
            desk = case.desk
            way = desk.route if who == "desk" and desk is not None else case.tv.route
            if who != "tv" and case.is_on_the_set and self._was_calm(case.tv.route, case.tv.process, at):
                self.require(case.has_left_the_set, promise, f"the set helps {after}")
            if who != "relay" and self.world.relay_is_calm_since(at) and self._was_calm(way, None, at):
                self.require(case.relay_ended, promise, f"the relay holds on {after}")
            if who != "desk" and helping and self._console_could_know(case, at):
                self.require(case.console_ended, promise, f"the console shows a session {after}")

        self.world.loop.call_at(at + bound, look)

    def _console_could_know(self, case: Case, at: float) -> bool:
        """Joined, and nothing but the one fault came in between."""
        console, relay = case.console, self.world.relay_is_calm_since(at) or case.relay_died_at == at
        if console is None or not case.joins or not relay:
            return False
        return self._was_calm(console.desk.route, console.process, at)

    def _travel(self, case: Case) -> float:
        routes = [case.tv.route] + ([case.desk.route] if case.desk else [])
        return 2 * sum(1.5 * route.delay + route.jitter for route in routes) + 0.5

    @staticmethod
    def _was_calm(route: Route, process: Process | None, at: float) -> bool:
        return route.is_calm_since(at) and (process is None or (process.alive and not process.frozen))

    def _everybody_knows(self, case: Case) -> None:
        """A while after the relay's end: who is left has ended, for the same reason (INV-B6)."""
        assert case.relay_ended is not None
        at, reason = case.relay_ended
        since, console = at - SILENT_S, case.console
        if not self.world.relay_is_calm_since(since):
            return
        heard = case.relay_heard_end
        if heard is not None and heard[0] <= at and heard[1] not in RELAY_DECIDES:
            self.require(heard[1] is reason, "INV-B6", f"the set signed {heard[1]}, the relay says {reason}")
        if console is not None and case.joins and self._was_calm(console.desk.route, console.process, since):
            ended = case.console_ended
            self.require(ended, "INV-B6", "the console does not know that its session is over")
            told = [said for when, said in case.console_told if ended and when <= ended[0]]
            if ended and told:
                self.require(ended[1] is told[0], "INV-B6", f"told {told[0]}, the console shows {ended[1]}")
            if ended and ended[0] > at + self._travel(case):
                agreed = ended[1] in {reason, as_told(reason)}
                self.require(agreed, "INV-B6", f"the console shows {ended[1]}, the relay {reason}")
        if case.is_on_the_set and self._was_calm(case.tv.route, case.tv.process, since):
            self.require(case.has_left_the_set, "INV-B6", "the set does not know that its session is over")
            if case.device_shown and not case.device_said:
                known = {as_told(said) for _, said in case.device_told} | LOCAL_REASONS
                self.require(
                    case.device_shown[1] in known, "INV-B6", f"the set shows {case.device_shown[1]} unasked"
                )
