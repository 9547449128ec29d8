"""A line to Kodi: calls out, answers and notices in. One thread reads; whoever calls waits as it likes."""

from __future__ import annotations

import contextlib
import itertools
import logging
import socket
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final

from device_agent.devices.kodi.messages import Answer, Notice, NotKodiError, Reader, call

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

CONNECT_S: Final = 2.0
MOST_WAITING: Final = 64
_CHUNK: Final = 65_536


class KodiLostError(Exception):
    """Kodi has gone, or never was there."""


class RefusedError(Exception):
    """Kodi did not do what it was asked for."""


class KodiLine:
    """One TCP connection on this machine; `on_notice` and `on_gone` are called in its thread."""

    def __init__(
        self, address: tuple[str, int], on_notice: Callable[[Notice], None], on_gone: Callable[[], None]
    ) -> None:
        try:
            self._socket = socket.create_connection(address, CONNECT_S)
        except OSError as failure:
            host, port = address
            why = failure.strerror or "it does not answer"
            raise KodiLostError(f"there is no Kodi on {host}:{port}: {why}") from None
        self._socket.settimeout(None)
        self._on_notice, self._on_gone = on_notice, on_gone
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()  # guards waiting, is_gone and what is sent
        self._waiting: dict[int, Future[Any]] = {}
        self._is_gone = False
        self._thread = threading.Thread(target=self._read, name="kodi", daemon=True)
        self._thread.start()

    def call(self, method: str, **params: Any) -> Future[Any]:
        """Ask for something; the answer comes in its own time, and KodiLostError where it cannot come."""
        future: Future[Any] = Future()
        with self._lock:
            if self._is_gone or len(self._waiting) >= MOST_WAITING:
                future.set_exception(KodiLostError("Kodi does not answer"))
                return future
            number = next(self._numbers)
            self._waiting[number] = future
            if not self._sent(call(number, method, params)):
                self._waiting.pop(number, None)
                future.set_exception(KodiLostError("Kodi does not answer"))
        return future

    def _sent(self, said: bytes) -> bool:
        """A call is some hundred bytes and few wait, so the system takes it at once or Kodi reads nothing."""
        try:
            if self._socket.send(said, socket.MSG_DONTWAIT) == len(said):
                return True
        except OSError:
            return False
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # half a call can be followed by nothing
        return False

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(CONNECT_S)
        self._socket.close()

    def _read(self) -> None:
        reader = Reader()
        try:
            while data := self._socket.recv(_CHUNK):
                for message in reader.take(data):
                    self._heard(message)
        except (OSError, NotKodiError) as failure:
            log.warning("the line to Kodi broke: %s", failure)
        with self._lock:
            self._is_gone = True
            waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            _settle(future, KodiLostError("Kodi is gone"))
        self._on_gone()

    def _heard(self, message: Answer | Notice) -> None:
        if isinstance(message, Notice):
            self._on_notice(message)
            return
        with self._lock:
            future = self._waiting.pop(message.number, None)
        if future is not None:
            _settle(future, RefusedError(message.error) if message.error else message.result)


def _settle(future: Future[Any], what: Any) -> None:
    if not future.set_running_or_notify_cancel():
        return
    if isinstance(what, Exception):
        future.set_exception(what)
    else:
        future.set_result(what)
