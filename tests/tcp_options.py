"""What a socket says of its repeats, where this Linux can say it."""

from __future__ import annotations

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
