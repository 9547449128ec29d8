"""Does the line do what its profile says? Measured before anybody is measured on it.

`python -m bench.screen.link_check SECONDS` is the viewer's half; the bench starts it where the viewer is.
"""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, Final

from bench.screen.children import ROOT, CannotRun, environment
from bench.screen.figures import percentile
from bench.screen.network import DEVICE

if TYPE_CHECKING:
    from bench.screen.network import Line

_ECHO: Final = 7_001
_FILL: Final = 7_002
_SECONDS: Final = 3.0
_WARM_S: Final = 0.7  # while a connection finds its speed nothing counts
_ECHOES: Final = 100
_GAP_S: Final = 0.01
_CHUNK: Final = bytes(16_384)


def check(line: Line) -> dict[str, Any]:
    """Round trips, lost echoes, and the rate that a TCP connection gets, each way."""
    stop = threading.Event()
    servers = [threading.Thread(target=work, args=(stop,)) for work in (_echo, _fill)]
    for server in servers:
        server.start()
    try:
        command = [*line.before, sys.executable, "-m", "bench.screen.link_check", str(_SECONDS)]
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=False
        )
    finally:
        stop.set()
        for server in servers:
            server.join()
    if done.returncode:
        raise CannotRun(f"the line could not be checked: {done.stderr.strip()[-300:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _echo(stop: threading.Event) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as server:
        server.bind((DEVICE, _ECHO))
        server.settimeout(0.2)
        while not stop.is_set():
            with suppress(TimeoutError):
                packet, caller = server.recvfrom(2048)
                server.sendto(packet, caller)


def _fill(stop: threading.Event) -> None:
    """One connection that is filled from here, then one whose bytes are counted here."""
    with closing(socket.create_server((DEVICE, _FILL))) as server:
        server.settimeout(0.2)
        while not stop.is_set():
            with suppress(OSError):
                connection, _ = server.accept()
                with closing(connection):
                    _serve(connection, stop)


def _serve(connection: socket.socket, stop: threading.Event) -> None:
    connection.settimeout(1.0)
    (seconds,) = struct.unpack("!f", connection.recv(4))
    if seconds > 0:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not stop.is_set():
            connection.sendall(_CHUNK)
    else:
        connection.sendall(struct.pack("!f", _received(connection, -seconds)))
        while connection.recv(65_536):
            pass  # closing with bytes unread would take back what was just said


def _received(connection: socket.socket, seconds: float) -> float:
    """Kbit/s that arrive, once the connection is warm."""
    end, count, since = time.monotonic() + seconds, 0, None
    warm = time.monotonic() + _WARM_S
    while (at := time.monotonic()) < end:
        try:
            size = len(connection.recv(65_536))
        except TimeoutError:
            break
        if not size:
            break
        if since is not None:
            count += size
        elif at >= warm:
            since = at
    return 0.0 if since is None else count * 8 / 1000 / (time.monotonic() - since)


def _measure(seconds: float) -> dict[str, float | None]:
    trips = _round_trips()
    with closing(socket.create_connection((DEVICE, _FILL), 10)) as connection:
        connection.sendall(struct.pack("!f", seconds))
        connection.settimeout(2.0)
        up = _received(connection, seconds)
    time.sleep(1)  # what still queues belongs to the way that was measured before
    with closing(socket.create_connection((DEVICE, _FILL), 10)) as connection:
        connection.sendall(struct.pack("!f", -seconds))
        down = _pour(connection, seconds)
    return {
        "trip_least": min(trips, default=None),
        "trip_p50": percentile(trips, 0.5),
        "trip_p95": percentile(trips, 0.95),
        "echoes_lost": _ECHOES - len(trips),
        "tcp_up_kbit_s": up,
        "tcp_down_kbit_s": down,
    }


def _round_trips() -> list[float]:
    trips = []
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as line:
        line.connect((DEVICE, _ECHO))
        line.settimeout(0.5)
        for number in range(_ECHOES):
            began = time.perf_counter()
            line.send(struct.pack("!I", number))
            with suppress(TimeoutError):
                while struct.unpack("!I", line.recv(64))[0] != number:
                    pass  # one that comes late was counted as lost
                trips.append((time.perf_counter() - began) * 1000)
            time.sleep(_GAP_S)
    return trips


def _pour(connection: socket.socket, seconds: float) -> float:
    """Fill the way to the device for so long; what it says it received."""
    connection.settimeout(0.2)
    end = time.monotonic() + seconds + _WARM_S
    while time.monotonic() < end:
        with suppress(TimeoutError, ConnectionError):
            connection.send(_CHUNK)
    connection.settimeout(10)
    with suppress(OSError):
        return float(struct.unpack("!f", connection.recv(4))[0])
    return 0.0


if __name__ == "__main__":
    print(json.dumps(_measure(float(sys.argv[1]))))
