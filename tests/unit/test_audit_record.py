"""How leaves are written, read and chained; docs/audit-format.md is the page for it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from relay.audit.leaf_types import FIELDS, FRAMES_PER_LEAF, LeafType, Role
from relay.audit.record import (
    FIRST_PREV,
    LEAF_BYTES,
    Broken,
    Leaf,
    LeafError,
    Whole,
    build_leaf,
    check_chain,
    leaf_hash,
    parse_leaf,
    pseudonym,
)
from wire.canonical import dump
from wire.encoding import b64, sha256_b64

SESSION = "5e" * 16
HASH = b64(bytes(32))
RECORD = b64(b"{}")
FITTING: dict[LeafType, dict[str, object]] = {
    LeafType.PIN_ISSUED: {"fw": "Vista 55 Q7 4.2.0", "ttl_s": 600},
    LeafType.PIN_REDEEMED: {"badge": HASH},
    LeafType.PIN_SHOWN: {"badge": HASH, "ttl_s": 600},
    LeafType.PIN_CLAIMED: {"fw": "Vista 55 Q7 4.2.0"},
    LeafType.PIN_EXPIRED: {},
    LeafType.PIN_CANCELLED: {"why": "device_left"},
    LeafType.REDEEM_REFUSED: {"why": "expired"},
    LeafType.REDEEM_ALARM: {"misses": 200, "window_s": 600},
    LeafType.SESSION_JOINED: {"side": "console"},
    LeafType.SESSION_CONSOLE: {"release": "5e" * 32, "served_by": "elsewhere"},
    LeafType.SESSION_PAIRED: {"rec": RECORD, "th": b64(bytes(64))},
    LeafType.SESSION_CONSENT: {"rec": RECORD},
    LeafType.SESSION_HIDE: {"rec": RECORD},
    LeafType.CONTROL_FRAMES: {"first": 3, "frames": [HASH, HASH]},
    LeafType.DEVICE_ACTION: {"rec": RECORD},
    LeafType.SESSION_DEVICE_CARD: {"known": True, "owner": False},
    LeafType.SESSION_END: {"reason": "customer_stopped", "rec": ""},
    LeafType.ACCOUNT_ADDED: {"role": "technician"},
    LeafType.ACCOUNT_SIGNED_IN: {"by": "password"},
    LeafType.ACCOUNT_SIGN_IN_REFUSED: {"why": "wrong"},
    LeafType.ACCOUNT_SIGNED_OUT: {},
    LeafType.ACCOUNT_PASSWORD_SET: {},
    LeafType.ACCOUNT_DISABLED: {},
    LeafType.CUSTOMER_ADDED: {},
    LeafType.CUSTOMER_VERIFIED: {},
    LeafType.CUSTOMER_SIGNED_IN: {"by": "passkey"},
    LeafType.CUSTOMER_SIGN_IN_REFUSED: {"why": "challenge"},
    LeafType.CUSTOMER_SIGNED_OUT: {},
    LeafType.CUSTOMER_PASSWORD_SET: {},
    LeafType.CUSTOMER_RECOVERED: {},
    LeafType.CUSTOMER_PASSKEY_ADDED: {},
    LeafType.CUSTOMER_PASSKEY_REMOVED: {},
    LeafType.CUSTOMER_ERASED: {},
    LeafType.BADGE_ISSUED: {"badge": HASH},
    LeafType.BADGE_REVOKED: {"badges": 2},
    LeafType.KEY_REVOKED: {"kid": HASH},
    LeafType.KEYSET_USED: {"keyset": HASH, "serial": 3, "until": 1_790_000_000},
    LeafType.STATUS_SIGNED: {"status": HASH, "badges": 2, "keys": 0},
    LeafType.ENROL_OFFERED: {},
    LeafType.ENROL_DONE: {"kid": HASH},
    LeafType.ENROL_REFUSED: {"why": "used"},
    LeafType.ENROL_MISSED: {"misses": 7},
    LeafType.ENROL_VOID: {},
    LeafType.DEVICE_SIGN_IN_ASKED: {},
    LeafType.DEVICE_SIGN_IN_DECIDED: {"answer": "allowed"},
    LeafType.DEVICE_SIGN_IN_DONE: {},
    LeafType.DEVICE_SIGN_IN_REFUSED: {"why": "other_device"},
    LeafType.IMPORT_BEGUN: {"table": "supply", "file": HASH},
    LeafType.IMPORT_DONE: {"table": "supply", "added": 7, "changed": 1, "same": 0, "refused": 2},
    LeafType.AUDIT_READ: {"session": SESSION},
    LeafType.CONSOLE_RELEASE: {"release": "5e" * 32},
    LeafType.SERVER_RESTORED: {"accounts": 1, "badges": 2, "keys": 3, "tokens": 4},
    LeafType.SERVER_STARTED: {"version": "0.1.0"},
    LeafType.SERVER_STOPPED: {},
}
# One value per field that the field must refuse.
UNFIT: dict[str, list[object]] = {
    "fw": [7, "x" * 65, "turned\u202e", "two\nlines"],
    "ttl_s": [-1, "600", True, 2**53],
    "misses": [-1, "200", True],
    "window_s": [-1, "600", True],
    "badge": ["", HASH[:-1], HASH + "A", b64(bytes(31)), 7],
    "why": ["", "Two words", "x" * 33, "=cmd()", 7],
    "answer": ["", "Not now", 7],
    "side": ["relay", "", 7],
    "release": ["", "5E" * 32, "5e" * 31, "5e" * 33, HASH, 7],
    "served_by": ["", "somebody", "https://console.example", 7],
    "rec": [7, "*", "A" * 5_500, "not base64"],
    "th": [b64(bytes(32)), "", 7],
    "first": [-1, "0", True],
    "frames": [[], HASH, [HASH[:-1]], [7], [HASH] * (FRAMES_PER_LEAF + 1)],
    "reason": ["", "Idle", "bored", 7],
    "role": ["", "Techni cian", 7],
    "by": ["", "pass word", 7],
    "session": [" ", SESSION.upper(), SESSION[:-1], SESSION + "0", 7],
    "badges": [-1, "2", True],
    "keys": [-1, "2", True],
    "accounts": [-1, "2", True],
    "tokens": [-1, "2", True],
    "kid": [HASH[:-1], HASH + "A", 7],
    "keyset": ["", HASH[:-1], 7],
    "status": ["", HASH[:-1], 7],
    "serial": [-1, "3", True],
    "until": [-1, "2026-01-01", True],
    "table": ["", "Two words", 7],
    "file": ["", HASH[:-1], 7],
    "added": [-1, "7", True],
    "changed": [-1, "1", True],
    "same": [-1, "0", True],
    "refused": [-1, "2", True],
    "known": [0, "yes", None],
    "owner": [1, "Anna", ""],
    "version": ["x" * 65, 7, "zero\u200bwidth"],
}


def leaf(typ: LeafType = LeafType.PIN_EXPIRED, *, seq: int = 0, prev: str = FIRST_PREV) -> Leaf:
    pid = pseudonym(salt=bytes(32), sess=SESSION, account="device")
    return Leaf(typ, 1_785_000_000_000 + seq, SESSION, seq, prev, Role.DEVICE, pid, FITTING[typ])


def chain(length: int) -> list[bytes]:
    leaves: list[bytes] = []
    for seq in range(length):
        prev = sha256_b64(leaves[-1]) if leaves else FIRST_PREV
        leaves.append(build_leaf(leaf(LeafType.PIN_ISSUED, seq=seq, prev=prev)))
    return leaves


def respelled(data: bytes, **changes: Any) -> bytes:
    return dump({**json.loads(data), **changes})


def test_every_type_of_leaf_has_a_case_here() -> None:
    assert FITTING.keys() == FIELDS.keys() == set(LeafType)
    assert set(UNFIT) == {name for fields in FIELDS.values() for name in fields}


@pytest.mark.parametrize("typ", LeafType)
def test_a_leaf_reads_back_as_it_was_written(typ: LeafType) -> None:
    data = build_leaf(leaf(typ))
    assert parse_leaf(data) == leaf(typ)
    assert json.loads(data).keys() == {"v", "typ", "ts", "sess", "seq", "prev", "by", "d", "pc"}


def test_a_leaf_is_written_in_exactly_these_bytes() -> None:
    """Auditors' own verifiers depend on every byte of it."""
    assert build_leaf(replace(leaf(LeafType.PIN_ISSUED), pid=HASH)) == (
        b'{"by":{"pid":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","role":"device"},'
        b'"d":{"fw":"Vista 55 Q7 4.2.0","ttl_s":600},"pc":{},'
        b'"prev":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","seq":0,'
        b'"sess":"5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e","ts":1785000000000,"typ":"pin.issued","v":1}'
    )


