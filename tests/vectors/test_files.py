"""The vector files themselves: form, ids, notes, share of refusals, and that none lies unused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.vectors.files import SEAL, WIRE, document

FILES = sorted(path for folder in (WIRE, SEAL) for path in folder.glob("*.json") if "cpace-" not in path.name)
README = (WIRE / "README.md").read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return f"{path.parent.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_has_the_form_the_readme_names(path: Path) -> None:
    file = document(path)
    assert file["format"] == "alongside-vectors-1"
    assert file["about"]
    for case in file["cases"]:
        assert {"id", "comment", "flags", "op", "result"} <= case.keys()
        assert case["result"] in {"valid", "refused"}
        assert case["comment"]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_at_least_half_of_the_cases_are_refusals(path: Path) -> None:
    results = [case["result"] for case in document(path)["cases"]]
    assert results.count("refused") * 2 >= len(results)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_flags_and_notes_are_the_same_set(path: Path) -> None:
    file = document(path)
    assert {flag for case in file["cases"] for flag in case["flags"]} == file["notes"].keys()


def test_ids_are_unique_over_all_files() -> None:
    ids = [case["id"] for path in FILES for case in document(path)["cases"]]
    assert len(ids) == len(set(ids))


def test_every_file_is_named_in_the_readme_and_read_by_a_test() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    for path in [*FILES, *SEAL.glob("cpace-*.json")]:
        assert path.name in README, path.name
        assert path.name in tests, path.name


def test_every_operation_is_named_in_the_readme() -> None:
    words = set(re.findall(r"\w+", README))
    assert {case["op"] for path in FILES for case in document(path)["cases"]} <= words
