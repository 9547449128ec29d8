"""Who may import whom: the contracts of pyproject.toml, and that they say what the design says."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.sources import ROOT, texts

PROGRAM = (
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
)
CLOCKS_AND_CHANCE = {"asyncio", "time", "datetime", "random", "secrets", "socket", "threading", "os"}
# A day of the calendar is a value; which day it is today is not.
VALUES = {"date", "timedelta"}
ASKS_THE_CLOCK = {"today", "now", "utcnow", "fromtimestamp"}


def contracts() -> list[dict[str, object]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, object]] = settings["tool"]["importlinter"]["contracts"]
    return found


@pytest.mark.slow
def test_the_import_contracts_hold() -> None:
    """In a process of its own: it switches off every log there is."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{len(contracts())} kept, 0 broken" in ran.stdout


def test_the_contracts_that_keep_the_relay_blind_are_there() -> None:
    """INV-C1: whoever loosens one of these changes the design, not a setting."""
    forbidden = {
        (source, target)
        for contract in contracts()
        if contract["type"] == "forbidden"
        for source in contract["source_modules"]  # type: ignore[attr-defined]
        for target in contract["forbidden_modules"]  # type: ignore[attr-defined]
    }
    needed = {
        ("relay", "seal"),
        ("server", "seal"),
        ("identity", "seal"),
        ("relay", "identity"),
        ("relay", "device_agent"),
        ("device_agent", "relay"),
        ("device_agent", "server"),
        ("device_agent", "identity"),
        ("seal", "server"),
        ("wire", "seal"),
        ("care", "relay"),
        ("care", "identity"),
        ("relay", "care"),
        ("identity", "care"),
        ("device_agent", "care"),
        ("relay.audit.record", "time"),
        ("relay.pin.machine", "asyncio"),
        ("relay.session.machine", "sqlalchemy"),
    }
    assert needed <= forbidden
    independent = [set(contract["modules"]) for contract in contracts() if contract["type"] == "independence"]  # type: ignore[call-overload]
    assert {"relay.pin", "relay.session", "relay.audit"} in independent
    assert not any("ignore_imports" in contract for contract in contracts())


def imported(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_machines_and_rules_are_pure_wherever_they_stand() -> None:
    """Also those nobody added to the import linter's list."""
    pure = {
        path: source
        for path, source in texts(".py", outside=("tests", "bench", "tools")).items()
        if path.name in {"machine.py", "rules.py", "record.py", "leaf_types.py", "story.py"}
        or path.parts[0] in {"wire", "seal"}
    }
    assert len(pure) > 10
    for path, source in pure.items():
        roots = {name.split(".")[0] for name in imported(without_days(source))}
        assert not roots & CLOCKS_AND_CHANCE, path
        assert not asked(source) & ASKS_THE_CLOCK, path


def without_days(source: str) -> str:
    """The module without its import of days as values."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.Module):
            node.body = [one for one in node.body if not is_of_days(one)] or [ast.Pass()]
    return ast.unparse(tree)


def is_of_days(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.ImportFrom)
        and node.module == "datetime"
        and {alias.name for alias in node.names} <= VALUES
    )


def asked(source: str) -> set[str]:
    """Names of what is taken from objects."""
    return {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize(
    ("source", "is_pure"),
    [
        ("from datetime import date, timedelta", True),
        ("if TYPE_CHECKING:\n    from datetime import date", True),
        ("from datetime import datetime", False),
        ("from datetime import date, datetime", False),
        ("import datetime", False),
    ],
)
def test_a_day_is_a_value_and_the_clock_is_not(source: str, *, is_pure: bool) -> None:
    roots = {name.split(".")[0] for name in imported(without_days(source))}
    assert (not roots & CLOCKS_AND_CHANCE) == is_pure
    assert asked("date.today()") & ASKS_THE_CLOCK


@pytest.mark.parametrize("folder", PROGRAM)
def test_the_program_never_imports_its_tests_or_tools(folder: str) -> None:
    for path, source in texts(".py", under=folder).items():
        roots = {name.split(".")[0] for name in imported(source)}
        assert not roots & {"tests", "bench", "tools", "pytest", "hypothesis"}, path


def test_only_the_composition_root_joins_the_features() -> None:
    """`server/app.py` and the command line alone name concrete services of more than one feature.

    `server/keys.py` puts what identity's keys sign where the relay passes it on, and on record;
    `server/restored.py` keeps what identity took back together with the place of the record that says so.
    """
    features = ("relay.pin", "relay.session", "relay.audit", "identity")
    joining = set()
    for path, source in texts(".py", under="server").items():
        seen = {feature for name in imported(source) for feature in features if name.startswith(feature)}
        if len(seen) > 1:
            joining.add(path)
    assert joining <= {
        Path("server/app.py"),
        Path("server/cli.py"),
        Path("server/serving.py"),
        Path("server/keys.py"),
        Path("server/restored.py"),
        Path("server/api/sessions.py"),
    }
