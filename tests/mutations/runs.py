"""Runs named checks on the product, sabotaged or as it is, and notes how each ended.

A run in Python is a process of its own, forked from one that has imported libraries and nothing of the
product: to load those anew for each sabotage took most of the time.
A run in Node works on a copy of the console.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.mutations.mutation import Edit

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE_S: Final = 180
NODE: Final = shutil.which("node") or "node"  # without Node these checks fail, as they should

# What product and tests import of others. A name that is missing here costs time and changes nothing; one of
# ours would stop each run (apply.py).
_LIBRARIES: Final = (
    "pytest",
    "aiohttp.web",
    "aioice",
    "aiortc",
    "aiosmtpd.smtp",
    "aiosmtplib",
    "aiosqlite",
    "alembic.command",
    "argon2",
    "asyncpg",
    "av",
    "babel.messages.pofile",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "cryptography.hazmat.primitives.asymmetric.x25519",
    "cryptography.x509",
    "hypothesis.strategies",
    "jinja2",
    "msgspec",
    "numpy",
    "PIL.Image",
    "playwright.async_api",
    "playwright.sync_api",
    "schemathesis",
    "simplejpeg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "sqlalchemy.ext.asyncio",
    "structlog",
    "typer",
    "webauthn",
    "websockets.asyncio.client",
    "websockets.asyncio.server",
    "xdist.scheduler",
    "xcffib.xproto",
)


# Without the long counts, since sabotage shows in the short ones, and without the outer run's marks. Taken
# here: that run writes to its environment for each test, while this module's threads would read it.
_ENVIRONMENT: Final = {
    **{name: it for name, it in os.environ.items() if not name.startswith(("PYTEST_", "ALONGSIDE_PROVE"))},
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # what is named below is all they need
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of some tests came to: per test the kind of error, or "" where it passed."""

    code: int
    errors: dict[str, str]
    output: str

    def of(self, check: str) -> list[str]:
        """The errors of all cases of a check."""
        return [error for test, error in self.errors.items() if test == check or test.startswith(check + "[")]


def run(
    checks: Sequence[str], folder: Path, mutation: str = "", *, surroundings: Mapping[str, str]
) -> Outcome:
    """These tests in an interpreter that has seen nothing of the product, which is sabotaged or as it is.

    `surroundings` are variables of its environment: where it finds what runs already.
    """
    noted, said = folder / "noted.json", folder / "said.txt"
    arguments = ["-q", "-p", "pytest_asyncio.plugin", "-p", "tests.mutations.apply", "--noted", str(noted)]
    arguments += ["--mutation", mutation, "--basetemp", str(folder / "tmp"), *checks]
    forked = get_context("forkserver")
    forked.set_forkserver_preload([*_LIBRARIES])
    process = forked.Process(
        target=_run_tests, args=(arguments, said, {**_ENVIRONMENT, **surroundings}), daemon=True
    )
    process.start()
    process.join(PATIENCE_S)
    if process.exitcode is None:
        process.kill()
        process.join()
    assert process.exitcode is not None
    errors = json.loads(noted.read_text(encoding="utf-8")) if noted.exists() else {}
    return Outcome(process.exitcode, errors, said.read_text(encoding="utf-8") if said.exists() else "")


def _run_tests(arguments: list[str], said: Path, environment: dict[str, str]) -> None:
    with said.open("wb") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    import pytest

    sys.exit(int(pytest.main(arguments)))


def run_in_node(file: str, folder: Path, edits: Sequence[Edit] = ()) -> Outcome:
    """One file of browser tests, on a copy of the console's modules."""
    for part in ("technician_web", "tests/node"):
        shutil.copytree(ROOT / part, folder / part)
    for part in ("wire", "seal", "locales", "node_modules", "package.json"):
        (folder / part).symlink_to(ROOT / part)
    for edit in edits:
        path = folder / edit.path
        path.write_text(edit.applied_to(path.read_text(encoding="utf-8")), encoding="utf-8")
    done = subprocess.run(
        [NODE, "--test-reporter=tap", file],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return Outcome(done.returncode, dict(_tap_results(done.stdout)), done.stdout + done.stderr)


def _tap_results(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        state, dash, name = line.strip().partition(" - ")
        if dash and state.startswith(("ok ", "not ok ")):
            yield name.replace("\\#", "#"), "" if state.startswith("ok") else "not ok"
