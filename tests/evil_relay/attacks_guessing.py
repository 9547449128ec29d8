"""Attacks that guess: a relay in the middle plays device or console with a secret of its own (INV-A4, A7).

A relay has one guess against each end and code, and each is told to somebody. What follows from a lucky one
is the last attack here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from seal.errors import SealError
from seal.handshake import ConsoleHandshake, DeviceHandshake
from tests.evil_relay.attack import Answer, Attack, Way, truth
from tests.evil_relay.attacks_pairing import FAILED, _Pake, altered
from tests.evil_relay.tape import Side, fields_of, said_as, type_of
from wire.encoding import b64, key_id, unb64
from wire.frames import Stream
from wire.hellos import ConsoleHello

if TYPE_CHECKING:
    from random import Random

    from seal.keys import SessionKeys
    from tests.evil_relay.tape import Fields, Item


class Impostor:
    """The relay in the device's role towards a console."""

    def __init__(self, attack: Attack, rng: Random, *, dpk: bytes | None) -> None:
        self._attack = attack
        self._rng = rng
        self._dpk = dpk
        self._hello = b""

    def hello(self, genuine: bytes) -> bytes:
        """A hello_D with a key of the relay's own; the genuine one where it wants to pass for that device."""
        dpk = self._dpk or self._rng.randbytes(32)
        other = altered(genuine, dpk=b64(dpk), dev=key_id(dpk), nd=b64(self._rng.randbytes(32)))
        self._hello = other
        return other

    def answer(self, asked: Item, *, secret: str) -> SessionKeys:
        """Answer the console's first message with a guess; the keys, right only if the guess was."""
        fields, relay = fields_of(asked) or {}, self._attack.relay
        hand = DeviceHandshake(
            hello_d=self._hello or relay.hello_d,
            locator=relay.locator,
            secret=secret,
            rs=relay.rs,
            origin=relay.origin,
            shown_by=relay.shown_by,
        )
        yb, tb = hand.answer(unb64(fields["hello"]), unb64(fields["y"]), self._rng.randbytes(32))
        assert hand._keys is not None
        self._attack.knows(hand._keys)
        self._attack.relay.push(Side.CONSOLE, said_as({"t": "pake_b", "y": b64(yb), "tag": b64(tb)}))
        return hand._keys


class Claimant:
    """The relay in the console's role towards a device."""

    def __init__(self, attack: Attack, rng: Random, *, secret: str, hello_t: bytes = b"") -> None:
        relay = attack.relay
        self._attack = attack
        self._hello_t = hello_t or ConsoleHello(rng.randbytes(32), key_id(rng.randbytes(32))).to_bytes()
        self._hand = ConsoleHandshake(
            hello_d=relay.hello_d,
            hello_t=self._hello_t,
            locator=relay.locator,
            secret=secret,
            rs=relay.rs,
            origin=relay.origin,
            shown_by=relay.shown_by,
        )
        self._ya = self._hand.start(rng.randbytes(32))
        self.keys: SessionKeys | None = None

    def ask(self) -> None:
        asked: Fields = {"t": "pake_a", "hello": b64(self._hello_t), "y": b64(self._ya)}
        self._attack.relay.push(Side.DEVICE, said_as(asked))

    def confirm(self, answer: Item) -> bool:
        """Whether the guess was right; where it was not, something must be said all the same."""
        fields = fields_of(answer) or {}
        try:
            tag, self.keys = self._hand.finish(unb64(fields["y"]), unb64(fields["tag"]))
            self._attack.knows(self.keys)
        except SealError:
            tag = bytes(64)
        self._attack.relay.push(Side.DEVICE, said_as({"t": "pake_confirm", "tag": b64(tag)}))
        return self.keys is not None


class CrossesTwoDevices(Attack):
    """The technician's code is answered by another household's TV, whose secret is another. Pairing failed.

    The customer's own TV, whose code was taken and never run, says that pairing failed as well.
    """

    true = FAILED

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._there = Impostor(self, rng, dpk=None)

    def redemption(self, answer: Fields) -> Fields:
        return answer | {"hello": b64(self._there.hello(unb64(answer["hello"])))}

    def to_device(self, item: Item) -> list[Item]:
        if type_of(item) != "pake_a":
            return [item]
        self.strike()
        self._there.answer(item, secret=f"{self.rng.randrange(1_000_000):06d}")
        return []


