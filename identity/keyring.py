"""The keys a running server signs with, and the keyset that says so; the root key is never among them.

Files in the data folder: one key per duty, its successor beside it while a keyset that names it is awaited,
`root.pub` (whose keysets this server takes) and `keyset.json` (the newest the root has signed).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from identity.keys import Issuer, SigningKey, draw_secret, has_signed, kept_secret, write_durably
from identity.keyset_request import KeysetRequest, request_after
from wire import keyset as keysets
from wire.encoding import KEY_BYTES, b64, unb64
from wire.errors import WireError
from wire.limits import KEYSET_BYTES

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from wire.keyset import Keyset

ROOT_FILE: Final = "root.pub"
KEYSET_FILE: Final = "keyset.json"


class Duty(StrEnum):
    """What a key of this server is for."""

    ISSUER = "issuer"
    ENROL = "enrol"
    STATUS = "status"


_FILE_OF: Final = {Duty.ISSUER: "issuer.key", Duty.ENROL: "enrol.key", Duty.STATUS: "status.key"}


class KeysNotReady(Exception):  # noqa: N818 - reads as what it is
    """This server cannot sign yet, or no longer; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """One keyset and the private keys this server has of it."""

    root: bytes
    keyset: Keyset
    data: bytes
    issuer: Issuer
    enroller: SigningKey
    status: SigningKey


def path_of(folder: Path, duty: Duty) -> Path:
    return folder / _FILE_OF[duty]


def successor_of(folder: Path, duty: Duty) -> Path:
    """Where the key waits that a coming keyset will name."""
    return folder / f"{duty.value}.next.key"


def request_keys(
    folder: Path, *, iss: str, rotate: Collection[Duty] = (), without: Collection[str] = ()
) -> KeysetRequest:
    """Draws what is missing, and successors where asked for; what the root should sign."""
    for duty in Duty:
        draw_secret(path_of(folder, duty))
    for duty in rotate:
        draw_secret(successor_of(folder, duty))
    status = _keys_of(folder, Duty.STATUS)[-1]
    return request_after(
        held_keyset(folder),
        iss=iss,
        issuers=_keys_of(folder, Duty.ISSUER),
        enrol=_keys_of(folder, Duty.ENROL),
        status=status,
        without=without,
    )


def install_keyset(folder: Path, data: bytes, *, root: bytes | None, iss: str, aud: str, now_s: int) -> Keys:
    """Takes a signed keyset into use; `root` is needed the first time and must stay the same."""
    pinned = pinned_root(folder)
    if pinned is None and root is None:
        raise KeysNotReady("name the root's public key with --root-key: no keyset was installed here before")
    if pinned is not None and root not in {None, pinned}:
        raise KeysNotReady(
            f"another root is pinned in {folder / ROOT_FILE}: devices in the field believe that one"
        )
    trusted = pinned or root
    assert trusted is not None
    data = data.strip()
    keyset = _verified(data, trusted)
    if not keysets.succeeds(keyset, held_keyset(folder)):
        raise KeysNotReady("a keyset with this serial or a higher one is installed: no device would go back")
    # Judged as a whole before anything is replaced.
    _keys(folder, trusted, keyset, data, iss=iss, aud=aud, now_s=now_s)
    write_durably(folder / ROOT_FILE, b64(trusted).encode("ascii"))
    write_durably(folder / KEYSET_FILE, data)
    return open_keys(folder, iss=iss, aud=aud, now_s=now_s)


def open_keys(folder: Path, *, iss: str, aud: str, now_s: int) -> Keys:
    """The keys in use, or why there are none; a successor that the keyset names takes its place."""
    root, data = pinned_root(folder), _keyset_bytes(folder)
    if root is None or data is None:
        raise KeysNotReady(
            "no keyset is installed: run `alongside keys setup`; or, with the root key on another machine, "
            "`alongside keys request` here, `alongside keys sign` there and `alongside keys install` here"
        )
    keys = _keys(folder, root, _verified(data, root), data, iss=iss, aud=aud, now_s=now_s)
    for duty, key in ((Duty.ISSUER, keys.issuer), (Duty.ENROL, keys.enroller), (Duty.STATUS, keys.status)):
        successor = successor_of(folder, duty)
        if successor.exists() and SigningKey(kept_secret(successor)).public == key.public:
            with contextlib.suppress(FileNotFoundError):  # another process was faster
                successor.replace(path_of(folder, duty))
    return keys


def held_keyset(folder: Path) -> Keyset | None:
    """The installed keyset, whatever its dates."""
    root, data = pinned_root(folder), _keyset_bytes(folder)
    return None if root is None or data is None else _verified(data, root)


def pinned_root(folder: Path) -> bytes | None:
    path = folder / ROOT_FILE
    if not path.exists():
        return None
    try:
        return unb64(path.read_text(encoding="ascii").strip(), KEY_BYTES)
    except (WireError, ValueError):
        raise KeysNotReady(f"{path} does not hold a public key; restore it from a backup") from None


def holder_of_root(folder: Path) -> Path | None:
    """A file of this folder that holds the root's private key, which no server needs."""
    root = pinned_root(folder)
    for path in sorted(folder.glob("*.key")):
        secret = path.read_bytes()
        if len(secret) == KEY_BYTES and SigningKey(secret).public == root:
            return path
    return None


def _keyset_bytes(folder: Path) -> bytes | None:
    try:
        with (folder / KEYSET_FILE).open("rb") as file:
            return file.read(KEYSET_BYTES + 1)
    except FileNotFoundError:
        return None


def _verified(data: bytes, root: bytes) -> Keyset:
    try:
        return keysets.verified(data, root=root, check=has_signed)
    except WireError as error:
        raise KeysNotReady(f"the keyset is not one of this organisation's root: {error.detail}") from None


def _keys_of(folder: Path, duty: Duty) -> list[bytes]:
    """Public keys: the one in use, then its successor."""
    paths = (path_of(folder, duty), successor_of(folder, duty))
    return [SigningKey(kept_secret(path)).public for path in paths if path.exists()]


def _keys(folder: Path, root: bytes, keyset: Keyset, data: bytes, *, iss: str, aud: str, now_s: int) -> Keys:
    if keyset.iss != iss:
        raise KeysNotReady(f"the keyset is for the issuer {keyset.iss}, and this server is {iss} (--issuer)")
    if not keyset.is_valid(now_s):
        raise KeysNotReady(
            "the keyset is not valid now: sign a new one (`alongside keys request`, `sign`, `install`), "
            "and check this machine's clock"
        )
    return Keys(
        root=root,
        keyset=keyset,
        data=data,
        issuer=Issuer(iss=iss, aud=aud, private=_private(folder, Duty.ISSUER, keyset.issuers)),
        enroller=SigningKey(_private(folder, Duty.ENROL, keyset.enrol)),
        status=SigningKey(_private(folder, Duty.STATUS, (keyset.status,))),
    )


def _private(folder: Path, duty: Duty, named: Collection[bytes]) -> bytes:
    """The newest of this server's keys that the keyset names."""
    for path in (successor_of(folder, duty), path_of(folder, duty)):
        if path.exists():
            secret = kept_secret(path)
            if SigningKey(secret).public in named:
                return secret
    raise KeysNotReady(
        f"the keyset does not name this server's {duty.value} key: sign a new one (`alongside keys request`)"
    )
