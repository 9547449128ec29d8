"""What counts as motion and as a film: each kind of change a TV's screen knows."""

from __future__ import annotations

import pytest

from device_agent.picture.changes import share
from device_agent.picture.motion import FILM_S, FILM_SHARE, MOVING_S, Motion


def played(motion: Motion, *, share: float, every: float, seconds: float, since: float = 0.0) -> float:
    """So much of the screen changes, so often and so long; the moment of the last change."""
    moments = [since + number * every for number in range(round(seconds / every) + 1)]
    for now in moments:
        motion.changed(share, now)
    return moments[-1]


def test_two_changes_close_behind_one_another_are_motion() -> None:
    motion = Motion()
    assert not motion.changed(1.0, 10.0)
    assert motion.changed(0.01, 10.0 + MOVING_S)
    assert not motion.changed(1.0, 10.1 + 2 * MOVING_S)


def test_a_film_is_one_after_a_second_and_until_it_stops() -> None:
    motion = Motion()
    begun = played(motion, share=1.0, every=0.04, seconds=FILM_S - 0.04)
    assert not motion.is_film(begun)
    last = played(motion, share=1.0, every=0.04, seconds=0.12, since=begun)
    assert motion.is_film(last)
    assert motion.is_film(last + MOVING_S - 0.001)
    assert not motion.is_film(last + MOVING_S + 0.001)
    assert not motion.changed(1.0, last + 5)
    assert not motion.is_film(last + 5), "another begins anew"


def test_a_film_that_a_narrow_line_shows_in_few_pictures_is_one() -> None:
    motion = Motion()
    assert motion.is_film(played(motion, share=FILM_SHARE, every=0.2, seconds=2))


@pytest.mark.parametrize(
    ("share", "every", "seconds"),
    [(0.2, 0.04, 5.0), (1.0, 0.5, 5.0), (1.0, 0.03, 0.3)],
    ids=["a turning sign", "a page with each press", "one page sliding in"],
)
def test_what_is_no_film(share: float, every: float, seconds: float) -> None:
    motion = Motion()
    assert not motion.is_film(played(motion, share=share, every=every, seconds=seconds))


def test_a_sign_that_turns_on_between_two_pages_makes_no_film_of_them() -> None:
    motion = Motion()
    for second in range(4):
        motion.changed(1.0, float(second))
        last = played(motion, share=0.1, every=0.04, seconds=0.9, since=second + 0.04)
        assert not motion.is_film(last)


def test_a_share_is_that_of_the_rows() -> None:
    assert share((), 1080) == 0
    assert share(((0, 16), (1064, 1080)), 1080) == pytest.approx(32 / 1080)
    assert share(((0, 1080),), 1080) == 1
