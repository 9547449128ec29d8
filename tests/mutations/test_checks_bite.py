"""The checks bite: with each kept sabotage of the product the tests named beside it fail, and only then.

A check that a sabotage survives checks nothing. Every run is a process of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.mutations.kept import MUTATIONS
from tests.mutations.kept_in_browser import BROWSER_MUTATIONS
from tests.mutations.mutation import BrowserMutation, Edit, Mutation, StaleEdit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 180
PROVING = os.environ.get("ALONGSIDE_PROVE") == "1"
AT_ONCE = 1 if "PYTEST_XDIST_WORKER" in os.environ else 2  # a suite in parts keeps the cores busy already
NODE = shutil.which("node") or "node"  # without Node these checks fail, as they should

_WHOLE: dict[str, Outcome] = {}  # each file of browser tests once on the product as it is

# How a sabotage fails that is itself wrong: it proves nothing about the checks.
BOTCHED = {"NameError", "AttributeError", "TypeError", "ImportError", "SyntaxError", "StaleEdit"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of some tests came to: per test the kind of error, or "" where it passed."""

    code: int
    errors: dict[str, str]
    output: str

    def of(self, check: str) -> list[str]:
        """The errors of all cases of a check."""
        return [error for test, error in self.errors.items() if test == check or test.startswith(check + "[")]


def run(checks: Sequence[str], folder: Path, mutation: str = "") -> Outcome:
    """These tests in a fresh interpreter, with the product sabotaged or as it is."""
    noted = folder / "noted.json"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.mutations.apply", "--noted", str(noted)]
    command += ["--mutation", mutation, "--basetemp", str(folder / "tmp"), *checks]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environment()
    )
    errors = json.loads(noted.read_text(encoding="utf-8")) if noted.exists() else {}
    return Outcome(done.returncode, errors, done.stdout + done.stderr)


def environment() -> dict[str, str]:
    """Without the long counts, since sabotage shows in the short ones, and without the outer run's marks."""
    outer = ("PYTEST_", "ALONGSIDE_PROVE")
    return {name: value for name, value in os.environ.items() if not name.startswith(outer)}


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
        [NODE, "--test", "--test-reporter=tap", file],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return Outcome(done.returncode, dict(tap_results(done.stdout)), done.stdout + done.stderr)


def tap_results(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        state, dash, name = line.strip().partition(" - ")
        if dash and state.startswith(("ok ", "not ok ")):
            yield name.replace("\\#", "#"), "" if state.startswith("ok") else "not ok"


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Mutation | None], Outcome]]:
    """Runs what the selected tests need ahead of them, and hands out the outcomes."""
    futures: dict[str, Future[Outcome]] = {}
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:

        def begin(mutation: Mutation | None) -> Future[Outcome]:
            name = mutation.name if mutation else ""
            if name not in futures:
                checks = mutation.checks if mutation else every_check()
                futures[name] = pool.submit(run, checks, tmp_path_factory.mktemp("run"), name)
            return futures[name]

        for mutation in wanted(request):
            begin(mutation)
        yield lambda mutation: begin(mutation).result()
        for future in futures.values():
            future.cancel()


def wanted(request: pytest.FixtureRequest) -> list[Mutation | None]:
    """What the selected tests of this module will ask for, in their order."""
    mine = [item for item in request.session.items if isinstance(item, pytest.Function)]
    return [
        mutation_of(item) for item in mine if item.module is request.module and "runs" in item.fixturenames
    ]


def mutation_of(test: pytest.Function) -> Mutation | None:
    if not hasattr(test, "callspec"):
        return None
    mutation = test.callspec.params["mutation"]
    assert isinstance(mutation, Mutation)
    return mutation


def every_check() -> list[str]:
    """What runs on the product as it is: one for the way it is run; the suite runs them all anyway."""
    checks = sorted({check for mutation in MUTATIONS for check in mutation.checks})
    return checks if PROVING else checks[:1]


def test_the_named_checks_pass_on_the_product_as_it_is(
    runs: Callable[[Mutation | None], Outcome],
) -> None:
    outcome = runs(None)
    assert outcome.code == 0, outcome.output
    for check in every_check():
        assert outcome.of(check), f"{check} was not run"
        assert set(outcome.of(check)) == {""}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_each_check_fails_on_its_sabotage(
    runs: Callable[[Mutation | None], Outcome], mutation: Mutation
) -> None:
    outcome = runs(mutation)
    assert outcome.code == 1, outcome.output
    for check in mutation.checks:
        errors = {error for error in outcome.of(check) if error}
        assert errors, f"{check} does not notice that {mutation.name}"
        assert not errors & BOTCHED, outcome.output


@pytest.mark.parametrize("mutation", BROWSER_MUTATIONS, ids=lambda mutation: mutation.name)
def test_each_browser_check_passes_and_fails_on_its_sabotage(
    mutation: BrowserMutation, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if mutation.file not in _WHOLE:
        _WHOLE[mutation.file] = run_in_node(mutation.file, tmp_path_factory.mktemp("whole") / "copy")
    whole = _WHOLE[mutation.file]
    assert whole.code == 0, whole.output
    sabotaged = run_in_node(mutation.file, tmp_path / "sabotaged", mutation.edits)
    assert sabotaged.code == 1
    for check in mutation.checks:
        assert whole.of(check) == [""]
        assert sabotaged.of(check) == ["not ok"], sabotaged.output


def test_an_edit_that_fits_no_more_is_an_error() -> None:
    edit = Edit("wire/code.py", "one", "two")
    assert edit.applied_to("say one") == "say two"
    for text in ("none", "one and one"):
        with pytest.raises(StaleEdit):
            edit.applied_to(text.replace("none", "nothing"))
