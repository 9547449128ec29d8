"""The project's own files, for tests that read sources as text."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
_NOT_OURS = {".git", ".venv", "node_modules", "build", "data", "demo-data", "test-results"}
_PICTURES = {".png", ".jpg", ".ttf", ".woff2", ".ico", ".mp4"}


@cache
def files() -> tuple[Path, ...]:
    """Every file under version control; in a copy without git, every file that could be."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        found = [ROOT / name for name in listed.split("\0") if name]
    else:
        found = [Path(folder, name) for folder, _, names in os.walk(ROOT) for name in names]
    return tuple(sorted(path for path in found if path.is_file() and not _not_ours(path)))


def texts(*suffixes: str, under: str = "", outside: tuple[str, ...] = ()) -> dict[Path, str]:
    """Contents by path in the project: all text files, or those with these endings under a folder."""
    return {
        path.relative_to(ROOT): path.read_text(encoding="utf-8")
        for path in files()
        if path.suffix not in _PICTURES
        and (not suffixes or path.suffix in suffixes)
        and path.is_relative_to(ROOT / under)
        and not any(path.is_relative_to(ROOT / folder) for folder in outside)
    }


def _not_ours(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return any(part in _NOT_OURS or part == "__pycache__" or part.endswith(".egg-info") for part in parts)
