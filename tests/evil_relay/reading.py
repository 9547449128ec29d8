"""Whether anything can be read in what a relay kept: known texts in any spelling, structure, keys that open.

It judges ciphertext from outside, with what an operator of a relay could know; and, to be hard on us, with
the
texts themselves, which an operator would only guess.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from seal import cpace
from seal.keys import expand
from tests.evil_relay.tape import Side, stream_of
from wire.encoding import unb64
from wire.errors import WireError
from wire.frames import HEADER_BYTES, Stream
from wire.hellos import parse_console_hello, parse_device_hello
from wire.transcript import channel_identifier, sid, transcript_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.evil_relay.attack import StreamKeys
    from tests.evil_relay.relay import EvilRelay
    from tests.evil_relay.tape import Tape

NAMES: Final = (
    '"key":"',
    '"hb":',
    '"t":"',
    '"cred"',
    '"asks"',
    '"request"',
    '"codecs"',
    '"model"',
    "Demo Technician",
    "Hallmere Care",
    'technician_left"',
)
PICTURES: Final = (
    b"\x00\x00\x00\x01\x67",
    b"\x00\x00\x00\x01\x68",
    b"\x00\x00\x00\x01\x65",
    b"\x00\x00\x00\x01\x41",
    b"\x00\x00\x00\x01\x06",
    b"\x00\x00\x00\x01\x09",
    b"\xff\xd8\xff\xe0\x00\x10JFIF",
    b"\xff\xd8\xff\xdb\x00\x43",
)
# A fair byte is zero once in 256; a plaintext of ours is full of them (padding, big-endian heads).
_SIGMAS: Final = 9
_BLOCK: Final = 16
_ENOUGH: Final = 4_096


def readable(tape: Tape, secrets: dict[str, str], keys: Iterable[StreamKeys] = ()) -> list[str]:
    """Everything that could be made out; empty is as it should be."""
    found = [
        *_texts(tape, secrets),
        *_pictures(tape),
        *_structure(tape),
        *_reuse(tape),
        *_opened(tape, keys),
    ]
    return sorted(set(found))


# Texts in any spelling


def _texts(tape: Tape, secrets: dict[str, str]) -> Iterator[str]:
    sealed = b"\n".join(tape.bodies())
    said = [one.item for one in tape.said if isinstance(one.item, str)]
    clear = "\n".join(map(unwrapped, said))
    inside = "\n".join(text for item in said for text in wrapped_in(item))
    everything = clear.encode() + b"\n" + sealed
    for name in NAMES:
        for spelling in spellings(name.encode()):
            if spelling in sealed:
                yield f"{name} is in a frame"
    for what, secret in secrets.items():
        if not secret:
            continue
        if any(spelling in everything for spelling in spellings(secret.encode()) if len(spelling) > _SHORT):
            yield f"the {what} is in what the relay kept"
        if re.search(rf"(?<![0-9A-Za-z_-]){re.escape(secret)}(?![0-9A-Za-z_-])", clear):
            yield f"the {what} stands in clear"
        if re.search(rf"(?<![0-9]){re.escape(secret)}(?![0-9])", inside):
            yield f"the {what} stands in what is wrapped in base64"
        if any(digest in everything for digest in _digests(secret.encode())):
            yield f"a plain hash of the {what} is in what the relay kept"


# Six digits as they are may stand by chance in a time or a hash: those are looked for as a word.
_SHORT: Final = 6
_WRAPPED: Final = re.compile(r"[0-9A-Za-z_-]{20,}")


def unwrapped(text: str) -> str:
    """What stands in base64url inside a message read as well, as a record's JSON does.

    There a time's digits are a number like any other, and not by chance those of a code.
    """
    return _WRAPPED.sub(lambda found: unwrapped(_text_of(found[0]) or "") or found[0], text)


def wrapped_in(text: str) -> Iterator[str]:
    """Each text that stands in base64url inside, however deep."""
    for found in _WRAPPED.findall(text):
        if inside := _text_of(found):
            yield inside
            yield from wrapped_in(inside)


def _text_of(coded: str) -> str | None:
    try:
        inside = unb64(coded).decode()
    except (WireError, UnicodeDecodeError):
        return None
    return inside if inside.isprintable() else None


def spellings(text: bytes) -> set[bytes]:
    """How bytes may be written down: as they are, in hex, in base64 at each of three places, in UTF-16."""
    found = {
        text,
        text.hex().encode(),
        text.hex().upper().encode(),
        text.decode("latin-1").encode("utf-16-le"),
    }
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + text)
        # Only whole sextets are the text's own, at both ends.
        first = math.ceil(shift * 8 / 6)
        last = (shift + len(text)) * 8 // 6
        core = coded[first:last]
        found |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return {spelling for spelling in found if len(spelling) > 3}


def _digests(text: bytes) -> Iterator[bytes]:
    for name in ("sha256", "sha512", "sha1", "md5"):
        digest = hashlib.new(name, text).digest()
        yield digest
        yield digest.hex().encode()
        yield base64.urlsafe_b64encode(digest).rstrip(b"=")
        yield base64.b64encode(digest).rstrip(b"=")


def _pictures(tape: Tape) -> Iterator[str]:
    for stream in (Stream.D2T_PICTURE_WS, Stream.D2T_PICTURE_DC):
        if any(mark in body for body in tape.bodies(stream) for mark in PICTURES):
            yield "a picture stands in its frame"


# Structure


def _structure(tape: Tape) -> Iterator[str]:
    for stream in Stream:
        data = b"".join(tape.bodies(stream))
        if len(data) < _BLOCK:
            continue
        zeros = data.count(0)
        mean, spread = len(data) / 256, math.sqrt(len(data) / 256)
        if zeros > mean + _SIGMAS * spread + _SIGMAS:
            yield f"{stream.name_on_wire} has {zeros} zero bytes of {len(data)}"
        if len(data) >= _ENOUGH and _chi_square(data) > 255 + _SIGMAS * math.sqrt(510):
            yield f"{stream.name_on_wire} is no noise"
        blocks = [
            body[at : at + _BLOCK] for body in tape.bodies(stream) for at in range(0, len(body) - 15, _BLOCK)
        ]
        if len(set(blocks)) < len(blocks):
            yield f"{stream.name_on_wire} repeats a block"


def _chi_square(data: bytes) -> float:
    expected = len(data) / 256
    counts = Counter(data)
    return sum((counts.get(value, 0) - expected) ** 2 for value in range(256)) / expected


def _reuse(tape: Tape) -> Iterator[str]:
    """Two frames under one keystream betray the difference of their plaintexts, which is mostly padding
    (INV-C3).
    """
    for stream in Stream:
        for one, other in pairwise(tape.bodies(stream)):
            if shares_keystream(one, other):
                yield f"{stream.name_on_wire} uses a keystream twice"
    for mine, others in ((Stream.T2D_CONTROL, Stream.D2T_CONTROL), (Stream.T2D_CONTROL, Stream.T2D_LINK)):
        for one, other in zip(tape.bodies(mine), tape.bodies(others), strict=False):
            if shares_keystream(one, other):
                yield f"{mine.name_on_wire} and {others.name_on_wire} share a keystream"


def shares_keystream(one: bytes, other: bytes) -> bool:
    """Whether the difference of two ciphertexts is full of zeros."""
    size = min(len(one), len(other)) - _BLOCK
    if size < 2 * _BLOCK:
        return False
    same = sum(left == right for left, right in zip(one[:size], other[:size], strict=True))
    return same > size / 256 + _SIGMAS * math.sqrt(size / 256) + _SIGMAS


# Keys


def _opened(tape: Tape, keys: Iterable[StreamKeys]) -> Iterator[str]:
    found = list(keys)
    for frame in tape.frames():
        stream = stream_of(frame)
        assert stream is not None
        for streams in found:
            if any(opens(frame, *secret) for secret in streams.values()):
                yield f"a frame of {stream.name_on_wire} opens with a key that the relay has"


def opens(frame: bytes, key: bytes, iv: bytes) -> bool:
    """Whether this is the frame's key."""
    number = int.from_bytes(frame[4:HEADER_BYTES], "big")
    nonce = (int.from_bytes(iv, "big") ^ number).to_bytes(12, "big")
    try:
        AESGCM(key).decrypt(nonce, frame[HEADER_BYTES:], frame[:HEADER_BYTES])
    except InvalidTag:
        return False
    return True


