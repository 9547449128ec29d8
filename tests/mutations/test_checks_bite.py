"""The checks bite: with each kept sabotage of the product the tests named beside it fail, and only then.

A check that a sabotage survives checks nothing. Every run is a process of its own.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.databases import POSTGRESQL, migrated, postgresql_uri  # noqa: F401 - the fixture
from tests.mutations.kept import MUTATIONS
from tests.mutations.kept_in_browser import BROWSER_MUTATIONS
from tests.mutations.mutation import BrowserMutation, Edit, Mutation, StaleEdit
from tests.mutations.runs import Outcome, run, run_in_node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

pytestmark = pytest.mark.slow

PROVING = os.environ.get("ALONGSIDE_PROVE") == "1"
# A suite in parts keeps the cores busy already, and which of these tests a worker gets it learns bit by bit.
AHEAD = "PYTEST_XDIST_WORKER" not in os.environ
AT_ONCE = 2 if AHEAD else 1

BROWSER_FILES = sorted({mutation.file for mutation in BROWSER_MUTATIONS})
# How a sabotage fails that is itself wrong: it proves nothing about the checks.
BOTCHED = {"NameError", "AttributeError", "TypeError", "ImportError", "SyntaxError", "StaleEdit"}


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgresql_uri: str,  # noqa: F811 - the fixture
) -> Iterator[Callable[[Mutation | None], Outcome]]:
    """Runs what the selected tests need, ahead of them where that is known, and hands out the outcomes."""
    futures: dict[str, Future[Outcome]] = {}
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        made = migrated(postgresql_uri, tmp_path_factory.mktemp("migrated"))
        tables = pool.submit(asyncio.run, made).result()

        def begin(mutation: Mutation | None) -> Future[Outcome]:
            name = mutation.name if mutation else ""
            if name not in futures:
                checks = mutation.checks if mutation else every_check()
                folder = tmp_path_factory.mktemp("run")
                surroundings = {POSTGRESQL: postgresql_uri} | ({} if makes_tables(mutation) else tables)
                futures[name] = pool.submit(run, checks, folder, name, surroundings=surroundings)
            return futures[name]

        for mutation in wanted(request) if AHEAD else ():
            begin(mutation)
        yield lambda mutation: begin(mutation).result()
        for future in futures.values():
            future.cancel()


def makes_tables(mutation: Mutation | None) -> bool:
    """Whether this sabotage may show in the tables themselves: it gets none that others have made."""
    return mutation is not None and any(edit.path.startswith("server/storage/") for edit in mutation.edits)


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


@pytest.mark.parametrize("file", BROWSER_FILES if PROVING else BROWSER_FILES[:1])
def test_the_named_browser_checks_pass_on_the_product_as_it_is(file: str, tmp_path: Path) -> None:
    """Here too one for the way it is run; `make test` runs them all before the rest of the suite."""
    outcome = run_in_node(file, tmp_path / "whole")
    assert outcome.code == 0, outcome.output
    named = [check for mutation in BROWSER_MUTATIONS if mutation.file == file for check in mutation.checks]
    assert [outcome.of(check) for check in named] == [[""]] * len(named), outcome.output


@pytest.mark.parametrize("mutation", BROWSER_MUTATIONS, ids=lambda mutation: mutation.name)
def test_each_browser_check_fails_on_its_sabotage(mutation: BrowserMutation, tmp_path: Path) -> None:
    outcome = run_in_node(mutation.file, tmp_path / "sabotaged", mutation.edits)
    assert outcome.code == 1
    for check in mutation.checks:
        assert outcome.of(check) == ["not ok"], outcome.output


def test_an_edit_that_fits_no_more_is_an_error() -> None:
    edit = Edit("wire/code.py", "one", "two")
    assert edit.applied_to("say one") == "say two"
    for text in ("none", "one and one"):
        with pytest.raises(StaleEdit):
            edit.applied_to(text.replace("none", "nothing"))
