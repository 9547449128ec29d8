"""sid, CI and TH (SPEC §5.4): public values that both ends and the relay compute alike."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from wire.encoding import lv
from wire.hellos import SUITE

SID_BYTES = 32
TH_BYTES = 64


class ShownBy(StrEnum):
    """Which end shows the code, and so draws its secret; the other end's person types it."""

    DEVICE = "device"
    CONSOLE = "console"


def sid(nd: bytes, nt: bytes, rs: bytes) -> bytes:
    """Session id of the key agreement, from nonces of all three parties: nobody chooses it alone."""
    return hashlib.sha512(b"ra1/sid" + lv(nd, nt, rs)).digest()[:SID_BYTES]


def channel_identifier(*, origin: str, locator: str, shown_by: ShownBy, dev: str) -> bytes:
    """CI: what both ends must believe of the channel for the keys to agree."""
    return lv("ra1", SUITE, origin, locator, shown_by, "console", "device", dev)


def transcript_hash(  # noqa: PLR0917 - the order of SPEC §5.4
    hello_d: bytes, hello_t: bytes, ci: bytes, sid: bytes, ya: bytes, yb: bytes, tb: bytes, ta: bytes
) -> bytes:
    """TH: names this one run of the key agreement in every key, record and signature after it."""
    return hashlib.sha512(b"ra1/th" + lv(hello_d, hello_t, ci, sid, ya, yb, tb, ta)).digest()
