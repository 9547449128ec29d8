"""What a set does, shows and sends, and what its customer wanted (INV-A6, INV-B1 to INV-B9)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from device_agent.machine import State as AgentState
from device_agent.panel_view import Item, Page
from tests.sim.witness import Witness
from wire.commands import ActionClass, Grant, Outcome
from wire.encoding import unb64
from wire.frames import Stream
from wire.limits import LEASE_MS
from wire.reasons import EndReason

if TYPE_CHECKING:
    from device_agent.panel_view import PanelView
    from tests.sim.case import Case
    from tests.sim.links import DeviceLine
    from tests.sim.tv import Tv

LEASE_S: Final = LEASE_MS / 1000
EPS_S: Final = 1e-6
# What a key, or OK on an item, ends a session with.
_KEYS: Final = {"stop": EndReason.CUSTOMER_STOPPED, "power": EndReason.DEVICE_POWERED_OFF}
_CHOICES: Final = {
    Item.STOP: EndReason.CUSTOMER_STOPPED,
    Item.NO: EndReason.CONSENT_REFUSED,
    Item.YES: EndReason.CONSENT_REFUSED,  # with nothing left switched on
    Item.TOLD_ME: EndReason.CUSTOMER_REPORTED,
}
LIVE: Final = frozenset({AgentState.CONSENT, AgentState.ACTIVE, AgentState.RENEWING, AgentState.ASKING})


class DeviceWitness(Witness):
    """Stands in the living room."""

    _focus: Item | None = None  # where it stood when the customer pressed

    # The device

    def device_sends(self, line: DeviceLine, item: str | bytes) -> None:
        case = self.cases.get(line.session)
        if case is None:
            return
        if isinstance(item, bytes):
            case.emitted[item] = self.now
            if item[1] == Stream.D2T_PICTURE_WS:
                self._device_emits_picture(case, item)
            return
        message = json.loads(item)
        if message["t"] == "record":
            self._device_records(case, message["rec"])

    def _device_emits_picture(self, case: Case, frame: bytes) -> None:
        ended = case.customer_ended
        self.require(
            ended is None or self.now < ended[0] + 0.1, "INV-B1", "a picture left after the customer's stop"
        )
        self.require(
            case.consented is not None and Grant.VIEW in case.consented,
            "INV-A6",
            "a picture left without the customer's consent to it",
        )
        shutter = case.tv.screen.shutter
        case.presses[frame] = shutter.presses
        self.require(not shutter.is_hidden, "decision 0044", "a picture left while the screen was hidden")

    def _device_records(self, case: Case, rec: str) -> None:
        record = json.loads(unb64(rec))
        match record["typ"]:
            case "action":
                self._device_answers(case, record)
            case "hide":
                case.hides_signed.append(record["hidden"])
                self.note(
                    case.tv.name, f"signed that the screen is {'hidden' if record['hidden'] else 'shown'}"
                )
                as_pressed = case.hides[: len(case.hides_signed)]
                self.require(case.hides_signed == as_pressed, "decision 0047", "a hide is not the customer's")
            case "end":
                case.device_said, case.end_record = (self.now, EndReason(record["reason"])), rec
                self.note(case.tv.name, f"signed the end {record['reason']}")
                self.require(not case.acts, "INV-D1", "something was executed and never recorded")
                told = case.hides_signed == case.hides
                self.require(told, "decision 0047", "the customer pressed Hide, and it is not on record")
            case "consent" if record["grants"]:
                self.require(
                    frozenset(record["grants"]) in case.agreed, "INV-A6", "a consent is not the customer's"
                )

    def _device_answers(self, case: Case, record: dict[str, Any]) -> None:
        command = case.commands.get(record["frame"])
        self.require(command is not None, "INV-B4", "a record answers a command nobody sent")
        is_over = record["frame"] in case.started
        self.require(
            is_over or record["frame"] not in case.answered, "INV-B4", "one command was answered twice"
        )
        if is_over:
            case.started.discard(record["frame"])
        else:
            case.answered.append(record["frame"])
        if record["outcome"] == Outcome.STARTED:
            self.require(not is_over, "INV-B4", "one command was started twice")
            case.started.add(record["frame"])
        done = record["outcome"] == Outcome.DONE
        if record["class"] == ActionClass.STILL and done:
            made = self.world.stills
            self.require(record["pc"] in made, "decision 0045", "a record names a still that no set made")
        if record["class"] == ActionClass.ASK and done:
            case.more -= 1
            self.require(case.more >= 0, "INV-A6", "more was given without the customer's yes")
        if command is None or not done or command.act in {"", "power"}:
            return
        if is_over:
            self.require(command.act in case.typed, "INV-D1", "a record says typed, and nothing was")
            return
        self.require(case.acts, "INV-D1", "a record says done, and nothing was executed")
        if case.acts:
            at, act = case.acts.pop(0)
            self.require(act == command.act, "INV-D1", "a record names another command than was executed")
            sent = case.ping_at.get(command.hb, float("-inf"))
            self.require(at - sent < LEASE_S + EPS_S, "INV-B4", "a command was executed after its lease")

    def device_acts(self, tv: Tv, act: str, needs: Grant, *, slowly: bool = False) -> None:
        """A technician's command was executed; `slowly`: some time after it was begun."""
        case = self.case_of(tv)
        self.note(tv.name, f"executes {act}")
        if case is None:
            self.breach("INV-B4", "something was executed without a session")
            return
        if slowly:
            case.typed.add(act)
        else:
            case.acts.append((self.now, act))
        self.require(
            case.customer_ended is None, "INV-B1", "something was executed after the customer's stop"
        )
        self.require(
            case.consented is not None and needs in case.consented,
            "INV-A6",
            "something was executed without the customer's consent",
        )
        self.require(case.device_said is None, "INV-B5", "something was executed after the device's own end")
        hidden = tv.screen.shutter.is_hidden
        self.require(not hidden, "decision 0044", "something was executed while the screen was hidden")
        banner = tv.screen.panel.banner
        name = case.desk.name if case.desk else ""
        self.require(
            banner is not None and banner.name == name, "INV-B7", "something was executed without the banner"
        )
        if not slowly:
            self._nobody_is_away(tv, case)

    def _nobody_is_away(self, tv: Tv, case: Case) -> None:
        is_free = tv.screen.panel.page is Page.NONE
        self.require(is_free, "INV-B9", "something was executed under a page of the customer's")
        self._alive_within_the_lease(case)

    def _alive_within_the_lease(self, case: Case) -> None:
        """INV-B3: who is dead cannot have kept the lease."""
        console = case.console
        if console is not None:
            self.require(
                self.now - console.desk.last_alive() < LEASE_S + EPS_S,
                "INV-B3",
                "a key was executed for a technician who is gone",
            )
        gone = self.world.relay_gone_since
        late = case.tv.route.delay * 2 + case.tv.route.jitter
        if gone is not None and case.tv.route.trouble_until < gone - LEASE_S:
            self.require(
                self.now - gone < LEASE_S + late, "INV-B3", "a key was executed although the relay is gone"
            )

    def device_receives(self, line: DeviceLine, data: str | bytes) -> None:
        if isinstance(data, bytes):
            return
        try:
            message = json.loads(data)
            kind = message["t"]
        except (ValueError, KeyError, TypeError):
            return
        if kind in {"redeemed", "joined"} and message.get("session") in self.cases:
            line.session = message["session"]
            self.cases[line.session].line = line
        elif kind == "ended" and line.session in self.cases and message.get("reason") in set(EndReason):
            self.cases[line.session].device_told.append((self.now, EndReason(message["reason"])))

    def device_shows(self, tv: Tv, before: PanelView, after: PanelView) -> None:
        if after.page is not before.page:
            self.note(tv.name, f"shows {after.page} {after.reason or after.problem or ''}")
        case = self.case_of(tv)
        if case is not None and after.page is Page.ENDED and after.reason and after.summary.kept:
            if case.device_shown is None:
                case.device_shown = (self.now, after.reason)
            self.require(
                case.device_shown[1] is after.reason, "INV-B6", "the set gave two reasons for one end"
            )

    # The customer

    def customer_hides(self, tv: Tv) -> None:
        """Before the Hide key: whether it will be on record."""
        case, hidden = self.case_of(tv), not tv.screen.shutter.is_hidden
        self.note(tv.name, f"customer {'hides' if hidden else 'shows'} the screen")
        if case is not None and case.consented is not None and tv.agent._state in LIVE:
            case.hides.append(hidden)

    def customer_hid(self, tv: Tv) -> None:
        """After it: nothing of the technician's is held down where nobody sees it."""
        if tv.screen.shutter.is_hidden:
            self.require(not tv.screen.is_held, "decision 0044", "a button stays down under a hidden screen")

    def customer_presses(self, tv: Tv, key: str) -> tuple[AgentState, EndReason | None]:
        """Before the key: what it would decide there."""
        view, state = tv.screen.panel, tv.agent._state
        self._focus = view.focus
        self.note(tv.name, f"customer presses {key} on {view.page}/{view.focus or ''}")
        decides = _KEYS.get(key) if key != "ok" or view.focus is None else _CHOICES.get(view.focus)
        case = self.case_of(tv)
        if case is not None and key in _KEYS and state in LIVE:
            self._customer_ends(case, decides)
        return state, decides

    def customer_pressed(self, tv: Tv, key: str, before: tuple[AgentState, EndReason | None]) -> None:
        case, after, (state, decides) = self.case_of(tv), tv.agent._state, before
        if case is None or state is after:
            return
        if state is AgentState.CONSENT and after is AgentState.ACTIVE:
            case.consented = tv.agent._grants
            case.agreed.append(case.consented)
            if tv.screen.shutter.is_hidden:
                case.hides.append(True)
            visitor, name = tv.agent._visitor, case.desk.name if case.desk else ""
            self.require(visitor and visitor.name == name, "INV-A6", "another name was shown")
        elif state is AgentState.ASKING and after is AgentState.ACTIVE:
            self._customer_answers(case, tv.agent._grants, said_yes=key == "ok" and self._focus is Item.YES)
        elif state in LIVE and after not in LIVE:
            self._customer_ends(case, decides)

    def _customer_answers(self, case: Case, grants: frozenset[Grant], *, said_yes: bool) -> None:
        """Asked for more in a session."""
        held = case.consented or frozenset()
        self.require(held <= grants, "INV-A6", "an answer took away what was given")
        self.require(said_yes or grants == held, "INV-A6", "more was given without a yes")
        case.consented = grants
        case.agreed.append(grants)
        case.more += grants != held

    def _customer_ends(self, case: Case, reason: EndReason | None) -> None:
        if case.customer_ended is None:
            case.customer_ended = (self.now, reason)
