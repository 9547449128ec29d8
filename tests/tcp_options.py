"""What a socket is asked for its repeats, and what it says of them where this Linux can say it."""

from __future__ import annotations

import errno
import socket
from typing import Final

from wire.limits import TCP_RTO_MAX_MS

NOT_ON_THIS_LINUX: Final = -1


def repeats_within_ms(opened: socket.socket) -> int:
    """The longest pause between two repeats, ms; NOT_ON_THIS_LINUX before 6.15, and there alone."""
    with socket.socket() as another:
        try:
            another.getsockopt(socket.IPPROTO_TCP, TCP_RTO_MAX_MS)
        except OSError:
            return NOT_ON_THIS_LINUX
    return opened.getsockopt(socket.IPPROTO_TCP, TCP_RTO_MAX_MS)


class AskedTransport:
    """A transport and its socket: notes what is asked of it; an old Linux refuses what came with 6.15."""

    def __init__(self, *, is_old: bool) -> None:
        self.asked: dict[int, int] = {}
        self._is_old = is_old

    def get_extra_info(self, name: str) -> AskedTransport:
        assert name == "socket"
        return self

    def setsockopt(self, level: int, option: int, value: int) -> None:
        assert level == socket.IPPROTO_TCP
        self.asked[option] = value
        if self._is_old and option == TCP_RTO_MAX_MS:
            raise OSError(errno.ENOPROTOOPT, "Protocol not available")