class GuessesOnBothSides(Attack):
    """A man in the middle with one guess against each end, both wrong. Each end finds out by the other's tag.

    That is all a relay has: two guesses per code, and each is told to somebody (INV-A4).
    """

    true = FAILED

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._claimant: Claimant | None = None

    def guess(self) -> str:
        return f"{self.rng.randrange(1_000_000):06d}"

    def to_device(self, item: Item) -> list[Item]:
        if type_of(item) == "pake_a":
            self.strike()
            Impostor(self, self.rng, dpk=None).answer(item, secret=self.guess())
            self._claimant = Claimant(self, self.rng, secret=self.guess())
            self._claimant.ask()
            return []
        return [item]

    def to_console(self, item: Item) -> list[Item]:
        if type_of(item) == "pake_b" and self._claimant is not None:
            self._claimant.confirm(item)
            return []
        return [item]


class GuessesOnTheConsole(GuessesOnBothSides):
    """Only the console is guessed against. It says pairing failed; the device, never asked, is told the
    same."""

    def to_device(self, item: Item) -> list[Item]:
        if type_of(item) != "pake_a":
            return [item]
        self.strike()
        Impostor(self, self.rng, dpk=None).answer(item, secret=self.guess())
        return []


class GuessesTwiceOnTheConsole(GuessesOnTheConsole):
    """A second answer follows the first. The console judged one: pairing failed, and the second is never
    looked at.
    """

    def to_device(self, item: Item) -> list[Item]:
        passed = super().to_device(item)
        if not passed:
            Impostor(self, self.rng, dpk=None).answer(item, secret=self.guess())
        return passed


class GivesTheCodeOutAgain(GuessesOnTheConsole):
    """After a wrong guess the relay calls the code open again, and the technician, who mistrusts the typing,
    types it once
    more. A console never runs a code twice: it says so, and the relay gets no second guess.
    """

    true = truth("pairing_failed", "problem.code-used-here problem.code-not-open")
    reopens = True
    ways = (Way.DEVICE_SHOWS,)


class GuessesOnTheDevice(Attack):
    """The relay claims the code for itself, without any technician. The TV says that somebody tried a wrong
    code.

    The technician who comes with the code finds it spent.
    """

    true = truth("pairing_failed", "problem.code-not-open problem.code-lost")
    second: ClassVar[bool] = False

    def takes_the_code(self) -> bool:
        if not self.fired:
            self.strike()
            self.relay.push(Side.DEVICE, self.relay.admission())
            self._claimant = self._guess()
            self._claimant.ask()
        return True

    def _guess(self) -> Claimant:
        return Claimant(self, self.rng, secret=f"{self.rng.randrange(1_000_000):06d}")

    def to_console(self, item: Item) -> list[Item]:
        if type_of(item) == "pake_b":
            if self.second:
                self._guess().ask()
            self._claimant.confirm(item)
        return []


class GuessesTwiceOnTheDevice(GuessesOnTheDevice):
    """A second first message follows the answer to the first. The device runs a code once: pairing failed."""

    second = True


class SendsASecondClaimant(_Pake):
    """While the technician pairs, somebody else's first message comes. The attempt ends and both see it
    (INV-A7).
    """

    kind = "pake_confirm"

    def to_device(self, item: Item) -> list[Item]:
        if type_of(item) != "pake_confirm":
            return [item]
        self.strike()
        Claimant(self, self.rng, secret=f"{self.rng.randrange(1_000_000):06d}").ask()
        return [item]


class GuessesRight(GuessesOnBothSides):
    """Both guesses right: the relay holds keys with each end, and passes the technician's badge on.

    Still no session: the badge's signature is over the other transcript, so the device refuses it in words;
    the
    device's signature is over the other transcript too, so the console believes no record of it.
    """

    true = truth("badge_refused", "integrity_failed badge_refused pairing_failed")
    knows_secret = True
    answer = Answer.NONE
    _auth = b""

    def to_device(self, item: Item) -> list[Item]:
        if type_of(item) == "pake_a":
            self.strike()
            self._towards_console = Impostor(self, self.rng, dpk=None).answer(item, secret=self.secret)
            hello_t = unb64((fields_of(item) or {})["hello"])
            self._claimant = Claimant(self, self.rng, secret=self.secret, hello_t=hello_t)
            self._claimant.ask()
            return []
        if type_of(item) == "pake_confirm":
            return []
        if isinstance(item, bytes) and item[1] == Stream.T2D_CONTROL:
            self._auth = self._towards_console.opener(Stream.T2D_CONTROL).open(item)
            self._introduce()
            return []
        return [item]

    def to_console(self, item: Item) -> list[Item]:
        passed = super().to_console(item)
        self._introduce()
        return passed

    def _introduce(self) -> None:
        """Whichever comes last: the badge from the one end, or the keys with the other."""
        keys = self._claimant.keys if self._claimant else None
        if self._auth and keys is not None:
            auth, self._auth = self._auth, b""
            self.relay.push(Side.DEVICE, keys.sealer(Stream.T2D_CONTROL).seal(auth))
