"""A pytest plug-in that sabotages the product before anything imports it, and notes how each check failed.

`python -m pytest -p tests.mutations.apply --mutation NAME --noted FILE ...`. Nothing on the disk changes.
"""

from __future__ import annotations

import json
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.mutations.kept import MUTATIONS

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from types import CodeType, ModuleType

    from tests.mutations.mutation import Edit

_PRODUCT = frozenset(
    {
        "wire",
        "seal",
        "relay",
        "identity",
        "care",
        "server",
        "device_agent",
        "locales",
        "technician_web",
        "customer_web",
    }
)


class _Sabotaged(SourceFileLoader):
    """Compiles the module from its edited text; a cached compilation is never used."""

    def __init__(self, name: str, path: str, edits: Sequence[Edit]) -> None:
        super().__init__(name, path)
        self._edits = edits

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        text = self.get_data(path).decode()
        for edit in self._edits:
            text = edit.applied_to(text)
        return compile(text, path, "exec", dont_inherit=True)


class _Saboteur(MetaPathFinder):
    """Answers for the modules that are edited, and for no other."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits: dict[str, list[Edit]] = {}
        for edit in edits:
            name = edit.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            self._edits.setdefault(name, []).append(edit)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name in self._edits else None
        if spec is not None and spec.origin is not None:
            spec.loader = _Sabotaged(name, spec.origin, self._edits[name])
        return spec


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutation", default="", help="which of tests/mutations/kept.py to apply")
    parser.addoption("--noted", default="", help="file for what each test came to")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    name = early_config.known_args_namespace.mutation
    if name:
        edits = next(mutation.edits for mutation in MUTATIONS if mutation.name == name)
        early = _PRODUCT & {module.partition(".")[0] for module in sys.modules}
        assert not early, f"imported before it could be edited: {early}"
        sys.meta_path.insert(0, _Saboteur(edits))


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Notes(config.getoption("--noted")))


class _Notes:
    """For each test the kind of error it ended with, or "" where it passed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._outcomes: dict[str, str] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if call.excinfo is not None:
            self._outcomes[item.nodeid] = call.excinfo.typename
        elif report.when == "call":
            self._outcomes.setdefault(item.nodeid, "")
        return report

    def pytest_sessionfinish(self) -> None:
        if self._path:
            Path(self._path).write_text(json.dumps(self._outcomes), encoding="utf-8")
