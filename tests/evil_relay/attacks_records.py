"""Attacks on the device's signed records: forged, changed, kept back, repeated. What the device says is its
own (INV-D1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.evil_relay.attack import Answer, Attack, Deed, truth
from tests.evil_relay.relay import record_in
from tests.evil_relay.tape import Side, said_as, stream_of, type_of
from wire.canonical import dump
from wire.commands import ActionClass, Grant, Outcome
from wire.encoding import b64, sha256_b64, unb64
from wire.frames import Stream
from wire.reasons import EndReason
from wire.records import FIRST_DPREV, RecordWriter

if TYPE_CHECKING:
    from random import Random

    from tests.evil_relay.attack import Truth
    from tests.evil_relay.tape import Fields, Item

BROKEN = truth("technician_lost pairing_failed", "integrity_failed")
SECOND = 1000


class _Record(Attack):
    """Strikes the first record of one type on its way to the console."""

    true = BROKEN
    types: ClassVar[tuple[str, ...]] = ("paired", "consent", "action", "hide")

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.typ = rng.choice(self.types)
        if self.typ == "hide" and not self.deeds:
            self.deeds = (Deed.HIDE, Deed.SHOW, Deed.KEY)

    def to_console(self, item: Item) -> list[Item]:
        fields = self._record(item)
        if self.fired or fields.get("typ") != self.typ:
            return [item]
        self.strike()
        return self.on_record(item, fields)

    def on_record(self, item: Item, fields: Fields) -> list[Item]:
        """What goes on instead."""
        raise NotImplementedError

    @staticmethod
    def _record(item: Item) -> Fields:
        return record_in({"rec": _rec(item)}) if type_of(item) == "record" else {}


def _rec(item: Item) -> str:
    from tests.evil_relay.tape import fields_of

    return str((fields_of(item) or {}).get("rec", ""))


def as_message(record: Fields) -> str:
    """A record, on its way."""
    return said_as({"t": "record", "rec": b64(dump(record))})


class FlipsABitOfARecord(_Record):
    """A signed record with one other bit. Form, chain or signature is wrong: integrity failed."""

    def on_record(self, item: Item, fields: Fields) -> list[Item]:
        data = bytearray(unb64(_rec(item)))
        bit = self.rng.randrange(len(data) * 8)
        data[bit // 8] ^= 1 << bit % 8
        return [said_as({"t": "record", "rec": b64(bytes(data))})]


class ChangesARecord(_Record):
    """A record that is well formed and says something else. The signature is over every field: integrity
    failed.
    """

    changes: ClassVar[dict[str, Fields]] = {
        "paired": {"dts": 1},
        "consent": {"grants": ["keys"], "for_s": 1_000},
        "action": {"outcome": "failed"},
        "hide": {"hidden": False},
    }

    def on_record(self, item: Item, fields: Fields) -> list[Item]:
        return [as_message(fields | self.changes[self.typ])]


class SwapsTheBadgeHash(_Record):
    """The record names another technician's badge. Whose badge it was is signed: integrity failed."""

    types = ("paired",)

    def on_record(self, item: Item, fields: Fields) -> list[Item]:
        return [as_message(fields | {"badge": b64(self.rng.randbytes(32))})]


class StripsARecordsField(_Record):
    """A record without one of its fields, be it the signature. Exactly the named fields: integrity failed."""

    def on_record(self, item: Item, fields: Fields) -> list[Item]:
        name = self.rng.choice(sorted(fields))
        return [as_message({field: value for field, value in fields.items() if field != name})]


class AddsARecordsField(_Record):
    """A record with a field more. Exactly the named fields: integrity failed."""

    def on_record(self, item: Item, fields: Fields) -> list[Item]:
        return [as_message(fields | {self.rng.choice(["note", "v", "scope"]): "x"})]


class RepeatsARecord(_Record):
    """A record twice in clear. The chain has one place for it: integrity failed."""

    def on_record(self, item: Item, fields: Fields) -> list[Item]:
        return [item, item]


class ReplaysAnEarlierRecord(_Record):
    """The same device's record of an earlier session. TH names the session in every signature: integrity
    failed.
    """

    def on_record(self, item: Item, fields: Fields) -> list[Item]:
        for said in self.rng.choice(self.relay.history).texts(Side.DEVICE, "record"):
            if record_in(said).get("typ") == self.typ:
                return [said_as(said)]
        raise AssertionError(self.typ)


class KeepsAnActionBack(_Record):
    """The technician's key was pressed and its record is kept back. The next record shows the gap, or five
    seconds do:
    what is not on record ends the session (INV-D1)."""

    true = truth("technician_lost technician_left", "integrity_failed audit_unavailable")
    lingers_s = 7.0
    types = ("action",)

    def on_record(self, item: Item, fields: Fields) -> list[Item]:
        return []


class KeepsAllActionsBack(Attack):
    """No action's record ever arrives. Five seconds after the first command the console ends: it cannot be
    recorded.
    """

    true = truth("technician_left technician_lost", "audit_unavailable")
    lingers_s = 7.0

    def to_console(self, item: Item) -> list[Item]:
        if _Record._record(item).get("typ") != "action":
            return [item]
        self.strike()
        return []


