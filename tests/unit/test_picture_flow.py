"""Pictures over model links: no queue, nearly all of the link used, and back at once after a silence."""

from __future__ import annotations

import random
from statistics import median

import pytest

from device_agent.picture.flow import (
    FRAME_S,
    HELD_UP_S,
    HIGHEST_BIT_RATE,
    LOWEST_BIT_RATE,
    MOST_HELD_UP,
    MOST_OVERDUE,
    MOST_WINDOW,
    OVERDUE_S,
    SHARE,
    START_BIT_RATE,
    Flow,
)
from tests.unit.link_model import DRAW_S, Link, Seen, play
from wire.limits import PICTURES_KEPT

FIRST = 45_000
HOME = Link(20_000_000, 0.02)
DSL = Link(1_000_000, 0.025)
MOBILE = Link(3_000_000, 0.06, jitter_s=0.03, lost=0.02)


def video(bit_rate: int, now: float) -> int:
    """What an encoder under that rate makes: a large first picture, then pictures of nearly the same size."""
    if now == 0:
        return FIRST
    return max(600, int(bit_rate / 30 / 8 * random.Random(int(now * 1000)).uniform(0.6, 1.3)))


def menu(_bit_rate: int, now: float) -> int:
    return FIRST if now == 0 else random.Random(int(now * 1000)).choice([500, 2_500, 9_000])


def late(seen: Seen, since: float = 3.0) -> float:
    """What 95 of 100 pictures were behind at most, seconds."""
    behind = sorted(seen.behind(since))
    return behind[int(0.95 * len(behind))]


@pytest.mark.parametrize(
    "link",
    [Link(300_000, 0.03), DSL, Link(2_000_000, 0.04), Link(4_500_000, 0.01), HOME, Link(100_000_000, 0.0005)],
    ids=lambda link: f"{link.bit_rate // 1000}k",
)
def test_motion_uses_the_link_and_leaves_no_queue_on_it(link: Link) -> None:
    """At most a round trip and one frame behind; 80 % of the link, or all that a picture is worth."""
    seen = play(link, 9, video)
    assert late(seen) <= 2 * link.delay_s + FRAME_S + DRAW_S + 0.02
    assert seen.carried(3, 9) >= 0.8 * min(link.bit_rate, HIGHEST_BIT_RATE)


@pytest.mark.parametrize(
    "link", [DSL, Link(2_000_000, 0.04), HOME], ids=lambda link: f"{link.bit_rate // 1000}k"
)
def test_a_menu_waits_for_nothing_but_the_link(link: Link) -> None:
    seen = play(link, 12, menu, per_s=2)
    for taken, drawn, size in seen.shown[1:]:
        assert drawn - taken <= link.delay_s + size * 8 / link.bit_rate + DRAW_S + 0.005


@pytest.mark.parametrize("seed", range(3))
def test_jitter_and_lost_packets_neither_starve_nor_delay_the_picture(seed: int) -> None:
    seen = play(MOBILE, 9, video, seed=seed)
    assert len(seen.behind(3)) >= 6 * 20
    assert median(seen.behind(3)) <= 2 * MOBILE.delay_s + MOBILE.jitter_s + FRAME_S
    assert seen.carried(3, 9) >= 0.5 * MOBILE.bit_rate


@pytest.mark.parametrize(
    "link", [Link(1_000_000, 0.025, silent=(6, 9)), Link(2_000_000, 0.03, silent=(6, 9))]
)
def test_after_a_silence_the_picture_is_fresh_at_once_and_the_rate_comes_back(link: Link) -> None:
    seen = play(link, 16, video)
    fresh = next(drawn for taken, drawn, _ in seen.shown if taken >= 9)
    kept = [size * 8 / link.bit_rate for taken, _, size in seen.shown if 6 <= taken < 9]
    assert fresh - 9 <= 3 * link.delay_s + 3 * FRAME_S + sum(kept[-3:])
    assert seen.carried(11, 16) >= 0.75 * link.bit_rate
    assert late(seen, 9.5) <= 2 * link.delay_s + FRAME_S + DRAW_S + 0.03


def test_after_a_silence_the_newest_comes_before_the_console_is_heard_again() -> None:
    """A browser repeats what was lost with pauses that double; few pictures more leave meanwhile."""
    link = Link(1_000_000, 0.025, silent=(6, 9), unheard=(6, 12))
    seen = play(link, 18, menu, per_s=2)
    fresh = next(drawn for taken, drawn, _ in seen.shown if taken >= 9)
    assert fresh - 9 <= OVERDUE_S + 0.2
    assert len([at for at in seen.left if 6.1 <= at < 12]) <= 3 + MOST_OVERDUE
    assert max(seen.behind(13)) <= 2 * link.delay_s + FRAME_S + DRAW_S + 0.03


