"""Messages between an end and the relay (SPEC §5): JSON text, one object each."""

from __future__ import annotations

import json
from typing import Annotated, Literal, TypeVar

import msgspec

from wire.canonical import nests_too_deep
from wire.enrol_code import ALPHABET
from wire.errors import WireError
from wire.limits import (
    BADGE_CHARACTERS,
    CODE_LIFE_S,
    ENROL_CODE_CHARACTERS,
    HELLO_BYTES,
    KEYSET_BYTES,
    ORIGIN_CHARACTERS,
    RECORD_BYTES,
    STATUS_PART_BYTES,
    STATUS_PARTS,
    TEXT_MESSAGE_BYTES,
    WAIT_S,
)
from wire.reasons import EndReason, ErrorCode  # noqa: TC001 - msgspec reads annotations at run time
from wire.structs import (
    Bytes16,
    Bytes32,
    Bytes64,
    Count,
    CountFromZero,
    Message,
    Natural,
    field_names,
    read,
    tag_of,
    write,
)

HelloBytes = Annotated[bytes, msgspec.Meta(min_length=1, max_length=HELLO_BYTES)]
RecordBytes = Annotated[bytes, msgspec.Meta(min_length=1, max_length=RECORD_BYTES)]
Origin = Annotated[str, msgspec.Meta(min_length=1, max_length=ORIGIN_CHARACTERS)]
Locator = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{5}\Z")]
SessionId = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
KeysetBytes = Annotated[bytes, msgspec.Meta(min_length=1, max_length=KEYSET_BYTES)]
StatusPart = Annotated[bytes, msgspec.Meta(min_length=1, max_length=STATUS_PART_BYTES)]
PartNumber = Annotated[int, msgspec.Meta(ge=1, le=STATUS_PARTS)]
EnrolCode = Annotated[str, msgspec.Meta(pattern=rf"\A[{ALPHABET}]{{{ENROL_CODE_CHARACTERS}}}\Z")]
Credential = Annotated[
    str, msgspec.Meta(pattern=r"\A[A-Za-z0-9._-]+\Z", min_length=1, max_length=BADGE_CHARACTERS)
]
Ttl = Annotated[int, msgspec.Meta(ge=1, le=CODE_LIFE_S)]
Wait = Annotated[int, msgspec.Meta(ge=1, le=WAIT_S)]


class Challenge(Message, frozen=True, tag="challenge"):
    """First word of the relay to a device."""

    rc: Bytes32
    origin: Origin
    v: Literal[1] = 1


class KeysetMsg(Message, frozen=True, tag="keyset"):
    """The organisation's keys as its root signed them, and the relay's clock."""

    data: KeysetBytes
    at: Natural


class StatusMsg(Message, frozen=True, tag="status"):
    """A piece of the list of what is revoked; pieces come in order, number `part` of `parts`."""

    part: PartNumber
    parts: PartNumber
    data: StatusPart


class Hello(Message, frozen=True, tag="hello"):
    """The device proves its key and says hello_D."""

    hello: HelloBytes
    sig: Bytes64


class Redeem(Message, frozen=True, tag="redeem"):
    """The customer typed a code that a console shows; the device proves its key as with `hello`."""

    locator: Locator
    hello: HelloBytes
    sig: Bytes64


class Enrol(Message, frozen=True, tag="enrol"):
    """The device proves its key and asks which unit it is, for a code of its maker's."""

    code: EnrolCode
    key: Bytes32
    sig: Bytes64


class Enrolled(Message, frozen=True, tag="enrolled"):
    """The maker's word on which unit the device is; last message."""

    cred: Credential


class CodeMsg(Message, frozen=True, tag="code"):
    """The code is live: show it."""

    locator: Locator
    rs: Bytes16
    ttl: Ttl


class Redeemed(Message, frozen=True, tag="redeemed"):
    """A technician took the code."""

    session: SessionId


class JoinedDevice(Message, frozen=True, tag="joined"):
    """To a device whose `redeem` was taken: the console is there."""

    session: SessionId
    rs: Bytes16


class JoinedConsole(Message, frozen=True, tag="joined"):
    """To a console that shows a code: a device redeemed it."""

    rs: Bytes16
    hello: HelloBytes


class PakeA(Message, frozen=True, tag="pake_a"):
    """First message of the key agreement, from the console."""

    hello: HelloBytes
    y: Bytes32


class PakeB(Message, frozen=True, tag="pake_b"):
    """Second message, from the device."""

    y: Bytes32
    tag: Bytes64


class PakeConfirm(Message, frozen=True, tag="pake_confirm"):
    """Third message, from the console."""

    tag: Bytes64