@pytest.mark.parametrize("typ", LeafType)
def test_a_leaf_with_a_field_more_or_less_is_not_written(typ: LeafType) -> None:
    facts = FITTING[typ]
    with pytest.raises(LeafError, match="exactly"):
        build_leaf(replace(leaf(typ), d={**facts, "name": "somebody"}))
    for missing in facts:
        with pytest.raises(LeafError, match="exactly"):
            build_leaf(replace(leaf(typ), d={name: facts[name] for name in facts if name != missing}))


@pytest.mark.parametrize(
    ("typ", "field", "value"),
    [(typ, field, value) for typ in LeafType for field in FITTING[typ] for value in UNFIT[field]],
)
def test_a_field_that_does_not_fit_is_named_and_its_value_is_not(
    typ: LeafType, field: str, value: object
) -> None:
    """INV-D6, INV-C4"""
    with pytest.raises(LeafError) as refused:
        build_leaf(replace(leaf(typ), d={**FITTING[typ], field: value}))
    assert field in str(refused.value)
    assert repr(value) not in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        {"ts": -1},
        {"seq": -1},
        {"sess": "5E" * 16},
        {"sess": ""},
        {"prev": ""},
        {"pid": "marta"},
        {"ts": 2**53},
    ],
)
def test_a_leaf_without_its_place_time_or_actor_is_not_written(change: dict[str, object]) -> None:
    """INV-D3"""
    with pytest.raises(LeafError):
        build_leaf(replace(leaf(), **change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": True},
        {"typ": "pin.opened"},
        {"ts": "1785000000000"},
        {"ts": True},
        {"by": {"role": "device"}},
        {"by": {"role": "stranger", "pid": HASH}},
        {"by": {"role": "device", "pid": HASH, "name": "x"}},
        {"d": {"why": "x"}},
        {"d": []},
        {"pc": {"name": HASH}},
        {"note": "x"},
    ],
)
def test_bytes_that_are_no_leaf_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(LeafError):
        parse_leaf(respelled(build_leaf(leaf()), **change))


