"""Sabotages of the words for a missing or late picture, and the checks that must notice them. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import BrowserMutation, Edit, Mutation

_PICTURE: Final = "tests/agent/test_honest_picture.py::"

HONEST_MUTATIONS: Final = (
    Mutation(
        "a protected picture is encoded all the same",
        (
            Edit(
                "device_agent/picture/pipeline.py",
                "        if not _is_picture(picture):\n            return _Taken(picture, ())\n",
                "",
            ),
        ),
        (_PICTURE + "test_what_is_not_a_picture_is_named_at_once_and_never_encoded",),
    ),
    Mutation(
        "the picture before goes on being sharpened over a protected one",
        (
            Edit(
                "device_agent/picture/pipeline.py",
                "or room is None or not _is_picture(self._shown):",
                "or room is None:",
            ),
        ),
        (_PICTURE + "test_what_is_not_a_picture_is_named_at_once_and_never_encoded",),
    ),
    Mutation(
        "a screen at rest is looked at as seldom when it owes an answer",
        (Edit("device_agent/picture/pipeline.py", "idle and owes_s < LOOK_S and", "idle and"),),
        (_PICTURE + "test_at_rest_a_silent_screen_is_named_as_soon_as_ever",),
    ),
    Mutation(
        "the device is woken ten times a second for nothing",
        (Edit("device_agent/picture/pipeline.py", "calm = self._is_calm()", "calm = False"),),
        (
            _PICTURE
            + "test_at_rest_the_device_is_woken_four_times_a_second_and_its_word_comes_as_often_as_ever",
        ),
    ),
    Mutation(
        "a server that hangs under a still screen keeps its name to itself for over a second",
        (Edit("device_agent/picture/word.py", "OWES_S: Final = 0.4", "OWES_S: Final = 0.75"),),
        (
            _PICTURE
            + "test_a_still_screen_whose_server_hangs_right_after_it_answered_has_its_name_within_a_second",
        ),
    ),
)

HONEST_BROWSER_MUTATIONS: Final = (
    BrowserMutation(
        "a picture that is late by now waits to be called so",
        (
            Edit(
                "technician_web/ui/figures.js",
                "if (!before || freshness(state, now) !== this.#fresh) return false;",
                "if (!before) return false;",
            ),
        ),
        "tests/node/console_figures.test.js",
        ("what makes the picture another one in words is shown at once, whatever number it was",),
    ),
    BrowserMutation(
        "the end of a session waits for the page's next beat",
        (Edit("technician_web/ui/figures.js", "names.every(", "names.some("),),
        "tests/node/console_figures.test.js",
        ("whatever else changes is shown at once",),
    ),
    BrowserMutation(
        "the past is shown as live while the TV cannot read its screen",
        (Edit("technician_web/io/picture_view.js", "      this.#state = picture;\n", ""),),
        "tests/node/remote_session_picture.test.js",
        ("capture_stalled: the picture that is there is the past, until it is confirmed again",),
    ),
    BrowserMutation(
        "the server and the TV's line are blamed for a page that does not run",
        (Edit("technician_web/core/slowness.js", "  if (held && ", "  if (false && "),),
        "tests/node/console_slowness.test.js",
        ("of a page that hardly runs nobody else is blamed, and itself only where something is late",),
    ),
    BrowserMutation(
        "a page that runs again is called too slow for another half second",
        (Edit("technician_web/core/pulse.js", "const LATELY_MS = 500;", "const LATELY_MS = 1_000;"),),
        "tests/node/console_slowness.test.js",
        ("what a page lost is over after half a second",),
    ),
    BrowserMutation(
        "a page that hardly runs names that only with its next beat, which may be long in coming",
        (
            Edit(
                "technician_web/core/slow_watch.js",
                "    if (this.#framed || !this.#pulse.isHeld(at)) return;\n",
                "    return;\n",
            ),
        ),
        "tests/node/console_slow_watch.test.js",
        (
            "what has become late by the next frame is named in that frame, whenever the next beat comes",
            "one frame is asked for at a time, until the page runs again",
        ),
    ),
    BrowserMutation(
        "a page that keeps up looks before each of its frames",
        (
            Edit(
                "technician_web/core/slow_watch.js",
                "    if (this.#framed || !this.#pulse.isHeld(at)) return;\n",
                "    if (this.#framed) return;\n",
            ),
        ),
        "tests/node/console_slow_watch.test.js",
        ("one frame is asked for at a time, until the page runs again",),
    ),
    BrowserMutation(
        "the TV's line is blamed for a server that gives no answer",
        (Edit("technician_web/core/slowness.js", "known && server.tookMs >= SERVER_MS", "false"),),
        "tests/node/console_slowness.test.js",
        ("each cause is named, and of two the surer one",),
    ),
    BrowserMutation(
        "a picture of a page that hardly runs is drawn in the frame that has the words",
        (
            Edit(
                "technician_web/io/turns.js",
                "this.#painting.beforeFrame(() => this.#painting.after(0, once));",
                "this.#painting.beforeFrame(once);",
            ),
        ),
        "tests/node/turns.test.js",
        ("it waits for the frame and for what is done in it",),
    ),
    BrowserMutation(
        "where nobody sees the page a picture waits for ever",
        (Edit("technician_web/io/turns.js", "this.#painting.after(NO_FRAME_MS, once)", "() => undefined"),),
        "tests/node/turns.test.js",
        ("it waits no longer than a second where nobody sees the page, and is not drawn twice",),
    ),
    BrowserMutation(
        "pictures of the next session wait for the beats of a screen that is closed",
        (Edit("technician_web/core/slow_watch.js", "    this.#pulse.rest();\n", ""),),
        "tests/node/console_slow_watch.test.js",
        ("no beat is missed once its screen is closed, so the next session's pictures do not wait",),
    ),
)