class RecordMsg(Message, frozen=True, tag="record"):
    """A device record, passed on as it is."""

    rec: RecordBytes


class Alive(Message, frozen=True, tag="alive"):
    """To a device: the console's sign of life, which came over a request of its own (seal/SPEC §5.1)."""

    k: Count
    n: Count
    pic: CountFromZero
    tag: Bytes64


class AliveAnswer(Message, frozen=True, tag="alive"):
    """The device's answer to it."""

    k: Count
    n: Count
    heard: CountFromZero
    tag: Bytes64


class Abort(Message, frozen=True, tag="abort"):
    """Before `paired`: this run failed."""


class Ended(Message, frozen=True, tag="ended"):
    """The session is over; last message."""

    reason: EndReason
    at: Natural


class ErrorMsg(Message, frozen=True, omit_defaults=True, tag="error"):
    """Why the relay closes; `wait_s` says in how many seconds another try makes sense, 0 nothing of it."""

    code: ErrorCode
    wait_s: Wait = 0


DeviceToRelay = Hello | Redeem | Enrol | PakeB | RecordMsg | AliveAnswer | Abort
RelayToDevice = (
    Challenge
    | KeysetMsg
    | StatusMsg
    | Enrolled
    | CodeMsg
    | Redeemed
    | JoinedDevice
    | PakeA
    | PakeConfirm
    | Alive
    | Ended
    | ErrorMsg
)
ConsoleToRelay = PakeA | PakeConfirm | Abort
RelayToConsole = JoinedConsole | PakeB | RecordMsg | Ended | ErrorMsg

_FROM_DEVICE: tuple[type[DeviceToRelay], ...] = (
    Hello, Redeem, Enrol, PakeB, RecordMsg, AliveAnswer, Abort,
)  # fmt: skip
_FROM_CONSOLE: tuple[type[ConsoleToRelay], ...] = (PakeA, PakeConfirm, Abort)
_FOR_DEVICE: tuple[type[RelayToDevice], ...] = (
    Challenge, KeysetMsg, StatusMsg, Enrolled, CodeMsg, Redeemed, JoinedDevice, PakeA, PakeConfirm, Alive,
    Ended, ErrorMsg,
)  # fmt: skip
_FOR_CONSOLE: tuple[type[RelayToConsole], ...] = (JoinedConsole, PakeB, RecordMsg, Ended, ErrorMsg)

Kind = TypeVar("Kind", bound=Message)


def decode_from_device(text: str | bytes) -> DeviceToRelay:
    """What a device said, at the relay."""
    return _decode(text, _FROM_DEVICE)


def decode_from_console(text: str | bytes) -> ConsoleToRelay:
    """What a console said, at the relay."""
    return _decode(text, _FROM_CONSOLE)


def decode_for_device(text: str | bytes) -> RelayToDevice:
    """What the relay said, at the device; an unknown type is to be ignored there."""
    return _decode(text, _FOR_DEVICE)


def decode_for_console(text: str | bytes) -> RelayToConsole:
    """What the relay said, at the console; an unknown type is to be ignored there."""
    return _decode(text, _FOR_CONSOLE)


def encode(message: Message) -> str:
    """The message as text for the WebSocket."""
    return json.dumps(write(message), ensure_ascii=False, separators=(",", ":"))


def _decode(text: str | bytes, kinds: tuple[type[Kind], ...]) -> Kind:
    fields = _object(text)
    name = fields.get("t")
    if not isinstance(name, str):
        raise WireError("bad_message", "t")
    kind = next((kind for kind in kinds if tag_of(kind) == name), None)
    if kind is None:
        raise WireError("unknown_type")
    # Unknown keys are ignored here, unlike in sealed messages (SPEC §1).
    known = field_names(kind) | {"t"}
    try:
        return read(kind, {key: value for key, value in fields.items() if key in known})
    except WireError as error:
        raise WireError("bad_message", error.detail) from None


def _object(text: str | bytes) -> dict[str, object]:
    # Length before copying, depth before building (INV-F2).
    if len(text) > TEXT_MESSAGE_BYTES:
        raise WireError("too_big")
    try:
        data = text.encode("utf-8") if isinstance(text, str) else text
    except UnicodeEncodeError:
        raise WireError("bad_message", "lone surrogate") from None
    if len(data) > TEXT_MESSAGE_BYTES:
        raise WireError("too_big")
    if nests_too_deep(data):
        raise WireError("bad_message", "nested too deep")
    try:
        value = msgspec.json.decode(data)
    except msgspec.DecodeError:
        raise WireError("bad_message", "not JSON") from None
    if not isinstance(value, dict):
        raise WireError("bad_message", "not an object")
    return value
