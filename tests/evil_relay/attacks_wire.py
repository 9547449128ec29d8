"""Attacks on the clear messages and the sockets: fields, types, sizes, versions (SPEC §1, §5, §8; INV-F1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tests.evil_relay.attack import Attack, Way, truth
from tests.evil_relay.tape import Side, fields_of, said_as, type_of
from wire.encoding import b64

if TYPE_CHECKING:
    from random import Random

    from tests.evil_relay.attack import Truth
    from tests.evil_relay.tape import Fields, Item

NO_CODE = truth("problem.wrong_server problem.server_refused", "nothing device_lost")
NOT_PAIRED = truth("pairing_failed relay_lost", "pairing_failed integrity_failed device_lost")
OF_THE_CONSOLE = {"pake_b": ("y", "tag"), "record": ("rec",)}
OF_THE_DEVICE = {
    "challenge": ("rc", "origin", "v"),
    "code": ("locator", "rs", "ttl"),
    "pake_a": ("hello", "y"),
    "pake_confirm": ("tag",),
}


class _Message(Attack):
    """Strikes the first clear message of one type, in one of its fields."""

    kinds: ClassVar[dict[str, tuple[str, ...]]] = {**OF_THE_CONSOLE, **OF_THE_DEVICE}
    by_default: ClassVar[frozenset[tuple[str, str]]] = frozenset()

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        # Where the console shows the code, `joined` stands in for `code`: see `_is_it`.
        choices = [
            (t, name) for t, names in self.kinds.items() for name in names if (t, name) != ("challenge", "v")
        ]
        self.kind, self.field = rng.choice(choices)

    @property
    def truth(self) -> Truth:
        """A message too long closes a device's line (1009) before it is judged."""
        if self.kind in {"challenge", "code"}:
            return NO_CODE
        if self.kind == "record":
            return truth("technician_lost pairing_failed", "integrity_failed")
        return NOT_PAIRED

    def to_device(self, item: Item) -> list[Item]:
        return self._maybe(item)

    def to_console(self, item: Item) -> list[Item]:
        return self._maybe(item)

    def _maybe(self, item: Item) -> list[Item]:
        fields = fields_of(item)
        if self.fired or fields is None or not self._is_it(fields):
            return [item]
        self.strike()
        return self.on_message(fields)

    def _is_it(self, fields: Fields) -> bool:
        if self.kind == "code" and fields.get("t") == "joined" and "session" in fields:
            self.field = "rs"
            return True
        return fields.get("t") == self.kind

    def on_message(self, fields: Fields) -> list[Item]:
        """What goes on instead."""
        raise NotImplementedError


class StripsAField(_Message):
    """A clear message without one of its fields. The end that gets it says so: no half messages are filled
    in.
    """

    def on_message(self, fields: Fields) -> list[Item]:
        return [said_as({name: value for name, value in fields.items() if name != self.field})]


class GivesAFieldAnotherType(_Message):
    """A field that is a number, a list, nothing at all, or too long."""

    def on_message(self, fields: Fields) -> list[Item]:
        wrong: object = self.rng.choice([None, True, -1, 1.5, [], {}, "", "*", "A" * 5_000])
        return [said_as(fields | {self.field: wrong})]


class SaysItInAnotherForm(_Message):
    """Not JSON, not an object, nested too deep, too long. It ends what was about to begin, and nothing falls
    over.
    """

    def on_message(self, fields: Fields) -> list[Item]:
        deep = "[" * 40 + "]" * 40
        said = said_as(fields)
        forms = [
            said[:-1],
            f"[{said}]",
            f'{said[:-1]},"x":{deep}}}',
            said_as(fields | {"pad": "x" * 17_000}),
            '"x"',
            "",
            said.replace('"t"', '"T"'),
        ]
        return [self.rng.choice(forms)]


class AddsFields(Attack):
    """Unknown fields in every message and unknown messages between them: a later version's. Both ends pass
    over them.
    """

    def to_device(self, item: Item) -> list[Item]:
        return self._more(item)

    def to_console(self, item: Item) -> list[Item]:
        return self._more(item)

    def _more(self, item: Item) -> list[Item]:
        fields = fields_of(item)
        if fields is None:
            return [item]
        self.strike()
        news = said_as({"t": self.rng.choice(["hint", "weather", "grants"]), "grants": ["keys"]})
        return [news, said_as(fields | {"grants": ["keys"], "sealing": "none"})]


class FloodsWithUnknownMessages(Attack):
    """Hundreds of messages of unknown types. The device passes over them; a console may end the session by
    them.
    """

    true = truth("technician_left technician_lost", "technician_left integrity_failed")

    def to_console(self, item: Item) -> list[Item]:
        return self._flood(item, "pake_b")

    def to_device(self, item: Item) -> list[Item]:
        return self._flood(item, "pake_confirm")

    def _flood(self, item: Item, kind: str) -> list[Item]:
        if type_of(item) != kind:
            return [item]
        self.strike()
        return [item, *[said_as({"t": "weather", "n": n}) for n in range(300)]]


