"""Attacks by word alone: a session is said to be over, for this reason or that. A relay may close; it may not
invent.

What a person decided (the customer's stop, the technician's leave) is known to that person's own end, and
reaches the
other one signed or sealed. No end believes the relay about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from tests.evil_relay.attack import Answer, Attack, truth
from tests.evil_relay.tape import Side, said_as, stream_of
from wire.frames import Stream

if TYPE_CHECKING:
    from random import Random

    from tests.evil_relay.attack import Truth
    from tests.evil_relay.tape import Item

PEOPLE_DECIDE: Final = (
    "customer_stopped",
    "customer_reported",
    "consent_refused",
    "device_powered_off",
    "technician_left",
)
RELAYS_KNOW: Final = (
    "device_lost",
    "technician_lost",
    "revoked",
    "draining",
    "audit_unavailable",
    "integrity_failed",
)
BADGE_OR_KEYS: Final = ("badge_refused", "pairing_failed")


class _Claim(Attack):
    """Says `ended` to one end or both, in the middle of a session."""

    reasons: ClassVar[tuple[str, ...]] = ()

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.reason = rng.choice(self.reasons)
        self.to = rng.choice([(Side.DEVICE,), (Side.CONSOLE,), tuple(Side)])

    def to_console(self, item: Item) -> list[Item]:
        if not self.fired and stream_of(item) is Stream.D2T_PICTURE_WS:
            self.strike()
            for side in self.to:
                said = said_as({"t": "ended", "reason": self.reason, "at": int(self.relay.now() * 1000)})
                self.relay.push(side, said)
        return [item]


class ClaimsAnEndItMayKnow(_Claim):
    """`ended` for a reason that is the relay's to know. Whoever hears it ends and says so; the other end is
    lost to it.
    """

    reasons = RELAYS_KNOW

    @property
    def truth(self) -> Truth:
        told = dict.fromkeys(self.to, self.reason)
        device = told.get(Side.DEVICE, "technician_lost")
        return truth(device, told.get(Side.CONSOLE, "device_lost relay_lost"))


class ClaimsWhatAPersonDecided(_Claim):
    """`ended` for something that a person decides, and did not. The end closes: the relay is lost to it, no
    more is true.
    """

    reasons = PEOPLE_DECIDE

    @property
    def truth(self) -> Truth:
        device = "relay_lost" if Side.DEVICE in self.to else "technician_lost"
        return truth(device, "relay_lost" if Side.CONSOLE in self.to else "device_lost relay_lost")


class ClaimsARefusal(Attack):
    """The console is told that the customer said no, or left, while the customer is still asked. It does not
    say so.
    """

    true = truth("technician_lost", "relay_lost")
    answer = Answer.NONE
    waits_s = 12.0

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._reason = rng.choice(PEOPLE_DECIDE)

    def tick(self) -> None:
        if self._asked() and not self.fired:
            self.strike()
            self.relay.push(Side.CONSOLE, said_as({"t": "ended", "reason": self._reason, "at": 1}))

    def _asked(self) -> bool:
        return any(self.relay.tape.texts(Side.DEVICE, "record"))


class EndsWithoutAReason(_Claim):
    """`ended` for a reason that is in no set, or for none. It breaks the form: integrity failed."""

    reasons = ("because", "", "customer_stopped\u0000", "ENDED")

    @property
    def truth(self) -> Truth:
        device = "integrity_failed" if Side.DEVICE in self.to else "technician_lost integrity_failed"
        console = "integrity_failed" if Side.CONSOLE in self.to else "integrity_failed device_lost relay_lost"
        return truth(device if Side.DEVICE in self.to else "technician_lost", console)


class ClosesTheSockets(Attack):
    """A socket is closed under the session, with any code. It is over at once; the other end learns it from
    the relay,
    or by the silence. The relay's codes are its word: `revoked` is what 4401 says."""

    codes: ClassVar[tuple[int, ...]] = (1000, 1001, 1011, 1013, 4400, 4401, 4429)

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._side = rng.choice(list(Side))
        self._code = rng.choice(self.codes)

    @property
    def truth(self) -> Truth:
        if self._side is Side.DEVICE:
            return truth("relay_lost", "device_lost relay_lost")
        return truth("technician_lost", "revoked" if self._code == 4401 else "relay_lost")

    def to_console(self, item: Item) -> list[Item]:
        if not self.fired and stream_of(item) is Stream.D2T_PICTURE_WS:
            self.strike()
            self.relay.hang_up(self._side, self._code)
        return [item]


class SaysAnError(Attack):
    """`error` in the middle of a session, to the device. It takes the relay's word that nothing more will
    come.
    """

    true = truth("relay_lost", "device_lost relay_lost")

    def to_console(self, item: Item) -> list[Item]:
        if not self.fired and stream_of(item) is Stream.D2T_PICTURE_WS:
            self.strike()
            self.relay.push(
                Side.DEVICE, said_as({"t": "error", "code": self.rng.choice(["try_later", "too_many"])})
            )
        return [item]
