"""The bench of endings as a person runs it, with few rounds: form and reasons, never times."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bench.endings import readme
from bench.endings.__main__ import logins_of
from bench.endings.cases import BY_NAME, CASES, Act, Party
from bench.endings.consoles import Pictures, Told
from bench.endings.plot import drawn
from bench.endings.relay import Ending
from bench.endings.report import Spread, as_markdown, rows_of
from bench.endings.rounds import Evidence, Round, judged
from bench.endings.witness import Seen, Witness
from identity.rules import BADGES_PER_HOUR, normal_login
from tests.sources import ROOT
from wire.reasons import EndReason

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 2
PLAYED = ("customer_stops", "device_killed", "relay_killed", "relay_frozen")
MS = 1_000_000
FAULT = 10_000 * MS


@pytest.mark.proves("G10")
@pytest.mark.slow
def test_the_bench_prints_one_array_and_finds_every_reason_true() -> None:
    """INV-B1-B3, B6: on the device, in the console and on record, also where somebody died or slept."""
    asked = [f"--case={name}" for name in PLAYED]
    command = [sys.executable, "-m", "bench.endings", "--json", f"--rounds={ROUNDS}", "--at-once=2", *asked]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 0, ran.stderr
    rows = json.loads(ran.stdout)
    assert [row["case"] for row in rows] == list(PLAYED)
    for row in rows:
        assert row["rounds"] == ROUNDS
        assert_figures(row)
        assert_reasons(row)


def assert_figures(row: dict[str, Any]) -> None:
    for name in ("last_action_ms", "last_frame_ms", "shown_ms"):
        assert set(row[name]) == {"p50", "p99", "max"}
        assert 0 <= row[name]["p50"] <= row[name]["p99"] <= row[name]["max"]


def assert_reasons(row: dict[str, Any]) -> None:
    case = BY_NAME[row["case"]]
    assert row["reasons"] == dict.fromkeys(case.record, ROUNDS)
    assert row["reasons_on_device"] == dict.fromkeys(case.device, ROUNDS)
    assert row["reasons_in_console"] == dict.fromkeys(case.console, ROUNDS)


def test_nobody_takes_more_badges_than_an_hour_allows() -> None:
    """Each round takes one, and a case is over within the hour."""
    for rounds, at_once in ((1, 1), (200, 25), (1_000, 10)):
        everybody = [logins_of(case, rounds=rounds, at_once=at_once) for case in CASES]
        assert len({login for some in everybody for login in some}) == sum(map(len, everybody))
        for logins in everybody:
            assert [normal_login(login) for login in logins] == logins
            assert at_once <= len(logins)
            assert rounds / len(logins) < BADGES_PER_HOUR


def test_every_loss_of_every_party_is_a_case() -> None:
    played = {(case.party, case.act) for case in CASES}
    losses = {(party, act) for party in Party for act in (Act.KILL, Act.FREEZE)}
    assert losses <= played
    assert {(Party.DEVICE, Act.SILENCE), (Party.CONSOLE, Act.SILENCE)} <= played
    assert {(Party.DEVICE, Act.STOP), (Party.DEVICE, Act.POWER), (Party.CONSOLE, Act.CLOSE_TAB)} <= played


def told(reason: EndReason, ms: int = 5) -> list[Told]:
    return [Told(reason, FAULT + ms * MS)]


def evidence(**changes: Any) -> Evidence:
    """A customer's stop as it should be."""
    stopped = EndReason.CUSTOMER_STOPPED
    usual: dict[str, Any] = {
        "fault_at": FAULT,
        "before": Seen(8, FAULT - 9 * MS, 9, FAULT - 8 * MS),
        "seen": Seen(9, FAULT - 3 * MS, 12, FAULT + 2 * MS),
        "device": told(stopped, 1),
        "off_at": None,
        "console": told(stopped, 7),
        "pictures": Pictures(12, FAULT + 4 * MS),
        "record": Ending((stopped,), ends=1, commands=10),
        "in_browser": False,
    }
    return Evidence(**(usual | changes))


