"""Which codec serves whom: every list a console can send, every link, every failure."""

from __future__ import annotations

from itertools import chain, combinations, permutations, product

import pytest

from device_agent.picture.choice import FILM, FILM_KEPT, NARROW, WIDE, choose
from seal.pictures import NAMED, VIDEO, Codec

ALL = (Codec.H264, Codec.H264_444, Codec.AV1, Codec.JPEG)
HD = (1920, 1080)
BOTH = (False, True)


def chosen(
    offered: tuple[Codec, ...] = ALL,
    *,
    broken: frozenset[Codec] = frozenset(),
    size: tuple[int, int] = HD,
    link_rate: int | None = None,
    current: Codec | None = None,
    film: bool = False,
    busy: bool = False,
) -> Codec:
    return choose(
        offered, broken=broken, size=size, link_rate=link_rate, current=current, film=film, busy=busy
    )


@pytest.mark.parametrize(
    ("offered", "codec"),
    [
        (ALL, Codec.H264),
        ((Codec.H264_444, Codec.H264, Codec.AV1), Codec.H264_444),
        ((Codec.AV1, Codec.H264), Codec.H264),
        ((Codec.JPEG, Codec.H264), Codec.H264),
        ((Codec.AV1, Codec.JPEG), Codec.AV1),
        ((Codec.JPEG,), Codec.JPEG),
    ],
    ids=str,
)
def test_on_a_link_not_known_to_be_narrow_the_consoles_first_video_counts(
    offered: tuple[Codec, ...], codec: Codec
) -> None:
    assert chosen(offered) is codec
    assert chosen(offered, link_rate=NARROW) is codec


def test_a_narrow_link_gets_av1_and_keeps_it_until_it_is_clearly_wide() -> None:
    assert chosen(link_rate=NARROW - 1, current=Codec.H264) is Codec.AV1
    assert chosen(link_rate=WIDE - 1, current=Codec.AV1) is Codec.AV1
    assert chosen(link_rate=WIDE, current=Codec.AV1) is Codec.H264
    assert chosen(link_rate=WIDE - 1, current=Codec.H264) is Codec.H264


def test_a_film_gets_av1_only_where_the_link_could_not_carry_it_otherwise() -> None:
    assert chosen(link_rate=FILM, current=Codec.AV1, film=True) is Codec.H264
    assert chosen(link_rate=FILM - 1, current=Codec.AV1, film=True) is Codec.AV1
    assert chosen(link_rate=FILM_KEPT, current=Codec.H264, film=True) is Codec.H264
    assert chosen(link_rate=FILM_KEPT - 1, current=Codec.H264, film=True) is Codec.AV1
    assert chosen((Codec.AV1, Codec.JPEG), link_rate=FILM, current=Codec.AV1, film=True) is Codec.AV1


def test_a_busy_device_begins_no_av1_and_leaves_none() -> None:
    assert chosen(link_rate=1, current=Codec.H264, busy=True) is Codec.H264
    assert chosen(link_rate=1, busy=True) is Codec.H264
    assert chosen(link_rate=1, current=Codec.AV1, busy=True) is Codec.AV1
    assert chosen((Codec.AV1, Codec.JPEG), link_rate=1, current=Codec.JPEG, busy=True) is Codec.AV1


@pytest.mark.parametrize("size", [(1919, 1080), (1920, 1079)], ids=str)
def test_odd_sides_are_for_strips(size: tuple[int, int]) -> None:
    assert chosen(size=size) is Codec.JPEG


def test_whatever_is_offered_broken_and_measured_something_usable_comes_out() -> None:
    """All lists, all failures: never a codec that broke, nor one not offered while a strip is left."""
    lists = [order for count in range(5) for order in permutations(ALL, count)]
    failures = [frozenset(some) for some in chain.from_iterable(combinations(VIDEO, n) for n in range(4))]
    for offered in lists:
        for broken in failures:
            for link_rate, film, busy in product((None, 1, FILM, NARROW, WIDE, 10**9), BOTH, BOTH):
                for current in (None, *NAMED):
                    codec = chosen(
                        offered, broken=broken, link_rate=link_rate, current=current, film=film, busy=busy
                    )
                    assert codec not in broken
                    assert codec in offered or codec is Codec.JPEG
                    left = VIDEO.intersection(offered) - broken
                    assert codec in left or not left
