"""The kept sabotages still fit the product, and the tests beside them exist: cheap, so always asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mutations.kept import MUTATIONS
from tests.mutations.kept_in_browser import BROWSER_MUTATIONS
from tests.sources import ROOT

if TYPE_CHECKING:
    from tests.mutations.mutation import Edit, Mutation

EDITS = [
    pytest.param(edit, id=f"{mutation.name}, {edit.path}")
    for mutation in (*MUTATIONS, *BROWSER_MUTATIONS)
    for edit in mutation.edits
]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_still_fits(edit: Edit) -> None:
    text = (ROOT / edit.path).read_text(encoding="utf-8")
    assert edit.applied_to(text) != text


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_named_checks_exist(mutation: Mutation) -> None:
    assert mutation.checks
    for check in mutation.checks:
        path, _, name = check.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / path).read_text(encoding="utf-8"), check
