"""Sabotages of the privacy shutter and of stills, and the checks that must notice them. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import BrowserMutation, Edit, Mutation

_MASK: Final = "tests/agent/test_mask.py::"
_PRIVATE: Final = "tests/tv/test_private.py::"
_SHUTTER: Final = "tests/agent/test_shutter.py::"

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
        "a screen that comes back while its absence is said keeps the moment it was painted",
        (Edit("device_agent/picture/pipeline.py", "        at = self._voice.after_word(at)\n", ""),),
        (_SHUTTER + "test_a_screen_that_comes_back_while_its_absence_is_said_is_taken_after_that_word",),
    ),
    Mutation(
        "a picture that was being painted when Hide was pressed leaves the set",
        (
            Edit(
                "device_agent/devices/simulated_tv/tv.py",
                "shows = Shows.HIDDEN if self.shutter.is_hidden and scene.on else scene.shows",
                "shows = scene.shows",
            ),
        ),
        ("tests/tv/test_hide.py::test_a_picture_that_was_being_painted_when_hide_was_pressed_is_hidden_too",),
    ),
    Mutation(
        "what waits for the line when Hide is pressed leaves once the screen is shown again",
        (
            Edit(
                "device_agent/media.py",
                "        if not self._shutter.let_through(presses):\n",
                "        if self._shutter.is_hidden:\n",
            ),
        ),
        (_SHUTTER + "test_what_waits_for_the_line_when_hide_is_pressed_never_leaves",),
    ),
    Mutation(
        "a picture that was in the encoder when Hide was pressed is sent",
        (
            Edit(
                "device_agent/picture/pipeline.py",
                "        if not self._shutter.let_through(self._presses):\n"
                "            return  # Hide was pressed while this was encoded\n",
                "",
            ),
        ),
        (_SHUTTER + "test_a_picture_in_the_encoder_when_hide_is_pressed_is_not_sent",),
    ),
    Mutation(
        "after a still the picture that stands is confirmed by the number of a part",
        (
            Edit(
                "device_agent/picture/pipeline.py",
                "self._sink.send_current(self._newest,",
                "self._sink.send_current(self._sent,",
            ),
        ),
        ("tests/agent/test_still.py::test_after_a_still_the_picture_that_stands_is_confirmed_as_before",),
    ),
    Mutation(
        "a still is taken of the picture from before Hide until somebody looks",
        (
            Edit(
                "device_agent/picture/pipeline.py",
                "        if self._shutter.is_hidden and (shown is None or _is_picture(shown)):\n"
                "            return PictureState.HIDDEN  # however long the newest look takes\n",
                "",
            ),
        ),
        (
            "tests/agent/test_still.py::test_from_the_press_of_hide_none_is_taken_though_nobody_has_looked_yet",
        ),
    ),
    Mutation(
        "a still goes on after Hide was pressed and the screen is shown again",
        (
            Edit(
                "device_agent/picture/pipeline.py",
                "        self._still.withdraw()\n        self._flow.lost()\n",
                "        self._flow.lost()\n",
            ),
        ),
        ("tests/agent/test_still.py::test_a_still_does_not_outlive_a_press_of_hide",),
    ),
    Mutation(
        "a window that has become private is seen until something is drawn",
        (
            Edit(
                "device_agent/devices/x11/eyes.py",
                "return replace(self._last, serial=serial, private=self._on_output(private))",
                "return replace(self._last, serial=serial)",
            ),
        ),
        ("tests/x11/test_private.py::test_a_title_that_becomes_private_is_covered_though_nothing_is_drawn",),
    ),
    Mutation(
        "which key has the focus while a password is typed can be seen",
        (
            Edit(
                "device_agent/devices/simulated_tv/paint/keyboard.py",
                "_field().right, key_box(len(KEYBOARD), 0).bottom)",
                "_field().right, key_box(0, 0).top)",
            ),
        ),
        (_PRIVATE + "test_neither_what_is_typed_nor_its_length_nor_the_key_in_focus_can_be_told",),
    ),
    Mutation(
        "a still that waits under a hidden screen keeps the device busy for ever",
        (
            Edit(
                "device_agent/picture/pipeline.py",
                "still = self._still.waits and not self._shutter.is_hidden",
                "still = self._still.waits",
            ),
        ),
        ("tests/agent/test_still.py::test_under_a_hidden_screen_nothing_of_a_still_is_due_even_if_it_waits",),
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
