"""Small files that must survive a power cut: whole or not at all."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def read_or_none(path: Path, *, at_most: int) -> bytes | None:
    """The content, one byte more than `at_most` if it is longer; None where there is no such file."""
    try:
        with path.open("rb") as file:
            return file.read(at_most + 1)
    except FileNotFoundError:
        return None


def write_durably(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replace the file; on return the new content is on the disk, not only in memory."""
    fresh = path.with_name(path.name + ".new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync_folder(path.parent)


def write_once(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Make the file, whole and on the disk, unless there is one already: that one stays."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
