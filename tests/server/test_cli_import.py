"""`alongside import` as a maker's clerk uses it: what came of each row, and what to do about a file."""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from care.catalogue.maker import INVENTED
from relay.audit.record import parse_leaf
from server.cli import app
from server.cli_import import SHOWN_MOST
from wire.encoding import b64

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

pytestmark = pytest.mark.slow

MAKER = 'name = "A"\nbrands = ["A"]\nlink_hosts = []\ncode_hosts = []'
SUPPLY = "serial,model,shipped_on,delivered_on,country,document\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for table, name in (("groups", "groups.csv"), ("models", "demo/models.csv"), ("terms", "terms.csv")):
        done = bring(tmp_path, table, INVENTED / name)
        assert done.exit_code == 0, done.output
    return tmp_path


def bring(folder: Path, table: str, file: Path, *more: str) -> Result:
    named = ("--maker", str(INVENTED), "--data", str(folder / "data"), "--json")
    return CliRunner().invoke(app, ["import", table, str(file), *named, *more])


def supply(folder: Path, *rows: str) -> Path:
    file = folder / "supply.csv"
    file.write_text(SUPPLY + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return file


def test_a_supply_list_is_tried_taken_and_taken_again(folder: Path) -> None:
    file = supply(
        folder, "0A1B2C3D4E5F6G7,VQ55Q7,2026-02-01,,LV,DN-1", "0A1B2C3D4E5F6G8,VQ55Q7,2026-02-01,,LV,"
    )
    said = [bring(folder, "supply", file, *more) for more in (("--dry-run",), (), ())]
    assert [one.exit_code for one in said] == [0, 0, 0]
    facts = [json.loads(one.stdout) for one in said]
    assert [(one["rows"], one["added"], one["same"], one["dry_run"]) for one in facts] == [
        (2, 2, 0, True),
        (2, 2, 0, False),
        (2, 0, 2, False),
    ]


def test_an_import_is_on_record_before_its_first_row_and_after_its_last(folder: Path) -> None:
    """And one that broke off has a beginning alone; one that was only tried has nothing."""
    file = supply(
        folder, "0A1B2C3D4E5F6G7,VQ55Q7,2026-02-01,,LV,DN-1", "0A1B2C3D4E5F6G8,VQ55Q7,2026-02-01,,LV,"
    )
    broken = folder / "broken.csv"
    broken.write_bytes(file.read_bytes() + b'"never closed\n')
    before = len(on_record(folder))
    bring(folder, "supply", file, "--dry-run")
    assert bring(folder, "supply", file).exit_code == 0
    assert bring(folder, "supply", broken).exit_code != 0
    assert on_record(folder)[before:] == [
        ("import.begun", {"table": "supply", "file": hash_of(file)}),
        ("import.done", {"table": "supply", "added": 2, "changed": 0, "same": 0, "refused": 0}),
        ("import.begun", {"table": "supply", "file": hash_of(broken)}),
    ]


def on_record(folder: Path) -> list[tuple[str, object]]:
    with closing(sqlite3.connect(folder / "data" / "alongside.db")) as base:
        rows = base.execute("SELECT leaf FROM audit_leaf ORDER BY idx")
        return [(leaf.typ.value, dict(leaf.d)) for leaf in (parse_leaf(row[0]) for row in rows)]


def hash_of(file: Path) -> str:
    return b64(hashlib.sha256(file.read_bytes()).digest())


def test_refused_rows_are_said_with_their_line_and_stand_in_the_file_of_results(folder: Path) -> None:
    bad = [f"0A1B2C3D4E5{place:04d},NOPE,2026-02-01,,LV," for place in range(SHOWN_MOST + 3)]
    file = supply(folder, "0A1B2C3D4E5F6G7,VQ55Q7,2026-02-01,,LV,", *bad)
    results = folder / "results.csv"
    done = bring(folder, "supply", file, "--results", str(results))
    assert done.exit_code == 1
    assert json.loads(done.stdout)["refused"] == len(bad)
    said = done.stderr.splitlines()
    assert said[0] == f"alongside: {file}, line 3: model names something that there is not"
    assert said[SHOWN_MOST] == "alongside: and 3 more; --results FILE names them all"
    with results.open(encoding="utf-8", newline="") as read:
        rows = list(csv.DictReader(read))
    assert rows[0] == {"line": "2", "outcome": "added", "field": "", "fault": ""}
    assert [row["fault"] for row in rows[1:]] == ["unknown"] * len(bad)


def test_the_results_never_overwrite_a_file_not_even_the_list_itself(folder: Path) -> None:
    file = supply(folder, "0A1B2C3D4E5F6G7,VQ55Q7,2026-02-01,,LV,")
    before = file.read_bytes()
    done = bring(folder, "supply", file, "--results", str(file))
    assert done.exit_code == 1
    assert "is there already; name a new file for the results" in done.stderr
    assert file.read_bytes() == before
    nowhere = bring(folder, "supply", file, "--results", str(folder / "gone" / "results.csv"))
    assert nowhere.exit_code == 1
    assert "results.csv: No such file or directory" in nowhere.stderr
    assert "Traceback" not in nowhere.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "line 0: the first line must name the columns"),
        ("serial,model\n", "line 1: shipped_on there is no such column"),
        (SUPPLY.replace("\n", ",colour\n"), "line 1: colour no such column is known"),
        (SUPPLY + '"', "or stands in the middle of a cell; the rows before it are imported"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_what_to_do(folder: Path, content: str, said: str) -> None:
    file = folder / "supply.csv"
    file.write_text(content, encoding="utf-8")
    done = bring(folder, "supply", file)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_makers_folder_or_with_a_damaged_one_nothing_is_imported(tmp_path: Path) -> None:
    file = INVENTED / "groups.csv"
    arguments = ["import", "groups", str(file), "--data", str(tmp_path / "data")]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 1
    assert "name the maker's folder with --maker" in done.stderr
    damaged = tmp_path / "maker"
    damaged.mkdir()
    for content, said in (
        (None, "there is no maker.toml that can be read"),
        ("name = 3", "maker.toml: "),
        (MAKER.replace("[]", '["WWW.example"]', 1), "is no host in lower case"),
        (MAKER, "no market XX"),
    ):  # fmt: skip
        if content is not None:
            (damaged / "maker.toml").write_text(content, encoding="utf-8")
        done = CliRunner().invoke(app, [*arguments, "--maker", str(damaged)])
        assert done.exit_code == 1
        assert said in done.stderr
    assert not (tmp_path / "data").exists()
