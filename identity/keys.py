"""Private keys on disk: drawn once, whole or not at all, for their owner's eyes only; and who signs."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wire import badge
from wire.encoding import KEY_BYTES, key_id

if TYPE_CHECKING:
    from pathlib import Path


class UnsafeKeyFile(Exception):  # noqa: N818 - reads as what it is
    """A key file that others may read, or that does not hold one key."""


class SigningKey:
    """One Ed25519 key and its id."""

    def __init__(self, private: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private)
        self.public = self._key.public_key().public_bytes_raw()
        self.kid = key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        """Ed25519 over `message`."""
        return self._key.sign(message)


class Issuer(SigningKey):
    """Signs badges as `iss` for devices that reach the service at `aud`."""

    def __init__(self, *, iss: str, aud: str, private: bytes) -> None:
        super().__init__(private)
        self.iss = iss
        self.aud = aud

    def badge(self, claims: badge.Badge) -> str:
        """The badge as a compact JWS (seal SPEC §6)."""
        signing_input = badge.signing_input(self.kid, claims)
        return badge.assemble(signing_input, self.sign(signing_input))


def has_signed(key: bytes, sig: bytes, message: bytes) -> bool:
    """True when `sig` is the Ed25519 signature of `message` by `key`; any other bytes are simply not."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(sig, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def secret_from(path: Path) -> bytes:
    """The 32 secret bytes in `path`, drawn at the first call and never readable by others."""
    if not path.exists():
        draw_secret(path)
    return kept_secret(path)


def draw_secret(path: Path) -> bool:
    """All or nothing: a crash leaves no half key, and of two processes one wins. False: it was there."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
        _sync_folder(path.parent)
    return True


def kept_secret(path: Path) -> bytes:
    """The 32 secret bytes that must be there already."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise UnsafeKeyFile(f"{path} can be read by others; set its mode to 600")
    secret = path.read_bytes()
    if len(secret) != KEY_BYTES:
        raise UnsafeKeyFile(f"{path} does not hold {KEY_BYTES} bytes; restore it from a backup")
    return secret


def write_durably(path: Path, data: bytes) -> None:
    """Replaces the file; on return the new content is on the disk."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, handle)
        os.fsync(handle)
