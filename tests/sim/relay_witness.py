"""What leaves the relay and what is on its disk: the record comes first (INV-A1, INV-D1, INV-E1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tests.sim.case import Case, ShownNote
from tests.sim.limiter import Limiter
from tests.sim.witness import Witness
from wire.encoding import sha256_b64, unb64
from wire.frames import Stream
from wire.limits import CODE_LIFE_S
from wire.reasons import EndReason

if TYPE_CHECKING:
    from tests.sim.history import History
    from tests.sim.links import RelaySocket
    from tests.sim.world import World


# A code's age is judged inside a transaction, which may take as long as the store's patience.
CODE_SLACK_S: Final = 5.0


class RelayWitness(Witness):
    """Stands at the relay's sockets and at the store's commits."""

    def __init__(self, world: World, history: History) -> None:
        super().__init__(world, history)
        self.shown: dict[str, ShownNote] = {}
        self.limiter = Limiter(self)
        self._leaves = 0
        self._newest_ts = 0
        self._sockets: dict[RelaySocket, Case] = {}

    # The relay's sockets

    def relay_sends(self, socket: RelaySocket, data: str | bytes) -> None:
        if isinstance(data, bytes):
            self._relay_forwards(socket, data)
            return
        message = json.loads(data)
        match message["t"]:
            case "code":
                self._code_issued(socket, message["locator"])
            case "redeemed":
                self._sockets[socket] = self.cases[message["session"]]
            case "error" if socket.tv is not None and message["code"] == "code_not_open":
                self.require(self.limiter.answered("device"), "INV-D5", "a set's refusal is not on record")
            case "record" if socket.session:
                case = self.cases[socket.session]
                known = message["rec"] in case.durable_records or case.relay_ended is not None
                self.require(known, "INV-E1", "a record reached the console before it was durable")

    def code_claimed(self, session: str, socket: RelaySocket) -> None:
        """A set redeemed a code that a console shows: at this moment their session begins."""
        shown, tv = self.shown[session], socket.tv
        assert tv is not None
        self.note("relay", f"{tv.name} redeems {shown.locator} of session {session[:6]}")
        self.require(session not in self.cases, "INV-A1", "a code opened a second session")
        age = self.now - shown.at
        self.require(age <= CODE_LIFE_S + CODE_SLACK_S, "INV-A3", f"a code was redeemed {age:.0f} s old")
        desk = shown.console.desk
        found = self.world.store.raw("SELECT account FROM session WHERE pin_session = ?", session)
        self.require(found == [(shown.account,)], "INV-E1", "a redemption was acked before it was durable")
        case = Case(session, tv, shown.locator, shown.at, desk=desk, console=shown.console)
        case.opened_at, case.account, case.joins, case.typed_there = (
            self.now,
            shown.account,
            shown.joins,
            True,
        )
        self.cases[session] = self._sockets[socket] = case

    def _code_issued(self, socket: RelaySocket, locator: str) -> None:
        rows = self.world.store.raw("SELECT session FROM pin WHERE locator_live = ?", locator)
        self.require(rows, "INV-E1", "a code was shown that is not in the store")
        if rows and socket.tv is not None:
            case = Case(rows[0][0], socket.tv, locator, self.now)
            self.require(case.session not in self.cases, "INV-A1", "one code was issued twice")
            self.cases[case.session] = case
            self.note("relay", f"code {locator} for {socket.tv.name} is session {case.session[:6]}")

    def _relay_forwards(self, socket: RelaySocket, frame: bytes) -> None:
        case = self._sockets.get(socket)
        if case is None or frame[1] != Stream.T2D_CONTROL:
            return
        self.require(
            sha256_b64(frame) in case.durable, "INV-D1", "a command was forwarded before its hash was durable"
        )
        self.require(case.relay_ended is None, "INV-B5", "a command was forwarded after the session's end")

    def relay_receives(self, socket: RelaySocket, data: str | bytes) -> None:
        case = self._sockets.get(socket)
        if case is None or isinstance(data, bytes) or '"record"' not in data or case.device_said is None:
            return
        rec = json.loads(data).get("rec", "")
        if rec == case.end_record and case.relay_heard_end is None:
            case.relay_heard_end = (self.now, case.device_said[1])

    def console_joined(self, session: str) -> None:
        self.note("relay", f"a console joined {session[:6]}")
        joined = self.cases.get(session) or self.shown[session]
        joined.joins += 1
        self.require(joined.joins == 1, "INV-A8", "a session was joined twice")

    # The store

    def committed(self, step: str) -> None:
        """A transaction is on the disk."""
        store = self.world.store
        for idx, sess, leaf in store.raw(
            "SELECT idx, sess, leaf FROM audit_leaf WHERE idx >= ? ORDER BY idx", self._leaves
        ):
            self.require(idx == self._leaves, "INV-D2", "the log has a gap")
            self._leaves = idx + 1
            self._leaf(sess, json.loads(leaf))
        for (what,) in store.raw("SELECT what FROM sim_breach"):
            self.history.breach(str(what))
        self.limiter.rows(step)

    def _leaf(self, sess: str, leaf: dict[str, Any]) -> None:
        typ, facts = leaf["typ"], leaf["d"]
        self.note("log", f"{typ} {sess[:6]} {facts.get('reason', facts.get('why', ''))}")
        self.require(leaf["ts"] >= self._newest_ts, "INV-D3", "the log's time went back")
        self._newest_ts = max(self._newest_ts, leaf["ts"])
        case = self.cases.get(sess)
        self.limiter.leaf(sess, leaf, case)
        if case is None:
            if sess in self.shown and typ == "session.end":
                self.shown[sess].ended += 1
            return
        if typ == "session.paired":
            case.paired_at = self.now
        if typ == "control.frames":
            case.durable.update(facts["frames"])
        elif facts.get("rec"):
            case.durable_records.add(facts["rec"])
        if typ == "session.hide":
            self._hid(case, facts["rec"])
        if typ == "session.end":
            case.recorded.append((self.now, EndReason(facts["reason"])))
            self.require(len(case.recorded) == 1, "INV-B6", "a session's end was recorded twice")

    def _hid(self, case: Case, rec: str) -> None:
        """A press of Hide is on record: those that the device signed, in their order."""
        case.hides_logged.append(json.loads(unb64(rec))["hidden"])
        signed = case.hides_signed[: len(case.hides_logged)]
        self.require(case.hides_logged == signed, "decision 0047", "the log has another Hide than was signed")
