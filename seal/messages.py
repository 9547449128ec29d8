"""Messages inside sealed frames (seal/SPEC §4): closed sets, exact fields, one spelling."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import msgspec

from seal.carriers import Carrier, CarrierName, Hear, Signal, SignalKind
from seal.commands import Ask, Asks, Key, Point, Pointer, Setting, Step, Still, Text, require_sorted
from seal.errors import SealError
from seal.frames import pad, unpad
from seal.pictures import NAMED, Codec, PictureHead, pack_picture, unpack_picture
from seal.settings import Choice, Field, Number, Settings, Switch, TextEntry
from wire.canonical import Json, dump, load
from wire.errors import WireError
from wire.limits import BADGE_CHARACTERS, MASKED_REGIONS, NAME_CHARACTERS, RECORD_BYTES, REQUEST_CHARACTERS
from wire.reasons import EndReason  # noqa: TC001 - msgspec reads annotations at run time
from wire.structs import Bytes64, Count, CountFromZero, Message, Natural, read, tag_of, write
from wire.texts import is_plain

if TYPE_CHECKING:
    from wire.commands import Grant

__all__ = [
    "Ack", "Ask", "Auth", "Carrier", "CarrierName", "Choice", "Close", "Codec", "Consent", "Current",
    "D2TControl", "Decode", "DeviceClose", "Field", "Hear", "Key", "KeyFrame", "Number", "Paired",
    "PictureHead", "PictureState", "Ping", "Point", "Pointer", "Pong", "Setting", "Settings", "Signal",
    "SignalKind", "Step", "Still", "Switch", "T2DControl", "T2DLink", "Text", "TextEntry", "auth_without_sig",
    "decode_d2t_control", "decode_t2d_control", "decode_t2d_link", "encode", "pack_picture", "unpack_picture",
]  # fmt: skip

Jws = Annotated[str, msgspec.Meta(min_length=1, max_length=BADGE_CHARACTERS)]
JwsOrNone = Annotated[str, msgspec.Meta(max_length=BADGE_CHARACTERS)]
Codecs = Annotated[tuple[Codec, ...], msgspec.Meta(min_length=1, max_length=len(NAMED))]
RecordBytes = Annotated[bytes, msgspec.Meta(min_length=1, max_length=RECORD_BYTES)]
# None are left out, so that there is one spelling.
Masked = Annotated[int, msgspec.Meta(ge=1, le=MASKED_REGIONS)]


class PictureState(StrEnum):
    """What the device says of its picture (seal/SPEC §4.2)."""

    LIVE = "live"
    HIDDEN = "hidden"
    OFF = "off"
    NONE = "none"
    PROTECTED = "protected"
    NO_SIGNAL = "no_signal"
    CAPTURE_STALLED = "capture_stalled"
    ENCODER_STALLED = "encoder_stalled"


class Auth(Message, frozen=True, tag="auth"):
    """First control frame: who is there and what is asked."""

    cred: Jws
    asks: Asks
    request: str
    sig: Bytes64

    def __post_init__(self) -> None:
        require_sorted(self.asks)
        if not is_plain(self.request, at_least=0, at_most=REQUEST_CHARACTERS):
            raise ValueError("request is not plain text")


class Close(Message, frozen=True, tag="close"):
    """The technician ends."""

    reason: Literal["technician_left"] = "technician_left"


class Pong(Message, frozen=True, tag="pong"):
    """Answer to a ping."""

    n: Count


class Decode(Message, frozen=True, tag="decode"):
    """What the console can draw, best first; starts the picture, or turns it to what it can follow better."""

    codecs: Codecs

    def __post_init__(self) -> None:
        if len(set(self.codecs)) != len(self.codecs):
            raise ValueError("a codec twice")
        if not NAMED.issuperset(self.codecs):
            raise ValueError("a codec that is not named")


class Ack(Message, frozen=True, tag="ack"):
    """Every picture up to `pic` was drawn."""

    pic: Count


class KeyFrame(Message, frozen=True, tag="keyframe"):
    """Pictures are missing: send one that stands alone."""


class Ping(Message, frozen=True, tag="ping"):
    """One beat of the lease."""

    n: Count
    dts: Natural


class Paired(Message, frozen=True, tag="paired"):
    """The badge was accepted; `rec` proves that the device holds its key."""

    enrol: JwsOrNone
    rec: RecordBytes
    name: str

    def __post_init__(self) -> None:
        if not is_plain(self.name, at_least=1, at_most=NAME_CHARACTERS):
            raise ValueError("name is not plain text")


class Consent(Message, frozen=True, tag="consent"):
    """The customer's answer."""

    rec: RecordBytes


class Current(Message, frozen=True, tag="current", omit_defaults=True):
    """Picture `pic` was still what the screen showed at `at`, with so many regions masked."""

    pic: CountFromZero
    at: Natural
    rtt: Natural
    picture: PictureState
    masked: Masked = 0


class DeviceClose(Message, frozen=True, tag="close"):
    """The device ends."""

    reason: EndReason
    rec: RecordBytes


T2DControl = Auth | Key | Pointer | Text | Setting | Point | Ask | Still | Close
T2DLink = Pong | Decode | Ack | KeyFrame | Signal | Carrier | Hear
D2TControl = Ping | Paired | Consent | Current | Settings | Field | Signal | DeviceClose

_T2D_CONTROL: tuple[type[T2DControl], ...] = (
    Auth, Key, Pointer, Text, Setting, Point, Ask, Still, Close,
)  # fmt: skip
_T2D_LINK: tuple[type[T2DLink], ...] = (Pong, Decode, Ack, KeyFrame, Signal, Carrier, Hear)
_D2T_CONTROL: tuple[type[D2TControl], ...] = (
    Ping, Paired, Consent, Current, Settings, Field, Signal, DeviceClose,
)  # fmt: skip

Kind = TypeVar("Kind", bound=Message)


def auth_without_sig(*, cred: str, asks: tuple[Grant, ...], request: str) -> bytes:
    """The bytes of an auth message that its signature covers (`wire.badge.tech_auth_message`)."""
    unsigned = write(Auth(cred=cred, asks=asks, request=request, sig=bytes(64)))
    del unsigned["sig"]
    return dump(unsigned)


def encode(message: Message) -> bytes:
    """The padded plaintext of a message."""
    return pad(dump(write(message)))


def decode_t2d_control(plaintext: bytes) -> T2DControl:
    """A command, at the device."""
    return _decode(plaintext, _T2D_CONTROL)


def decode_t2d_link(plaintext: bytes) -> T2DLink:
    """An answer of the console's, at the device."""
    return _decode(plaintext, _T2D_LINK)


def decode_d2t_control(plaintext: bytes) -> D2TControl:
    """What the device says, at the console."""
    return _decode(plaintext, _D2T_CONTROL)


def _decode(plaintext: bytes, kinds: tuple[type[Kind], ...]) -> Kind:
    fields = _object(unpad(plaintext))
    kind = next((kind for kind in kinds if tag_of(kind) == fields.get("t")), None)
    if kind is None:
        raise SealError("bad_message", "unknown type")
    try:
        return read(kind, fields)
    except WireError as error:
        raise SealError("bad_message", error.detail) from None


def _object(json: bytes) -> dict[str, Json]:
    try:
        value = load(json)
    except WireError as error:
        raise SealError("bad_message", error.detail) from None
    if not isinstance(value, dict):
        raise SealError("bad_message", "not an object")
    return value
