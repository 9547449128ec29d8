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
    from wire.commands import RemoteKey
    from wire.reasons import EndReason
    from wire.records import ActionRecord, ConsentRecord

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

    def console_commands(self, console: Console, frame: bytes, key: RemoteKey | None, hb: int) -> None:
        case = self.cases[console.session]
        case.commands[sha256_b64(frame)] = Command(key, hb, self.now)
        if key is not None:
            self.note(console.desk.name, f"sends {key} with ping {hb}")

    def console_hears(
        self, console: Console, frame: bytes, message: sealed.D2TControl | PictureHead | SoundHead
    ) -> None:
        case = self.cases[console.session]
        left = case.emitted.get(frame)
        if left is None:
            return
        if isinstance(message, sealed.Ping):
            case.ping_at[message.n] = left
        ended = case.customer_ended
        if ended is not None and left > ended[0] + _EPS_S:
            last_words = isinstance(message, sealed.DeviceClose | sealed.Consent)
            self.require(last_words, "INV-B1", "something left the device after the customer's stop")

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
