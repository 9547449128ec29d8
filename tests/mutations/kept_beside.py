"""Sabotages of what goes beside a console's socket, and the checks that must notice. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.kept_alive import ALIVE_BROWSER_MUTATIONS, ALIVE_MUTATIONS
from tests.mutations.mutation import BrowserMutation, Edit, Mutation

_RELAY: Final = "tests/relay/test_beside.py::"
_SERVER: Final = "tests/server/test_pictures_beside.py::"
_FLOW: Final = "tests/unit/test_picture_flow.py::"
_NODE: Final = "tests/node/beside.test.js"
_SIGNS: Final = "tests/relay/test_alive.py::"
_OLDER: Final = (
    "an older word on the socket that takes away what came beside it "
    "lets nothing be built on what is not there"
)
_GONE: Final = (
    "a relay that has no such session any more ends the word that the device is there, "
    "and what was drawn is said as ever"
)
_LAY: Final = (
    "pings that lay in the socket brighten nothing: keys are on once the newest that was told of has come"
)
_ASKED: Final = (
    "pictures are asked for once the device answers beside a socket that is silent, from the next one on"
)

BESIDE_MUTATIONS: Final = (
    *ALIVE_MUTATIONS,
    Mutation(
        "pictures from before the customer took their yes back come beside the socket",
        (Edit("relay/session/broker.py", "if Grant.VIEW not in item.grants:", "if False:"),),
        (_RELAY + "test_without_consent_to_them_there_are_none",),
    ),
    Mutation(
        "pictures from before the customer hid the screen come beside the socket",
        (
            Edit(
                "relay/session/broker.py",
                "                self._beside.clear()  # what the customer hides",
                "                # what the customer hides",
            ),
        ),
        (_RELAY + "test_what_the_customer_hides_comes_no_more",),
    ),
    Mutation(
        "what is not kept any more is passed over",
        (
            Edit("relay/session/beside.py", "is_gap = seq < self._from", "is_gap = False"),
            Edit("relay/session/beside.py", "() if seq < self._from else", "() if False else"),
        ),
        (_RELAY + "test_where_one_is_not_kept_any_more_none_comes_for_the_socket_may_bring_it_yet",),
    ),
    Mutation(
        "pictures beside the socket outlive their session",
        (
            Edit(
                "relay/session/broker.py",
                "        self._beside.clear()\n        # No command",
                "        # No command",
            ),
        ),
        (_RELAY + "test_with_the_session_they_are_gone_and_nobody_waits",),
    ),
    Mutation(
        "a console that is heard again is taken to have what it was sent while it was not",
        (Edit("relay/session/beside.py", "            self._steady_since = now\n", "            pass\n"),),
        (_RELAY + "test_after_a_silence_nothing_shows_yet_that_what_went_there_has_come",),
    ),
    Mutation(
        "pictures are kept however long ago they came",
        (Edit("relay/session/beside.py", "self._kept[0].at < now - PICTURES_KEPT_S", "False"),),
        (_RELAY + "test_what_went_long_before_a_socket_that_is_always_heard_has_come_and_is_forgotten",),
    ),
    Mutation(
        "any number of bytes is kept",
        (Edit("relay/session/beside.py", "self._bytes > PICTURES_KEPT_BYTES", "False"),),
        (_RELAY + "test_only_so_many_bytes_are_kept",),
    ),
    Mutation(
        "who asks for pictures is there",
        (
            Edit(
                "relay/session/broker.py",
                "return self._beside.ask(seq, self._clock.monotonic(), answered)",
                "self.heard(Side.CONSOLE)\n"
                "        return self._beside.ask(seq, self._clock.monotonic(), answered)",
            ),
        ),
        (_RELAY + "test_asking_keeps_nobody_in_the_session",),
    ),
    Mutation(
        "pictures may be asked for at any rate",
        (Edit("relay/session/beside.py", "if not self._bucket.take(now):", "if False:"),),
        (_RELAY + "test_there_are_so_many_a_second",),
    ),
    Mutation(
        "pictures take the room of signs of life",
        (
            Edit(
                "relay/session/alive.py",
                "            self._all_pictures, lambda",
                "            self._all, lambda",
            ),
        ),
        (_RELAY + "test_a_node_takes_no_more_than_it_can_and_signs_of_life_have_their_own_room",),
    ),
    Mutation(
        "what a session may not ask takes the room of others at the node",
        (Edit("relay/session/alive.py", "            all_of_them.give_back()\n", ""),),
        (
            _RELAY + "test_who_asks_too_often_takes_nothing_from_the_others_at_a_node",
            "tests/relay/test_alive.py::test_who_says_it_too_often_takes_nothing_from_the_others_at_a_node",
        ),
    ),
    Mutation(
        "any number of answers may be unread",
        (Edit("relay/session/alive.py", "self._answering[name] >= PICTURES_UNREAD", "False"),),
        (_RELAY + "test_so_many_answers_of_a_session_may_be_unread_and_one_more_is_refused",),
    ),
    Mutation(
        "an answer that nobody reads is kept for ever",
        (Edit("relay/session/handlers.py", "asyncio.timeout(PICTURES_READ_S)", "asyncio.timeout(None)"),),
        (_SERVER + "test_who_reads_none_of_it_is_dropped_and_holds_little_meanwhile",),
    ),
    Mutation(
        "whatever the console says shows what it has heard",
        (
            Edit(
                "relay/session/broker.py",
                "        self._heard(side)\n        if isinstance(data, bytes):",
                "        self.heard(side)\n        if isinstance(data, bytes):",
            ),
        ),
        (_RELAY + "test_what_a_console_says_shows_nothing_of_what_it_has_heard",),
    ),
    Mutation(
        "a sign that is said again lets a picture leave",
        (Edit("device_agent/session.py", "is_new = sign.k > self._newest_sign", "is_new = sign.k > 0"),),
        ("tests/agent/test_alive.py::test_a_sign_that_is_said_again_lets_no_picture_leave",),
    ),
    Mutation(
        "a sign of life brings no picture",
        (
            Edit(
                "device_agent/session.py",
                "    self.pictures.held_up()\n            self.media",
                "    pass\n            self.media",
            ),
        ),
        ("tests/agent/test_alive.py::test_what_it_says_was_drawn_is_not_waited_for_any_more",),
    ),
    Mutation(
        "after one sign any number of pictures leaves",
        (Edit("device_agent/picture/flow.py", "now))\n        self._held_up = False\n", "now))\n"),),
        (_FLOW + "test_one_sign_is_for_one_picture",),
    ),
    Mutation(
        "signs of life fill a way that is held up without end",
        (Edit("device_agent/picture/flow.py", "(MOST_HELD_UP, HELD_UP_S)", "(10_000, HELD_UP_S)"),),
        (_FLOW + "test_while_the_console_is_heard_beside_its_socket_one_more_leaves_for_each_sign",),
    ),
)

BESIDE_BROWSER_MUTATIONS: Final = (
    *ALIVE_BROWSER_MUTATIONS,
    BrowserMutation(
        "what the socket has brought is opened again beside it",
        (Edit("technician_web/core/sealed_link.js", "    if (seq < opener.next) return null;\n", ""),),
        _NODE,
        ("a frame that was drawn before is not drawn again, whoever brings it beside the socket",),
    ),
    BrowserMutation(
        "what came beside the socket may not come there any more",
        (
            Edit(
                "technician_web/core/sealed_link.js",
                "return tag !== undefined && equal(",
                "return tag === null && equal(",
            ),
        ),
        _NODE,
        ("the socket brings them again afterwards, and goes on as if nothing had been",),
    ),
    BrowserMutation(
        "another frame passes for one that came beside the socket",
        (
            Edit(
                "technician_web/core/sealed_link.js",
                "return tag !== undefined && equal(tag, frame.slice(-TAG_BYTES));",
                "return tag !== undefined && equal(tag, tag);",
            ),
        ),
        _NODE,
        ("the socket may bring again what came beside it once, and no other under its number",),
    ),
    BrowserMutation(
        "any frame may come beside the socket",
        (
            Edit(
                "technician_web/core/sealed_link.js",
                "const BESIDE = new Set([STREAM.D2T_PICTURE_WS]);",
                "const BESIDE = FROM_DEVICE;",
            ),
        ),
        _NODE,
        ("only pictures come beside the socket: control that does ends the session",),
    ),
    BrowserMutation(
        "a picture that came beside the socket keeps the session alive",
        (Edit("technician_web/io/remote_session.js", "      if (open) return;\n", ""),),
        _NODE,
        ("pictures beside the socket keep nothing alive and brighten nothing (INV-B3)",),
    ),
    BrowserMutation(
        "its repetition on the socket does",
        (
            Edit(
                "technician_web/io/remote_session.js",
                "if (!opened) return;",
                "if (!opened) return void this.#presence.deviceHeard(true);",
            ),
        ),
        _NODE,
        ("nor does the socket's repetition of what was drawn count as a word of the device's",),
    ),
    BrowserMutation(
        "acknowledgements are saved up on a socket that is held up",
        (Edit("technician_web/io/device_talk.js", "if (!isLater) void", "void isLater; void"),),
        _NODE,
        ("what was drawn meanwhile is said on the socket once it is there again, and nothing of it before",),
    ),
    BrowserMutation(
        "each picture beside the socket has a sign of its own",
        (
            Edit(
                "technician_web/io/alive.js",
                "if (due <= 0) this.#sayDrawn();",
                "if (due < 1e9) this.#sayDrawn();",
            ),
        ),
        _NODE,
        ("what was drawn is said ten times a second at most, and as often as a relay takes it",),
    ),
    BrowserMutation(
        "what was drawn is said although the relay asked for a pause",
        (
            Edit(
                "technician_web/io/alive.js",
                "this.#drawnAt = this.#parts.timing.now() + ALIVE_AGAIN_MS - ALIVE_DRAWN_MS;",
                "void 0;",
            ),
        ),
        _NODE,
        ("a relay that asks for a pause is given one",),
    ),
    BrowserMutation(
        "pictures are asked for after the end",
        (Edit("technician_web/io/device_talk.js", "    this.#beside.close();\n", ""),),
        _NODE,
        (_ASKED,),
    ),
    BrowserMutation(
        "a frame that was cut short is passed on",
        (Edit("technician_web/io/pictures_request.js", "if (size > body.length - at) break;", ""),),
        _NODE,
        ("an answer 200 of 0 0 0 1 7 0 0 0 2 8 brings 1",),
    ),
    BrowserMutation(
        "parts of a still beside the socket are not told of",
        (
            Edit(
                "technician_web/io/picture_view.js",
                "this.#passedPic = Math.max(this.#passedPic, pic);",
                "this.#passedPic = this.#drawnPic;",
            ),
        ),
        _NODE,
        ("parts of a still that come beside the socket are told of, too: the device waits for each",),
    ),
    BrowserMutation(
        "what follows is drawn on a picture that an older word took away",
        (
            Edit(
                "technician_web/io/picture_view.js",
                "this.#newestDrawn.taken > at)",
                "this.#newestDrawn.taken < 0)",
            ),
        ),
        _NODE,
        (_OLDER,),
    ),
    BrowserMutation(
        "a ping that lay in the socket switches the keys on",
        (Edit("technician_web/io/device_talk.js", "if (ping.n >= this.#alive.newest) this", "this"),),
        _NODE,
        (_LAY,),
    ),
    BrowserMutation(
        "that the device is there counts from when it was heard",
        (
            Edit(
                "technician_web/io/presence.js",
                "this.#watches.set('beside', since + limits.STALE_MS - now,",
                "this.#watches.set('beside', limits.STALE_MS,",
            ),
        ),
        _NODE,
        ("that it is there is said of when the sign left that is answered, not of when the answer came",),
    ),
    BrowserMutation(
        "a relay that has no such session any more is not told from one that is silent",
        (Edit("technician_web/io/alive.js", "    this.#parts.gone();\n", ""),),
        _NODE,
        (_GONE,),
    ),
    BrowserMutation(
        "a request for pictures is never given up",
        (
            Edit(
                "technician_web/io/beside.js",
                "after(ALIVE_WAIT_MS, () => request.abort())",
                "after(20 * ALIVE_WAIT_MS, () => request.abort())",
            ),
        ),
        _NODE,
        ("a request that hears nothing is given up, and the next silence has its own",),
    ),
    BrowserMutation(
        "an answer of any size is read",
        (
            Edit(
                "technician_web/io/pictures_request.js",
                "if (size > MOST_BYTES) {",
                "if (size > 64 * MOST_BYTES) {",
            ),
        ),
        _NODE,
        ("more than a relay keeps is not even read (INV-F2)",),
    ),
)
