"""Small sabotages of the two carriers, each with the checks that must notice it. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import BrowserMutation, Edit, Mutation

_MEDIA: Final = "tests/agent/test_media.py::"
_PEER: Final = "tests/agent/test_peer.py::"
_CARRIERS: Final = "tests/agent/test_carriers.py::"
_SILENT: Final = _CARRIERS + "test_a_line_that_is_silent_altogether_does_not_cost_the_channel"
_GONE: Final = _PEER + "test_a_line_that_is_gone_is_asked_with_two_packets_and_brings_all_once_it_is_back"
_IN_THE_CONSOLE: Final = "tests/node/remote_session_carrier.test.js"

CARRIER_MUTATIONS: Final = (
    Mutation(
        "an ending leaves the data channel open",
        (
            Edit(
                "device_agent/session.py",
                "        self.media.close()\n        self._commands.end()\n"
                "        self._outbox.drop_unsealed()\n        self._keys.wipe()",
                "        self._commands.end()\n"
                "        self._outbox.drop_unsealed()\n        self._keys.wipe()",
            ),
        ),
        (_MEDIA + "test_nothing_is_sealed_or_sent_once_the_session_is_over",),
    ),
    Mutation(
        "what is queued on a data channel still leaves after Stop",
        (Edit("device_agent/carrier/peer.py", "            if self._is_shut:\n", "            if False:\n"),),
        (_PEER + "test_nothing_leaves_once_it_is_shut_whatever_is_queued",),
    ),
    Mutation(
        "the device leaves it to the library whom it is connected to",
        (
            Edit(
                "device_agent/carrier/peer.py",
                "if hmac.compare_digest(self._certificate(), self._fingerprint):",
                "if hmac.compare_digest(self._fingerprint, self._fingerprint):",
            ),
        ),
        (_PEER + "test_the_device_looks_at_the_certificate_itself",),
    ),
    Mutation(
        "a device without servers of its own asks a stranger's",
        (
            Edit(
                "device_agent/carrier/peer.py",
                "RTCConfiguration(iceServers=servers, ",
                "RTCConfiguration(iceServers=servers or None, ",
            ),
        ),
        (_PEER + "test_without_servers_of_the_operators_own_none_is_asked",),
    ),
    Mutation(
        "a line that is silent altogether costs the data channel",
        (
            Edit(
                "device_agent/carrier/carriers.py",
                "if wait <= 0 and self._is_silent(now):",
                "if False and self._is_silent(now):",
            ),
        ),
        (_SILENT,),
    ),
    Mutation(
        "the time in which nothing came counts against the data channel",
        (
            Edit(
                "device_agent/carrier/carriers.py",
                "            self._anew_at = now  # what",
                "            pass  # what",
            ),
        ),
        (_SILENT,),
    ),
    Mutation(
        "a dead data channel is kept while the console is heard",
        (Edit("device_agent/carrier/carriers.py", "return now - self._heard_at >= STALL_S", "return True"),),
        (_CARRIERS + "test_pictures_that_are_not_acknowledged_end_the_channel_within_its_time",),
    ),
    Mutation(
        "what arrives lets pictures leave although the console is heard",
        (
            Edit(
                "device_agent/carrier/carriers.py",
                "self.is_direct and self._is_silent(self._clock.boot()):",
                "self.is_direct:",
            ),
        ),
        (_CARRIERS + "test_what_arrives_lets_another_leave_only_while_nothing_else_is_heard",),
    ),
    Mutation(
        "what an old data channel reports lets pictures leave",
        (
            Edit(
                "device_agent/carrier/carriers.py",
                "if peer is self._peer and self.is_direct",
                "if self.is_direct",
            ),
        ),
        (_CARRIERS + "test_what_an_old_channel_reports_to_have_arrived_says_nothing",),
    ),
    Mutation(
        "a line that is gone is filled with repeats",
        (Edit("device_agent/carrier/sctp.py", "return self._in_vain > 1", "return False"),),
        (_GONE,),
    ),
    Mutation(
        "whether a line is back is asked as seldom as anything is repeated",
        (
            Edit(
                "device_agent/carrier/sctp.py",
                "return PROBE_S if self._is_line_silent else wait",
                "return wait",
            ),
        ),
        (_GONE,),
    ),
    Mutation(
        "a sign of life beside the socket is no word of the console's",
        (
            Edit(
                "device_agent/session.py",
                "        self.media.console_heard()\n        if self.pictures",
                "        if self.pictures",
            ),
        ),
        ("tests/agent/test_media.py::test_the_carriers_learn_of_each_word_of_the_consoles_whatever_it_says",),
    ),
)

CARRIER_BROWSER_MUTATIONS: Final = (
    BrowserMutation(
        "what one carrier held back is drawn over what the other brought",
        (Edit("technician_web/io/media.js", "if (pic <= this.#newestPicture) return;", ""),),
        _IN_THE_CONSOLE,
        ("a picture that one carrier held back is not drawn once the other has brought a newer one",),
    ),
    BrowserMutation(
        "pictures on a data channel count as a sign of the session's life",
        (
            Edit(
                "technician_web/io/remote_session.js",
                "      if (open) return;\n",
                "      if (open) return void this.#presence.deviceHeard(true);\n",
            ),
        ),
        _IN_THE_CONSOLE,
        ("pictures on a data channel keep no session alive whose relay is silent",),
    ),
)
