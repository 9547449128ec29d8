"""wire/SPEC.md and docs/api.md against the closed sets, limits and routes of the code."""

from __future__ import annotations

import re

import pytest

from server.problems import STATUS
from tests.docs.pages import page, quoted, rows, section
from tests.sources import ROOT
from wire import limits
from wire.commands import ActionClass, Grant, Outcome, RemoteKey
from wire.reasons import CLOSE_CODE_OF, CloseCode, EndReason

SPEC = page("wire/SPEC.md")
API = page("docs/api.md")


def test_the_end_reasons_are_those_of_the_specification() -> None:
    """SPEC §7"""
    listed = re.findall(r"\w+", section(SPEC, "End reasons, a closed set").split("`")[1])
    assert listed == [reason.value for reason in EndReason]


def test_the_close_codes_are_those_of_the_specification() -> None:
    """SPEC §8"""
    table = {int(row[0]): row[2].strip("`") for row in rows(section(SPEC, "Closing"))}
    assert set(table) == {code.value for code in CloseCode}
    said = {code.value: error.value for error, code in CLOSE_CODE_OF.items()}
    assert {code: error for code, error in table.items() if error} == said


def test_grants_outcomes_and_keys_are_those_of_the_specification() -> None:
    """SPEC §6, §10"""
    records = section(SPEC, "Device records")
    assert set(re.findall(r"`(\w+)`", re.findall(r"Grants: (.*?)\.", records)[0])) == set(Grant)
    assert set(re.findall(r"`outcome` one of `([\w ]+)`", records)[0].split()) == set(Outcome)
    assert set(re.findall(r"`class` one of `([\w ]+)`", records)[0].split()) == set(ActionClass)
    [keys] = re.findall(r"Keys a technician may press: `(.*?)`", section(SPEC, "Commands"), re.DOTALL)
    assert "digit_0 … digit_9" in " ".join(keys.split())
    named = [key for key in keys.split() if key != "…" and not key.startswith("digit_")]
    assert [*named, *(f"digit_{n}" for n in range(10))] == list(RemoteKey)


@pytest.mark.parametrize(
    ("words", "limit"),
    [
        ("text message | {:,} B", limits.TEXT_MESSAGE_BYTES),
        ("streams 1-3 / 4 / 5 / 6 and 7 | {:,} / ", limits.CONTROL_FRAME_BYTES),
        (" / {:,} / ", limits.PICTURE_FRAME_BYTES),
        (" / {:,} / ", limits.DIRECT_FRAME_BYTES),
        (" / {:,} B |", limits.SOUND_FRAME_BYTES),
        ("| {:,} frames (0.2 s)", limits.SOUND_QUEUE_FRAMES),
        ("| {:,}, bursts to 100", limits.TEXT_MESSAGES_PER_S),
        ("bursts to {:,} |", limits.TEXT_MESSAGES_BURST),
        ("live codes | {:,};", limits.LIVE_CODES),
        ("life of a code | {:,} s", limits.CODE_LIFE_S),
        ("unfinished pairing {:,} s", limits.PAIRING_S),
        ("HTTP body | {:,} B", limits.HTTP_BODY_BYTES),
        ("JSON depth {:,} |", limits.JSON_DEPTH),
        ("| {:,} frames or 1 MiB", limits.CONTROL_QUEUE_FRAMES),
        ("| {:,} frames or 4 MiB", limits.PICTURE_QUEUE_FRAMES),
    ],
)
def test_the_limits_are_those_of_the_specification(words: str, limit: int) -> None:
    """SPEC §9"""
    assert words.format(limit) in section(SPEC, "Limits")


def test_every_refusal_is_documented_with_its_status() -> None:
    documented = {row[0].strip("`"): int(row[1]) for row in rows(section(API, "Refusals"))}
    assert documented == {slug.value: status for slug, status in STATUS.items()}


def test_a_page_names_no_refusal_that_does_not_exist() -> None:
    for name in ("docs/api.md", "wire/SPEC.md"):
        slugs = {text for text in quoted(page(name)) if re.fullmatch(r"[a-z]+(-[a-z]+)+", text)}
        assert slugs <= {slug.value for slug in STATUS}, name


def test_every_route_of_the_staffs_is_documented_and_no_other() -> None:
    """INV-G1: what is not in the table is not served. The portal's are described by themselves, at `/api`."""
    sources = [ROOT / f"server/api/{name}.py" for name in ("staff", "sessions", "technicians", "reference")]
    text = "".join(source.read_text(encoding="utf-8") for source in sources)
    served = set(re.findall(r'Route\(\s*"([A-Z]+)",\s*"([^"]+)"', text))
    heads = API.split("## Refusals")[0]
    assert {(row[0], row[1].strip("`")) for row in rows(heads)} == served
