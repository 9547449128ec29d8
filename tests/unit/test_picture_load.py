"""How long pictures take, and what that says of a device."""

from __future__ import annotations

from device_agent.picture.load import SPARE_S, Load


def after(*seconds: float) -> bool:
    load = Load()
    for one in seconds:
        load.note(one)
    return load.is_high


def test_nothing_is_known_before_the_first_picture_and_that_is_no_load() -> None:
    assert not after()
    assert after(SPARE_S + 0.001)


def test_what_counts_is_the_usual_picture_and_not_a_single_one() -> None:
    usual = [SPARE_S / 2] * 8
    assert not after(*usual, 2 * SPARE_S)
    assert not after(*usual, 4 * SPARE_S, *usual)
    assert after(*usual, *[2 * SPARE_S] * 8)


def test_a_device_that_has_time_again_is_believed_after_a_few_pictures() -> None:
    burdened = [2 * SPARE_S] * 20
    assert after(*burdened, SPARE_S / 2)
    assert not after(*burdened, *[SPARE_S / 2] * 12)
