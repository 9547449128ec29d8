"""Install what a make target needs, showing progress, and do nothing when it is already there.

    python3 tools/install.py run     what `make demo` needs: a virtual environment from requirements/run.txt
    python3 tools/install.py checks  on top of that what `make check` and `make unit` need
    python3 tools/install.py test    on top of that the browser's tools and a Chromium

Standard library only: this runs before anything is installed. Every package is pinned by hash (INV-H6).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "tools" / "bin" / "uv"
SYSTEM_PROGRAMS = {
    "chromium": "chromium",
    "node": "nodejs",
    "npm": "npm",
    "turnserver": "coturn",
    "Xvfb": "xvfb",
    "setxkbmap": "x11-xkb-utils",
}


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - the one file that an older Python may meet
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    level = sys.argv[1] if len(sys.argv) > 1 else "run"
    started = time.monotonic()
    installed_something = install_python_packages(level)
    if level == "test":
        install_system_programs()
        installed_something |= install_browser_tools()
    if installed_something:
        say(f"Installed in {time.monotonic() - started:.0f} s.")


def install_python_packages(level: str) -> bool:
    wanted = "run.txt" if level == "run" else "test.txt"
    # What the tests need contains what the demo needs, so an environment for tests also serves the demo.
    if any(is_installed(name) for name in {wanted, "test.txt"}):
        return False
    if not PYTHON.exists():
        say("Making a virtual environment")
        run([sys.executable, "-m", "venv", str(VENV)])
    requirements = ROOT / "requirements" / wanted
    say(f"Installing {count(requirements)} packages, each checked against its hash")
    installer = (
        [str(UV), "pip", "install", f"--python={PYTHON}", "--compile-bytecode"] if have_uv() else pip()
    )
    run([*installer, "--require-hashes", "-r", str(requirements)])
    run([*installer, "--no-deps", "--no-build-isolation", "-e", str(ROOT)])
    (VENV / f"installed-{wanted}").write_text(fingerprint(wanted))
    return True


def is_installed(requirements: str) -> bool:
    return stamp_matches(VENV / f"installed-{requirements}", fingerprint(requirements))


def have_uv() -> bool:
    """Whether uv runs here; it installs several times faster than plain pip, which does the same."""
    if not UV.exists():
        wheel = [f"--target={UV.parent.parent}", "--require-hashes", "-r", "requirements/uv.txt"]
        subprocess.run([*pip(), *wheel], check=False, cwd=ROOT, env=environment(), stdout=sys.stderr)
    if not UV.exists():
        return False
    return subprocess.run([str(UV), "--version"], check=False, capture_output=True).returncode == 0


def pip() -> list[str]:
    return [str(PYTHON), "-m", "pip", "install", "--quiet"]


def install_browser_tools() -> bool:
    wanted = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    stamp = ROOT / "node_modules" / ".installed"
    if stamp_matches(stamp, wanted):
        return False
    say("Installing the browser code's checkers")
    run(["npm", "ci", "--silent", "--ignore-scripts"])
    stamp.write_text(wanted)
    return True


def install_system_programs() -> None:
    missing = [name for name in SYSTEM_PROGRAMS if shutil.which(name) is None]
    if not missing:
        return
    packages = sorted({SYSTEM_PROGRAMS[name] for name in missing})
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        by_hand = f"sudo apt-get install {' '.join(packages)}"
        sys.exit(f"The tests need {', '.join(missing)}. On Debian or Ubuntu: {by_hand}")
    say(f"Installing {', '.join(packages)} from the system's packages")
    run(["apt-get", "update", "-qq"])
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages])


def run(command: list[str]) -> None:
    # Standard output belongs to the program that is started afterwards (`make demo ARGS=--json`).
    finished = subprocess.run(command, check=False, cwd=ROOT, env=environment(), stdout=sys.stderr)
    if finished.returncode != 0:
        sys.exit(f"This did not work: {' '.join(command)}")


def environment() -> dict[str, str]:
    # Byte code is compiled once here; without it every start would pay for it again.
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in {"PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV"}
    }
    return kept | {"DEBIAN_FRONTEND": "noninteractive", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def fingerprint(requirements: str) -> str:
    files = ("pyproject.toml", "requirements/uv.txt", f"requirements/{requirements}")
    return hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in files)).hexdigest()


def stamp_matches(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def count(requirements: Path) -> int:
    return sum("==" in line for line in requirements.read_text().splitlines())


def say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
