"""The hello of each end (SPEC §5.1, §5.2): who is there, and with which suite."""

from __future__ import annotations

from dataclasses import dataclass

from wire.canonical import Json, dump
from wire.encoding import KEY_BYTES, b64, key_id, lv, unb64
from wire.errors import WireError
from wire.fields import Fields, load_as
from wire.limits import CAP_CHARACTERS, CAPS, FAILS_MAX, FW_CHARACTERS, HELLO_BYTES

SUITE = "CPACE-X25519-SHA512"
VERSION = 1
NONCE_BYTES = 32

_DEVICE_FIELDS = frozenset({"caps", "dev", "dpk", "fails", "fw", "nd", "suite", "v"})
_CONSOLE_FIELDS = frozenset({"kid", "nt", "suite", "v"})


@dataclass(frozen=True, slots=True)
class DeviceHello:
    """hello_D. `dev` is the key id of `dpk`; `fails` are runs that ended unpaired since the last pairing."""

    nd: bytes
    dev: str
    dpk: bytes
    fw: str
    caps: tuple[str, ...]
    fails: int

    def __post_init__(self) -> None:
        _require(len(self.nd) == NONCE_BYTES, "nd")
        _require(len(self.dpk) == KEY_BYTES and self.dev == key_id(self.dpk), "dev is not the id of dpk")
        _require(len(self.fw) <= FW_CHARACTERS, "fw")
        _require(len(self.caps) <= CAPS and all(len(cap) <= CAP_CHARACTERS for cap in self.caps), "caps")
        _require(0 <= self.fails <= FAILS_MAX, "fails")

    def to_bytes(self) -> bytes:
        """The canonical bytes that are sent, signed and hashed."""
        return _dump(
            {
                "caps": list(self.caps),
                "dev": self.dev,
                "dpk": b64(self.dpk),
                "fails": self.fails,
                "fw": self.fw,
                "nd": b64(self.nd),
                "suite": SUITE,
                "v": VERSION,
            }
        )


@dataclass(frozen=True, slots=True)
class ConsoleHello:
    """hello_T. `kid` names the issuer key of the badge that will be shown."""

    nt: bytes
    kid: str

    def __post_init__(self) -> None:
        _require(len(self.nt) == NONCE_BYTES, "nt")
        _require(_is_key_id(self.kid), "kid")

    def to_bytes(self) -> bytes:
        """The canonical bytes that are sent and hashed."""
        return _dump({"kid": self.kid, "nt": b64(self.nt), "suite": SUITE, "v": VERSION})


def parse_device_hello(data: bytes) -> DeviceHello:
    """hello_D from its bytes; there is no other version or suite to fall back to (INV-C2)."""
    fields = _open(data, _DEVICE_FIELDS)
    return DeviceHello(
        nd=fields.octets("nd", NONCE_BYTES),
        dev=fields.hash_text("dev"),
        dpk=fields.octets("dpk", KEY_BYTES),
        fw=fields.text("fw", at_most=FW_CHARACTERS),
        caps=fields.texts("caps", count=CAPS, at_most=CAP_CHARACTERS),
        fails=fields.integer("fails", at_most=FAILS_MAX),
    )


def parse_console_hello(data: bytes) -> ConsoleHello:
    """hello_T from its bytes."""
    fields = _open(data, _CONSOLE_FIELDS)
    return ConsoleHello(nt=fields.octets("nt", NONCE_BYTES), kid=fields.hash_text("kid"))


def device_hello_message(origin: str, rc: bytes, hello: bytes) -> bytes:
    """What the device signs to prove to the relay that it holds dpk's key, now and for this origin."""
    return b"ra1/dev-hello\0" + lv(origin, rc, hello)


def _dump(fields: dict[str, Json]) -> bytes:
    data = dump(fields)
    _require(len(data) <= HELLO_BYTES, "too long")
    return data


def _open(data: bytes, names: frozenset[str]) -> Fields:
    fields = Fields(load_as(data, limit=HELLO_BYTES, code="bad_hello"), names, code="bad_hello")
    fields.constant("v", VERSION)
    fields.constant("suite", SUITE)
    return fields


def _is_key_id(text: str) -> bool:
    try:
        unb64(text, KEY_BYTES)
    except WireError:
        return False
    return True


def _require(condition: bool, detail: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not condition:
        raise WireError("bad_hello", detail)
