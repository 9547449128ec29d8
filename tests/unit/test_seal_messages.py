"""Sealed messages and picture heads: what an end can say at all (seal/SPEC §3, §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from seal import messages
from seal.errors import SealError
from seal.frames import pad
from wire.canonical import Json, dump, load
from wire.commands import Grant, RemoteKey
from wire.encoding import b64
from wire.reasons import EndReason

if TYPE_CHECKING:
    from wire.structs import Message

ASKS = (Grant.KEYS, Grant.VIEW)
SIG = bytes(range(64))
AUTH = messages.Auth(cred="a.b.c", asks=ASKS, request="R-2041", sig=SIG)

FROM_CONSOLE: list[Message] = [
    AUTH,
    *(messages.Key(key=key, hb=3) for key in RemoteKey),
    messages.Pointer(steps=(messages.Step(1, True, 0, 65_535),) * 16, hb=3),
    messages.Text(text="Đỗ", hb=3),
    messages.Setting(path="picture.mode", value="vivid", hb=3),
    messages.Point(x=0, y=65_535, hb=3),
    messages.Ask(asks=tuple(sorted(Grant)), hb=3),
    messages.Close(),
    messages.Pong(n=1),
    messages.Decode(codecs=(messages.Codec.H264, messages.Codec.JPEG)),
    messages.Ack(pic=1),
    messages.KeyFrame(),
]
FROM_DEVICE: list[Message] = [
    messages.Ping(n=1, dts=2),
    messages.Paired(enrol="", rec=b"{}", name="Vista 55 Q7"),
    messages.Consent(rec=b"{}"),
    messages.Settings(part=1, parts=1, items=(messages.Switch("a", "on"), messages.TextEntry("b", "", 9))),
    messages.Field(longest=0),
    *(messages.Current(pic=1, at=2, rtt=3, picture=state) for state in messages.PictureState),
    *(messages.DeviceClose(reason=reason, rec=b"{}") for reason in EndReason),
]
READERS = {
    messages.decode_t2d_control: (
        messages.Auth, messages.Key, messages.Pointer, messages.Text, messages.Setting, messages.Point,
        messages.Ask, messages.Close,
    ),
    messages.decode_t2d_link: (messages.Pong, messages.Decode, messages.Ack, messages.KeyFrame),
    messages.decode_d2t_control: (
        messages.Ping, messages.Paired, messages.Consent, messages.Current, messages.Settings,
        messages.Field, messages.DeviceClose,
    ),
}  # fmt: skip


@pytest.mark.proves("R98", "P7", by="a device takes any of the console's messages where commands are")
@pytest.mark.parametrize("decode", READERS, ids=lambda decode: decode.__name__)
def test_a_stream_carries_its_own_messages_and_no_other(decode: Any) -> None:
    """INV-B9, INV-G1: no message crosses to a stream where it would be a command."""
    for message in [*FROM_CONSOLE, *FROM_DEVICE]:
        if isinstance(message, READERS[decode]):
            assert decode(messages.encode(message)) == message
        else:
            with pytest.raises(SealError, match="bad_message"):
                decode(messages.encode(message))


def test_every_key_press_has_the_same_size() -> None:
    """INV-C1: the relay counts frames but cannot tell keys apart by their size."""
    sizes = {
        len(messages.encode(messages.Key(key=key, hb=hb))) for key in RemoteKey for hb in (0, 1, 999, 10**5)
    }
    assert sizes == {64}


def test_the_signature_of_auth_covers_all_the_rest() -> None:
    unsigned = load(messages.auth_without_sig(cred="a.b.c", asks=ASKS, request="R-2041"))
    assert unsigned == {"t": "auth", "cred": "a.b.c", "asks": ["keys", "view"], "request": "R-2041"}
    assert isinstance(unsigned, dict)
    assert messages.encode(AUTH) == pad(dump(unsigned | {"sig": b64(SIG)}))


@pytest.mark.parametrize(
    "make",
    [
        lambda: messages.Auth(cred="a", asks=(Grant.VIEW, Grant.KEYS), request="", sig=SIG),
        lambda: messages.Auth(cred="a", asks=(Grant.VIEW, Grant.VIEW), request="", sig=SIG),
        lambda: messages.Auth(cred="a", asks=ASKS, request="\u202e", sig=SIG),
        lambda: messages.Paired(enrol="", rec=b"{}", name=""),
        lambda: messages.Paired(enrol="", rec=b"{}", name="Vista\u200b"),
        lambda: messages.Decode(codecs=(messages.Codec.JPEG, messages.Codec.JPEG)),
    ],
)
def test_an_end_cannot_even_make_such_a_message(make: Any) -> None:
    with pytest.raises(ValueError, match=r"plain text|sorted|twice"):
        make()


@pytest.mark.parametrize(
    "json", [b"[" * 9 + b"]" * 9, b'{"t":"key","t":"close"}', b"\xff", b"1", b'"close"', b"{"]
)
def test_what_is_not_a_canonical_object_is_refused(json: bytes) -> None:
    for decode in READERS:
        with pytest.raises(SealError, match="bad_message"):
            decode(pad(json))


@pytest.mark.parametrize("plaintext", [b"", b"\0" * 64, b"\xff" * 64, bytes(63), b"\0\1" + b"x" * 62])
def test_what_is_not_padded_is_refused(plaintext: bytes) -> None:
    for decode in READERS:
        with pytest.raises(SealError, match="bad_padding"):
            decode(plaintext)


def test_ten_thousand_steps_are_refused_for_their_length_alone() -> None:
    """INV-F2."""
    step: Json = {"b": 0, "d": False, "x": 1, "y": 1}
    with pytest.raises(SealError):
        messages.decode_t2d_control(b"\xff\xff" + dump({"t": "pointer", "steps": [step] * 10_000, "hb": 1}))


@pytest.mark.parametrize("field", ["text", "value"])
def test_a_refusal_of_a_text_does_not_hold_it(field: str) -> None:
    """INV-C4."""
    said: dict[str, Json] = (
        {"t": "text", "hb": 1} if field == "text" else {"t": "setting", "path": "a", "hb": 1}
    )
    with pytest.raises(SealError) as caught:
        messages.decode_t2d_control(pad(dump(said | {field: "7391\n"})))
    assert "7391" not in str(caught.value)
    assert "7391" not in str(caught.value.__cause__)


def test_a_refusal_never_repeats_what_was_said() -> None:
    """INV-C4."""
    secret = "super_secret"
    said: list[Json] = [
        {"t": "key", "key": secret, "hb": 1},
        {"t": "key", "key": "up", "hb": 1, secret: 1},
        {"t": "close", "reason": secret},
        {"t": secret},
    ]
    for fields in said:
        with pytest.raises(SealError) as caught:
            messages.decode_t2d_control(pad(dump(fields)))
        assert secret not in str(caught.value)


HEAD = messages.PictureHead(
    pic=1, codec=messages.Codec.JPEG, key=False, width=1280, height=720, x=8, y=16, columns=64, rows=32, at=1
)


def test_a_strip_reads_as_it_was_packed() -> None:
    plaintext = messages.pack_picture(HEAD, b"data")
    assert len(plaintext) == 26 + 4
    assert messages.unpack_picture(plaintext) == (HEAD, b"data")


@pytest.mark.parametrize(
    "change",
    [
        {"pic": 0}, {"pic": 2**32}, {"width": 0}, {"width": 2**16}, {"height": 0}, {"height": 2**16},
        {"x": -1}, {"x": 1217}, {"columns": 0}, {"columns": 1273},
        {"y": -1}, {"y": 689}, {"rows": 0}, {"rows": 705}, {"at": -1}, {"at": 2**53},
        {"codec": messages.Codec.H264, "key": True}, {"codec": messages.Codec.AV1, "key": True},
        {"width": 2**15, "height": 2**10 + 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_head_out_of_range_cannot_be_made(change: dict[str, Any]) -> None:
    fields = {name: getattr(HEAD, name) for name in HEAD.__slots__}
    with pytest.raises(SealError, match="bad_message"):
        messages.PictureHead(**fields | change)