def test_another_spelling_of_a_leaf_is_refused() -> None:
    data = build_leaf(leaf())
    for other in (data + b"\n", data.replace(b":", b": ", 1), b"", b"[]", b"\xff", data[:-1]):
        with pytest.raises(LeafError):
            parse_leaf(other)


def test_a_leaf_never_outgrows_what_the_log_can_hold() -> None:
    """tlog-tiles counts a leaf's bytes in 16 bits; the largest leaf of each type stays below."""
    widest = {"first": 2**20, "frames": [HASH] * FRAMES_PER_LEAF}
    assert len(build_leaf(replace(leaf(LeafType.CONTROL_FRAMES), d=widest))) <= LEAF_BYTES
    record = {"rec": b64(bytes(4_096))}
    assert len(build_leaf(replace(leaf(LeafType.DEVICE_ACTION), d=record))) <= LEAF_BYTES


def test_the_hash_of_a_leaf_is_that_of_rfc_6962() -> None:
    """RFC 6962 §2.1: the prefix keeps a leaf from passing for a node of the tree."""
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"leaf") == hashlib.sha256(b"\x00leaf").digest()


def test_a_pseudonym_depends_on_salt_session_and_account() -> None:
    def pid(salt: bytes = b"s" * 32, sess: str = SESSION, account: str = "a1") -> str:
        return pseudonym(salt=salt, sess=sess, account=account)

    assert pid() == pid()
    assert len({pid(), pid(salt=b"t" * 32), pid(sess="07" * 16), pid(account="a2")}) == 4
    assert pseudonym(salt=b"s" * 32, sess="ab", account="c") != pseudonym(
        salt=b"s" * 32, sess="a", account="bc"
    )


def test_a_chain_as_written_is_whole() -> None:
    assert check_chain(chain(5)) == Whole(5)
    assert check_chain([]) == Whole(0)


@pytest.mark.proves("G2")
@pytest.mark.parametrize("place", range(5))
def test_changing_one_leaf_is_found_at_it_or_right_after_it(place: int) -> None:
    """INV-D2. The last leaf has no follower: there the hash beside it speaks (test_audit_listing)."""
    leaves = chain(5)
    leaves[place] = respelled(leaves[place], ts=1)
    verdict = check_chain(leaves)
    assert verdict == (Whole(5) if place == 4 else Broken(place + 1, "does not follow from the leaf before"))


@pytest.mark.proves("G2")
@pytest.mark.parametrize("place", range(4))
def test_leaving_one_out_is_found_at_its_place(place: int) -> None:
    leaves = chain(5)
    del leaves[place]
    assert check_chain(leaves) == Broken(place, "a leaf is missing or moved")


@pytest.mark.proves("G2")
def test_moving_doubling_or_inserting_a_leaf_is_found() -> None:
    one, two, three = chain(3)
    assert check_chain([one, three, two]) == Broken(1, "a leaf is missing or moved")
    assert check_chain([one, two, two, three]) == Broken(2, "a leaf is missing or moved")
    stranger = respelled(two, sess="07" * 16)
    assert check_chain([one, stranger, three]) == Broken(1, "a leaf of another session")
    assert check_chain([one, respelled(two, prev=FIRST_PREV), three]) == Broken(
        1, "does not follow from the leaf before"
    )
    assert check_chain([one, b"{}", three]) == Broken(1, "not the fields of a leaf")


def test_a_chain_that_does_not_begin_at_the_beginning_is_broken() -> None:
    first = build_leaf(leaf(prev=sha256_b64(b"something before")))
    assert check_chain([first]) == Broken(0, "does not follow from the leaf before")
