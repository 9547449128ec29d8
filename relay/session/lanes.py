"""The clear headers of a session's frames, judged stream by stream (SPEC §4, §9). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from relay.session.bucket import TokenBucket
from wire.errors import WireError
from wire.frames import Header, Stream, parse_header
from wire.limits import (
    CONSOLE_BYTES_BURST,
    CONSOLE_BYTES_PER_S,
    CONTROL_FRAMES_BURST,
    CONTROL_FRAMES_PER_S,
    LINK_FRAMES_BURST,
    LINK_FRAMES_PER_S,
    SEQ_LIMIT,
)


class Breach(StrEnum):
    """Why a frame may not pass."""

    FORM = "form"
    ORDER = "order"
    RATE = "rate"
    USED_UP = "used_up"


@dataclass(slots=True)
class _Lane:
    expected: int = 0
    bucket: TokenBucket | None = None


class Lanes:
    """Both directions of one session."""

    def __init__(self, now: float) -> None:
        control = TokenBucket(per_s=CONTROL_FRAMES_PER_S, burst=CONTROL_FRAMES_BURST, now=now)
        link = TokenBucket(per_s=LINK_FRAMES_PER_S, burst=LINK_FRAMES_BURST, now=now)
        self._bytes = TokenBucket(per_s=CONSOLE_BYTES_PER_S, burst=CONSOLE_BYTES_BURST, now=now)
        self._lanes = {
            Stream.T2D_CONTROL: _Lane(bucket=control),
            Stream.T2D_LINK: _Lane(bucket=link),
            Stream.D2T_CONTROL: _Lane(),
            Stream.D2T_PICTURE_WS: _Lane(),
            Stream.D2T_SOUND_WS: _Lane(),
        }

    def judge(self, frame: bytes, allowed: frozenset[Stream], now: float) -> Header | Breach:
        """The header of a frame that may pass; a frame that may not ends the session."""
        try:
            header = parse_header(frame, allowed)
        except WireError:
            return Breach.FORM
        lane = self._lanes[header.stream]
        if not header.stream.follows(header.seq, lane.expected):
            return Breach.ORDER
        if lane.bucket is not None and not (lane.bucket.take(now) and self._bytes.take(now, len(frame))):
            return Breach.RATE
        lane.expected = header.seq + 1
        # The last number is never used: the stream ends before it, with a reason that says so.
        return Breach.USED_UP if lane.expected >= SEQ_LIMIT else header
