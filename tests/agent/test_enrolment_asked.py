"""How a code reaches the device: typed by a person, written by a script, or said by the program around it."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from device_agent.enrolment import Unit
from device_agent.main import main
from device_agent.parent import Enrolling, Parent
from device_agent.trust import load_or_make_key
from tests.agent.fakes import FakeClock
from tests.agent.organisation import Organisation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CODE = "0123-4567-89AB-CDEF"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (f"{CODE}\n", "no line to http://localhost:9"),
        ("\n", "sixteen"),
        ("", "sixteen"),
        ("7" * 900, "sixteen"),
    ],
)
def test_what_stands_in_the_way_is_said_in_a_sentence_that_repeats_no_code(
    tmp_path: Path,
    typed: str,
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "trust.json").write_text(json.dumps(Organisation().trust_file("http://localhost:9")))
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert main(["--enrol", "--data", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert words in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    for code in (CODE, CODE.replace("-", ""), "777"):
        assert code not in said.err
    assert not (tmp_path / "enrolment.jws").exists()


async def test_a_parent_says_codes_as_lines_and_ends_the_device_by_leaving() -> None:
    heard: list[str] = []
    gone = asyncio.Event()
    ours, theirs = os.pipe()
    parent = Parent(ours, said=heard.append, gone=gone.set)
    for piece in (b"0123-45", b"67-89AB-CDEF\nsecond\n", b"x" * 9_000, b"\n\xff\n", b"cut short"):
        os.write(theirs, piece)
    os.close(theirs)
    async with asyncio.timeout(5):
        await gone.wait()
    parent.close()
    os.close(ours)
    assert heard[:2] == [CODE, "second"]
    assert len(heard) == 4
    assert len(heard[2]) <= 4_096 + 256, "bounded, however long a line is"


async def test_a_code_that_is_none_is_answered_and_the_device_goes_on(tmp_path: Path) -> None:
    said: list[Mapping[str, str]] = []
    answered = asyncio.Event()

    def say(facts: Mapping[str, str], _words: str) -> None:
        said.append(facts)
        answered.set()

    clock, org = FakeClock(), Organisation()
    unit = Unit(tmp_path, load_or_make_key(tmp_path / "device.key"), org.trust(clock, tmp_path / "t.json"))
    enrolling = Enrolling(unit, clock, say)
    enrolling.take("1234")
    async with asyncio.timeout(5):
        await answered.wait()
    await enrolling.close()
    assert list(said[0]) == ["not_enrolled"]
    assert "1234" not in said[0]["not_enrolled"]
