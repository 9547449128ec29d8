"""Sealed frames: changed, repeated, missing, foreign or too many, they do not open (seal/SPEC §3)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from seal.errors import SealError
from seal.frames import Opener, Sealer, pad, unpad
from seal.keys import SessionKeys, expand
from tests.unit.seal_runs import Pair, pair
from wire.frames import FROM_CONSOLE, FROM_DEVICE, Stream
from wire.limits import SEQ_LIMIT

PICTURE = Stream.D2T_PICTURE_WS
CONTROL = [stream for stream in Stream if not stream.follows(1, 0)]


def ends(stream: Stream, keys: Pair | None = None) -> tuple[Sealer, Opener]:
    both = keys or pair()
    sender, receiver = (both.console, both.device) if stream in FROM_CONSOLE else (both.device, both.console)
    return sender.sealer(stream), receiver.opener(stream)


@pytest.mark.parametrize("stream", Stream)
def test_what_was_sealed_opens_in_order(stream: Stream) -> None:
    sealer, opener = ends(stream)
    plaintexts = [b"", b"one", b"two" * 100]
    assert [opener.open(sealer.seal(plaintext)) for plaintext in plaintexts] == plaintexts


@pytest.mark.proves("R98", "P5", by="sealing is the identity")
@pytest.mark.parametrize("stream", [Stream.T2D_CONTROL, PICTURE])
def test_no_bit_of_a_frame_can_be_changed(stream: Stream) -> None:
    """INV-C1: header, ciphertext and tag alike."""
    for bit in range(8 * (12 + 3 + 16)):
        sealer, opener = ends(stream)
        frame = bytearray(sealer.seal(b"one"))
        frame[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealError, match="bad_frame"):
            opener.open(bytes(frame))


@pytest.mark.parametrize("stream", Stream)
def test_a_frame_never_opens_twice(stream: Stream) -> None:
    """INV-B4: replay."""
    sealer, opener = ends(stream)
    frame = sealer.seal(b"one")
    opener.open(frame)
    with pytest.raises(SealError, match="replayed"):
        opener.open(frame)


@pytest.mark.parametrize("stream", CONTROL)
def test_a_missing_frame_ends_a_control_stream(stream: Stream) -> None:
    sealer, opener = ends(stream)
    frames = [sealer.seal(b"one"), sealer.seal(b"two"), sealer.seal(b"three")]
    opener.open(frames[0])
    with pytest.raises(SealError, match="missing"):
        opener.open(frames[2])


def test_a_missing_picture_is_passed_over_but_never_comes_late() -> None:
    """INV-F3: stale pictures may be dropped; old ones are never shown."""
    sealer, opener = ends(PICTURE)
    frames = [sealer.seal(bytes([number])) for number in range(4)]
    assert opener.open(frames[0]) == b"\0"
    assert opener.open(frames[2]) == b"\2"
    with pytest.raises(SealError, match="late"):
        opener.open(frames[1])


@pytest.mark.parametrize("stream", Stream)
def test_after_a_refusal_nothing_opens_any_more(stream: Stream) -> None:
    sealer, opener = ends(stream)
    frame = sealer.seal(b"one")
    with pytest.raises(SealError, match="bad_frame"):
        opener.open(frame[:-1] + bytes([frame[-1] ^ 1]))
    with pytest.raises(SealError, match="closed"):
        opener.open(frame)


@pytest.mark.parametrize("stream", Stream)
@pytest.mark.parametrize("other", Stream)
def test_a_frame_opens_on_its_own_stream_only(stream: Stream, other: Stream) -> None:
    """INV-C1: neither as it is nor relabelled, whichever end sent it."""
    if stream is other:
        return
    keys = pair()
    sealer, _ = ends(stream, keys)
    frame = sealer.seal(b"one")
    relabelled = frame[:1] + bytes([other]) + frame[2:]
    for attempt in (frame, relabelled):
        _, opener = ends(other, pair())
        with pytest.raises(SealError, match="bad_frame"):
            opener.open(attempt)


def test_a_frame_of_another_session_does_not_open() -> None:
    sealer, _ = ends(Stream.T2D_CONTROL, pair("one"))
    _, opener = ends(Stream.T2D_CONTROL, pair("two"))
    with pytest.raises(SealError, match="does not open"):
        opener.open(sealer.seal(b"one"))


@pytest.mark.parametrize("size", range(12 + 3 + 16))
def test_a_frame_cut_anywhere_is_refused(size: int) -> None:
    sealer, opener = ends(Stream.D2T_CONTROL)
    with pytest.raises(SealError, match="bad_frame"):
        opener.open(sealer.seal(b"one")[:size])


def test_an_epoch_other_than_0_is_refused_even_if_well_sealed() -> None:
    header = bytes([1, Stream.T2D_CONTROL, 0, 1]) + bytes(8)
    frame = header + AESGCM(bytes(32)).encrypt(bytes(12), b"one", header)
    with pytest.raises(SealError, match="epoch"):
        Opener(Stream.T2D_CONTROL, bytes(32), bytes(12)).open(frame)


def test_the_frame_is_the_one_of_the_specification() -> None:
    """Nonce and AAD, computed here by hand."""
    key, iv = bytes(range(32)), bytes(range(100, 112))
    sealer = Sealer(Stream.T2D_LINK, key, iv)
    for number in range(3):
        header = bytes([1, 2, 0, 0]) + number.to_bytes(8, "big")
        nonce = iv[:4] + bytes(a ^ b for a, b in zip(iv[4:], number.to_bytes(8, "big"), strict=True))
        assert sealer.seal(b"x") == header + AESGCM(key).encrypt(nonce, b"x", header)


def test_a_sealer_stops_before_its_numbers_run_out() -> None:
    """INV-C3: a number never comes again under its key."""
    sealer = Sealer(Stream.T2D_LINK, bytes(32), bytes(12))
    sealer._next = SEQ_LIMIT - 1
    assert sealer.seal(b"x")[4:12] == (SEQ_LIMIT - 1).to_bytes(8, "big")
    for _ in range(2):
        with pytest.raises(SealError, match="exhausted"):
            sealer.seal(b"x")


@pytest.mark.parametrize("stream", Stream)
def test_a_frame_of_the_largest_size_passes_and_a_larger_one_is_never_made(stream: Stream) -> None:
    sealer, opener = ends(stream)
    room = stream.max_bytes - 28
    frame = sealer.seal(bytes(room))
    assert len(frame) == stream.max_bytes
    assert len(opener.open(frame)) == room
    with pytest.raises(SealError, match="too_big"):
        sealer.seal(bytes(room + 1))
    assert opener.open(sealer.seal(b"next")) == b"next", "a refusal uses no number up"


@pytest.mark.parametrize("stream", Stream)
def test_each_end_has_one_sealer_or_one_opener_of_a_stream(stream: Stream) -> None:
    """INV-C3: two sealers would use every nonce twice."""
    keys = pair()
    sender, receiver = (keys.console, keys.device) if stream in FROM_CONSOLE else (keys.device, keys.console)
    sender.sealer(stream)
    receiver.opener(stream)
    with pytest.raises(SealError, match="closed"):
        sender.sealer(stream)
    with pytest.raises(SealError, match="closed"):
        receiver.opener(stream)
    with pytest.raises(SealError, match="wrong_direction"):
        sender.opener(stream)
    with pytest.raises(SealError, match="wrong_direction"):
        receiver.sealer(stream)


def test_wiped_keys_seal_and_open_nothing() -> None:
    """INV-B1: the end of a session is the end of its keys, also of those already handed out."""
    keys = pair()
    sealer, opener = keys.device.sealer(PICTURE), keys.device.opener(Stream.T2D_CONTROL)
    frame = keys.console.sealer(Stream.T2D_CONTROL).seal(b"one")
    keys.device.wipe()
    with pytest.raises(SealError, match="closed"):
        sealer.seal(b"one")
    with pytest.raises(SealError, match="closed"):
        opener.open(frame)
    with pytest.raises(SealError, match="closed"):
        keys.device.sealer(Stream.D2T_CONTROL)
    with pytest.raises(SealError, match="closed"):
        keys.device.opener(Stream.T2D_LINK)


def test_every_stream_session_and_transcript_has_a_key_of_its_own() -> None:
    """INV-C1."""
    prks = [bytes([number]) * 64 for number in range(2)]
    ths = [bytes([number]) * 64 for number in range(2)]
    keys = [expand(prk, stream, th) for prk in prks for th in ths for stream in Stream]
    assert len({key for key, _ in keys}) == len({iv for _, iv in keys}) == len(keys) == 4 * len(Stream)
    assert {(len(key), len(iv)) for key, iv in keys} == {(32, 12)}


def test_keys_depend_on_the_session_id_as_salt() -> None:
    plain = b"x"
    frames = []
    for sid in (bytes(32), b"\1" * 32):
        keys = SessionKeys(isk=bytes(64), sid=sid, th=bytes(64), sends=FROM_DEVICE)
        frames.append(keys.sealer(PICTURE).seal(plain))
    assert frames[0] != frames[1]


@pytest.mark.parametrize("size", [1, 61, 62, 63, 126, 127, 16_384])
def test_padding_hides_size_in_steps_of_64(size: int) -> None:
    padded = pad(b"x" * size)
    assert len(padded) % 64 == 0
    assert len(padded) - size - 2 < 64
    assert unpad(padded) == b"x" * size


@pytest.mark.parametrize("size", [0, 16_385])
def test_nothing_and_too_much_cannot_be_padded(size: int) -> None:
    with pytest.raises(SealError, match="too_big"):
        pad(b"x" * size)


def test_wiped_keys_make_and_judge_no_signs_of_life() -> None:
    both = pair()
    tag = both.console.alive.of_console(1, 1, 0)
    both.device.alive.check_console(1, 1, 0, tag)
    both.device.wipe()
    for use in (
        lambda: both.device.alive.check_console(1, 1, 0, tag),
        lambda: both.device.alive.of_device(1, 1, 0),
        lambda: both.device.alive.of_console(1, 1, 0),
    ):
        with pytest.raises(SealError, match="closed"):
            use()