def test_a_round_counts_from_the_fault_and_what_came_before_it_as_nothing() -> None:
    one = judged(BY_NAME["customer_stops"], evidence())
    assert one.faults == ()
    assert (one.last_action_ms, one.last_frame_ms, one.last_frame_seen_ms) == (0, 2, 4)
    assert (one.device_shown_ms, one.console_shown_ms, one.shown_ms) == (1, 7, 7)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"device": []}, "device gives 0 reasons: none"),
        ({"console": told(EndReason.RELAY_LOST)}, "console says relay_lost, which is not customer_stopped"),
        ({"console": told(EndReason.CUSTOMER_STOPPED) * 2}, "console gives 2 reasons"),
        ({"record": Ending((), ends=0, commands=10)}, "record gives 0 reasons"),
        ({"record": Ending((EndReason.CUSTOMER_STOPPED,), ends=2, commands=10)}, "the record holds 2 ends"),
        (
            {"record": Ending((EndReason.CUSTOMER_STOPPED,), ends=1, commands=8)},
            "9 actions, 8 commands on record",
        ),
        ({"seen": Seen(9, FAULT + 2 * MS, 12, FAULT)}, "the device executed after its own end"),
        ({"before": Seen(0, 0, 9, FAULT)}, "nothing was going on"),
        ({"device": told(EndReason.IDLE, -40)}, "it had ended before the fault: idle"),
    ],
)
def test_what_must_not_be_is_found(changes: dict[str, Any], said: str) -> None:
    faults = judged(BY_NAME["customer_stops"], evidence(**changes)).faults
    assert any(fault.startswith(said) for fault in faults), faults


def test_the_dead_say_nothing_and_have_no_time() -> None:
    gone = EndReason.DEVICE_LOST
    record = Ending((gone,), ends=1, commands=10)
    one = judged(BY_NAME["device_killed"], evidence(device=[], console=told(gone), record=record))
    assert one.faults == ()
    assert (one.device_shown_ms, one.console_shown_ms) == (None, 5)
    odd = judged(BY_NAME["device_killed"], evidence(device=told(gone), console=told(gone), record=record))
    assert odd.faults == ("device is gone and yet says device_lost",)


def test_who_slept_has_a_reason_but_no_time() -> None:
    lost = EndReason.RELAY_LOST
    both = evidence(device=told(lost), console=told(lost), record=Ending((lost,), ends=1, commands=10))
    assert judged(BY_NAME["relay_frozen"], both).shown_ms == 5
    slept = EndReason.DEVICE_LOST
    frozen = evidence(device=told(slept), console=told(slept), record=Ending((slept,), ends=1, commands=10))
    assert judged(BY_NAME["device_frozen"], frozen).device_shown_ms is None


def test_a_spread_holds_only_what_was_measured() -> None:
    assert Spread.of(float(number) for number in range(1, 201)) == Spread(100, 198, 200)
    assert Spread.of([None, 3.04, None]) == Spread(3.0, 3.0, 3.0)
    assert Spread.of([None]) is None


def test_a_witness_outlives_its_writer(tmp_path: Path) -> None:
    reader = Witness.of(tmp_path / "rows", 3)
    writer = Witness(tmp_path / "rows")
    writer.action(1)
    writer.action(1)
    writer.frame(1)
    seen = reader.seen(1)
    assert (seen.actions, seen.frames) == (2, 1)
    assert 0 < seen.last_action <= seen.last_frame
    assert reader.seen(0) == reader.seen(2) == Seen(0, 0, 0, 0)


def a_round(case: str) -> Round:
    return judged(BY_NAME[case], evidence())


def test_table_and_plot_name_every_case_and_nothing_breaks_their_form() -> None:
    rows = rows_of([a_round(case.name) for case in CASES])
    table, plot = as_markdown(rows), drawn(rows)
    for case in CASES:
        assert f"| {case.title} |" in table
        assert case.title in plot.replace("&#x27;", "'")
    assert len({line.count("|") for line in table.splitlines()}) == 1
    assert "nan" not in plot.lower()


@pytest.mark.proves("G10")
def test_the_readme_holds_the_marks_between_which_the_figures_go() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count(readme.BEGIN) == text.count(readme.END) == 1
    assert text.index(readme.BEGIN) < text.index(readme.END)
