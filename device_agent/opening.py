"""Notes while a line is opened: how far it came, how long each stage took, what TCP had to send again."""

from __future__ import annotations

import errno
import socket
import ssl
import struct
import sys
from asyncio import get_running_loop
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from websockets.exceptions import InvalidStatus

from device_agent.network import Failure, Measured, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

# Places from the blocks for documentation: routers know a way there or not, and nothing is sent.
_ANYWHERE: Final = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
_TOTAL_RETRANS: Final = 100  # where `tcpi_total_retrans` stands in Linux's `tcp_info`
_BUSY: Final = frozenset({429, 503})
_NO_ROUTE: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
_BY_THE_CLOCK: Final = {9: Failure.NOT_YET_VALID, 10: Failure.EXPIRED}  # OpenSSL's X509_V_ERR_CERT_*


class Opening:
    """One opening of a line, from the name to the WebSocket."""

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self._stage = Stage.LOOKUP
        self._began: float | None = None
        self._took: dict[Stage, float] = {}

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """All of one stage; one that fails has no time."""
        self.begin(stage)
        yield
        self.end()

    def begin(self, stage: Stage) -> None:
        """From here on it is this stage."""
        self._stage, self._began = stage, get_running_loop().time()

    def end(self) -> None:
        """The stage went well."""
        if self._began is not None:
            self._took[self._stage] = get_running_loop().time() - self._began
            self._began = None

    def secured(self) -> None:
        """TLS is done, where there is any: the greeting begins."""
        if self._stage is Stage.SECURE:
            self.end()
            self.begin(Stage.GREET)

    def measured(self) -> Measured:
        """What is known of a line that opened."""
        return Measured(stage=self._stage, took=dict(self._took), resent=self._resent())

    def failed(self, failure: Failure) -> Measured:
        """What is known of one that did not."""
        return Measured(
            stage=self._stage,
            failure=failure,
            has_route=_has_route(),
            took=dict(self._took),
            resent=self._resent(),
        )

    def _resent(self) -> int:
        if self.socket is None or sys.platform != "linux":
            return 0
        with suppress(OSError, struct.error):  # closed already, or an old kernel
            info = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
            return int(struct.unpack_from("=I", info, _TOTAL_RETRANS)[0])
        return 0


def _has_route() -> bool:
    """Whether this device has a way out at all; asks its own system and sends nothing."""
    for family, place in _ANYWHERE:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((place, 9))
            return True
    return False


def failure_of(error: Exception) -> Failure:
    """What an opening failed by."""
    match error:
        case TimeoutError():
            return Failure.TIMED_OUT
        case ssl.SSLError():
            return _failure_of_tls(error)
        case OSError():
            return _failure_of_network(error)
        case InvalidStatus():
            return _failure_of_status(error.response.status_code)
        case _:
            # Gone before it said anything, or it said something else.
            is_cut = isinstance(error.__cause__, EOFError | ConnectionError)
            return Failure.CUT if is_cut else Failure.NOT_OURS


def _failure_of_tls(error: ssl.SSLError) -> Failure:
    match error:
        case ssl.SSLCertVerificationError():
            return _BY_THE_CLOCK.get(error.verify_code, Failure.NOT_TRUSTED)
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return Failure.CUT
        case _:
            return Failure.NOT_TRUSTED


def _failure_of_network(error: OSError) -> Failure:
    if isinstance(error, socket.gaierror):
        # Without a network the resolver cannot even ask.
        return Failure.NO_RESOLVER if error.errno == socket.EAI_AGAIN else Failure.NO_NAME
    if error.errno in _NO_ROUTE:
        return Failure.NO_ROUTE
    return Failure.REFUSED if error.errno == errno.ECONNREFUSED else Failure.CUT


def _failure_of_status(status: int) -> Failure:
    if status in _BUSY:
        return Failure.BUSY
    return Failure.CUT if status >= 500 else Failure.NOT_OURS  # a gate stands there, and nothing behind it
