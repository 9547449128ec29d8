"""Sabotages of the signs of life beside a console's socket, and the checks that must notice. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import BrowserMutation, Edit, Mutation

_LEASES: Final = "tests/agent/test_lease.py::"
_DEVICE: Final = "tests/agent/test_alive.py::"
_RELAY: Final = "tests/relay/test_alive.py::"
_SERVER: Final = "tests/server/test_alive.py::"
_NODE: Final = "tests/node/alive.test.js"
_TEN: Final = "test_signs_stand_in_for_the_socket_for_ten_seconds_and_no_longer"
_AT_ONCE: Final = (
    "an answer puts off the end, and the ping it names is said at once; nothing brightens by it (INV-B3)"
)
_FOR_GOOD: Final = "a connection that is lost for good ends the session, whatever comes beside it (INV-B2)"

ALIVE_MUTATIONS: Final = (
    Mutation(
        "anybody may say that the technician is there",
        (
            Edit(
                "device_agent/session.py",
                "self._keys.alive.check_console(sign.k, sign.n, sign.pic, sign.tag)",
                "self._keys.alive.of_console(sign.k, sign.n, sign.pic)",
            ),
        ),
        (_DEVICE + "test_one_that_nobody_proves_ends_the_session",),
    ),
    Mutation(
        "both directions have one key",
        (Edit("seal/keys.py", "(alive.CONSOLE, alive.DEVICE)", "(alive.CONSOLE, alive.CONSOLE)"),),
        ("tests/vectors/test_seal_vectors.py::test_signs_of_life",),
    ),
    Mutation(
        "a tag does not say which picture",
        (Edit("seal/alive.py", "return _tag(self._console, k, n, pic)", "return _tag(self._console, k, n)"),),
        (_DEVICE + "test_one_that_nobody_proves_ends_the_session",),
    ),
    Mutation(
        "keys of signs outlive their session",
        (Edit("seal/keys.py", "        self.alive.wipe()\n", ""),),
        ("tests/unit/test_seal_frames.py::test_wiped_keys_make_and_judge_no_signs_of_life",),
    ),
    Mutation(
        "a sign lets commands execute",
        (
            Edit(
                "device_agent/lease.py",
                "        self._alive_at = max(self._alive_at, sent)\n",
                "        self._alive_at = max(self._alive_at, sent)\n        self.pong(n, now)\n",
            ),
        ),
        (
            _LEASES + "test_a_sign_beside_the_socket_puts_off_the_end_and_lets_nothing_execute",
            _DEVICE + "test_nothing_executes_by_it",
        ),
    ),
    Mutation(
        "a sign counts from its arrival",
        (
            Edit(
                "device_agent/lease.py",
                "self._alive_at = max(self._alive_at, sent)",
                "self._alive_at = now",
            ),
        ),
        (_LEASES + "test_what_counts_of_a_sign_is_when_its_ping_left_whenever_and_however_often_it_comes",),
    ),
    Mutation(
        "signs keep a session whose socket is lost for good",
        (Edit("device_agent/lease.py", "if now - on_socket < ALIVE_MOST_S else on_socket", ""),),
        (_LEASES + _TEN,),
    ),
    Mutation(
        "what a sign says was drawn is still waited for",
        (Edit("device_agent/session.py", "            self.pictures.acknowledge(sign.pic)\n", ""),),
        (_DEVICE + "test_what_it_says_was_drawn_is_not_waited_for_any_more",),
    ),
    Mutation(
        "an acknowledgement beside the socket puts off the end",
        (
            Edit(
                "device_agent/session.py",
                "            self.pictures.acknowledge(sign.pic)\n",
                "            self._lease.acknowledge(sign.pic)\n"
                "            self.pictures.acknowledge(sign.pic)\n",
            ),
        ),
        (_DEVICE + "test_what_it_says_was_drawn_puts_off_nothing_by_itself",),
    ),
    Mutation(
        "each sign gets an answer, however many wait",
        (Edit("device_agent/session.py", "if self._sign == 0:", "if sign:"),),
        (_DEVICE + "test_one_answer_waits_at_most_and_it_is_to_the_newest_sign",),
    ),
    Mutation(
        "an answer leaves after Stop",
        (
            Edit(
                "device_agent/session.py",
                "self._outbox.put_later(self._answer_sign)",
                "self._sign = sign.k; self._outbox.put(self._answer_sign())",
            ),
        ),
        (_DEVICE + "test_an_answer_that_still_waits_does_not_leave_after_stop",),
    ),
    Mutation(
        "a sign of long ago is answered",
        (Edit("device_agent/lease.py", "if sent is None or now - sent >= END_S:", "if sent is None:"),),
        (_DEVICE + "test_a_sign_of_long_ago_is_not_answered_however_often_it_comes",),
    ),
    Mutation(
        "a sign after the end takes the ending's place",
        (
            Edit(
                "device_agent/session.py",
                "        if not self.is_open:\n            return\n        try:\n            self._keys",
                "        try:\n            self._keys",
            ),
        ),
        (_DEVICE + "test_after_the_end_it_is_not_even_looked_at",),
    ),
    Mutation(
        "a node takes any number of signs",
        (
            Edit(
                "relay/session/alive.py",
                "if not all_of_them.take(self._clock.monotonic()):",
                "if not all_of_them:",
            ),
        ),
        (_RELAY + "test_a_node_takes_no_more_than_it_can_whoever_asks",),
    ),
    Mutation(
        "a console that showed the code is not known by its ticket",
        (
            Edit(
                "relay/session/handlers.py",
                "                self._sessions.alive.admit(ticket, place.issued.session)\n",
                "",
            ),
        ),
        (
            "tests/relay/test_shown_sockets.py::test_a_console_that_showed_the_code_may_speak_beside_its_socket",
        ),
    ),
    Mutation(
        "the relay keeps a session whose socket is lost for good",
        (Edit("relay/session/broker.py", "if now - end.on_socket < ALIVE_MOST_S:", "if end:"),),
        (_RELAY + "test_it_stands_in_for_the_socket_for_ten_seconds_and_no_longer",),
    ),
    Mutation(
        "the relay does not take a sign for a word",
        (
            Edit(
                "relay/session/broker.py",
                "            end.heard = now\n        self._say",
                "            pass\n        self._say",
            ),
        ),
        (_RELAY + "test_a_technician_heard_beside_the_socket_is_not_lost",),
    ),
    Mutation(
        "the relay asks a device that shares no keys yet",
        (
            Edit(
                "relay/session/broker.py",
                "self.state in {State.CONSENT, State.ACTIVE} and Side.CONSOLE in self._ends",
                "Side.CONSOLE in self._ends",
            ),
        ),
        (_RELAY + "test_only_where_the_ends_share_keys_and_the_device_has_said_so",),
    ),
    Mutation(
        "signs may come as often as they like",
        (Edit("relay/session/alive.py", "if not self._bucket.take(now):", "if not now:"),),
        (_RELAY + "test_there_are_so_many_a_second_and_no_more_wait_than_may_ask",),
    ),
    Mutation(
        "the ticket itself finds the session",
        (Edit("relay/session/alive.py", "self._held[_hash(key_of(ticket))]", "self._held[_hash(ticket)]"),),
        (_RELAY + "test_its_key_finds_the_session_and_nothing_else_does",),
    ),
    Mutation(
        "any key finds somebody's session",
        (
            Edit(
                "relay/session/alive.py",
                "self._brokers.get(held.session) if held else None",
                "next(iter(self._brokers.values())) if held else None",
            ),
        ),
        (_RELAY + "test_a_key_reaches_the_device_of_its_own_session_and_no_other",),
    ),
    Mutation(
        "any page may say it",
        (
            Edit(
                "server/api/sessions.py",
                '"/v1/alive",\n            frozenset({Access.TICKET}),',
                '"/v1/alive",\n            frozenset({Access.ANYONE}),',
            ),
        ),
        (_SERVER + "test_only_pages_that_are_a_console_may_say_it",),
    ),
)

ALIVE_BROWSER_MUTATIONS: Final = (
    BrowserMutation(
        "the console believes whoever answers its signs",
        (
            Edit(
                "technician_web/io/alive.js",
                "await this.#parts.tags.checkDevice(answer, unb64(tag, TAG_BYTES));",
                "unb64(tag, TAG_BYTES);",
            ),
        ),
        _NODE,
        ("an answer under no key ends the session (INV-C2)",),
    ),
    BrowserMutation(
        "the console waits for its next turn with a ping that it did not know",
        (Edit("technician_web/io/alive.js", "    else if (isNew) this.#sayAtOnce();\n", ""),),
        _NODE,
        (_AT_ONCE,),
    ),
    BrowserMutation(
        "the console is silent again as soon as it hears",
        (Edit("technician_web/core/limits.js", "ALIVE_MOST_MS = 10_000", "ALIVE_MOST_MS = 0"),),
        _NODE,
        ("once the socket is heard again it goes on: the other way may be held up longer; but not for ever",),
    ),
    BrowserMutation(
        "the console keeps a session whose socket is lost for good",
        (
            Edit(
                "technician_web/io/presence.js",
                " || now - this.#deviceHeardAt >= limits.ALIVE_MOST_MS",
                "",
            ),
        ),
        _NODE,
        (_FOR_GOOD,),
    ),
    BrowserMutation(
        "an answer beside the socket is no sign of the device's life",
        (
            Edit(
                "technician_web/io/remote_session.js",
                "alive: (since) => this.#presence.deviceAlive(since),",
                "alive: () => undefined,",
            ),
        ),
        _NODE,
        (_AT_ONCE,),
    ),
    BrowserMutation(
        "an answer counts from its arrival",
        (
            Edit(
                "technician_web/io/alive.js",
                "if (since !== undefined) this.#parts.heard(since);",
                "this.#parts.heard(this.#parts.timing.now()); void since;",
            ),
        ),
        _NODE,
        ("an answer counts from when the sign left that it answers, however late it comes (INV-B2)",),
    ),
    BrowserMutation(
        "each ping that comes beside the socket is answered at once",
        (
            Edit(
                "technician_web/io/alive.js",
                "if (now - this.#saidAtOnce < ALIVE_AGAIN_MS) return;",
                "void ALIVE_AGAIN_MS;",
            ),
        ),
        _NODE,
        ("of pings that come one by one not each is answered at once",),
    ),
    BrowserMutation(
        "a relay that is busy is asked as often as ever",
        (
            Edit(
                "technician_web/io/alive.js",
                "else if (said === 'busy') this.#pause();",
                "else if (said === 'busy') return;",
            ),
        ),
        _NODE,
        ("a relay that asks for a pause gets one",),
    ),
    BrowserMutation(
        "the console goes on although the device hears it again",
        (
            Edit(
                "technician_web/io/alive.js",
                "if (heard > this.#before && this.#resumedAt > 0) this.#isInOrder();",
                "if (heard < 0) this.#isInOrder();",
            ),
        ),
        _NODE,
        ("it is enough as soon as the device says that it hears the socket too",),
    ),
    BrowserMutation(
        "a picture that only came counts as drawn",
        (
            Edit(
                "technician_web/io/picture_view.js",
                "    return this.#passedPic;\n",
                "    return this.#newest;\n",
            ),
        ),
        _NODE,
        ("the newest picture that was drawn is said too, and none that only came",),
    ),
    BrowserMutation(
        "what comes on a data channel counts as heard on the socket",
        (
            Edit(
                "technician_web/io/remote_session.js",
                "      if (open) return;\n",
                "      if (open) return talk.heardOnSocket();\n",
            ),
        ),
        "tests/node/remote_session_carrier.test.js",
        ("pictures on a data channel do not keep the console from speaking beside a socket that is silent",),
    ),
    BrowserMutation(
        "requests are never given up",
        (Edit("technician_web/io/alive.js", "      request.abort();\n", ""),),
        _NODE,
        ("a request that hears nothing is given up, and never are there more than five",),
    ),
    BrowserMutation(
        "a browser asks leave before each sign",
        (
            Edit(
                "technician_web/io/beside_request.js",
                "'Content-Type': 'text/plain'",
                "'Content-Type': 'application/json'",
            ),
        ),
        _NODE,
        ("the request goes to the socket's own node, and no browser asks leave for it first",),
    ),
)
