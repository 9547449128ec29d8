"""The command line as an operator uses it: facts as JSON, refusals as one sentence, secrets in neither."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from identity.keys import SigningKey, kept_secret
from server.cli import app
from tests.server_keys import give_keys, root_of
from wire.encoding import b64

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

pytestmark = pytest.mark.slow
PASSWORD = "a long and good password"


def _run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def _add(
    data: Path, login: str = "technician", *, role: str = "technician", password: str = PASSWORD
) -> Result:
    names = ("--name", "Demo Technician", "--org", "Hallmere Care", "--role", role)
    return _run("accounts", "add", login, *names, "--data", str(data), "--json", stdin=f"{password}\n")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_an_account_is_added_listed_and_disabled(data: Path) -> None:
    added = _add(data)
    assert added.exit_code == 0, added.output
    facts = json.loads(added.stdout)
    assert facts["login"] == "technician"
    assert PASSWORD not in added.output
    [listed] = json.loads(_run("accounts", "list", "--data", str(data), "--json").stdout)
    assert (listed["id"], listed["disabled"]) == (facts["id"], False)
    assert "password" not in json.dumps(listed)
    assert _run("accounts", "disable", "technician", "--data", str(data)).exit_code == 0
    [listed] = json.loads(_run("accounts", "list", "--data", str(data), "--json").stdout)
    assert listed["disabled"] is True
    again = _run("accounts", "disable", "technician", "--data", str(data))
    assert again.exit_code == 1


@pytest.mark.parametrize(
    ("login", "role", "password", "said"),
    [
        ("technician", "technician", PASSWORD, "this login is taken"),
        ("x", "technician", PASSWORD, "a login has 3 to 64"),
        ("somebody", "admin", PASSWORD, "the role is technician or auditor"),
        ("somebody", "auditor", "short", "a password has at least 15 characters"),
        ("somebody", "auditor", "", "a password has at least 15 characters"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_a_sentence(
    data: Path, login: str, role: str, password: str, said: str
) -> None:
    assert _add(data).exit_code == 0
    refused = _add(data, login, role=role, password=password)
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert said in refused.stderr
    assert "Traceback" not in refused.output


def test_a_session_that_is_not_there_is_not_shown(data: Path) -> None:
    assert _run("migrate", "--data", str(data)).exit_code == 0
    for session in ("5e" * 16, "nonsense", "'; drop table audit_leaf"):
        refused = _run("audit", "show", session, "--data", str(data), "--json")
        assert (refused.exit_code, refused.stdout) == (1, "")


def test_looking_does_not_make_a_folder(data: Path) -> None:
    for command in (("accounts", "list"), ("accounts", "disable", "x"), ("audit", "show", "5e" * 16)):
        assert _run(*command, "--data", str(data)).exit_code == 1
        assert not data.exists()


def test_migrating_twice_is_the_same_as_once(data: Path) -> None:
    for _ in range(2):
        assert json.loads(_run("migrate", "--data", str(data), "--json").stdout) == {"migrated": True}


def test_the_doctor_finds_what_stands_in_the_way(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALONGSIDE_PORT", "0")
    give_keys(data)
    well = {
        finding["check"]: finding
        for finding in json.loads(_run("doctor", "--data", str(data), "--json").stdout)
    }
    assert all(well[check]["ok"] for check in ("python", "http parser", "port", "keys", "database"))
    (data / "issuer.key").chmod(0o644)
    ill = _run("doctor", "--data", str(data), "--json")
    assert ill.exit_code == 1
    advice = {finding["check"]: finding["advice"] for finding in json.loads(ill.stdout) if not finding["ok"]}
    assert "set its mode to 600" in advice["keys"]


def test_an_unsafe_server_does_not_start(data: Path) -> None:
    refused = _run("serve", "--host", "0.0.0.0", "--data", str(data))
    assert refused.exit_code == 1
    assert "--behind-proxy" in refused.stderr
    assert not data.exists()


def test_the_demo_refuses_a_language_without_texts(data: Path) -> None:
    refused = _run("demo", "--language", "xx", "--data", str(data))
    assert refused.exit_code == 1
    assert "no texts in this language; choose one of" in refused.stderr
    assert not data.exists()


def test_help_does_not_wait_for_the_server_to_be_imported() -> None:
    """Every start pays for its imports; the agent's even more so."""
    listed = "import sys, server.cli; print([n for n in ('sqlalchemy', 'aiohttp') if n in sys.modules])"
    out = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_the_server_does_not_import_what_only_the_device_needs() -> None:
    listed = "import sys, server.demo; print({'av', 'numpy', 'seal', 'device_agent'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_the_newest_sessions_are_listed_and_the_look_is_on_record(data: Path) -> None:
    """INV-D4: reading is itself recorded."""
    assert _add(data).exit_code == 0
    none_yet = _run("audit", "list", "--data", str(data))
    assert (none_yet.exit_code, none_yet.stdout) == (0, "")
    assert "No session yet" in none_yet.stderr
    assert json.loads(_run("audit", "list", "--data", str(data), "--json").stdout) == []
    assert _run("audit", "list", "--data", str(data), "--limit", "0").exit_code == 2


def test_what_a_device_must_trust_is_the_root_and_where_it_calls_and_nothing_else(data: Path) -> None:
    """seal/SPEC §7: nothing in it changes when keys are rotated."""
    give_keys(data, iss="hallmere-care")
    named = ("--issuer", "hallmere-care", "--data", str(data))
    printed = _run("trust", "--org", "Hallmere Care", *named)
    root = b64(SigningKey(kept_secret(root_of(data))).public)
    assert json.loads(printed.stdout) == {
        "root": root,
        "iss": "hallmere-care",
        "org": "Hallmere Care",
        "origin": "http://localhost:8400",
    }
    assert _run("trust", "--org", "Hallmere\u202eCare", *named).exit_code == 1


def test_the_keys_are_not_drawn_into_a_folder_that_was_mistyped(data: Path) -> None:
    refused = _run("trust", "--org", "Hallmere Care", "--data", str(data))
    assert refused.exit_code == 1
    assert not data.exists()


def test_the_version_is_printed() -> None:
    assert _run("--version").stdout.startswith("version=")
