"""Which codec follows on which, where the link, the device or the console ask for another."""

from __future__ import annotations

from device_agent.picture.encoders import NARROW_S, SWITCH_S, Encoders
from device_agent.picture.flow import START_BIT_RATE
from device_agent.picture.jpeg import cut
from device_agent.picture.load import SPARE_S
from seal.pictures import Codec
from tests.agent.scenes import menu
from tests.agent.test_encoders import given, in_use

WIDTH, HEIGHT = 320, 176
WHOLE = (0, HEIGHT)


def test_a_narrow_link_gets_av1_from_a_key_picture_on_and_only_once_in_a_while() -> None:
    encoders, screen = in_use(Codec.H264, Codec.AV1), menu(WIDTH, HEIGHT)
    assert given(encoders, screen)[0].codec is Codec.H264
    encoders.steer(START_BIT_RATE, 400_000)
    assert not encoders.wants_another(100, changed=0)
    assert not encoders.wants_another(100 + NARROW_S - 0.01, changed=1)
    assert not encoders.wants_another(100 + NARROW_S - 0.001, changed=1), "motion makes no link narrow"
    assert encoders.wants_another(100 + NARROW_S, changed=0)
    assert not encoders.wants_another(100 + NARROW_S + SWITCH_S / 2, changed=0)
    (picture,) = given(encoders, screen, (0, 16))
    assert (picture.codec, picture.key, picture.rows) == (Codec.AV1, True, HEIGHT)
    assert not encoders.wants_another(200, changed=0)


def test_a_link_that_looked_narrow_for_a_moment_keeps_its_codec() -> None:
    """A browser that has only begun, or a device with busy processors, draws its first pictures late."""
    encoders, screen = in_use(Codec.H264, Codec.AV1), menu(WIDTH, HEIGHT)
    assert given(encoders, screen)[0].codec is Codec.H264
    encoders.steer(START_BIT_RATE, 400_000)
    assert not encoders.wants_another(100, changed=0)
    encoders.steer(START_BIT_RATE, 9_000_000)
    assert not encoders.wants_another(100.5, changed=0)
    encoders.steer(START_BIT_RATE, 400_000)
    assert not encoders.wants_another(100.5 + NARROW_S / 2, changed=0), "narrow again, from now on"
    assert not encoders.wants_another(100.4 + NARROW_S * 3 / 2, changed=1)
    assert given(encoders, screen, (0, 16))[0].codec is Codec.H264


def test_a_device_with_no_time_to_spare_begins_no_av1_however_narrow_the_link_looks() -> None:
    """Busy processors make a link look narrow: a first picture of AV1 took 2.3 s then."""
    encoders, screen = in_use(Codec.H264, Codec.AV1), menu(WIDTH, HEIGHT)
    encoders.took(given(encoders, screen), 9.0)
    encoders.steer(START_BIT_RATE, 400_000)
    for second in range(100, 110):
        encoders.took(given(encoders, screen, (0, 16)), SPARE_S * 1.1)
        assert not encoders.wants_another(second, changed=0)
    assert given(encoders, screen, (0, 16))[0].codec is Codec.H264
    for _ in range(8):
        encoders.took(given(encoders, screen, (0, 16)), SPARE_S / 2)
    assert not encoders.wants_another(110, changed=0)
    assert encoders.wants_another(110 + NARROW_S, changed=0)


def test_a_key_picture_and_one_that_came_by_itself_say_nothing_of_the_load() -> None:
    encoders, screen = in_use(Codec.H264, Codec.AV1), menu(WIDTH, HEIGHT)
    key = given(encoders, screen)
    strips = cut(screen, (0, 0, 64, 32), quality=80)
    for _ in range(20):
        encoders.took(key, 1.0)
        encoders.took(strips, 1.0)
        encoders.took((), 1.0)
    encoders.steer(START_BIT_RATE, 400_000)
    assert not encoders.wants_another(100, changed=0)
    assert encoders.wants_another(100 + NARROW_S, changed=0)


def narrow_once() -> Encoders:
    """With AV1 in use, on a link that has become wide."""
    encoders = in_use(Codec.H264, Codec.AV1, Codec.JPEG)
    encoders.steer(START_BIT_RATE, 400_000)
    assert given(encoders, menu(WIDTH, HEIGHT))[0].codec is Codec.AV1
    encoders.steer(START_BIT_RATE, 9_000_000)
    return encoders


def test_a_link_that_became_wide_disturbs_no_still_picture_and_no_menu() -> None:
    """A key picture of H.264 is coarse: it stood in the place of a finished one until that was sent again."""
    encoders, screen = narrow_once(), menu(WIDTH, HEIGHT)
    assert not encoders.wants_another(100, changed=0)
    for press in range(5):
        assert not encoders.wants_another(101 + press / 2, changed=1)
        assert given(encoders, screen, (0, 16))[0].codec is Codec.AV1
    assert not encoders.wants_another(103.001, changed=0)


def test_amid_motion_a_link_that_became_wide_gets_its_own_codec_again() -> None:
    encoders = narrow_once()
    wishes = [encoders.wants_another(100 + number / 25, changed=1) for number in range(4)]
    assert wishes == [False, True, False, False]
    (picture,) = given(encoders, menu(WIDTH, HEIGHT), (0, 16))
    assert (picture.codec, picture.key, picture.rows) == (Codec.H264, True, HEIGHT)


def test_a_film_on_a_narrow_link_is_h264_and_what_comes_after_it_av1_again() -> None:
    """AV1 takes a film's pictures one by one for so long that it stands still between them."""
    encoders, screen = narrow_once(), menu(WIDTH, HEIGHT)
    encoders.steer(START_BIT_RATE, 900_000)
    wishes = [number for number in range(50) if encoders.wants_another(100 + number / 25, changed=1)]
    assert wishes == [25], "after a second of it, and once"
    assert given(encoders, screen, WHOLE)[0].codec is Codec.H264
    assert not encoders.wants_another(104, changed=0), "a pause may be a scene's"
    assert encoders.wants_another(104 + NARROW_S, changed=0)
    assert given(encoders, screen, (0, 16))[0].codec is Codec.AV1


def test_what_the_console_can_no_longer_follow_is_left_also_at_rest() -> None:
    encoders = narrow_once()
    encoders.offer((Codec.H264, Codec.JPEG))
    assert encoders.wants_another(100, changed=0)
    assert given(encoders, menu(WIDTH, HEIGHT), (0, 16))[0].codec is Codec.H264
