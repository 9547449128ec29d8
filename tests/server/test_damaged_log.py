"""A newest record that was changed behind the server's back: nothing is written after it unseen (INV-D2)."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from relay.audit.record import leaf_hash, parse_leaf
from server.app import TamperedLog, open_office, open_records
from server.cli import app
from server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

pytestmark = pytest.mark.slow

LATER = 4_000_000_000_000  # the year 2096


def _run(*arguments: object, said: str = "") -> Result:
    return CliRunner().invoke(app, [*map(str, arguments), "--json"], input=said)


def _add(data: Path, login: str) -> Result:
    names = ("--name", "Demo Auditor", "--org", "Hallmere Care", "--role", "auditor")
    return _run("accounts", "add", login, *names, "--data", data, said="a long and good password\n")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with two records: two accounts were added."""
    for login in ("auditor", "another"):
        assert _add(tmp_path / "data", login).exit_code == 0
    return tmp_path / "data"


def _leaves(data: Path) -> list[tuple[int, str, bytes, bytes]]:
    with closing(sqlite3.connect(data / "alongside.db")) as base:
        return base.execute("SELECT idx, sess, hash, leaf FROM audit_leaf ORDER BY idx").fetchall()


def _change(data: Path, change: Callable[[bytes], bytes], *, column: str = "leaf") -> str:
    """The newest leaf, or the hash beside it, changed by somebody who removed the trigger; its session."""
    idx, sess, digest, leaf = _leaves(data)[-1]
    changed = change(leaf if column == "leaf" else digest)
    with closing(sqlite3.connect(data / "alongside.db")) as base:
        base.execute("DROP TRIGGER audit_leaf_update")
        base.execute(f"UPDATE audit_leaf SET {column} = ? WHERE idx = ?", (changed, idx))
        base.commit()
    return sess


def _later(leaf: bytes) -> bytes:
    """Well formed, and far ahead: it would take the server's clock there."""
    was = parse_leaf(leaf).ts
    forged = leaf.replace(str(was).encode(), str(LATER).encode())
    assert parse_leaf(forged).ts == LATER
    return forged


CHANGES = {
    "bytes": (lambda _leaf: b"\xff\0garbage", "leaf"),
    "nothing": (lambda _leaf: b"", "leaf"),
    "another time": (_later, "leaf"),
    "another role": (lambda leaf: leaf.replace(b"operator", b"auditor"), "leaf"),
    "another hash": (lambda digest: bytes(len(digest)), "hash"),
}


@pytest.mark.parametrize("how", CHANGES)
def test_a_server_does_not_start_on_a_changed_record_and_says_what_to_do(data: Path, how: str) -> None:
    change, column = CHANGES[how]
    sess = _change(data, change, column=column)
    before = _leaves(data)
    for command in (("serve", "--port", "0"), ("migrate",), ("accounts", "list")):
        refused = _run(*command, "--data", data)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "not as it was written" in refused.stderr
        assert f"alongside audit show {sess}" in refused.stderr
        assert refused.stderr.count("\n") == 1
        assert "Traceback" not in refused.output
    assert _add(data, "third").exit_code == 1
    assert _leaves(data) == before, "nothing was written on top of it"


def test_a_database_of_a_newer_server_is_refused_in_a_sentence(data: Path) -> None:
    """INV-E5: there is no way down."""
    with closing(sqlite3.connect(data / "alongside.db")) as base:
        base.execute("UPDATE alembic_version SET version_num = '9999'")
        base.commit()
    for command in (("serve", "--port", "0"), ("accounts", "list")):
        refused = _run(*command, "--data", data)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "a newer server has changed the database (to 9999)" in refused.stderr
        assert "Traceback" not in refused.output


def test_the_doctor_names_it_too(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALONGSIDE_PORT", "0")
    sess = _change(data, lambda _leaf: b"x")
    found = {finding["check"]: finding for finding in json.loads(_run("doctor", "--data", data).stdout)}
    assert not found["database"]["ok"]
    assert sess in found["database"]["advice"]


def test_the_changed_record_can_be_looked_at_and_that_is_what_lets_the_server_start(data: Path) -> None:
    """That somebody looked is on record, after the record that was changed and beside it for ever."""
    sess = _change(data, _later)
    shown = _run("audit", "show", sess, "--data", data)
    assert shown.exit_code == 0
    facts = json.loads(shown.stdout)
    assert facts["chain"]["whole"] is False
    assert facts["chain"]["why"] == "differs from the hash kept beside it"
    newest = parse_leaf(_leaves(data)[-1][3])
    assert (newest.typ.value, newest.d) == ("audit.read", {"session": sess})
    assert _add(data, "third").exit_code == 0
    assert json.loads(_run("audit", "show", sess, "--data", data).stdout)["chain"]["whole"] is False


async def test_a_forged_time_does_not_move_the_clock(data: Path) -> None:
    """INV-A3: the newest time that can be believed is the floor, here that of the record before."""
    _change(data, _later)
    async with open_records(Settings(data=data)) as records:
        assert records.end.at == parse_leaf(_leaves(data)[0][3]).ts
        assert records.end.at <= records.clock.now_ms() < LATER


async def test_an_end_without_any_record_to_believe_gives_no_floor_and_no_office(data: Path) -> None:
    _change(data, lambda _leaf: b"x")
    with closing(sqlite3.connect(data / "alongside.db")) as base:
        base.execute("UPDATE audit_leaf SET leaf = ?, sess = CAST(idx AS TEXT)", (b"x",))
        base.commit()
    async with open_records(Settings(data=data)) as records:
        assert (records.end.at, records.end.tampered) == (0, "1")
    with pytest.raises(TamperedLog, match="restore a backup"):
        async with open_office(Settings(data=data)):
            pass


async def test_an_untouched_log_is_opened_without_a_word(data: Path) -> None:
    async with open_records(Settings(data=data)) as records:
        leaf = _leaves(data)[-1]
        assert leaf[2] == leaf_hash(leaf[3])
        assert (records.end.at, records.end.tampered) == (parse_leaf(leaf[3]).ts, None)