class SpeaksOutOfTurn(Attack):
    """In the middle of a session comes a message that belongs to its beginning: a second claimant, a second
    code.

    Each is accepted once and in its order; whoever gets one out of it ends the session (INV-A7).
    """

    said: ClassVar[dict[Side, tuple[str, ...]]] = {
        Side.DEVICE: ("challenge", "code", "redeemed", "joined", "pake_a", "pake_confirm"),
        Side.CONSOLE: ("joined", "pake_b"),
    }

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._to = rng.choice(list(Side))
        self._kind = rng.choice(self.said[self._to])

    @property
    def truth(self) -> Truth:
        if self._to is Side.DEVICE:
            return truth("integrity_failed", "integrity_failed")
        return truth("technician_lost", "integrity_failed")

    def message(self) -> Item:
        made: dict[str, Fields] = {
            "challenge": {"rc": b64(self.relay.rc), "origin": self.relay.origin, "v": 1},
            "code": {"locator": "00000", "rs": b64(self.relay.rs), "ttl": 600},
            "redeemed": {"session": self.rng.randbytes(16).hex()},
            "joined": {
                "session": self.rng.randbytes(16).hex(),
                "rs": b64(self.relay.rs),
                "hello": b64(self.relay.hello_d),
            },
            "pake_a": {"hello": b64(self.rng.randbytes(90)), "y": b64(self.rng.randbytes(32))},
            "pake_b": {"y": b64(self.rng.randbytes(32)), "tag": b64(self.rng.randbytes(64))},
            "pake_confirm": {"tag": b64(self.rng.randbytes(64))},
        }
        return said_as({"t": self._kind} | made[self._kind])

    def to_console(self, item: Item) -> list[Item]:
        from tests.evil_relay.attacks_records import _Record

        if self.fired or _Record._record(item).get("typ") != "action":
            return [item]
        self.strike()
        if self._to is Side.CONSOLE:
            return [item, self.message()]
        self.relay.push(Side.DEVICE, self.message())
        return [item]


class SendsToAStrangePlace(Attack):
    """The redemption names a place that is no relay, or a ticket that is none. The console says that pairing
    failed.
    """

    true = truth("pairing_failed", "pairing_failed relay_lost problem.our-fault")
    ways = (Way.DEVICE_SHOWS,)

    waits_s = 34.0

    def redemption(self, answer: Fields) -> Fields:
        self.strike()
        wrong: list[Fields] = [
            {"node": "javascript:alert(1)"},
            {"node": "not a place"},
            {"node": ""},
            {"ticket": "a, b"},
            {"ticket": ""},
            {"hello": "*"},
            {"rs": "AA"},
            {"hello": ""},
            {"session": 5},
        ]
        return answer | self.rng.choice(wrong)


class IssuesAStrangeCode(Attack):
    """The code to show has no place, no locator or no time. The console shows none and says what to do."""

    true = truth("nothing", "problem.our-fault problem.no-connection problem.code-lost")
    ways = (Way.CONSOLE_SHOWS,)

    def issue(self, answer: Fields) -> Fields:
        self.strike()
        wrong: list[Fields] = [
            {"node": "javascript:alert(1)"},
            {"node": ""},
            {"ticket": "a, b"},
            {"locator": "1234"},
            {"locator": "481703652296"},
            {"locator": 48170},
            {"ttl": 0},
            {"ttl": 86_400},
            {"ttl": "600"},
        ]
        return answer | self.rng.choice(wrong)


class JoinsASecondDevice(Attack):
    """Two devices are said to have typed the one code. The attempt ends and both see it (INV-A7)."""

    true = truth("pairing_failed technician_lost", "pairing_failed integrity_failed")
    ways = (Way.CONSOLE_SHOWS,)

    def to_console(self, item: Item) -> list[Item]:
        if type_of(item) != "joined":
            return [item]
        self.strike()
        return [item, item]


class SpeaksAnotherSubprotocol(Attack):
    """The relay answers with an older subprotocol, or with none. There is no older one: neither end says a
    word more.
    """

    sockets_only = True

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._to = rng.choice(list(Side))
        self._said = rng.choice(["", "alongside.device.0", "chat"])

    @property
    def truth(self) -> Truth:
        if self._to is Side.DEVICE:
            return truth("problem.wrong_server problem.server_refused", "nothing")
        if self.way is Way.CONSOLE_SHOWS:
            return truth("nothing", "problem.no-connection problem.code-lost problem.our-fault")
        return truth("technician_lost pairing_failed", "relay_lost pairing_failed")

    def protocol(self, side: Side) -> str | None:
        if side is not self._to:
            return None
        self.strike()
        return self._said
