"""What `alongside audit show` prints of a still: its whole hash, as `sha256sum` does for the file."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from server.listing import print_session
from wire.encoding import sha256_b64

FILE = b"a still"
FILE_HASH = hashlib.sha256(FILE).hexdigest()


def session(kind: str, outcome: str, pc: str) -> dict[str, Any]:
    record = {"typ": "action", "number": 3, "device_at": "", "frame": "x", "class": kind, "path": ""}
    entry = {
        "seq": 7, "at": "2026-11-22T11:53:05.123Z", "typ": "device.action",
        "by": {"role": "device", "pid": "p"}, "facts": {},
        "record": record | {"outcome": outcome, "pc": pc, "cause": ""},
    }  # fmt: skip
    chain = {"whole": True, "leaves": 8, "first_bad": None, "why": ""}
    return {"session": "s", "reason": "technician_left", "entries": [entry], "chain": chain, "gaps": []}


def printed(capsys: pytest.CaptureFixture[str], facts: dict[str, Any]) -> str:
    print_session(facts)
    return "".join(capsys.readouterr().out.split())


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no column folds between the digits of another one."""
    monkeypatch.setenv("COLUMNS", "240")


def test_a_still_is_printed_with_the_whole_hash_of_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, session("still", "done", sha256_b64(FILE)))
    assert f"sha256{FILE_HASH}" in out


@pytest.mark.parametrize("columns", ["80", "40"])
def test_on_a_narrow_screen_or_in_a_file_nothing_is_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    out = printed(capsys, session("still", "done", sha256_b64(FILE)))
    assert f"2026-11-22T11:53:05.123Zdevice.actiondeviceclassstill,outcomedone,sha256{FILE_HASH}" in out


@pytest.mark.parametrize(
    ("kind", "outcome", "pc"),
    [("still", "started", ""), ("still", "refused", ""), ("text", "done", "x" * 43)],
)
def test_nothing_else_is_called_a_stills_hash(
    capsys: pytest.CaptureFixture[str], kind: str, outcome: str, pc: str
) -> None:
    assert "sha256" not in printed(capsys, session(kind, outcome, pc))
