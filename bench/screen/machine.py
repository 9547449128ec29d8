"""On what it was measured: figures of two machines are never compared, but a reader wants to know."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.screen.viewing import CHROMIUM

if TYPE_CHECKING:
    from bench.screen.peers.peer import Installed

_SAYS_S: Final = 20.0


def facts() -> dict[str, str]:
    """Processor, system and browser, without a name of the machine or of its owner."""
    return {
        "cores": str(os.cpu_count()),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        "browser": _said([CHROMIUM, "--version"]),
    }


def versions(installed: Installed) -> dict[str, str]:
    """Of what was measured, as far as each says it."""
    found = {
        "alongside": _version("alongside"),
        "aiortc": _version("aiortc"),
        "noVNC": _package(installed, "@novnc/novnc"),
        "MeshCentral": _package(installed, "meshcentral"),
        "selkies": _pip(installed, "selkies"),
        "websockify": _pip(installed, "websockify"),
        "TigerVNC": _debian("tigervnc-scraping-server"),
        "x11vnc": _debian("x11vnc"),
    }
    return {name: text for name, text in found.items() if text}


def _processor() -> str:
    with suppress(OSError):
        for row in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if row.startswith("model name"):
                return row.partition(":")[2].strip()
    return platform.machine()


def _version(package: str) -> str:
    with suppress(PackageNotFoundError):
        return version(package)
    return ""


def _package(installed: Installed, name: str) -> str:
    module = installed.node_module(name)
    if module is None:
        return ""
    return _said(["node", "--print", f"require({str(module.resolve() / 'package.json')!r}).version"])


def _pip(installed: Installed, name: str) -> str:
    """Each of these environments has the name of what it is for; websockify has the bench's own."""
    python = installed.folder / ("python" if name == "websockify" else name) / "bin" / "python"
    if not python.exists():
        return _debian(name)
    return _said([str(python), "-c", f"from importlib.metadata import version; print(version({name!r}))"])


def _debian(package: str) -> str:
    if shutil.which("dpkg-query") is None:
        return ""
    return _said(["dpkg-query", "--show", "--showformat=${Version}", package])


def _said(command: list[str]) -> str:
    with suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SAYS_S, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""
    return ""
