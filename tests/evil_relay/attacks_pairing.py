"""Attacks on the key agreement: swapped, replayed, reflected, guessed. No wrong peer may ever get keys
(INV-C1, C2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.evil_relay.attack import Attack, Finale, truth
from tests.evil_relay.tape import Side, fields_of, said_as, type_of
from tests.vectors.files import SEAL, document
from wire.canonical import dump, load
from wire.encoding import b64, key_id, unb64
from wire.hellos import ConsoleHello

if TYPE_CHECKING:
    from random import Random

    from tests.evil_relay.attack import Truth
    from tests.evil_relay.tape import Fields, Item

FAILED = truth("pairing_failed", "pairing_failed")
_VECTORS: Final = document(SEAL / "cpace-x25519-sha512.json")
LOW_ORDER: Final = tuple(
    bytes.fromhex(case["u"]) for case in _VECTORS["low_order"]["cases"] if case["must_abort"]
)


def point(rng: Random) -> bytes:
    """A good point that nobody expects."""
    return X25519PrivateKey.from_private_bytes(rng.randbytes(32)).public_key().public_bytes_raw()


def altered(hello: bytes, **changes: object) -> bytes:
    """A hello, still canonical, that says something else."""
    fields = load(hello, limit=2048)
    assert isinstance(fields, dict)
    return dump({**fields, **changes})  # type: ignore[dict-item]


class _Pake(Attack):
    """Changes one message of the key agreement."""

    true = FAILED

    def change(self, fields: Fields) -> Fields:
        """The message as the other end gets it."""
        return fields

    kind: ClassVar[str] = ""

    def to_device(self, item: Item) -> list[Item]:
        return self._changed(item)

    def to_console(self, item: Item) -> list[Item]:
        return self._changed(item)

    def _changed(self, item: Item) -> list[Item]:
        fields = fields_of(item)
        if fields is None or fields.get("t") != self.kind:
            return [item]
        self.strike()
        return [said_as(self.change(fields))]


class SwapsTheConsolesPoint(_Pake):
    """The device gets another Ya. The console finds that the device's tag is not over its own point: pairing
    failed.
    """

    kind = "pake_a"

    def change(self, fields: Fields) -> Fields:
        return fields | {"y": b64(point(self.rng))}


class SwapsTheDevicesPoint(_Pake):
    """The console gets another Yb: the tag does not fit it. Pairing failed, and the device is told so."""

    kind = "pake_b"

    def change(self, fields: Fields) -> Fields:
        return fields | {"y": b64(point(self.rng))}


class SwapsTheDevicesTag(_Pake):
    """The console gets a tag of the relay's making: it proves nothing. Pairing failed."""

    kind = "pake_b"

    def change(self, fields: Fields) -> Fields:
        return fields | {"tag": b64(self.rng.randbytes(64))}


class SwapsTheConsolesTag(_Pake):
    """The device gets a tag of the relay's making: somebody tried a wrong code, says the TV; the console is
    told.
    """

    kind = "pake_confirm"

    def change(self, fields: Fields) -> Fields:
        return fields | {"tag": b64(self.rng.randbytes(64))}


