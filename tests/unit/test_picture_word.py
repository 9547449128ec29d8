"""The word for the picture: every cause, each alone and under every other. Time is an argument."""

from __future__ import annotations

import pytest

from device_agent.devices.protocol import Shows
from device_agent.picture.word import EVERY_S, OWES_S, STALLED_S, Progress, Stage, Voice, counted, word
from seal.messages import PictureState

IS = PictureState
SAID = {
    None: IS.NONE,
    Shows.PICTURE: IS.LIVE,
    Shows.OFF: IS.OFF,
    Shows.PROTECTED: IS.PROTECTED,
    Shows.NO_SIGNAL: IS.NO_SIGNAL,
}
LOOK_S = 0.1


def at(stage: Stage, for_s: float, shows: Shows | None = Shows.PICTURE, owes_s: float = 0.0) -> PictureState:
    return word(shows, Progress(stage, 100.0), owes_s=owes_s, now=100.0 + for_s)


@pytest.mark.parametrize("shows", SAID)
@pytest.mark.parametrize("stage", Stage)
def test_while_everything_moves_the_device_is_taken_at_its_word(stage: Stage, shows: Shows | None) -> None:
    assert at(stage, STALLED_S - 0.01, shows, OWES_S - 0.01) is SAID[shows]


@pytest.mark.parametrize("shows", SAID)
def test_nothing_counts_of_a_screen_that_cannot_be_read(shows: Shows | None) -> None:
    assert at(Stage.CAPTURE, STALLED_S, shows) is IS.CAPTURE_STALLED
    for stage in Stage:
        assert at(stage, STALLED_S, shows, OWES_S) is IS.CAPTURE_STALLED


@pytest.mark.parametrize("shows", SAID)
def test_an_encoder_can_stall_only_over_a_picture(shows: Shows | None) -> None:
    expected = IS.ENCODER_STALLED if shows in {None, Shows.PICTURE} else SAID[shows]
    assert at(Stage.ENCODE, STALLED_S, shows) is expected


def test_a_worker_without_work_has_not_stalled_however_long() -> None:
    assert at(Stage.IDLE, 3_600) is IS.LIVE


def test_a_stall_is_said_within_a_second_whenever_it_is_looked_for() -> None:
    assert STALLED_S + LOOK_S < 1
    assert OWES_S + LOOK_S < 1


def test_a_changed_word_is_due_at_once_and_the_same_one_twice_a_second() -> None:
    voice = Voice()
    assert voice.is_due(IS.LIVE, 0, 5.0, within=LOOK_S)
    voice.note(IS.LIVE, 0, 5.0, of=1)
    assert not voice.is_due(IS.LIVE, 0, 5.4, within=LOOK_S)
    assert voice.is_due(IS.LIVE, 0, 5.0 + EVERY_S, within=LOOK_S)
    assert voice.is_due(IS.PROTECTED, 0, 5.01, within=LOOK_S)
    assert voice.is_due(IS.LIVE, 1, 5.01, within=LOOK_S)


def test_a_picture_counts_as_taken_after_the_newest_word_that_took_it_away() -> None:
    voice = Voice()
    assert voice.after_word(0) == 0
    voice.note(IS.LIVE, 0, 5.0, of=90)
    voice.note(IS.CAPTURE_STALLED, 0, 5.0, of=91)
    assert voice.after_word(80) == 80, "these leave the picture where it is"
    for moment, gone in enumerate((IS.HIDDEN, IS.OFF, IS.PROTECTED, IS.NO_SIGNAL), start=100):
        voice.note(gone, 0, 6.0, of=moment)
        assert [voice.after_word(at) for at in (moment - 1, moment, moment + 1)] == [moment + 1] * 3
    voice.note(IS.LIVE, 0, 7.0, of=200)
    assert voice.after_word(150) == 150


def test_more_masks_than_can_be_named_are_still_named() -> None:
    assert [counted(regions) for regions in (0, 1, 255, 256, 10_000)] == [0, 1, 255, 255, 255]
