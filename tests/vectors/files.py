"""Reads vector files for the tests beside it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
WIRE = ROOT / "wire" / "vectors"
SEAL = ROOT / "seal" / "vectors"

Case = dict[str, Any]  # Any: a vector's fields are data; each test knows its own


@cache
def document(path: Path) -> Case:
    loaded: Case = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def cases(path: Path) -> list[Any]:
    """The cases of a file as pytest parameters, each with its own id; a file that is missing is a failure."""
    if not path.exists():
        return [pytest.param({"missing": path.name}, id=f"{path.name} is missing")]
    return [pytest.param(case, id=case["id"]) for case in document(path)["cases"]]
