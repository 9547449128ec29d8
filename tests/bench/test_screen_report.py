"""From results to tables, aims, pictures and the page of benchmarks."""

from __future__ import annotations

import math
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bench.screen import page, peers, plot, report
from bench.screen.goals import GOALS, OURS, OURS_DIRECT, Goal, Side
from bench.screen.profiles import DIRECT, PROFILES
from bench.screen.scenes import Scene
from bench.screen.soak import growth
from bench.screen.summary import Range, flattened, problems, summary

TIGER = "TigerVNC + noVNC"
CHECK = {"trip_p50": 0.1, "trip_p95": 0.2, "echoes_lost": 0, "tcp_up_kbit_s": 9e6, "tcp_down_kbit_s": 9e6}


def visit(age: float, **more: Any) -> dict[str, Any]:  # Any: results are trees of numbers
    menu = {
        "age_p50": age,
        "age_p95": age + 10,
        "drawn_s": 2.0,
        "shown_s": 1.5,
        "kib_s": 2048,
        "cores": {"agent": 0.03, "relay": 0.01, "viewer": 0.3, "X server": 0.2, "painter": 0.1},
    }
    return {"openings": [{"first_ms": 900.0, "accepted_ms": None}], "scenes": {"menu": menu}, **more}


def run(**systems: list[dict[str, Any]]) -> dict[str, Any]:
    named = {{"ours": OURS, "tiger": TIGER}[name]: visits for name, visits in systems.items()}
    return {
        "when": "2026-05-11 11:19",
        "machine": {"cores": "2", "processor": "Test 1", "system": "Linux 6", "browser": "Chromium 1"},
        "versions": {"alongside": "0.1.0"},
        "plan": {"rounds": 3, "seconds": 6.0, "presses": 12, "openings": 1, "scenes": ["menu"]},
        "left_out": {"MeshCentral": "meshcentral not installed"},
        "networks": {DIRECT: {"check": CHECK, "systems": named}},
    }


def test_a_figure_is_the_median_of_the_rounds_with_their_range() -> None:
    found = summary(OURS, [visit(30), visit(10), visit(20)])
    assert found.ranges["menu.age_p50"] == Range(10, 20, 30)
    assert found["menu.age_p50"] == 20


def test_what_was_not_measured_has_no_figure() -> None:
    found = summary(OURS, [visit(30)])
    assert found["video.age_p50"] is None
    assert "cold.accepted_ms" not in found.ranges


def test_the_systems_own_processors_are_all_but_those_that_everybody_has() -> None:
    flat = dict(flattened(visit(30)))
    assert flat["menu.server"] == pytest.approx(0.04)
    assert flat["menu.agent_and_relay"] == pytest.approx(0.04)
    assert flat["menu.shown_share"] == 0.75
    assert flat["menu.mib_s"] == 2


def test_a_round_that_failed_is_told_and_takes_nothing_from_the_others() -> None:
    broken = {"problem": "no picture within 60 s"}
    half = {"scenes": {"click": {"problem": "no scene"}, "key": {"left_out": "no keys"}}, "silence": {}}
    found = summary(OURS, [visit(30), broken, half, broken])
    assert found["menu.age_p50"] == 30
    assert found.problems == ("no picture within 60 s", "click: no scene", "key: no keys")
    assert list(problems(visit(30))) == []


def test_a_silence_after_which_no_picture_came_is_not_left_out_of_the_rounds() -> None:
    """Else the page would praise how soon the picture came back in those that lived on."""
    back = {"usual_ms": 90, "fresh_ms": 640.0, "prompt_ms": 700.0}
    over = {"usual_ms": 90, "fresh_ms": None, "prompt_ms": None}
    one_of_two = summary(OURS, [visit(30, silence=back), visit(30, silence=over)])
    two_of_three = summary(OURS, [visit(30, silence=one) for one in (back, over, back)])
    assert (one_of_two["silence.fresh_ms"], two_of_three["silence.fresh_ms"]) == (math.inf, 640)
    assert report.figure(one_of_two["silence.fresh_ms"]) == "never"
    tiger = summary(TIGER, [visit(30, silence=back)])
    [row] = [row for row in report.goal_rows("dsl", [one_of_two, tiger]) if "silence" in row[0]]
    assert row[1:] == ["≤ 640", "never", "missed"]


def test_the_way_with_a_data_channel_has_its_own_row_and_is_no_peer() -> None:
    ours, direct, tiger = (
        summary(name, [visit(30, silence={"usual_ms": 90, "fresh_ms": fresh, "prompt_ms": fresh})])
        for name, fresh in ((OURS, 400.0), (OURS_DIRECT, 200.0), (TIGER, 300.0))
    )
    rows = [row for row in report.goal_rows("home", [ours, direct, tiger]) if "silence" in row[0]]
    assert [row[1:] for row in rows] == [["≤ 300", "400", "missed by 33%"], ["≤ 300", "200", "reached"]]
    [alone] = [row for row in report.goal_rows("home", [ours, tiger]) if "silence" in row[0]]
    assert alone == rows[0]


