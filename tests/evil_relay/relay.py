"""A relay of our own: it speaks the protocol of wire/SPEC.md honestly but that an attack has its hand on
every word.

It moves no bytes and keeps no time itself: legs and `now` come in, so one relay serves a test with a clock in
hand and real sockets alike. It knows nothing an operator of a relay would not know.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Protocol

from tests.evil_relay.tape import Side, Tape, fields_of, said_as
from wire.encoding import b64, unb64
from wire.errors import WireError
from wire.frames import FROM_DEVICE, Stream, parse_header
from wire.limits import PICTURES_KEPT
from wire.transcript import ShownBy

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.evil_relay.attack import Attack
    from tests.evil_relay.channels import Channels
    from tests.evil_relay.office import Office
    from tests.evil_relay.tape import Fields, Item

TTL_S: Final = 600
NOT_OPEN: Final = (404, {"type": "urn:alongside:problem:code-not-open", "title": "no", "status": 404})
_GONE: Final = {Side.DEVICE: "device_lost", Side.CONSOLE: "technician_lost"}


class Leg(Protocol):
    """A socket to an end."""

    def send(self, item: Item) -> None:
        """What the end is to get."""
        ...

    def close(self, code: int = 1000) -> None:
        """Nothing more."""
        ...


class EvilRelay:
    """One line to a device: at most one code, one claimant, one session."""

    def __init__(
        self, attack: Attack, *, office: Office, rng: Random, now: Callable[[], float], history: list[Tape]
    ) -> None:
        self.attack = attack
        self.office = office
        self.origin = office.origin
        self.rng = rng
        self.now = now
        self.history = history
        self.tape = Tape()
        self.legs: dict[Side, Leg] = {}
        self.channels: Channels | None = None
        self.hello_d = b""
        self.rc = rng.randbytes(32)
        self.rs = rng.randbytes(16)
        self.locator = f"{rng.randrange(100_000):05d}"
        self.session = rng.randbytes(16).hex()
        self.ticket = b64(rng.randbytes(32))
        self.is_live = False
        self.is_over = False
        self.shown_by = ShownBy.DEVICE
        attack.relay = self

    # What the ends do

    def came(self, side: Side, leg: Leg) -> None:
        """An end has a socket here."""
        self.legs[side] = leg
        if side is Side.DEVICE:
            challenge: Fields = {"t": "challenge", "rc": b64(self.rc), "origin": self.origin, "v": 1}
            for item in (said_as(challenge), *self.office.briefing()):
                self.pass_on(side, item)

    def redeem(self, locator: str) -> tuple[int, Fields]:
        """`POST /v1/sessions`."""
        if not self.is_live or locator != self.locator or self.attack.takes_the_code():
            return NOT_OPEN
        self.is_live = self.attack.reopens
        self.pass_on(Side.DEVICE, self.admission())
        return 201, self.attack.redemption(self._place() | self._of_the_device())

    def issue(self) -> tuple[int, Fields]:
        """`POST /v1/codes`: a code that the console shows."""
        self.shown_by = ShownBy.CONSOLE
        self.is_live = True
        return 201, self.attack.issue(self._place() | {"locator": self.locator, "ttl": TTL_S})

    def admission(self) -> str:
        """What a device hears once there is a console with its code."""
        if self.shown_by is ShownBy.DEVICE:
            return said_as({"t": "redeemed", "session": self.session})
        return said_as({"t": "joined", "session": self.session, "rs": b64(self.rs)})

    def _place(self) -> Fields:
        node = f"{self.origin.replace('http', 'ws', 1)}/v1/console"
        return {"session": self.session, "ticket": self.ticket, "node": node}

    def _of_the_device(self) -> Fields:
        return {"rs": b64(self.rs), "hello": b64(self.hello_d)}

    def said(self, side: Side, item: Item) -> None:
        """An end said something."""
        self.tape.keep(self.now(), side, item)
        fields = fields_of(item) or {}
        match fields.get("t"):
            case "hello":
                self._greeted(fields)
            case "redeem":
                self._claimed(fields)
            case "abort":
                self.end("pairing_failed")
            case _:
                self.pass_on(side.other, item)
                reason = _end_of(fields)
                if side is Side.DEVICE and reason:
                    self.end(reason)

    def pictures(self, seq: int) -> list[bytes]:
        """`POST /v1/pictures`: what a console lacks whose socket is held up."""
        frames = self.tape.frames(Stream.D2T_PICTURE_WS)
        asked = [frame for frame in frames if parse_header(frame, FROM_DEVICE).seq >= seq]
        return self.attack.beside(asked[-PICTURES_KEPT:])

    def gone(self, side: Side) -> None:
        """An end's socket is closed."""
        leg = self.legs.pop(side, None)
        if side is Side.DEVICE and self.is_live and self.shown_by is ShownBy.CONSOLE:
            return  # it never had the code, which waits for another
        if side is Side.DEVICE:
            self.is_live = self.attack.reopens
        if leg is not None and not self.is_over:
            self.attack.gone(side)
            self.end(_GONE[side])

    def tick(self) -> None:
        """Several times a second."""
        self.attack.tick()

    # What the relay does

    def pass_on(self, side: Side, item: Item) -> None:
        """Whatever the attack makes of it."""
        mangled = self.attack.to_device(item) if side is Side.DEVICE else self.attack.to_console(item)
        for one in mangled:
            self.push(side, one)

    def push(self, side: Side, item: Item) -> None:
        """Straight to an end."""
        leg = self.legs.get(side)
        if leg is not None:
            leg.send(item)

    def end(self, reason: str) -> None:
        """The last word to both, then the sockets close; unless the attack will not have it."""
        if self.is_over or not self.attack.lets_end(reason):
            return
        self.is_over = True
        self.is_live = self.attack.reopens
        at = int(self.now() * 1000)
        for side in Side:
            self.pass_on(side, said_as({"t": "ended", "reason": reason, "at": at}))
        for leg in list(self.legs.values()):
            leg.close()

    def hang_up(self, side: Side, code: int = 1000) -> None:
        """Close one socket without a word."""
        leg = self.legs.get(side)
        if leg is not None:
            leg.close(code)

    def _claimed(self, fields: Fields) -> None:
        """A device's customer typed a code."""
        self.hello_d = unb64(fields["hello"])
        if not self.is_live or fields["locator"] != self.locator:
            self.pass_on(Side.DEVICE, said_as({"t": "error", "code": "code_not_open"}))
            self.hang_up(Side.DEVICE, 4404)
        elif not self.attack.takes_the_code():
            self.is_live = False
            self.pass_on(Side.DEVICE, self.admission())
            joined = self.attack.redemption(self._of_the_device())
            self.pass_on(Side.CONSOLE, said_as({"t": "joined"} | joined))

    def _greeted(self, fields: Fields) -> None:
        self.hello_d = unb64(fields["hello"])
        self.is_live = True
        code: Fields = {"t": "code", "locator": self.locator, "rs": b64(self.rs), "ttl": TTL_S}
        self.pass_on(Side.DEVICE, said_as(code))


def record_in(fields: Fields) -> Fields:
    """The device record in a message, by its clear fields."""
    try:
        value = json.loads(unb64(str(fields.get("rec", ""))))
    except (ValueError, WireError):
        return {}
    return value if isinstance(value, dict) else {}


def _end_of(fields: Fields) -> str:
    record = record_in(fields)
    return str(record.get("reason", "")) if record.get("typ") == "end" else ""
