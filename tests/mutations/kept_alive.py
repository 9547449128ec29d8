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
                "self._keys.alive.check_console(sign.n, sign.pic, sign.tag)",
                "self._keys.alive.of_console(sign.n, sign.pic)",
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
        (Edit("seal/alive.py", "return _tag(self._console, n, pic)", "return _tag(self._console, n)"),),
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
                "        self._alive_at = max(self._alive_at, self._sent_at(n) or self._alive_at)\n",
                "        self.pong(n, self._sent_at(n) or self._alive_at)\n",
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
                "self._sent_at(n) or self._alive_at)",
                "self._sent[self._count] if self._sent_at(n) else self._alive_at)",
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
                "await this.#parts.tags.checkDevice(answer.n, unb64(answer.tag, TAG_BYTES));",
                "unb64(answer.tag, TAG_BYTES);",
            ),
        ),
        _NODE,
        ("an answer under no key ends the session (INV-C2)",),
    ),
    BrowserMutation(
        "the console waits for its next turn with a ping that it did not know",
        (Edit("technician_web/io/alive.js", "    this.#speak(); // it must learn that we know\n", ""),),
        _NODE,
        (_AT_ONCE,),
    ),
    BrowserMutation(
        "the console is silent again as soon as it hears",
        (Edit("technician_web/core/limits.js", "ALIVE_ON_MS = 5_000", "ALIVE_ON_MS = 0"),),
        _NODE,
        ("once the socket is heard again it goes on for five seconds: the other way may be held up longer",),
    ),
    BrowserMutation(
        "the console keeps a session whose socket is lost for good",
        (
            Edit(
                "technician_web/io/presence.js",
                "if (this.#now() - this.#deviceHeardAt < limits.ALIVE_MOST_MS) ",
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
                "alive: () => this.#presence.deviceAlive(),",
                "alive: () => undefined,",
            ),
        ),
        _NODE,
        (_AT_ONCE,),
    ),
    BrowserMutation(
        "requests are never given up",
        (Edit("technician_web/io/alive.js", "      request.abort();\n", ""),),
        _NODE,
        ("a request that hears nothing is given up, and a new one is made",),
    ),
    BrowserMutation(
        "a browser asks leave before each sign",
        (
            Edit(
                "technician_web/io/alive_request.js",
                "'Content-Type': 'text/plain'",
                "'Content-Type': 'application/json'",
            ),
        ),
        _NODE,
        ("the request goes to the socket's own node, and no browser asks leave for it first",),
    ),
)
