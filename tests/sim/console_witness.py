"""What a technician is told, is granted and sends (INV-A1, INV-A3, INV-A6, INV-B1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from relay.ports import Refusal
from seal import messages as sealed
from tests.sim.case import Command, ShownNote
from tests.sim.relay_witness import CODE_SLACK_S, RelayWitness
from wire.encoding import sha256_b64
from wire.limits import CODE_LIFE_S

if TYPE_CHECKING:
    from relay.session.shapes import Opened
    from relay.session.shown_desk import Shown
    from seal.pictures import PictureHead
    from seal.sound import SoundHead
    from tests.sim.console import Console
    from tests.sim.people import Desk
    from wire.reasons import EndReason
    from wire.records import ActionRecord, ConsentRecord, HideRecord

_EPS_S: Final = 1e-6


class ConsoleWitness(RelayWitness):
    """Stands beside the technician."""

    # The console

    def console_opened(self, console: Console, opened: Opened) -> None:
        case = self.cases[opened.session]
        case.console = console

    def code_shown(self, console: Console, shown: Shown) -> None:
        self.note(console.desk.name, f"shows code {shown.locator}: session {shown.session[:6]}")
        rows = self.world.store.raw("SELECT account FROM pin WHERE session = ?", shown.session)
        self.require(rows == [(console.desk.account,)], "INV-E1", "a code was shown that is not in the store")
        self.shown[shown.session] = ShownNote(shown.locator, console, console.desk.account, self.now)

    def redeem_answered(self, desk: Desk, locator: str, outcome: Opened | Refusal) -> None:
        if isinstance(outcome, Refusal):
            self.note(desk.name, f"redeem {locator}: {outcome.slug}")
            if outcome.slug == "code-not-open":
                self.require(self.limiter.answered(desk.account), "INV-D5", "a refusal is not on record")
            return
        self.note(desk.name, f"redeem {locator}: session {outcome.session[:6]}")
        case = self.cases[outcome.session]
        self.require(case.opened_at is None, "INV-A1", "a code opened a second session")
        age = self.now - case.shown_at
        self.require(age <= CODE_LIFE_S + CODE_SLACK_S, "INV-A3", f"a code was redeemed {age:.0f} s old")
        case.opened_at, case.desk, case.account = self.now, desk, desk.account
        found = self.world.store.raw("SELECT account FROM session WHERE pin_session = ?", outcome.session)
        self.require(self.limiter.answered(desk.account), "INV-E1", "a redemption is not on record")
        self.require(found == [(desk.account,)], "INV-E1", "a redemption was acked before it was durable")

    def console_commands(self, console: Console, frame: bytes, act: str, hb: int) -> None:
        case = self.cases[console.session]
        case.commands[sha256_b64(frame)] = Command(act, hb, self.now)
        if act:
            self.note(console.desk.name, f"sends {act} with ping {hb}")

    def console_hears(
        self, console: Console, frame: bytes, message: sealed.D2TControl | PictureHead | SoundHead
    ) -> None:
        case = self.cases[console.session]
        left = case.emitted.get(frame)
        if left is None:
            return
        case.newest_frame = frame
        if isinstance(message, sealed.Ping):
            case.ping_at[message.n] = left
        ended = case.customer_ended
        if ended is not None and left > ended[0] + _EPS_S:
            last_words = isinstance(message, sealed.DeviceClose | sealed.Consent)
            self.require(last_words, "INV-B1", "something left the device after the customer's stop")

    def console_draws(self, console: Console, data: bytes) -> None:
        """A picture is drawn that was taken when Hide had been pressed so often, as its first byte tells."""
        case = self.cases[console.session]
        presses = case.presses.get(case.newest_frame)
        if presses is not None:
            is_of_then = data[0] == presses % 256
            self.require(is_of_then, "decision 0044", "a picture outlived a press of Hide")

    def console_has_part(self, console: Console) -> int:
        """How often Hide had been pressed when this part of a still left the set."""
        case = self.cases[console.session]
        return case.presses.get(case.newest_frame, 0)

    def console_has_still(self, console: Console, data: bytes, left: set[int], *, exact: bool) -> None:
        """What came of a still that the device signed as done, and of which all parts came."""
        self.note(console.desk.name, f"has a still{'' if exact else ' that is not the one on record'}")
        self.require(exact, "decision 0045", "a still is not the one that is on record")
        made, presses = self.world.stills.get(sha256_b64(data), (b"", -1))
        self.require(made == data, "decision 0045", "a still is called exact that no set made")
        is_of_then = {count % 256 for count in left} == {presses}
        self.require(is_of_then, "decision 0044", "a still outlived a press of Hide")

    def console_told_of_hide(self, console: Console, record: HideRecord) -> None:
        case = self.cases[console.session]
        signed = case.hides_signed[case.hides_told : case.hides_told + 1]
        case.hides_told += 1
        self.require(
            signed == [record.hidden], "decision 0047", "the console heard another Hide than was signed"
        )

    def console_granted(self, console: Console, record: ConsentRecord) -> None:
        case = self.cases[console.session]
        self.note(console.desk.name, f"granted {','.join(record.grants)}")
        self.require(
            frozenset(record.grants) in case.agreed,
            "INV-A6",
            "the console was granted what nobody granted",
        )

    def console_acked(self, console: Console, record: ActionRecord) -> None:
        self.cases[console.session].acked.append(record.frame)

    def console_told(self, console: Console, reason: EndReason) -> None:
        self.cases[console.session].console_told.append((self.now, reason))

    def console_ended(self, console: Console, reason: EndReason) -> None:
        self.note(console.desk.name, f"console ended: {reason}")
        if console.session in self.cases:
            self.cases[console.session].console_ended = (self.now, reason)