class FlipsABitOfTheAgreement(_Pake):
    """One bit of a hello, a point or a tag is another. Whoever gets it, or its answer, ends: pairing failed.

    A point's highest bit is not part of the point (RFC 7748), yet it is part of the transcript.
    """

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.kind, self._field = rng.choice(  # type: ignore[misc]
            [
                ("pake_a", "hello"),
                ("pake_a", "y"),
                ("pake_b", "y"),
                ("pake_b", "tag"),
                ("pake_confirm", "tag"),
            ]
        )

    def change(self, fields: Fields) -> Fields:
        data = bytearray(unb64(fields[self._field]))
        bit = self.rng.randrange(len(data) * 8)
        data[bit // 8] ^= 1 << bit % 8
        return fields | {self._field: b64(bytes(data))}


class LowOrderPointForTheDevice(_Pake):
    """A point that makes K known to everybody. The device aborts before it answers."""

    kind = "pake_a"

    def change(self, fields: Fields) -> Fields:
        return fields | {"y": b64(self.rng.choice(LOW_ORDER))}


class LowOrderPointForTheConsole(_Pake):
    """A point that makes K known to everybody. The console aborts, whatever the tag says."""

    kind = "pake_b"

    def change(self, fields: Fields) -> Fields:
        return fields | {"y": b64(self.rng.choice(LOW_ORDER))}


class ReflectsToTheConsole(_Pake):
    """The console gets its own point back with the device's tag. Roles are part of every hash: pairing
    failed.
    """

    kind = "pake_b"

    def change(self, fields: Fields) -> Fields:
        (asked,) = self.relay.tape.texts(Side.CONSOLE, "pake_a")
        return fields | {"y": asked["y"]}


class ReflectsTheTagToTheDevice(_Pake):
    """The device gets its own tag back as the console's proof. The two tags differ by their party: pairing
    failed.
    """

    kind = "pake_confirm"

    def change(self, fields: Fields) -> Fields:
        (answer,) = self.relay.tape.texts(Side.DEVICE, "pake_b")
        return fields | {"tag": answer["tag"]}


class ReflectsThePointToTheDevice(_Pake):
    """After its answer the device gets its own point as a second first message. Once, and in order: pairing
    failed.
    """

    kind = "pake_confirm"

    def change(self, fields: Fields) -> Fields:
        (answer,) = self.relay.tape.texts(Side.DEVICE, "pake_b")
        hello = ConsoleHello(self.rng.randbytes(32), key_id(self.rng.randbytes(32)))
        return {"t": "pake_a", "hello": b64(hello.to_bytes()), "y": answer["y"]}


class SwapsTheConsolesHello(_Pake):
    """The device is told of another console: nonce or issuer key differ. Hellos are in every key: pairing
    failed.
    """

    kind = "pake_a"

    def change(self, fields: Fields) -> Fields:
        name = self.rng.choice(["nt", "kid"])
        hello = altered(unb64(fields["hello"]), **{name: b64(self.rng.randbytes(32))})
        return fields | {"hello": b64(hello)}


class DowngradesTheConsolesHello(_Pake):
    """The device is offered another version or suite. There is none to fall back to (INV-C2): pairing
    failed."""

    kind = "pake_a"

    def change(self, fields: Fields) -> Fields:
        older: Fields = self.rng.choice(
            [{"v": 0}, {"v": 2}, {"suite": "NULL"}, {"suite": "CPACE-X25519-SHA256"}]
        )
        return fields | {"hello": b64(altered(unb64(fields["hello"]), **older))}


class _Redemption(Attack):
    """Changes what the console is told of the device when the code is redeemed."""

    true = FAILED

    def change(self, hello: bytes) -> bytes:
        raise NotImplementedError

    def redemption(self, answer: Fields) -> Fields:
        self.strike()
        return answer | {"hello": b64(self.change(unb64(answer["hello"])))}


class SwapsTheDevicesHello(_Redemption):
    """The console is told of other circumstances: nonce, firmware, failed runs. Pairing failed."""

    def change(self, hello: bytes) -> bytes:
        nd = b64(self.rng.randbytes(32))
        other: list[Fields] = [{"nd": nd}, {"fw": "Vista 99"}, {"fails": 7}, {"caps": ["jpeg"]}]
        return altered(hello, **self.rng.choice(other))


class SwapsTheDevicesKey(_Redemption):
    """The console is told another device's key and its rightful id. `dev` is part of CI: pairing failed."""

    def change(self, hello: bytes) -> bytes:
        dpk = Ed25519PrivateKey.from_private_bytes(self.rng.randbytes(32)).public_key().public_bytes_raw()
        return altered(hello, dpk=b64(dpk), dev=key_id(dpk))


class SwapsTheDevicesKeyAlone(_Redemption):
    """A key that is not the one `dev` names. The console refuses the hello before anything leaves: pairing
    failed.
    """

    def change(self, hello: bytes) -> bytes:
        return altered(hello, dpk=b64(self.rng.randbytes(32)))


class DowngradesTheDevicesHello(_Redemption):
    """The console is offered another version or suite. There is none to fall back to (INV-C2): pairing
    failed.
    """

    def change(self, hello: bytes) -> bytes:
        older: list[Fields] = [{"v": 0}, {"v": 2}, {"suite": "NULL"}, {"suite": "SPAKE2-P256-SHA256"}]
        return altered(hello, **self.rng.choice(older))


class SwapsRs(Attack):
    """The two ends get different session nonces from the relay. sid differs, and so does every key: pairing
    failed.
    """

    true = FAILED

    def redemption(self, answer: Fields) -> Fields:
        self.strike()
        return answer | {"rs": b64(self.rng.randbytes(16))}


class StatesAnotherOrigin(Attack):
    """The relay says to the device that it is another service. The device keeps to its own settings, and says
    so.
    """

    true = truth("problem.wrong_server", "nothing")

    def to_device(self, item: Item) -> list[Item]:
        fields = fields_of(item)
        if fields is None or fields.get("t") != "challenge":
            return [item]
        self.strike()
        other = self.rng.choice(["https://relay.evil", f"{self.relay.origin}.", f"{self.relay.origin}/", ""])
        return [said_as(fields | {"origin": other})]


class ReplaysAnOldAnswer(_Pake):
    """The console gets what a device once answered another console. Fresh nonces make it wrong: pairing
    failed.
    """

    kind = "pake_b"

    def change(self, fields: Fields) -> Fields:
        return self.rng.choice(self.relay.history).texts(Side.DEVICE, "pake_b")[0]


class ReplaysAnOldConsole(Attack):
    """The device is played the whole console side of an earlier session. Its own nonce is new: pairing
    failed.
    """

    true = FAILED

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._old: list[Item] = []

    def to_device(self, item: Item) -> list[Item]:
        if type_of(item) != "pake_a":
            return [] if isinstance(item, bytes) or type_of(item) == "pake_confirm" else [item]
        self.strike()
        tape = self.rng.choice(self.relay.history)
        old = [one.item for one in tape.said if one.side is Side.CONSOLE]
        return [*old[:2], *old[2:6]]


class SealsBeforeTheKeys(Attack):
    """A frame comes before the keys are confirmed. Neither end may take one: it ends the attempt."""

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._to = rng.choice(list(Side))

    @property
    def truth(self) -> Truth:
        return FAILED if self._to is Side.DEVICE else truth("pairing_failed", "integrity_failed")

    def to_device(self, item: Item) -> list[Item]:
        if type_of(item) != "pake_a" or self._to is not Side.DEVICE:
            return [item]
        self.strike()
        return [bytes((1, 1)) + bytes(10) + self.rng.randbytes(80), item]

    def to_console(self, item: Item) -> list[Item]:
        if type_of(item) != "pake_b" or self._to is not Side.CONSOLE:
            return [item]
        self.strike()
        return [bytes((1, 3)) + bytes(10) + self.rng.randbytes(80), item]


class KeepsTheAgreementBack(Attack):
    """One message of the agreement never arrives. Both ends give up after half a minute: pairing failed."""

    true = FAILED
    waits_s = 34.0
    finale = Finale.TECHNICIAN_ENDS

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._kind = rng.choice(["pake_a", "pake_b", "pake_confirm"])

    def to_device(self, item: Item) -> list[Item]:
        return self._unless_kept(item)

    def to_console(self, item: Item) -> list[Item]:
        return self._unless_kept(item)

    def _unless_kept(self, item: Item) -> list[Item]:
        if type_of(item) != self._kind:
            return [item]
        self.strike()
        return []
