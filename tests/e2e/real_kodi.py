"""The real Kodi on a display of its own, with nothing of this machine's in it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.x11.display import Server

PROGRAM = next(
    (
        path
        for path in (Path("/usr/lib/x86_64-linux-gnu/kodi/kodi.bin"), Path("/usr/lib/kodi/kodi.bin"))
        if path.exists()
    ),
    Path("/usr/lib/kodi/kodi.bin"),
)
# Kodi is 155 MB of a system's own packages, and drawing without a graphics card it takes a machine for
# itself: `make prove` plays it, and `make test` says at its end that it did not.
REQUIRED = os.environ.get("ALONGSIDE_PROVE") == "1"
START_S = 60
# Without a sound device its settings hang.
NO_SOUND = "pcm.!default { type null }\nctl.!default { type null }\n"


@dataclass
class Kodi:
    """One Kodi; `ask` speaks to it beside the agent."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def window(self) -> str:
        """Which one is in front, in its own words."""
        return str(self._in_front("currentwindow"))

    @property
    def control(self) -> str:
        """What has the focus there."""
        return str(self._in_front("currentcontrol"))

    @property
    def typed(self) -> str:
        """What stands in its virtual keyboard."""
        label = "Control.GetLabel(312).index(1)"
        return str(self.ask("XBMC.GetInfoLabels", labels=[label])[label])

    def setting(self, name: str) -> Any:
        return self.ask("Settings.GetSettingValue", setting=name)["value"]

    def _in_front(self, what: str) -> Any:
        return self.ask("GUI.GetProperties", properties=[what])[what]["label"]

    def ask(self, method: str, **params: Any) -> Any:
        with socket.create_connection(("127.0.0.1", self.port), 5) as line:
            line.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode())
            said = b""
            while True:
                said += line.recv(65_536)
                for text in said.replace(b"}{", b"}\n{").split(b"\n"):
                    try:
                        answer = json.loads(text)
                    except ValueError:
                        continue
                    if answer.get("id") == 1:
                        return answer.get("result")


@contextmanager
def running_kodi(server: Server, home: Path) -> Iterator[Kodi]:
    assert PROGRAM.exists(), "this needs Kodi: apt-get install --no-install-recommends kodi kodi-bin"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    userdata = home / ".kodi" / "userdata"
    userdata.mkdir(parents=True)
    (userdata / "advancedsettings.xml").write_text(
        f"<advancedsettings><jsonrpc><tcpport>{port}</tcpport></jsonrpc></advancedsettings>"
    )
    (home / ".asoundrc").write_text(NO_SOUND)
    env = {
        "HOME": str(home),
        "DISPLAY": server.name,
        "PATH": os.environ["PATH"],
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "LANG": "C.UTF-8",
    }
    process = subprocess.Popen(
        [PROGRAM, "--standalone", "--audio-backend=alsa"],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    kodi = Kodi(process, port)
    try:
        _until_it_answers(kodi)
        yield kodi
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(10)


def _until_it_answers(kodi: Kodi) -> None:
    end = time.monotonic() + START_S
    while True:
        assert kodi.process.poll() is None, "Kodi ended"
        assert time.monotonic() < end, "Kodi did not come up"
        try:
            if kodi.ask("JSONRPC.Ping") == "pong":
                return
        except OSError:
            continue