def derivable(relay: EvilRelay, guesses: Iterable[str]) -> list[bytes]:
    """Every ISK that follows from what passed, from lazy choices of K and scalars, and from these guesses."""
    tape = relay.tape
    asked, answered = tape.texts(Side.CONSOLE, "pake_a"), tape.texts(Side.DEVICE, "pake_b")
    if not asked or not answered:
        return []
    hello_t, ya = unb64(asked[0]["hello"]), unb64(asked[0]["y"])
    yb = unb64(answered[0]["y"])
    try:
        run, ci = _run(relay, hello_t)
    except WireError:
        return []
    ada, adb = hashlib.sha512(hello_t).digest(), hashlib.sha512(relay.hello_d).digest()
    shared = [bytes(32), ya, yb, run]
    for guess in guesses:
        point = cpace.generator(guess.encode(), ci, run)
        shared.append(point)
        shared += [_times(scalar, peer) for scalar in _LAZY for peer in (ya, yb, point)]
    return [cpace.isk(run, k, ya, ada, yb, adb) for k in shared] + [bytes(64), run + run]


_LAZY: Final = (bytes(32), b"\x01" + bytes(31), b"\xff" * 32, bytes(range(32)))


def _times(scalar: bytes, point: bytes) -> bytes:
    try:
        return X25519PrivateKey.from_private_bytes(scalar).exchange(X25519PublicKey.from_public_bytes(point))
    except ValueError:
        return bytes(32)


def _run(relay: EvilRelay, hello_t: bytes) -> tuple[bytes, bytes]:
    device, console = parse_device_hello(relay.hello_d), parse_console_hello(hello_t)
    ci = channel_identifier(
        origin=relay.origin, locator=relay.locator, shown_by=relay.shown_by, dev=device.dev
    )
    return sid(device.nd, console.nt, relay.rs), ci


def opened_by_derivation(relay: EvilRelay, guesses: Iterable[str]) -> list[str]:
    """Whether a relay that only listened can open the first frame of each stream."""
    tape = relay.tape
    confirm = tape.texts(Side.CONSOLE, "pake_confirm")
    if not confirm:
        return []
    asked, answered = tape.texts(Side.CONSOLE, "pake_a")[0], tape.texts(Side.DEVICE, "pake_b")[0]
    run, ci = _run(relay, unb64(asked["hello"]))
    parts = (unb64(asked["hello"]), ci, run, unb64(asked["y"]), unb64(answered["y"]))
    tags = (unb64(answered["tag"]), unb64(confirm[0]["tag"]))
    th = transcript_hash(relay.hello_d, parts[0], *parts[1:], *tags)
    found = []
    for isk in derivable(relay, guesses):
        prk = HKDF.extract(SHA512(), run, isk)
        for stream in Stream:
            frame = next(tape.frames(stream), None)
            if frame is not None and opens(frame, *expand(prk, stream, th)):
                found.append(f"{stream.name_on_wire} opens with a key that follows from what passed")
    return found