def test_a_goal_counts_from_the_best_of_those_it_names() -> None:
    others = {name: summary(name, [visit(age)]) for name, age in ((TIGER, 40), ("x11vnc + noVNC", 30))}
    names = tuple(others)
    assert Goal(DIRECT, "age", "menu.age_p50", factor=0.5, of=names).bound(others) == 15
    assert Goal(DIRECT, "age", "menu.age_p50", Side.AT_LEAST, of=names).bound(others) == 40
    assert Goal(DIRECT, "age", "menu.age_p50", of=("nobody",)).bound(others) is None
    assert Goal(DIRECT, "age", "menu.age_p50", value=7).bound({}) == 7


@pytest.mark.parametrize(
    ("side", "reached", "verdict"),
    [
        (Side.AT_MOST, 9.9, True),
        (Side.AT_MOST, 10, True),
        (Side.AT_MOST, 10.1, False),
        (Side.AT_LEAST, 10.1, True),
        (Side.AT_LEAST, 9.9, False),
    ],
)
def test_a_goal_is_reached_at_its_bound_and_on_its_own_side(
    side: Side, reached: float, *, verdict: bool
) -> None:
    assert Goal(DIRECT, "", "", side, value=10).is_reached(reached, 10) is verdict


def test_every_goal_names_a_network_and_systems_that_there_are() -> None:
    for goal in GOALS:
        assert goal.network in {DIRECT, *PROFILES}, goal.words
        assert set(goal.of) <= set(peers.BY_NAME) - {OURS, OURS_DIRECT}, goal.words
        assert goal.of or goal.value, goal.words


def test_a_missed_aim_says_by_how_much_and_a_reached_one_that_it_is() -> None:
    [reached, missed] = [
        next(row for row in report.goal_rows(DIRECT, systems) if row[0].startswith("menu, age p50"))
        for systems in (
            [summary(OURS, [visit(20)]), summary(TIGER, [visit(28)])],
            [summary(OURS, [visit(35)]), summary(TIGER, [visit(28)])],
        )
    ]
    assert reached[1:] == ["≤ 28", "20", "reached"]
    assert missed[1:] == ["≤ 28", "35", "missed by 25%"]


def test_an_aim_without_a_measured_other_is_not_judged() -> None:
    words = [row[0] for row in report.goal_rows(DIRECT, [summary(OURS, [visit(20)])])]
    assert words == ["menu, cores of agent and relay"]


def test_tables_hold_every_system_and_no_table_is_empty() -> None:
    text = "\n".join(report.tables(run(ours=[visit(20)], tiger=[visit(28)])))
    assert f"| {OURS} | 20 | 30 |" in text
    assert f"| {TIGER} | 28 | 38 |" in text
    assert "#### Menu\n" in text
    assert "#### Video" not in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0, "0"),
        (1234.4, "1234"),
        (28.04, "28.0"),
        (3.14159, "3.14"),
        (0.9871, "0.9871"),
        (12, "12"),
    ],
)
def test_a_figure_has_the_digits_that_mean_something(value: float | None, text: str) -> None:
    assert report.figure(value) == text


def test_a_picture_is_well_formed_and_shows_every_system_and_series() -> None:
    ranges = {"menu": Range(0, 20, 40), "video": Range(100, 200, 30_000)}
    chart = plot.Chart(
        "Ages & <more>", "ms", ("menu", "video"), (plot.Row("One & two", ranges), plot.Row("None", {}))
    )
    drawing = ET.fromstring(plot.drawn(chart))
    words = ["".join(text.itertext()) for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Ages & <more>", "One & two", "None", "menu", "video"} <= set(words)
    lines = [
        line for line in drawing.iter("{http://www.w3.org/2000/svg}line") if "span" in line.get("class", "")
    ]
    assert len(lines) == 2
    for line in lines:
        assert 220 <= float(line.get("x1", "")) <= float(line.get("x2", "")) <= 950


def test_a_picture_of_nothing_is_still_a_picture() -> None:
    ET.fromstring(plot.drawn(plot.Chart("Nothing", "ms", ("menu",), (plot.Row("One", {}),))))


def test_the_page_says_what_was_left_out_and_shows_only_pictures_that_are_written() -> None:
    runs = [run(ours=[visit(20)], tiger=[visit(28)])]
    text = page.text(runs)
    assert "Left out: MeshCentral (meshcentral not installed)." in text
    shown = {part.split(")")[0] for part in text.split("](images/")[1:]}
    assert shown == set(page.pictures(runs))
    assert shown


def test_a_page_without_runs_claims_nothing() -> None:
    assert "No run is on this page yet" in page.text([])
    assert "|" not in page.text([])


@pytest.mark.parametrize(
    ("held", "grown"),
    [([10], 0), ([10, 10, 90, 10, 10, 10], 0), ([10, 11, 12, 13, 14, 15], 4), ([9, 9, 8], -1)],
)
def test_growth_is_from_the_first_third_to_the_last_and_no_peak(held: list[float], grown: float) -> None:
    assert growth(held) == grown


def test_every_system_has_a_name_of_its_own_and_words_for_the_reader() -> None:
    assert len(peers.BY_NAME) == len(peers.ALL)
    assert [kind.name for kind in peers.ALL if kind.is_ours] == [OURS, OURS_DIRECT]
    for kind in peers.ALL:
        assert kind.words, kind.name
        assert set(kind.cannot) <= set(Scene)


def test_a_profile_tells_the_line_all_ten_numbers() -> None:
    for profile in PROFILES.values():
        assert len(profile.arguments) == 10
    assert PROFILES["dsl"].arguments == ["1000", "25", "0", "0", "300", "4000", "25", "0", "0", "150"]
