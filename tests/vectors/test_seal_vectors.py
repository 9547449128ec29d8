"""Every case of `seal/vectors`, against the Python implementation."""

from __future__ import annotations

from typing import Any

import pytest

from relay.session.alive import key_of
from seal import messages
from seal.errors import SealError
from seal.frames import Opener, Sealer, pad, unpad
from seal.handshake import ConsoleHandshake, DeviceHandshake
from seal.keys import SessionKeys
from seal.pictures import Codec, PictureHead, pack_picture, unpack_picture
from seal.proofs import is_proof, pack_proof, unpack_proof
from seal.sound import SoundHead, pack_sound, unpack_sound
from seal.stills import pack_part, unpack_part
from tests.vectors.files import SEAL, Case, cases, document
from wire.frames import FROM_CONSOLE, Stream
from wire.structs import write
from wire.transcript import ShownBy

OTHER_SIDE = SEAL / "transcript-from-js.json"
OUR_SIDE = SEAL / "transcript-from-python.json"
# Runs that were written down before there were data channels and sound name these alone.
FIRST_STREAMS = {Stream(number) for number in range(1, 5)}


def refusal(case: Case, run: Any) -> None:
    with pytest.raises(SealError) as caught:
        run()
    assert caught.value.code == case["error"]


def console_of(case: Case) -> ConsoleHandshake:
    end = case["console"]
    return ConsoleHandshake(
        hello_d=end["hello_d"].encode(),
        hello_t=end["hello_t"].encode(),
        locator=end["locator"],
        secret=end["secret"],
        rs=bytes.fromhex(end["rs_hex"]),
        origin=end["origin"],
        shown_by=ShownBy(end.get("shown_by", "device")),
    )


def device_of(case: Case) -> DeviceHandshake:
    end = case["device"]
    return DeviceHandshake(
        hello_d=end["hello_d"].encode(),
        locator=end["locator"],
        secret=end["secret"],
        rs=bytes.fromhex(end["rs_hex"]),
        origin=end["origin"],
        shown_by=ShownBy(end.get("shown_by", "device")),
    )


def delivered(case: Case, name: str) -> bytes:
    """What arrives under this name: what was sent, unless the relay put something else in its place."""
    return bytes.fromhex(case["relay"].get(name, case["expect"].get(name, "")))


def sent(case: Case, name: str) -> bytes:
    return bytes.fromhex(case["expect"][name])


@pytest.mark.parametrize("case", [*cases(OUR_SIDE), *cases(OTHER_SIDE)])
def test_a_run_of_the_handshake(case: Case) -> None:
    """INV-C1: both ends, in every run written down; who stops it, and at which step."""
    assert "missing" not in case, "each side's file must be there: the sides check each other"
    stop = (case.get("refused_by"), case.get("at"))
    if stop == ("console", "prepare"):
        return refusal(case, lambda: console_of(case))
    console, device = console_of(case), device_of(case)
    assert console.start(bytes.fromhex(case["console"]["scalar_hex"])) == sent(case, "ya_hex")

    hello_t = case["relay"].get("hello_t", case["console"]["hello_t"]).encode()
    ya, scalar = delivered(case, "ya_hex"), bytes.fromhex(case["device"]["scalar_hex"])
    if stop == ("device", "answer"):
        return refusal(case, lambda: device.answer(hello_t, ya, scalar))
    assert device.answer(hello_t, ya, scalar) == (sent(case, "yb_hex"), sent(case, "tb_hex"))

    yb, tb = delivered(case, "yb_hex"), delivered(case, "tb_hex")
    if stop == ("console", "finish"):
        return refusal(case, lambda: console.finish(yb, tb))
    ta, console_keys = console.finish(yb, tb)
    assert ta == sent(case, "ta_hex")

    if stop == ("device", "confirm"):
        return refusal(case, lambda: device.confirm(delivered(case, "ta_hex")))
    device_keys = device.confirm(delivered(case, "ta_hex"))
    assert console_keys.th == device_keys.th == sent(case, "th_hex")

    sealers = {s: (console_keys if s in FROM_CONSOLE else device_keys).sealer(s) for s in Stream}
    openers = {s: (device_keys if s in FROM_CONSOLE else console_keys).opener(s) for s in Stream}
    assert {frame["stream"] for frame in case["expect"]["frames"]} >= FIRST_STREAMS
    for frame in case["expect"]["frames"]:
        stream, plaintext = Stream(frame["stream"]), bytes.fromhex(frame["plaintext_hex"])
        assert sealers[stream].seal(plaintext).hex() == frame["frame_hex"]
        assert openers[stream].open(bytes.fromhex(frame["frame_hex"])) == plaintext
    return None


def stream_key(stream: Stream) -> tuple[bytes, bytes]:
    key = document(SEAL / "sealed_frames.json")["streams"][str(int(stream))]
    return bytes.fromhex(key["key_hex"]), bytes.fromhex(key["iv_hex"])


