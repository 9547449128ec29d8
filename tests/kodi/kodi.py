"""A Kodi for tests: answers as the real one does, writes down what it did, can hang, quit and come back."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from typing import Any

SETTINGS: list[dict[str, Any]] = [
    {
        "id": "videoscreen.noofbuffers", "type": "integer", "value": 3, "enabled": True,
        "options": [{"label": "2", "value": 2}, {"label": "3", "value": 3}],
        "control": {"type": "spinner"},
    },
    {
        "id": "lookandfeel.enablerssfeeds", "type": "boolean", "value": False, "enabled": True,
        "control": {"type": "toggle"},
    },
    {
        "id": "audiooutput.volumesteps", "type": "integer", "value": 90, "enabled": True,
        "minimum": 10, "maximum": 100, "step": 10, "control": {"type": "slider"},
    },
    {
        "id": "services.devicename", "type": "string", "value": "Kodi", "enabled": True,
        "control": {"type": "edit", "hidden": False},
    },
    {
        "id": "locale.audiolanguage", "type": "string", "value": "l1", "enabled": True,
        "options": [{"label": f"Language {number}", "value": f"l{number}"} for number in range(33)],
        "control": {"type": "list"},
    },
    {
        "id": "services.webserverpassword", "type": "string", "value": "geheim", "enabled": True,
        "control": {"type": "edit", "hidden": True},
    },
    {
        "id": "network.proxypass", "type": "string", "value": "geheim", "enabled": True,
        "control": {"type": "edit"},
    },
    {"id": "videoscreen.guicalibration", "type": "action", "enabled": True, "control": {"type": "button"}},
    {
        "id": "videoscreen.delay", "type": "boolean", "value": True, "enabled": False,
        "control": {"type": "toggle"},
    },
]  # fmt: skip
HOME, SETTINGS_WINDOW = 10000, 10016


class FakeKodi:
    """Listens on a port of its own; `answers` is clear while it hangs."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listening.getsockname()
        self.did: list[tuple[str, dict[str, Any]]] = []
        self.window = HOME
        self.values: dict[str, Any] = {}  # other than at first
        self.answers = threading.Event()
        self.answers.set()
        self.peers: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def says(self, method: str, data: Any = None) -> None:
        note = {"jsonrpc": "2.0", "method": method, "params": {"data": data, "sender": "xbmc"}}
        for peer in self.peers:
            peer.sendall(json.dumps(note).encode())

    def quit(self) -> None:
        """As it goes in good order: it says so, then the line ends."""
        self.says("System.OnQuit", {"exitcode": 0})
        self.crash()

    def crash(self) -> None:
        for peer in self.peers:
            with contextlib.suppress(OSError):  # the other end hung up first
                peer.shutdown(socket.SHUT_RDWR)
        self.peers = []

    def close(self) -> None:
        self.answers.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.crash()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listening.accept()
            except OSError:
                return
            self.peers.append(peer)
            threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def _talk(self, peer: socket.socket) -> None:
        waiting, decoder = "", json.JSONDecoder()
        with peer:
            while data := peer.recv(65_536):
                self.answers.wait()
                waiting += data.decode()
                while waiting:
                    try:
                        asked, end = decoder.raw_decode(waiting)
                    except ValueError:
                        break
                    waiting = waiting[end:]
                    peer.sendall(json.dumps(self._answered(asked)).encode())

    def _answered(self, asked: dict[str, Any]) -> dict[str, Any]:
        method, params = asked["method"], asked["params"]
        head = {"jsonrpc": "2.0", "id": asked["id"]}
        match method:
            case "GUI.GetProperties":
                return head | {"result": {"currentwindow": {"id": self.window, "label": "Home"}}}
            case "Settings.GetSettings":
                now = [{**it, "value": self.values.get(it["id"], it.get("value"))} for it in SETTINGS]
                return head | {"result": {"settings": now}}
            case "Settings.SetSettingValue" if params["value"] == "":
                return head | {"error": {"code": -32602, "message": "Invalid params."}}
            case _:
                self.did.append((method, params))
                return head | {"result": "OK"}
