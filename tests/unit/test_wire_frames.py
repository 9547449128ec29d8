"""Frame headers: every field, every stream (SPEC §4)."""

from __future__ import annotations

import pytest

from wire.errors import WireError
from wire.frames import (
    FROM_CONSOLE,
    FROM_DEVICE,
    FROM_DEVICE_DIRECT,
    Header,
    Stream,
    pack_header,
    parse_header,
)
from wire.limits import SEQ_LIMIT

BODY = bytes(16)


@pytest.mark.parametrize("stream", Stream)
def test_a_header_reads_as_it_was_written(stream: Stream) -> None:
    for seq in (0, 1, 255, 256, SEQ_LIMIT - 1):
        header = Header(stream, seq)
        assert parse_header(pack_header(header) + BODY, frozenset({stream})) == header


@pytest.mark.parametrize("seq", [-1, SEQ_LIMIT])
def test_a_number_out_of_range_is_never_written(seq: int) -> None:
    with pytest.raises(WireError, match="seq"):
        pack_header(Header(Stream.T2D_CONTROL, seq))


MEDIA = {Stream.D2T_PICTURE_WS, Stream.D2T_PICTURE_DC, Stream.D2T_SOUND_WS, Stream.D2T_SOUND_DC}


def test_every_stream_has_one_direction_and_one_carrier() -> None:
    ways = (FROM_CONSOLE, FROM_DEVICE, FROM_DEVICE_DIRECT)
    assert sorted(stream for way in ways for stream in way) == list(Stream)


@pytest.mark.parametrize(
    "allowed", [FROM_CONSOLE, FROM_DEVICE, FROM_DEVICE_DIRECT], ids=["console", "device", "device, directly"]
)
def test_a_stream_number_passes_only_from_its_own_end(allowed: frozenset[Stream]) -> None:
    for number in range(256):
        frame = bytes([1, number, 0, 0]) + bytes(8) + BODY
        if number in set(allowed):
            assert parse_header(frame, allowed).stream == number
        else:
            with pytest.raises(WireError, match="stream"):
                parse_header(frame, allowed)


@pytest.mark.parametrize("size", range(28))
def test_a_frame_without_room_for_header_and_tag_is_refused(size: int) -> None:
    with pytest.raises(WireError, match="size"):
        parse_header((pack_header(Header(Stream.D2T_CONTROL, 0)) + BODY)[:size], FROM_DEVICE)


@pytest.mark.parametrize("stream", Stream)
def test_only_pictures_and_sound_may_leave_gaps(stream: Stream) -> None:
    assert stream.follows(5, 5)
    assert not stream.follows(4, 5)
    assert stream.follows(6, 5) is (stream in MEDIA)


def test_stream_names_are_those_that_go_into_keys() -> None:
    names = [stream.name_on_wire for stream in Stream]
    assert names[:4] == ["t2d control", "t2d link", "d2t control", "d2t picture ws"]
    assert names[4:] == ["d2t picture dc", "d2t sound ws", "d2t sound dc"]
