"""A still screen is sharpened, finished once and left alone; one that never rests costs little more."""

from __future__ import annotations

from device_agent.picture.changes import joined, without
from device_agent.picture.exact import Piece
from device_agent.picture.rest import (
    FINISH_AFTER_S,
    FINISH_BYTES,
    FINISH_BYTES_PER_S,
    SHARPEN_AFTER_S,
    SHARPEN_BYTES,
    SHARPEN_BYTES_PER_S,
    SHARPEN_EVERY_S,
    Allowance,
    Rest,
    Task,
)

BAND = (0, 48)


def played(rest: Rest, now: float, until: float, *, sharpen: int, piece: int) -> dict[Task, int]:
    """Do what is due until a moment, each so many bytes large; what was spent on each task."""
    spent = {Task.SHARPEN: 0, Task.FINISH: 0}
    while (due := rest.due()) is not None and max(due[1], now) < until:
        task, now = due[0], max(due[1], now)
        if task is Task.SHARPEN:
            rest.sharpened(sharpen, now)
            spent[task] += sharpen
        elif rest.next_piece() is None:
            rest.plan(Piece(rows, lossless=True) for rows in rest.soft)
        else:
            rest.finished(piece, now)
            spent[task] += piece
    return spent


def test_a_screen_that_never_changed_wants_nothing() -> None:
    assert Rest().due() is None


def test_first_it_is_sharpened_then_finished_then_left_alone() -> None:
    rest = Rest()
    rest.changed([BAND], 10)
    assert rest.due() == (Task.SHARPEN, 10 + SHARPEN_AFTER_S)
    rest.sharpened(9_000, 10.1)
    assert rest.due() == (Task.SHARPEN, 10.1 + SHARPEN_EVERY_S)
    rest.sharpened(0, 10.2)  # no more is to be had
    assert rest.due() == (Task.FINISH, 10 + FINISH_AFTER_S)
    rest.plan([Piece((0, 32), lossless=True), Piece((32, 48), lossless=False)])
    rest.finished(4_000, 10.7)
    assert rest.soft == ((32, 48),)
    assert rest.due() == (Task.FINISH, 10.7)
    rest.finished(4_000, 10.8)
    assert [*rest.soft, rest.due()] == [None]


def test_finishing_does_not_wait_for_a_sharpening_without_end() -> None:
    rest = Rest()
    rest.changed([BAND], 0)
    played(rest, 0, FINISH_AFTER_S + 0.1, sharpen=100, piece=100)
    assert rest.soft == ()


def test_a_change_begins_anew_and_keeps_what_is_finished() -> None:
    rest = Rest()
    rest.changed([(0, 160)], 0)
    rest.sharpened(0, 0.1)
    rest.plan([Piece((0, 80), lossless=True), Piece((80, 160), lossless=True)])
    rest.finished(1, 1)
    rest.changed([(16, 32)], 2)
    assert rest.soft == ((16, 32), (80, 160))
    assert rest.next_piece() is None
    assert rest.due() == (Task.SHARPEN, 2 + SHARPEN_AFTER_S)


def test_what_is_replaced_leaves_nothing_of_before() -> None:
    rest = Rest()
    rest.changed([(0, 1080)], 0)
    rest.replaced([(0, 720)], 1)
    assert rest.soft == ((0, 720),)


def test_a_plan_of_nothing_ends_it() -> None:
    rest = Rest()
    rest.changed([BAND], 0)
    rest.sharpened(0, 0.1)
    rest.plan([])
    assert rest.due() is None


def test_a_screen_that_changes_for_ever_is_sharpened_and_finished_within_its_allowances() -> None:
    rest, spent = Rest(), {Task.SHARPEN: 0, Task.FINISH: 0}
    for at in range(100):
        rest.changed([(0, 480)], at)
        for task, size in played(rest, at, at + 1, sharpen=10_000, piece=200_000).items():
            spent[task] += size
    assert SHARPEN_BYTES < spent[Task.SHARPEN] <= SHARPEN_BYTES + 100 * SHARPEN_BYTES_PER_S + 10_000
    assert FINISH_BYTES < spent[Task.FINISH] <= FINISH_BYTES + 100 * FINISH_BYTES_PER_S + 200_000


def test_an_allowance_fills_up_again_and_never_over() -> None:
    allowance = Allowance(100, 10)
    assert allowance.there_at(5) == 5
    allowance.spend(150, 10)
    assert allowance.there_at(10) == 15
    allowance.spend(100, 1000)
    assert allowance.there_at(1000) == 1000
    allowance.spend(1, 1000)
    assert allowance.there_at(1000) == 1000.1


def test_rows_are_joined_where_the_gap_is_small_and_taken_out_of_their_bands() -> None:
    assert joined([(160, 176), (0, 16), (48, 64)]) == ((0, 64), (160, 176))
    assert joined([(0, 64), (16, 32)]) == ((0, 64),)
    assert without([(0, 64), (160, 176)], (16, 32)) == ((0, 16), (32, 64), (160, 176))
    assert without([(0, 64)], (0, 64)) == ()
    assert without([(0, 64)], (64, 80)) == ((0, 64),)
    assert without([(16, 32), (48, 64)], (0, 56)) == ((56, 64),)
