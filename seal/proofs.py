"""Proofs: what shows that a data channel carries frames, before pictures take it (seal/SPEC §11)."""

from __future__ import annotations

from typing import Final

from seal.errors import SealError
from wire.limits import PROOFS

# The number that no picture has, so that a proof cannot be taken for one.
_MARK: Final = bytes(4)
# Larger than one packet, and together small enough for the slowest line that is worth a data channel.
PROOF_BYTES: Final = 4_096


def pack_proof(n: int) -> bytes:
    """The plaintext of proof `n`, counted from 1 on each data channel."""
    if not 1 <= n <= PROOFS:
        raise SealError("bad_message", "proof")
    return (_MARK + bytes([n])).ljust(PROOF_BYTES, b"\0")


def is_proof(plaintext: bytes) -> bool:
    """Whether a frame of the picture stream says that it is no picture."""
    return plaintext[:4] == _MARK


def unpack_proof(plaintext: bytes) -> int:
    """Which proof this is; any other spelling is refused."""
    n = plaintext[4] if len(plaintext) == PROOF_BYTES else 0
    if not 1 <= n <= PROOFS or pack_proof(n) != plaintext:
        raise SealError("bad_message", "proof")
    return n
