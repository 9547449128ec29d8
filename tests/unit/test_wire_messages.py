"""Messages between an end and the relay: limits before allocation, and who may say what (SPEC §5)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from wire import messages
from wire.errors import WireError
from wire.reasons import CLOSE_CODE_OF, CloseCode, EndReason, ErrorCode
from wire.structs import Message, tag_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Decoder = Callable[[str | bytes], Message]

DECODERS: dict[Decoder, set[str]] = {
    messages.decode_from_device: {"hello", "pake_b", "record", "abort"},
    messages.decode_from_console: {"pake_a", "pake_confirm", "abort"},
    messages.decode_for_device: {
        "challenge", "code", "redeemed", "pake_a", "pake_confirm", "ended", "error",
    },
    messages.decode_for_console: {"pake_b", "record", "ended", "error"},
}  # fmt: skip
SAMPLES: list[Message] = [
    messages.Challenge(rc=bytes(32), origin="https://relay.example"),
    messages.Hello(hello=b"{}", sig=bytes(64)),
    messages.CodeMsg(locator="01234", rs=bytes(16), ttl=600),
    messages.Redeemed(session="0" * 32),
    messages.PakeA(hello=b"{}", y=bytes(32)),
    messages.PakeB(y=bytes(32), tag=bytes(64)),
    messages.PakeConfirm(tag=bytes(64)),
    messages.RecordMsg(rec=b"{}"),
    messages.Abort(),
    messages.Ended(reason=EndReason.IDLE, at=1),
    messages.ErrorMsg(code=ErrorCode.TRY_LATER),
    messages.ErrorMsg(code=ErrorCode.TOO_MANY, wait_s=900),
]


@pytest.mark.parametrize("decode", DECODERS, ids=lambda decode: decode.__name__)
@pytest.mark.parametrize("message", SAMPLES, ids=lambda message: tag_of(type(message)))
def test_a_reader_takes_the_types_its_sender_says_and_no_other(decode: Decoder, message: Message) -> None:
    """INV-G1: every type names its sender; what another says is unknown here."""
    text = messages.encode(message)
    if tag_of(type(message)) in DECODERS[decode]:
        assert decode(text) == message
    else:
        with pytest.raises(WireError) as caught:
            decode(text)
        assert caught.value.code == "unknown_type"


def test_every_message_type_is_tried() -> None:
    assert {tag_of(type(sample)) for sample in SAMPLES} == set().union(*DECODERS.values())


@pytest.mark.parametrize(
    "text",
    [
        b"\xff" * 16_385,
        "\ud800" * 16_385,
        "\u00e5" * 8_193,
        b"[" * 1_000_000,
    ],
    ids=["not-utf8", "surrogates", "two-byte-letters", "a-megabyte"],
)
def test_length_is_judged_in_bytes_before_anything_is_read(text: str | bytes) -> None:
    """INV-F2."""
    with pytest.raises(WireError) as caught:
        messages.decode_from_console(text)
    assert caught.value.code == "too_big"


@pytest.mark.parametrize(
    "text", [b"\xff{}", "\ud800", '{"t":"abort","x":"\ud800"}', "[" * 16_000, b'{"t":"abort"}\0']
)
def test_what_no_parser_should_see_is_a_bad_message(text: str | bytes) -> None:
    """INV-F1: a refusal, not an exception of another kind."""
    with pytest.raises(WireError) as caught:
        messages.decode_from_console(text)
    assert caught.value.code == "bad_message"


def test_a_refusal_never_repeats_the_value() -> None:
    """INV-C4: the detail names field and rule."""
    for fields in ({"y": "c2VjcmV0LXZhbHVl"}, {"y": "secret-value!"}, {"y": 1}, {}):
        with pytest.raises(WireError) as caught:
            messages.decode_from_device(json.dumps({"t": "pake_b", "tag": "A" * 86} | fields))
        assert "c2Vj" not in str(caught.value)
        assert "secret" not in str(caught.value)
    for text in ('{"t":"ended","reason":"secret","at":1}', '{"t":"error","code":"secret"}'):
        with pytest.raises(WireError) as caught:
            messages.decode_for_console(text)
        assert caught.value.detail in {"reason", "code"}


def test_every_error_has_its_close_code() -> None:
    assert CLOSE_CODE_OF.keys() == set(ErrorCode)
    unsaid = set(CloseCode) - set(CLOSE_CODE_OF.values())
    assert unsaid == {CloseCode.ENDED, CloseCode.TOO_BIG}
