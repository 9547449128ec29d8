"""A leaf of the audit log: how it is written, read, hashed and chained (docs/audit-format.md). Pure."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from relay.audit.leaf_types import LeafType, Role, fault, is_count, is_hash, is_session
from wire.canonical import Json, dump, load
from wire.encoding import b64, lv, sha256_b64
from wire.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSION: Final = 1
LEAF_BYTES: Final = 65_535
FIRST_PREV: Final = b64(bytes(32))
_FIELDS: Final = frozenset({"v", "typ", "ts", "sess", "seq", "prev", "by", "d", "pc"})


class LeafError(Exception):
    """A leaf that may not be written, or one that cannot be read; the text names the rule, never a value."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry: who did what, when, in which session."""

    typ: LeafType
    ts: int
    sess: str
    seq: int
    prev: str
    role: Role
    pid: str
    d: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Whole:
    """Every leaf follows from the one before."""

    leaves: int


@dataclass(frozen=True, slots=True)
class Broken:
    """`at` is the place, counted from 0, of the first leaf that does not follow."""

    at: int
    why: str


def build_leaf(leaf: Leaf) -> bytes:
    """The bytes of a leaf, checked before anything is written."""
    if problem := _fault(leaf):
        raise LeafError(problem)
    value: dict[str, Json] = {
        "v": VERSION,
        "typ": leaf.typ.value,
        "ts": leaf.ts,
        "sess": leaf.sess,
        "seq": leaf.seq,
        "prev": leaf.prev,
        "by": {"role": leaf.role.value, "pid": leaf.pid},
        "d": cast("Json", dict(leaf.d)),  # `dump` refuses what is not
        "pc": {},
    }
    try:
        data = dump(value)
    except WireError as error:
        raise LeafError(f"{leaf.typ}: {error}") from None
    if len(data) > LEAF_BYTES:
        raise LeafError(f"{leaf.typ} is longer than {LEAF_BYTES} bytes")
    return data


def parse_leaf(data: bytes) -> Leaf:
    """The leaf these bytes are, refused unless `build_leaf` would write them so."""
    try:
        value = load(data, limit=LEAF_BYTES)
    except WireError as error:
        raise LeafError(str(error)) from None
    if not isinstance(value, dict) or value.keys() != _FIELDS:
        raise LeafError("not the fields of a leaf")
    if value["v"] != VERSION:
        raise LeafError("another version")
    leaf = _leaf(value)
    if build_leaf(leaf) != data:
        raise LeafError("not as a leaf is written")
    return leaf


def leaf_hash(data: bytes) -> bytes:
    """What the Merkle tree holds (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\0" + data).digest()


def pseudonym(*, salt: bytes, sess: str, account: str) -> str:
    """Who, within one session: without the server's salt nobody can lay two sessions beside each other."""
    return b64(hmac.digest(salt, b"ra1/pid\0" + lv(sess, account), "sha256"))


def check_chain(leaves: Sequence[bytes]) -> Whole | Broken:
    """Whether these are one session's leaves, all of them, in order and as written (INV-D2).

    The last leaf has no follower to vouch for it: what shows a change or a loss there is the device's signed
    record inside `session.end`, and the hash kept beside the leaf.
    """
    prev, session = FIRST_PREV, ""
    for place, data in enumerate(leaves):
        try:
            leaf = parse_leaf(data)
        except LeafError as error:
            return Broken(place, str(error))
        if place and leaf.sess != session:
            return Broken(place, "a leaf of another session")
        if leaf.seq != place:
            return Broken(place, "a leaf is missing or moved")
        if leaf.prev != prev:
            return Broken(place, "does not follow from the leaf before")
        prev, session = sha256_b64(data), leaf.sess
    return Whole(len(leaves))


def _leaf(value: Mapping[str, Json]) -> Leaf:
    by, facts = value["by"], value["d"]
    if not isinstance(by, dict) or by.keys() != {"role", "pid"} or not isinstance(facts, dict):
        raise LeafError("not the fields of a leaf")
    typ, ts, sess, seq, prev = (value[name] for name in ("typ", "ts", "sess", "seq", "prev"))
    match typ, ts, sess, seq, prev, by["role"], by["pid"]:
        case str(), int(), str(), int(), str(), str() as role, str() as pid:
            try:
                return Leaf(LeafType(typ), ts, sess, seq, prev, Role(role), pid, facts)
            except ValueError:
                raise LeafError("an unknown type or role") from None
        case _:
            raise LeafError("a field of another kind")


def _fault(leaf: Leaf) -> str:
    if not (is_count(leaf.ts) and is_count(leaf.seq)):
        return "ts and seq are whole numbers"
    if not is_session(leaf.sess):
        return "sess is 32 hex digits"
    if not (is_hash(leaf.prev) and is_hash(leaf.pid)):
        return "prev and pid are hashes"
    return fault(leaf.typ, leaf.d)
