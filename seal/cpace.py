"""CPACE-X25519-SHA512 of draft-irtf-cfrg-cpace, initiator-responder mode (seal/SPEC §1).

The field arithmetic is on Python's integers and so not constant time: its input is a secret that is used
once, with two guesses in all, and only an observer on the same device could time it.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from seal.errors import SealError
from wire.encoding import lv

POINT_BYTES = 32
_DSI = b"CPace255"
_HASH_BLOCK_BYTES = 128

# Curve25519: y^2 = x^3 + A x^2 + x modulo P (RFC 7748); Elligator2 takes 2 as the non-square.
_P = 2**255 - 19
_A = 486662


def generator_string(prs: bytes, ci: bytes, sid: bytes) -> bytes:
    """What is hashed to the generator; the pad fills the first hash block and has a length of its own."""
    pad = max(0, _HASH_BLOCK_BYTES - 1 - len(lv(prs)) - len(lv(_DSI)))
    return lv(_DSI, prs, bytes(pad), ci, sid)


def generator(prs: bytes, ci: bytes, sid: bytes) -> bytes:
    """The point both ends reach only from the same secret, channel and session."""
    digest = hashlib.sha512(generator_string(prs, ci, sid)).digest()
    return _elligator2(digest[:POINT_BYTES]).to_bytes(POINT_BYTES, "little")


def public_share(scalar: bytes, g: bytes) -> bytes:
    """Ya or Yb."""
    return _multiply(scalar, g)


def shared_key(scalar: bytes, peer: bytes) -> bytes:
    """K; raises where the peer's point would give a K that others know."""
    return _multiply(scalar, peer)


def isk(sid: bytes, k: bytes, ya: bytes, ada: bytes, yb: bytes, adb: bytes) -> bytes:  # noqa: PLR0917 - the draft's order
    """The intermediate session key, over both messages: A's, then B's."""
    return hashlib.sha512(lv(_DSI + b"_ISK", sid, k) + lv(ya, ada) + lv(yb, adb)).digest()


def mac_key(sid: bytes, isk: bytes) -> bytes:
    """Key of the two confirmation tags."""
    return hashlib.sha512(b"CPaceMac" + sid + isk).digest()


def tag(mac_key: bytes, y: bytes, ad: bytes) -> bytes:
    """The confirmation tag of the party that sent `y` and `ad`."""
    return hmac.digest(mac_key, lv(y, ad), "sha512")


def _multiply(scalar: bytes, point: bytes) -> bytes:
    """X25519; a wrong length, a low-order point and an all-zero result all abort."""
    try:
        private = X25519PrivateKey.from_private_bytes(scalar)
        product = private.exchange(X25519PublicKey.from_public_bytes(point))
    except ValueError:
        raise SealError("bad_point") from None
    if hmac.compare_digest(product, bytes(POINT_BYTES)):
        raise SealError("bad_point")
    return product


def _elligator2(digest: bytes) -> int:
    r = int.from_bytes(digest, "little") & (2**255 - 1)
    # 1 + 2 r^2 is never 0: -1/2 is not a square modulo P.
    v = -_A * pow(1 + 2 * r * r, -1, _P) % _P
    if pow(v * v * v + _A * v * v + v, (_P - 1) // 2, _P) == _P - 1:
        return (-v - _A) % _P
    return v
