"""Sabotages of what goes by itself instead of with the video, and the checks that must notice. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_SMALL: Final = "tests/agent/test_small.py::"
_ENCODERS: Final = "device_agent/picture/encoders.py"

SMALL_MUTATIONS: Final = (
    Mutation(
        "the video never hears of what went by itself",
        (Edit(_ENCODERS, "self._owed = joined((*self._owed, *bands))", "pass"),),
        (
            _SMALL + "test_the_next_picture_of_the_video_has_what_went_by_itself",
            _SMALL + "test_while_the_video_lacks_something_it_is_not_sharpened",
        ),
    ),
    Mutation(
        "a video that lacks something is sharpened over it",
        (Edit(_ENCODERS, "or not soft or self._owed:", "or not soft:"),),
        (_SMALL + "test_while_the_video_lacks_something_it_is_not_sharpened",),
    ),
    Mutation(
        "the video hears of the newest that went by itself alone",
        (Edit(_ENCODERS, "self._owed = joined((*self._owed, *bands))", "self._owed = tuple(bands)"),),
        (_SMALL + "test_several_changes_that_went_by_themselves_are_all_in_the_next_picture_of_the_video",),
    ),
    Mutation(
        "something small that never rests keeps the rest of the screen coarse",
        (Edit(_ENCODERS, "if not encoder.is_sharp and self._left_by_video(soft):", "if False:"),),
        (_SMALL + "test_something_small_that_never_rests_does_not_keep_the_rest_of_the_screen_coarse",),
    ),
    Mutation(
        "small changes go by themselves on a narrow link too",
        (
            Edit(
                "device_agent/picture/small.py",
                "link_rate is None or link_rate < LINK_BIT_RATE or ",
                "",
            ),
        ),
        (_SMALL + "test_elsewhere_nothing_goes_by_itself",),
    ),
    Mutation(
        "the last column that changed is left out",
        (Edit("device_agent/picture/changes.py", "int(columns[-1]) + 1", "int(columns[-1])"),),
        (_SMALL + "test_one_pixel_at_any_edge_is_found",),
    ),
    Mutation(
        "a strip is cut from the left edge whatever its place",
        (
            Edit(
                "device_agent/picture/jpeg.py",
                "pixels[top:bottom, left:right]",
                "pixels[top:bottom, : right - left]",
            ),
        ),
        (_SMALL + "test_a_small_change_goes_by_itself_and_nothing_around_it_is_touched",),
    ),
    Mutation(
        "what lies between two changes of the screen is fetched along",
        (
            Edit(
                "device_agent/devices/x11/eyes.py",
                "few = len(region.rectangles) <= _MOST_RECTANGLES",
                "few = False",
            ),
        ),
        ("tests/x11/test_seeing.py::test_what_lies_between_two_changes_is_not_fetched",),
    ),
)
