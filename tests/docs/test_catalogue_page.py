"""docs/catalogue.md against the code: every table, every column, every word."""

from __future__ import annotations

import re

from care.catalogue.models import Why
from care.imports import kinds, service
from care.imports.confirmations import ConfirmationImport
from care.imports.tacs import TacImport
from care.table import Outcome
from server.desk import Table
from tests.docs.pages import page, quoted, rows, section

PAGE = page("docs/catalogue.md")
IMPORTERS: dict[Table, type[kinds.Importer]] = {
    Table.GROUPS: kinds.GroupImport,
    Table.MODELS: kinds.ModelImport,
    Table.TERMS: kinds.TermImport,
    Table.TAC: TacImport,
    Table.SUPPLY: kinds.SupplyImport,
    Table.CONFIRMATIONS: ConfirmationImport,
}


def test_every_table_stands_there_with_its_columns() -> None:
    documented = {
        row[0]: (set(re.findall(r"`(\w+)`", row[1])), set(re.findall(r"`(\w+)`", row[2])))
        for row in rows(section(PAGE, "Tables"))
    }
    assert documented == {
        table.value: (set(kind.columns), set(kind.optional)) for table, kind in IMPORTERS.items()
    }
    assert set(IMPORTERS) == set(Table)


def test_every_word_of_a_result_and_of_what_cannot_be_registered_is_named() -> None:
    named = set(quoted(PAGE))
    assert {outcome.value for outcome in Outcome} <= named
    assert {why.value for why in Why} <= named


def test_the_size_of_a_step_is_the_codes() -> None:
    assert f"{service.BATCH} rows at a time" in PAGE
