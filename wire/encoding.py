"""b64, lv, key ids: how bytes are written down and joined (SPEC §1)."""

from __future__ import annotations

import base64
import binascii
import hashlib

from wire.errors import WireError

KEY_BYTES = 32


def b64(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str, size: int | None = None) -> bytes:
    """The bytes of `text`, which must be the one spelling of them and `size` long."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise WireError("bad_b64", "not base64url without padding") from None
    # Standard-alphabet signs, padding and loose last bits all decode, but write back as another text.
    if b64(data) != text:
        raise WireError("bad_b64", "not the one spelling")
    if size is not None and len(data) != size:
        raise WireError("bad_b64", f"not {size} bytes")
    return data


def _leb128(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def lv(*parts: bytes | str) -> bytes:
    """Each part with its length in front, joined; a text is its UTF-8 bytes."""
    out = bytearray()
    for part in parts:
        data = part.encode("utf-8") if isinstance(part, str) else part
        out += _leb128(len(data))
        out += data
    return bytes(out)


def sha256_b64(data: bytes) -> str:
    """How frames, records and badges are named: b64 of their SHA-256."""
    return b64(hashlib.sha256(data).digest())


def key_id(raw: bytes) -> str:
    """The 43-character id of a raw Ed25519 public key."""
    if len(raw) != KEY_BYTES:
        raise WireError("bad_key", "an Ed25519 public key has 32 bytes")
    return sha256_b64(raw)
