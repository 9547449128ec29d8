"""Sabotages of how a picture comes, first or again, and the checks that must notice them. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import BrowserMutation, Edit, Mutation

_READY: Final = "tests/agent/test_ready.py::"
_SESSION: Final = "technician_web/io/remote_session.js"
_PRESENCE: Final = "technician_web/io/presence.js"
_SILENCE: Final = "tests/node/remote_session_silence.test.js"
_PICTURE: Final = "tests/node/remote_session_picture.test.js"
_MADE: Final = "the decoder is made while the customer is being asked, and draws nothing before the yes"
_OLDER_WORD: Final = (
    "a picture that an older word took away, which came later by the other carrier, is asked for once more"
)

READY_MUTATIONS: Final = (
    Mutation(
        "nothing is made ready while the customer is asked",
        (Edit("device_agent/call.py", "if self._kit.make_ready is not None:", "if False:"),),
        (
            _READY
            + "test_it_is_made_ready_for_once_before_the_yes_and_whatever_comes_of_it_the_session_goes_on",
        ),
    ),
    Mutation(
        "a device without an encoder fails while it makes ready",
        (Edit("device_agent/picture/ready.py", "with suppress(*BROKEN):", "with suppress(KeyError):"),),
        (_READY + "test_without_an_encoder_nothing_is_gained_and_nothing_said",),
    ),
)

READY_BROWSER_MUTATIONS: Final = (
    BrowserMutation(
        "a picture that an older word took away stays away",
        (
            Edit(
                "technician_web/io/picture_view.js",
                "if (this.#isBlank && pic > 0 && pic === this.#drawnPic) this.#askKeyFrame();",
                "",
            ),
        ),
        _PICTURE,
        (_OLDER_WORD,),
    ),
    BrowserMutation(
        "the decoder is made only by the first picture",
        (
            Edit(
                _SESSION,
                "if (first && this.#at === 'deciding')",
                "if (first && this.#at === 'ended')",
            ),
        ),
        _PICTURE,
        (_MADE,),
    ),
    BrowserMutation(
        "a decoder is expected of a browser that has none",
        (
            Edit(
                _SESSION,
                "([first]) => { if (first && this",
                "([first = 'h264']) => { if (first && this",
            ),
        ),
        _PICTURE,
        ("a browser that can draw nothing expects no picture",),
    ),
    BrowserMutation(
        "the picture is asked for once the page has built the live screen",
        (
            Edit(_SESSION, "if (grants.includes('view')) await this.#startPicture();", ""),
            Edit(
                _SESSION,
                "if (begins) this.#watchIdle();",
                "if (begins) this.#watchIdle();\n"
                "    if (grants.includes('view')) await this.#startPicture();",
            ),
        ),
        _PICTURE,
        ("the picture is asked for before the page hears of the yes, and builds what takes longer",),
    ),
    BrowserMutation(
        "the session waits for what the browser decodes",
        (
            Edit(
                _SESSION,
                "void this.#codecs.then(ask);\n    return undefined;",
                "return this.#codecs.then(ask);",
            ),
        ),
        _PICTURE,
        ("a browser that never says what it decodes keeps nobody from the keys",),
    ),
    BrowserMutation(
        "who left while the picture was asked for is watched on",
        (Edit(_SESSION, "if (!advance(this.#at, event)) return; // it is over meanwhile", ""),),
        _PICTURE,
        ("who leaves while the picture is being asked for has left",),
    ),
    BrowserMutation(
        "a ping that lay in the socket takes away that the page slept",
        (Edit(_PRESENCE, "if (this.#watches.late('stale') >= SLEPT_MS) this.#wokeAt = this.#now();", ""),),
        _SILENCE,
        ("a record that is missing after a sleep ends the session where nothing else does (INV-D1)",),
    ),
    BrowserMutation(
        "a record that is missing after a sleep ends nothing",
        (Edit(_PRESENCE, "CATCH_UP_MS, () => this.#says.unrecorded()", "CATCH_UP_MS, () => undefined"),),
        _SILENCE,
        ("a record that is missing after a sleep ends the session where nothing else does (INV-D1)",),
    ),
    BrowserMutation(
        "each record that is missing after a sleep puts the end off",
        (Edit(_PRESENCE, "this.#catchesUp = true;", ""),),
        _SILENCE,
        ("a second record that is missing after a sleep puts nothing off (INV-D1)",),
    ),
)