def test_one_more_leaves_some_time_after_the_last_word_and_only_three_in_all() -> None:
    """Each is waited for by those after it: a silence of three seconds meets one of them."""
    flow, wait = Flow(), 0.05 + OVERDUE_S
    flow.sent(1, 500, 0)
    flow.drawn(1, 0.05)
    for pic in (2, 3, 4):
        flow.sent(pic, 10, 1)
    for pic, now in enumerate((1 + place * wait for place in range(MOST_OVERDUE)), start=5):
        assert flow.room_in(now) == pytest.approx(wait, abs=1e-3)
        assert flow.room_in(now + OVERDUE_S) == pytest.approx(0.05, abs=1e-3)
        flow.sent(pic, 10, now + wait)
    assert flow.room_in(100) is None
    assert (MOST_OVERDUE, OVERDUE_S) == (3, 1.5)


def test_while_the_console_is_heard_beside_its_socket_one_more_leaves_for_each_sign() -> None:
    """Its socket says nothing of those before; so many more may come beside it, and no more."""
    flow = Flow()
    flow.sent(1, 500, 0)
    flow.drawn(1, 0.05)
    now, left = 1.0, 0
    for pic in range(2, 100):
        flow.sent(pic, 10, now)
        left += 1
        flow.held_up()
        wait = flow.room_in(now + 0.01)
        if wait is None:
            break
        assert wait == 0 or wait == pytest.approx(0.05 + HELD_UP_S - 0.01, abs=1e-3)
        now += 0.01 + wait
    assert left == flow.window + MOST_HELD_UP
    flow.drawn(left, now)
    assert flow.room_in(now) == pytest.approx(0, abs=0.05)


def test_one_sign_is_for_one_picture() -> None:
    flow = Flow()
    flow.sent(1, 500, 0)
    flow.drawn(1, 0.05)
    for pic in range(2, 2 + flow.window):
        flow.sent(pic, 10, 1)
    flow.held_up()
    assert flow.room_in(1.2) == 0
    flow.sent(20, 10, 1.2)
    assert flow.room_in(1.2) == pytest.approx(0.05 + OVERDUE_S, abs=0.01)


def test_what_may_leave_for_signs_is_less_than_a_relay_keeps() -> None:
    """A picture brings up to three parts; what is not kept any more comes by the socket alone."""
    assert MOST_WINDOW + max(MOST_OVERDUE, MOST_HELD_UP) + 3 <= PICTURES_KEPT


def test_a_line_that_still_carries_something_large_gets_nothing_more_meanwhile() -> None:
    flow, now = Flow(), 1.0
    flow.sent(1, 500, 0)
    flow.drawn(1, 0.05)
    for pic in range(2, 9):
        flow.sent(pic, 50_000, now)
        flow.drawn(pic, now + 0.85)  # half a megabit a second
        now += 1
    for pic in (9, 10, 11):
        flow.sent(pic, 100_000, now)
    assert flow.room_in(now + 1.9) == pytest.approx(4.8 + 0.05 + OVERDUE_S - 1.9, abs=0.1)


@pytest.mark.parametrize(("draw_s", "jitter_s"), [(0.045, 0.02), (0.08, 0.04), (0.035, 0.03)], ids=str)
def test_a_console_that_draws_slowly_is_not_taken_for_a_narrow_link(draw_s: float, jitter_s: float) -> None:
    """Coarser pictures would not make it any faster, only worse to look at."""
    link = Link(50_000_000, 0.005, draw_s=draw_s, draw_jitter_s=jitter_s)
    seen = play(link, 9, video)
    assert median(rate for at, rate in seen.rates if at > 3) > 4 * LOWEST_BIT_RATE
    assert median(seen.behind(3)) <= 4 * (draw_s + jitter_s) + 2 * link.delay_s


def menu_then_film(bit_rate: int, now: float) -> int:
    """A focus that moves twice a second, each time followed by refinements that bring next to nothing."""
    if now < 6:
        return FIRST if now == 0 else 15_000 if now % 0.5 < FRAME_S else 34
    return video(bit_rate, now)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "link",
    [
        Link(20_000_000, 0.02, draw_s=0.012, draw_jitter_s=0.016),
        Link(3_000_000, 0.06, draw_s=0.012, draw_jitter_s=0.016),
    ],
    ids=["home", "far"],
)
def test_pictures_that_weigh_nothing_do_not_make_the_round_trip_short(link: Link, seed: int) -> None:
    """Too short a one lets too few pictures be on the way, and takes the film's own pace for the link's."""
    seen = play(link, 12, menu_then_film, seed=seed)
    assert min(trip for at, trip in seen.trips if at > 3) >= 2 * link.delay_s
    assert len(seen.behind(7)) >= 5 * (29 if link.bit_rate > 2 * HIGHEST_BIT_RATE else 25)
    assert late(seen, 7) <= 2 * link.delay_s + FRAME_S + link.draw_s + link.draw_jitter_s + 0.02


