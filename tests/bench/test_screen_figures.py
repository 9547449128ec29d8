"""What the bench of screens makes of what it saw: the pure parts, on numbers that can be checked by hand."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from bench.screen import fidelity, scenes
from bench.screen.figures import (
    NEVER,
    answers,
    behind,
    mean_of_all,
    median,
    percentile,
    recovery,
    until_silence,
)
from bench.screen.scenes import Scene
from bench.screen.stamps import Sighting, number_of, sightings
from device_agent.devices.simulated_tv import stamp

NOON = 1_790_000_000_000


def row(at: int) -> str:
    return "".join(map(str, stamp.cells(at)))


def test_a_row_is_read_back_as_the_moment_that_was_drawn() -> None:
    assert number_of(row(NOON)) == NOON % stamp.MODULUS


@pytest.mark.parametrize("cell", range(stamp.CELLS))
def test_a_row_with_any_one_cell_turned_is_no_row(cell: int) -> None:
    turned = list(row(NOON))
    turned[cell] = "10"[int(turned[cell])]
    assert number_of("".join(turned)) is None


@pytest.mark.parametrize("text", ["", "0" * stamp.CELLS, "1" * stamp.CELLS, row(NOON)[:-1], row(NOON) + "1"])
def test_what_is_black_white_or_cut_is_no_row(text: str) -> None:
    assert number_of(text) is None


def test_only_what_the_scene_drew_counts_and_only_its_first_showing() -> None:
    samples = [(row(NOON - 40), 1.0), (row(NOON), 20.5), ("0" * 40, 30.0), (row(NOON), 40.0)]
    seen = sightings(samples, drawn=[NOON, NOON + 40])
    assert seen.known == (Sighting(NOON, 20.5),)
    assert seen.unreadable == 1


def test_a_stamp_belongs_to_its_own_moment_also_where_its_clock_begins_anew() -> None:
    turn = NOON - NOON % stamp.MODULUS
    seen = sightings([(row(turn - 1), turn + 9.0), (row(turn), turn + 12.0)], drawn=[turn - 1, turn])
    assert [one.age for one in seen.known] == [10.0, 12.0]


@pytest.mark.parametrize(
    ("share", "value"), [(0.5, 20), (0.95, 40), (0.25, 10), (0.26, 20), (1, 40), (0, 10)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, value: float) -> None:
    assert percentile([40, 10, 30, 20], share) == value


def test_of_nothing_there_is_neither_percentile_nor_median() -> None:
    assert percentile([], 0.5) is None
    assert median([None, None]) is None


def test_a_median_is_of_what_was_measured() -> None:
    assert median([3, None, 1, 2]) == 2
    assert median([4, 1, None, 2, 3]) == 2.5


def test_what_never_came_has_no_mean_with_what_did() -> None:
    assert mean_of_all([200.0, 500.0]) == 350
    assert mean_of_all([200.0, None]) is None
    assert mean_of_all([]) is None
    assert mean_of_all([200.0, NEVER.fresh_ms, NEVER.fresh_ms]) is None


@pytest.mark.parametrize("at", [1_000, 1_123.5, 1_499])
@pytest.mark.parametrize("before", [80, 250, 420])
def test_a_silence_ends_so_long_before_the_next_step(at: float, before: float) -> None:
    wait = until_silence(at, lasts=3_000, drawn=700, every=507, before=before)
    assert 0 <= wait < 507
    steps = (at + wait + 3_000 + before - 700) / 507
    assert steps == pytest.approx(round(steps))


def test_nothing_is_behind_while_the_newest_picture_is_on_show() -> None:
    late = behind([100, 200], [Sighting(100, 100), Sighting(200, 200)], start=150, end=250)
    assert late.mean_ms == 0
    assert late.share == 0


def test_behind_grows_with_the_age_of_what_is_still_to_be_shown() -> None:
    """From 200 to 240 the picture of 200 is missing, on average for 20 ms: over 100 ms that makes 8."""
    late = behind([100, 200], [Sighting(100, 110), Sighting(200, 240)], start=150, end=250)
    assert late.mean_ms == pytest.approx(8)
    assert late.share == pytest.approx(0.4)


def test_a_picture_that_is_left_out_counts_until_a_newer_one_is_shown() -> None:
    late = behind([100, 200, 300], [Sighting(100, 100), Sighting(300, 320)], start=200, end=400)
    assert late.mean_ms == pytest.approx(60 * 120 / 200)
    assert late.share == pytest.approx(0.6)


def test_a_late_old_picture_turns_nothing_back() -> None:
    shown = [Sighting(200, 200), Sighting(100, 220)]
    assert behind([100, 200], shown, start=210, end=310).mean_ms == 0


def test_a_viewer_that_shows_nothing_is_behind_for_the_whole_time() -> None:
    late = behind([100], [], start=100, end=200)
    assert (late.mean_ms, late.share) == (50, 1)


def test_a_press_is_answered_by_the_first_picture_drawn_after_it() -> None:
    seen = [Sighting(990, 1010), Sighting(1005, 1030), Sighting(1040, 1050)]
    assert answers([1000.7], seen, within=3000) == [pytest.approx(29.3)]


def test_a_picture_of_the_very_millisecond_of_the_press_answers_it() -> None:
    assert answers([1000.7], [Sighting(1000, 1020)], within=3000) == [pytest.approx(19.3)]


@pytest.mark.parametrize("seen", [[], [Sighting(999, 1010)], [Sighting(1001, 4500)]])
def test_a_press_without_a_picture_in_time_is_not_answered(seen: list[Sighting]) -> None:
    assert answers([1000], seen, within=3000) == []


def test_a_recovery_is_fresh_first_and_prompt_later() -> None:
    seen = [Sighting(900, 1100), Sighting(1010, 1400), Sighting(1500, 1660), Sighting(1600, 1659)]
    found = recovery(seen, over=1000, usual_ms=20)
    assert (found.fresh_ms, found.prompt_ms) == (400, 659)


def test_who_never_comes_back_has_no_recovery() -> None:
    found = recovery([Sighting(900, 1100)], over=1000, usual_ms=20)
    assert (found.fresh_ms, found.prompt_ms) == (None, None)


def test_an_equal_picture_is_exact_and_a_grey_step_has_its_textbook_figure() -> None:
    true = np.full((16, 16, 3), 100, dtype=np.uint8)
    assert fidelity.psnr([(true, true)]) == fidelity.EXACT_DB
    assert fidelity.psnr([(true + 1, true)]) == pytest.approx(20 * math.log10(255))
    assert fidelity.ssim([(true, true)]) == pytest.approx(1)


def test_blur_costs_likeness_more_than_a_shift_of_all_lights() -> None:
    chance = np.random.default_rng(1)
    true = np.repeat(chance.integers(0, 200, (32, 32, 1), dtype=np.uint8), 3, axis=2)
    blurred = ((true.astype(int) + np.roll(true, 1, axis=1)) // 2).astype(np.uint8)
    brighter = (true + 5).astype(np.uint8)
    assert fidelity.ssim([(blurred, true)]) < 0.8
    assert 0.97 < fidelity.ssim([(brighter, true)]) < 1


def test_likeness_is_the_mean_of_all_windows() -> None:
    """Against the definition, window by window."""
    chance = np.random.default_rng(2)
    one, other = chance.integers(0, 256, (2, 10, 9), dtype=np.uint8).astype(float)
    first, second = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    found = []
    for top in range(3):
        for left in range(2):
            x, y = one[top : top + 8, left : left + 8], other[top : top + 8, left : left + 8]
            together = ((x - x.mean()) * (y - y.mean())).mean()
            likeness = (2 * x.mean() * y.mean() + first) * (2 * together + second)
            found.append(likeness / ((x.mean() ** 2 + y.mean() ** 2 + first) * (x.var() + y.var() + second)))
    pair = tuple(np.repeat(part[..., None].astype(np.uint8), 3, axis=2) for part in (one, other))
    assert fidelity.ssim([(pair[0], pair[1])]) == pytest.approx(np.mean(found))


def test_the_clock_of_a_scene_is_the_row_that_readers_know() -> None:
    white, black = scenes.cells(NOON)
    picture = np.full((stamp.HEIGHT, stamp.WIDTH, 3), 128, dtype=np.uint8)
    for boxes, light in ((white, 255), (black, 0)):
        for box in boxes:
            picture[box.y : box.y + box.height, box.x : box.x + box.width] = light
    assert stamp.read(picture) == NOON % stamp.MODULUS


def test_no_poster_and_nothing_that_is_judged_lies_under_the_clock() -> None:
    boxes = [scenes.tile(number) for number in range(scenes.TILES)]
    boxes += [box for scene in scenes.JUDGED.values() for box in scene]
    for box in boxes:
        assert box.y + box.height <= scenes.PLINTH.y
        assert box.x + box.width <= scenes.WIDTH


def test_the_film_never_leaves_its_texture_and_never_stands_still() -> None:
    shots = [scenes.shot(number) for number in range(25 * 60)]
    for shot in shots:
        assert 0 <= shot.left <= scenes.FILM_MARGIN[0]
        assert 0 <= shot.top <= scenes.FILM_MARGIN[1]
    assert all(one != other for one, other in pairwise(shots))


def test_only_clicks_and_keys_wait_for_a_press() -> None:
    assert {scene for scene in Scene if scene.is_pressed} == {Scene.CLICK, Scene.KEY}
