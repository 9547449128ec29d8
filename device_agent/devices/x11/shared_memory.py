"""System V shared memory: the kind every X server takes. A segment vanishes with its last user."""

from __future__ import annotations

import ctypes
import os
from typing import Final

_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_LIBC.shmget.argtypes = (ctypes.c_int, ctypes.c_size_t, ctypes.c_int)
_LIBC.shmat.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
_LIBC.shmat.restype = ctypes.c_void_p
_LIBC.shmdt.argtypes = (ctypes.c_void_p,)
_LIBC.shmctl.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
_IPC_PRIVATE: Final = 0
_IPC_CREAT: Final = 0o1000
_IPC_RMID: Final = 0
_OWN: Final = 0o600  # what is on the screen is nobody else's to read
_FAILED: Final = ctypes.c_void_p(-1).value


class Segment:
    """So many bytes that the X server can write into."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.id: int = _LIBC.shmget(_IPC_PRIVATE, size, _IPC_CREAT | _OWN)
        if self.id < 0:
            raise _failure("no shared memory was to be had")
        self._address: int | None = _LIBC.shmat(self.id, None, 0)
        if self._address == _FAILED:
            self._address = None
            raise _failure("shared memory could not be used")

    def forget(self) -> None:
        """Let it vanish with its last user, also where both are killed; the server must have it by now."""
        _LIBC.shmctl(self.id, _IPC_RMID, None)

    def memory(self) -> ctypes.Array[ctypes.c_uint8]:
        """The bytes; who holds them holds the segment."""
        assert self._address is not None
        lease = (ctypes.c_uint8 * self.size).from_address(self._address)
        lease.segment = self  # type: ignore[attr-defined]
        return lease

    def __del__(self) -> None:
        if getattr(self, "_address", None) is not None:
            _LIBC.shmdt(self._address)


def _failure(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")