@pytest.mark.parametrize("case", cases(SEAL / "sealed_frames.json"))
def test_sealed_frames(case: Case) -> None:
    stream = Stream(case["stream"])
    opener = Opener(stream, *stream_key(stream))
    frames = [bytes.fromhex(frame) for frame in case["frames"]]
    opened = [opener.open(frame).hex() for frame in frames[: case.get("refused_at", len(frames))]]
    if case["result"] == "valid":
        assert opened == case["plaintexts"]
        return
    refusal(case, lambda: opener.open(frames[case["refused_at"]]))
    next_in_order = Sealer(stream, *stream_key(stream))
    good = [next_in_order.seal(b"x") for _ in range(case["refused_at"] + 1)][-1]
    with pytest.raises(SealError, match="closed"):
        opener.open(good)


@pytest.mark.parametrize("case", cases(SEAL / "padding.json"))
def test_padding(case: Case) -> None:
    plaintext = bytes.fromhex(case["plaintext_hex"])
    if case["result"] == "refused":
        return refusal(case, lambda: unpad(plaintext))
    assert unpad(plaintext).hex() == case["data_hex"]
    assert pad(bytes.fromhex(case["data_hex"])) == plaintext
    return None


@pytest.mark.parametrize("case", cases(SEAL / "alive.json"))
def test_signs_of_life(case: Case) -> None:
    of = document(SEAL / "alive.json")
    isk, sid, th = (bytes.fromhex(of[name]) for name in ("isk_hex", "sid_hex", "th_hex"))
    tags = SessionKeys(isk=isk, sid=sid, th=th, sends=FROM_CONSOLE).alive
    tag = bytes.fromhex(case.get("tag_hex", ""))
    k, n, third = (int(case.get(name, 0)) for name in ("k", "n", "pic" if "pic" in case else "heard"))
    match case["op"]:
        case "of_console":
            assert tags.of_console(k, n, third) == tag
            tags.check_console(k, n, third, tag)
        case "of_device":
            assert tags.of_device(k, n, third) == tag
            tags.check_device(k, n, third, tag)
        case "check_console":
            refusal(case, lambda: tags.check_console(k, n, third, tag))
        case "check_device":
            refusal(case, lambda: tags.check_device(k, n, third, tag))
        case "key_of":
            assert key_of(case["ticket"]) == case["key"]
        case _:
            pytest.fail("an operation nobody knows")


@pytest.mark.parametrize("case", cases(SEAL / "picture_heads.json"))
def test_picture_heads(case: Case) -> None:
    plaintext = bytes.fromhex(case["plaintext_hex"])
    if case["result"] == "refused":
        return refusal(case, lambda: unpack_picture(plaintext))
    fields = dict(case["head"])
    head = PictureHead(codec=Codec(fields.pop("codec")), **fields)
    data = bytes.fromhex(case["data_hex"])
    assert unpack_picture(plaintext) == (head, data)
    assert pack_picture(head, data) == plaintext
    return None


@pytest.mark.parametrize("case", cases(SEAL / "still_parts.json"))
def test_parts_of_stills(case: Case) -> None:
    data = bytes.fromhex(case["data_hex"]) + bytes(case.get("zero_bytes", 0))
    if case["result"] == "refused":
        return refusal(case, lambda: unpack_part(data))
    start, size, part = unpack_part(data)
    assert (start, size, len(part)) == (case["start"], case["size"], case["bytes"])
    assert pack_part(start, size, part) == data
    return None


@pytest.mark.parametrize("case", cases(SEAL / "carrier_plaintexts.json"))
def test_plaintexts_of_sound_and_proofs(case: Case) -> None:
    plaintext = bytes.fromhex(case["plaintext_hex"]) + bytes(case.get("zero_bytes", 0))
    if case["result"] == "refused":
        unpack: Any = {"unpack_sound": unpack_sound, "unpack_proof": unpack_proof}[case["op"]]
        return refusal(case, lambda: unpack(plaintext))
    if case["op"] == "unpack_proof":
        assert is_proof(plaintext)
        assert unpack_proof(plaintext) == case["n"]
        assert pack_proof(case["n"]) == plaintext
        return None
    head, data = SoundHead(**case["head"]), bytes.fromhex(case["data_hex"])
    assert unpack_sound(plaintext) == (head, data)
    assert pack_sound(head, data) == plaintext
    return None


@pytest.mark.parametrize(
    "case", [*cases(SEAL / "sealed_messages.json"), *cases(SEAL / "carrier_messages.json")]
)
def test_sealed_messages(case: Case) -> None:
    decode = {
        "decode_t2d_control": messages.decode_t2d_control,
        "decode_t2d_link": messages.decode_t2d_link,
        "decode_d2t_control": messages.decode_d2t_control,
    }[case["op"]]
    plaintext = pad(case["text"].encode())
    if case["result"] == "refused":
        return refusal(case, lambda: decode(plaintext))
    message = decode(plaintext)
    assert write(message) == case["message"]
    assert messages.encode(message) == plaintext
    return None
