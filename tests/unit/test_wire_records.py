"""Device records: writer and reader hold one chain (SPEC §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wire.commands import ActionClass, Grant, Outcome
from wire.encoding import sha256_b64
from wire.errors import WireError
from wire.reasons import EndReason
from wire.records import (
    FIRST_DPREV,
    ActionRecord,
    ConsentRecord,
    EndRecord,
    PairedRecord,
    RecordReader,
    RecordWriter,
)

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
DPK = KEY.public_key().public_bytes_raw()
TH = bytes(range(64))
AUTH, COMMAND, BADGE = (sha256_b64(name) for name in (b"auth", b"command", b"badge"))


def check(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def writer() -> RecordWriter:
    return RecordWriter(TH, KEY.sign)


def reader(th: bytes = TH, dpk: bytes = DPK) -> RecordReader:
    return RecordReader(th, dpk, check)


def press(chain: RecordWriter, path: str = "") -> bytes:
    return chain.action(dts=3, frame=COMMAND, action_class=ActionClass.KEY, path=path, outcome=Outcome.DONE)


def session() -> list[bytes]:
    chain = writer()
    return [
        chain.paired(dts=1, frame=AUTH, badge=BADGE),
        chain.consent(dts=2, grants=[Grant.VIEW, Grant.KEYS, Grant.VIEW], for_s=1_800),
        press(chain, "picture.mode"),
        chain.end(dts=4, reason=EndReason.TECHNICIAN_LEFT, frame=COMMAND),
    ]


def test_a_session_reads_as_it_was_written() -> None:
    """INV-D1, INV-D3."""
    lines, chain = session(), reader()
    prevs = [FIRST_DPREV, *map(sha256_b64, lines)]
    assert [chain.read(line) for line in lines] == [
        PairedRecord(0, prevs[0], 1, AUTH, BADGE),
        ConsentRecord(1, prevs[1], 2, "", (Grant.KEYS, Grant.VIEW), 1_800),
        ActionRecord(2, prevs[2], 3, COMMAND, ActionClass.KEY, "picture.mode", Outcome.DONE, ""),
        EndRecord(3, prevs[3], 4, COMMAND, EndReason.TECHNICIAN_LEFT, ""),
    ]
    assert (chain.count, chain.head) == (4, prevs[4])


def test_writer_and_reader_stand_at_the_same_place() -> None:
    writing, reading = writer(), reader()
    steps: list[Callable[[RecordWriter], bytes]] = [
        lambda chain: chain.paired(dts=1, frame=AUTH, badge=BADGE),
        press,
    ]
    for step in steps:
        reading.read(step(writing))
        assert (writing.count, writing.head) == (reading.count, reading.head)


@pytest.mark.parametrize("flip", range(0, 300, 7))
def test_a_changed_byte_anywhere_is_refused(flip: int) -> None:
    """INV-D2: chain and signature cover every byte."""
    line = bytearray(session()[0])
    line[flip % len(line)] ^= 1
    with pytest.raises(WireError, match="bad_record"):
        reader().read(bytes(line))


def test_a_record_of_another_session_is_refused() -> None:
    with pytest.raises(WireError, match="signature"):
        reader(th=bytes(64)).read(session()[0])


def test_a_record_of_another_device_is_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))).public_key().public_bytes_raw()
    with pytest.raises(WireError, match="signature"):
        reader(dpk=other).read(session()[0])


def test_the_checker_hears_the_devices_key_and_the_signed_bytes() -> None:
    heard: list[tuple[bytes, int, bytes]] = []

    def listen(public: bytes, signature: bytes, message: bytes) -> bool:
        heard.append((public, len(signature), message[:20]))
        return True

    RecordReader(TH, DPK, listen).read(session()[0])
    assert heard == [(DPK, 64, b"ra1/record\0" + b"\x40" + TH[:8])]


def test_a_refusal_leaves_the_reader_where_it_was() -> None:
    lines, chain = session(), reader()
    chain.read(lines[0])
    for wrong in (lines[0], lines[2], b"{}", b""):
        with pytest.raises(WireError):
            chain.read(wrong)
    assert chain.read(lines[1]).dseq == 1


WRONG_STEPS: dict[str, Callable[[RecordWriter], bytes]] = {
    "consent first": lambda chain: chain.consent(dts=1, grants=[], for_s=0),
    "action first": press,
    "paired without a frame": lambda chain: chain.paired(dts=1, frame="", badge=BADGE),
    "paired without a badge": lambda chain: chain.paired(dts=1, frame=AUTH, badge=""),
    "before the epoch": lambda chain: chain.paired(dts=-1, frame=AUTH, badge=BADGE),
    "root that is no hash": lambda chain: chain.end(dts=1, reason=EndReason.IDLE, rec_root="x"),
}


@pytest.mark.parametrize("step", WRONG_STEPS.values(), ids=WRONG_STEPS.keys())
def test_a_writer_never_sends_what_a_reader_refuses(step: Callable[[RecordWriter], bytes]) -> None:
    chain = writer()
    with pytest.raises(WireError, match="bad_record"):
        step(chain)
    assert (chain.count, chain.head) == (0, FIRST_DPREV)


def test_nothing_follows_the_end() -> None:
    """INV-B6: one end, one reason."""
    chain = writer()
    chain.end(dts=1, reason=EndReason.BADGE_REFUSED, frame=AUTH)
    with pytest.raises(WireError, match="after the end"):
        chain.end(dts=2, reason=EndReason.IDLE)


def test_pairing_happens_once() -> None:
    chain = writer()
    chain.paired(dts=1, frame=AUTH, badge=BADGE)
    with pytest.raises(WireError, match="wrong place"):
        chain.paired(dts=2, frame=AUTH, badge=BADGE)


@pytest.mark.parametrize("path", ["x" * 129, "a\nb", "\u00e5", "\x7f"])
def test_a_setting_path_is_short_printable_ascii(path: str) -> None:
    """INV-D6: no record can forge another line."""
    chain = writer()
    chain.paired(dts=1, frame=AUTH, badge=BADGE)
    with pytest.raises(WireError, match="path"):
        press(chain, path)


@pytest.mark.parametrize("size", [0, 32, 63, 65])
def test_a_chain_needs_a_whole_transcript_hash(size: int) -> None:
    with pytest.raises(WireError):
        RecordWriter(bytes(size), KEY.sign)
    with pytest.raises(WireError):
        RecordReader(bytes(size), DPK, check)
