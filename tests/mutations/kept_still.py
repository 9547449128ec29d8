"""Sabotages of the privacy shutter and of stills, and the checks that must notice them. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import BrowserMutation, Edit, Mutation

_MASK: Final = "tests/agent/test_mask.py::"

STILL_MUTATIONS: Final = (
    Mutation(
        "a private region is encoded as it is",
        (
            Edit(
                "device_agent/picture/pipeline.py",
                "covered(self._device.picture(), words_over(self._device.language))",
                "self._device.picture()",
            ),
        ),
        (_MASK + "test_a_private_region_that_moves_is_in_no_picture_no_refinement_and_no_strip",),
    ),
    Mutation(
        "a still screen is finished from the picture that is not covered",
        (
            Edit(
                "device_agent/picture/pipeline.py",
                "        pixels = picture.pixels\n        piece = self._rest.next_piece()\n",
                "        pixels = self._device.picture().pixels\n        piece = self._rest.next_piece()\n",
            ),
        ),
        (_MASK + "test_a_private_region_that_moves_is_in_no_picture_no_refinement_and_no_strip",),
    ),
    Mutation(
        "a lossless still is made from the picture that is not covered",
        (
            Edit(
                "device_agent/picture/pipeline.py",
                "self._still.begin(shown, over)",
                "self._still.begin(self._device.picture(), over)",
            ),
        ),
        ("tests/agent/test_still.py::test_what_is_private_is_covered_in_a_still_too",),
    ),
    Mutation(
        "a picture that was being painted when Hide was pressed leaves the set",
        (
            Edit(
                "device_agent/devices/simulated_tv/tv.py",
                "shows = Shows.HIDDEN if self._hidden and scene.on else scene.shows",
                "shows = scene.shows",
            ),
        ),
        ("tests/tv/test_hide.py::test_a_picture_that_was_being_painted_when_hide_was_pressed_is_hidden_too",),
    ),
)

STILL_BROWSER_MUTATIONS: Final = (
    BrowserMutation(
        "the console calls a still exact without comparing its hash with the record",
        (
            Edit(
                "technician_web/io/still.js",
                "await sha256B64(bytes) !== pc || !isOfItsSize(whole)",
                "!isOfItsSize(whole)",
            ),
        ),
        "tests/node/still.test.js",
        ("a still is not called exact when one byte of it is another than the record names",),
    ),
)
