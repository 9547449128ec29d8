"""MeshCentral: its server, its Linux agent on the screen, its desktop tab in the browser."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, ClassVar, Final

from bench.screen.children import CannotRun, environment, listening, until
from bench.screen.peers.peer import PATIENCE_MS, Opening, Peer, goto, now

if TYPE_CHECKING:
    from pathlib import Path

    from bench.screen.peers.peer import Installed
    from bench.screen.viewing import View

_PORT: Final = 18_443  # the agent keeps it: the state of the first visit serves the later ones
_LOGIN: Final = "bench"
_PASSWORD: Final = "Bench-of-screens-1"
_GROUP: Final = "bench"
_AGENT: Final = "agents/meshagent_x86-64"
_COMMAND_S: Final = 90.0
_CONFIG: Final = {
    "settings": {
        "cert": "127.0.0.1",
        "wanOnly": True,
        "port": _PORT,
        "aliasPort": _PORT,
        "redirPort": 0,
        "mpsPort": 0,
        "exactPorts": True,
        "selfUpdate": False,
        "user": _LOGIN,  # whoever opens the page is this person: no sign-in is measured
    },
    "domains": {"": {"title": "bench"}},
}
_CONNECTED: Final = "() => (document.querySelector('#Desk')?.width ?? 0) >= 1000"


class MeshCentral(Peer):
    name: ClassVar = "MeshCentral"
    words: ClassVar = (
        "its server, its agent and its desktop tab; TLS from agent to server and from server to browser"
    )
    selector: ClassVar = "#Desk"

    @classmethod
    def missing(cls, installed: Installed) -> str:
        module = installed.node_module("meshcentral")
        if shutil.which("node") is None or module is None:
            return "meshcentral not installed"
        return "" if (module / _AGENT).exists() else "no MeshCentral agent for this machine"

    def start(self) -> None:
        home = self.stage.kept / "meshcentral"
        is_fresh = not home.exists()
        if is_fresh:
            self._make_server(home)
        self.run_in(home, "server", self._server(home))
        listening(_PORT, "MeshCentral")
        if is_fresh:
            self._make_agent(home)
        self.run_in(home / "agent", "agent", [str(home / "agent" / "meshagent"), "connect"])
        self._node = ""
        until(self._has_come, "the MeshCentral agent")

    def open(self, view: View) -> Opening:
        opening = goto(view, f"https://127.0.0.1:{_PORT}/?gotonode={self._node}&viewmode=11&hide=31")
        page = view.page
        page.locator("#connectbutton1").wait_for(state="visible", timeout=PATIENCE_MS)
        deadline = now() + PATIENCE_MS
        # The page says it is ready a little before its button works: press again until the screen is there.
        while not page.evaluate(_CONNECTED):
            if now() > deadline:
                raise CannotRun("the desktop of MeshCentral did not open")
            page.evaluate("() => { if (!globalThis.desktop) connectDesktop(null, 3); }")
            page.wait_for_timeout(100)
        return opening

    @property
    def _module(self) -> Path:
        found = self.stage.installed.node_module("meshcentral")
        assert found is not None
        return found.resolve()

    def _server(self, home: Path) -> list[str]:
        return ["node", str(self._module), "--datapath", str(home / "data")]

    def _make_server(self, home: Path) -> None:
        (home / "data").mkdir(parents=True)
        (home / "data" / "config.json").write_text(json.dumps(_CONFIG), encoding="utf-8")
        account = ["--createaccount", _LOGIN, "--pass", _PASSWORD, "--email", "bench@alongside.invalid"]
        self._say([*self._server(home), *account])
        self._say([*self._server(home), "--adminaccount", _LOGIN])

    def _make_agent(self, home: Path) -> None:
        """A device group, and an agent that was told of it as an installer would."""
        made = self._control("adddevicegroup", "--name", _GROUP)
        group = made.partition("mesh//")[2].split()[0]
        folder = home / "agent"
        folder.mkdir()
        anybody = ssl.create_default_context()
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        asked = f"https://127.0.0.1:{_PORT}/meshsettings?id={urllib.parse.quote(group)}"
        with urllib.request.urlopen(asked, timeout=_COMMAND_S, context=anybody) as answer:
            (folder / "meshagent.msh").write_bytes(answer.read().lstrip())
        shutil.copy(self._module / _AGENT, folder / "meshagent")
        (folder / "meshagent").chmod(0o755)

    def _has_come(self) -> bool:
        """An agent is there once its row ends with its connection and its power, both 1."""
        for row in self._control("listdevices").splitlines():
            if row.startswith('"') and row.rstrip().endswith("1, 1, 1"):
                self._node = row.split('"')[1]
        return bool(self._node)

    def _control(self, *words: str) -> str:
        who = ["--url", f"wss://127.0.0.1:{_PORT}", "--loginuser", _LOGIN, "--loginpass", _PASSWORD]
        return self._say(["node", str(self._module / "meshctrl.js"), *words, *who])

    def _say(self, command: list[str]) -> str:
        done = subprocess.run(
            command,
            cwd=self.stage.kept,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=_COMMAND_S,
            check=False,
        )
        return done.stdout