class KeepsClearCopiesBack(Attack):
    """Pairing, consent and end are kept back in clear. They come sealed as well: nothing is lost, the session
    is whole.
    """

    def to_console(self, item: Item) -> list[Item]:
        if _Record._record(item).get("typ") not in {"paired", "consent", "end"}:
            return [item]
        self.strike()
        return []


class _Forger(Attack):
    """Makes a record up, signed by a key of its own."""

    true = BROKEN
    after: ClassVar[str] = ""

    def writer(self) -> RecordWriter:
        key = Ed25519PrivateKey.from_private_bytes(self.rng.randbytes(32))
        return RecordWriter(self.rng.randbytes(64), key.sign)

    def forged(self, before: Fields | None) -> bytes:
        """The record, at its right place in the chain."""
        raise NotImplementedError

    def to_console(self, item: Item) -> list[Item]:
        record = _Record._record(item)
        if self.fired or record.get("typ") != self.after:
            return [item]
        self.strike()
        return [item, said_as({"t": "record", "rec": b64(self.forged(record))})]

    def linked(self, own: Fields, before: Fields | None) -> bytes:
        """Signed by nobody the console knows."""
        chain: Fields = {"dseq": 0, "dprev": FIRST_DPREV, "dts": 1_790_000_000_000}
        if before is not None:
            chain = {
                "dseq": before["dseq"] + 1,
                "dprev": sha256_b64(dump(before)),
                "dts": before["dts"] + SECOND,
            }
        return dump(own | chain | {"sig": b64(self.rng.randbytes(64))})


class ForgesThePairing(_Forger):
    """The console hears that its badge was accepted before the device has seen it. Not the device's
    signature.
    """

    def to_console(self, item: Item) -> list[Item]:
        return [item] if type_of(item) != "record" else []

    def to_device(self, item: Item) -> list[Item]:
        if not isinstance(item, bytes) or self.fired:
            return [item]
        self.strike()
        made = self.writer().paired(dts=1, frame=b64(bytes(32)), badge=b64(self.rng.randbytes(32)))
        self.relay.push(Side.CONSOLE, said_as({"t": "record", "rec": b64(made)}))
        return []


class ForgesTheConsent(_Forger):
    """The console hears a yes while the customer is still asked. Only the device's own word counts
    (INV-A6)."""

    after = "paired"
    answer = Answer.NONE

    def forged(self, before: Fields | None) -> bytes:
        own: Fields = {"typ": "consent", "grants": [Grant.KEYS, Grant.VIEW], "for_s": 1_700, "frame": ""}
        return self.linked(own, before)


class ForgesActions(_Forger):
    """A key is kept back, and the console hears that the device did it, and two more that it never sent:
    integrity failed, and none is counted.
    """

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._before: Fields | None = None
        self._missing = False

    @property
    def truth(self) -> Truth:
        """Only a later frame shows the device the gap."""
        return truth(
            "technician_lost integrity_failed" if self._missing else "technician_lost", "integrity_failed"
        )

    def to_console(self, item: Item) -> list[Item]:
        record = _Record._record(item)
        self._before = record if record.get("typ") == "consent" else self._before
        return [item]

    def to_device(self, item: Item) -> list[Item]:
        if self._before is None or not isinstance(item, bytes) or stream_of(item) is not Stream.T2D_CONTROL:
            return [item]
        if self.fired:
            self._missing = True
            return [item]
        self.strike()
        record: Fields | None = self._before
        for frame in (sha256_b64(item), *(b64(self.rng.randbytes(32)) for _ in range(2))):
            forged = self.done(frame, record)
            self.relay.push(Side.CONSOLE, said_as({"t": "record", "rec": b64(forged)}))
            record = record_in({"rec": b64(forged)})
        return []

    def done(self, frame: str, before: Fields | None) -> bytes:
        own: Fields = {
            "typ": "action",
            "class": ActionClass.KEY,
            "path": "",
            "outcome": Outcome.DONE,
            "pc": "",
        }
        return self.linked(own | {"frame": frame}, before)


class ForgesTheEnd(_Forger):
    """The console hears that the customer stopped, signed by nobody. It ends, and does not say that of the
    customer.
    """

    after = "consent"

    def forged(self, before: Fields | None) -> bytes:
        own: Fields = {"typ": "end", "reason": EndReason.CUSTOMER_STOPPED, "rec_root": "", "frame": ""}
        return self.linked(own, before)


class ChangesTheEnd(Attack):
    """The device's last record gets another reason. The console believes the sealed word or the signature, no
    other.
    """

    @property
    def truth(self) -> Truth:
        return truth("technician_left", "technician_left")

    def to_console(self, item: Item) -> list[Item]:
        record = _Record._record(item)
        if record.get("typ") != "end":
            return [item]
        self.strike()
        return [as_message(record | {"reason": EndReason.CUSTOMER_REPORTED})]