def test_a_rate_that_was_measured_too_low_makes_no_round_trip_of_nothing() -> None:
    """Else the next pictures seem to queue for ever, and their own pace keeps the measure low."""
    flow = Flow()
    flow._queued.note(48_000, 0.06)
    flow.sent(1, 48_000, 0)
    flow.drawn(1, 0.13)
    assert flow.round_trip_s == pytest.approx(0.065)


def test_a_link_is_known_soon_and_about_right() -> None:
    for link in (Link(500_000, 0.03), DSL, Link(2_500_000, 0.03)):
        bit_rate = play(link, 3, video).rates[-1][1]
        assert 0.6 * link.bit_rate <= bit_rate / SHARE <= 1.35 * link.bit_rate


def test_a_link_that_gets_narrower_is_noticed_within_a_second() -> None:
    flow, now = Flow(), 0.0
    for pic in range(1, 60):  # 10 KB in 10 ms
        flow.sent(pic, 10_000, now)
        flow.drawn(pic, now + 0.02 + 0.01)
        now += FRAME_S
    wide = flow.bit_rate
    for pic in range(60, 66):  # then in 160 ms each
        flow.sent(pic, 10_000, now)
        now += 0.18
        flow.drawn(pic, now)
    assert wide > 3_000_000
    assert flow.bit_rate < 900_000


def test_one_lost_packet_is_not_taken_for_a_narrow_link() -> None:
    flow, now = Flow(), 0.0
    for pic in range(1, 40):
        flow.sent(pic, 10_000, now)
        flow.drawn(pic, now + (0.3 if pic == 30 else 0.03))
        now += 0.35 if pic == 30 else FRAME_S
    assert flow.bit_rate > 3_000_000


def test_before_the_first_is_drawn_one_is_on_the_way_and_nothing_is_known() -> None:
    flow = Flow()
    assert (flow.room_in(0), flow.bit_rate, flow.link_rate) == (0, START_BIT_RATE, None)
    flow.sent(1, FIRST, 0)
    assert flow.room_in(100) is None


@pytest.mark.parametrize(
    ("trip_s", "window"), [(0.004, 2), (0.03, 2), (0.05, 3), (0.12, 5), (2.0, MOST_WINDOW)], ids=str
)
def test_as_many_are_on_the_way_as_the_round_trip_needs(trip_s: float, window: int) -> None:
    flow = Flow()
    flow.sent(1, 500, 0)
    flow.drawn(1, trip_s)
    assert flow.window == window


def test_drawing_up_to_a_picture_makes_room_of_all_before_it_and_twice_is_once() -> None:
    flow = Flow()
    flow.sent(1, 500, 0)
    flow.drawn(1, 0.05)
    for pic in (2, 3, 4):
        flow.sent(pic, 10, 1)
    assert flow.room_in(1.5) == pytest.approx(0.05 + OVERDUE_S - 0.5)
    flow.drawn(4, 1.5)
    flow.drawn(4, 1.6)
    flow.drawn(2, 1.6)
    assert flow.room_in(1.6) == 0


def test_what_is_lost_makes_room() -> None:
    flow = Flow()
    flow.sent(1, FIRST, 0)
    flow.lost()
    assert flow.room_in(1) == 0
    flow.drawn(1, 2)  # what comes after all says nothing
    assert flow.link_rate is None


@pytest.mark.parametrize("seed", range(8))
def test_whatever_the_console_says_the_rate_stays_within_its_bounds(seed: int) -> None:
    """INV-F3: times and numbers come from the other end."""
    chance, flow, now = random.Random(seed), Flow(), 0.0
    for pic in range(1, 400):
        flow.sent(pic, chance.choice([1, 400, 9_000, 900_000]), now)
        now += chance.choice([0, 0.0001, 0.03, 4])
        flow.drawn(pic - chance.choice([0, 0, 0, 3, -9]), now)
        assert LOWEST_BIT_RATE <= flow.bit_rate <= HIGHEST_BIT_RATE
        room = flow.room_in(now)
        assert room is None or room >= 0
