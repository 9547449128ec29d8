"""Small sabotages of the two carriers, each with the checks that must notice it. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import BrowserMutation, Edit, Mutation

_MEDIA: Final = "tests/agent/test_media.py::"
_PEER: Final = "tests/agent/test_peer.py::"
_CARRIERS: Final = "tests/agent/test_carriers.py::"
_SILENT: Final = _CARRIERS + "test_a_line_that_is_silent_altogether_does_not_cost_the_channel"
_GONE: Final = _PEER + "test_a_line_that_is_gone_is_asked_with_two_packets_and_brings_all_once_it_is_back"
_DROPPED: Final = _PEER + "test_what_is_dropped_in_a_silence_never_arrives_and_what_comes_after_does"
_TWO_PICTURES: Final = _PEER + "test_after_a_silence_two_pictures_of_a_menu_are_on_the_way_at_once"
_WORDS: Final = _MEDIA + "test_the_carriers_learn_of_each_word_of_the_consoles_whatever_it_says"
_UNDRAWN: Final = (
    "tests/agent/test_lease.py::"
    "test_four_pings_are_due_a_second_while_the_newest_picture_is_not_drawn_and_not_for_ever"
)
_LET_LEAVE: Final = (
    "tests/direct/test_session_directly.py::"
    "test_pictures_that_arrive_while_nothing_else_is_heard_let_another_leave"
)
_NEW_SIGN: Final = "        if is_new:\n            self.media.console_heard()"
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
        (Edit("device_agent/carrier/carriers.py", "return now - self._heard_at >= SILENT_S", "return True"),),
        (_CARRIERS + "test_pictures_that_are_not_acknowledged_end_the_channel_within_its_time",),
    ),
    Mutation(
        "what arrives lets pictures leave although the console is heard",
        (
            Edit(
                "device_agent/carrier/carriers.py",
                "self._has_arrived and self.is_direct and self._is_silent(self._clock.boot()):",
                "self._has_arrived and self.is_direct:",
            ),
        ),
        (_CARRIERS + "test_what_arrives_lets_another_leave_only_while_nothing_else_is_heard",),
    ),
    Mutation(
        "what had arrived before the line fell silent lets nothing leave",
        (Edit("device_agent/session.py", "        self.media.tick()\n", ""),),
        (_MEDIA + "test_the_carriers_learn_that_time_passes",),
    ),
    Mutation(
        "what has arrived once lets pictures leave again and again",
        (
            Edit(
                "device_agent/carrier/carriers.py",
                "            self._has_arrived = False\n            self",
                "            self",
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
                _NEW_SIGN,
                "        if False:\n            self.media.console_heard()",
            ),
        ),
        (_WORDS,),
    ),
    Mutation(
        "a sign of life that is said again is a word of the console's",
        (Edit("device_agent/session.py", _NEW_SIGN, "        self.media.console_heard()"),),
        (_WORDS,),
    ),
    Mutation(
        "the data channel is judged before what the console says is known",
        (
            Edit(
                "device_agent/session.py",
                "            if stream is Stream.T2D_CONTROL:\n",
                "            self.media.console_heard()\n            if stream is Stream.T2D_CONTROL:\n",
            ),
            Edit(
                "device_agent/session.py",
                "decode_t2d_link(plaintext))\n            self.media.console_heard()\n",
                "decode_t2d_link(plaintext))\n",
            ),
        ),
        (_WORDS,),
    ),
    Mutation(
        "one word now and then keeps a dead data channel",
        (
            Edit(
                "device_agent/carrier/carriers.py",
                "min(self._anew_at, left + LONGEST_SILENCE_S)",
                "self._anew_at",
            ),
        ),
        (_CARRIERS + "test_one_word_now_and_then_keeps_no_dead_channel",),
    ),
    Mutation(
        "sound is queued on a data channel for as long as the line is silent",
        (
            Edit(
                "device_agent/carrier/carriers.py",
                "if self._peer is not None and self._clock.boot() - self._heard_at < SOUND_SILENT_S:",
                "if self._peer is not None:",
            ),
        ),
        (_CARRIERS + "test_into_a_silence_no_sound_is_sent",),
    ),
    Mutation(
        "the sound of a still screen is cut each second",
        (Edit("device_agent/carrier/carriers.py", "SILENT_S + LEASE_PING_MS / 1000", "SILENT_S"),),
        (_CARRIERS + "test_a_still_screen_that_is_asked_once_a_second_loses_no_sound",),
    ),
    Mutation(
        "what the customer hides is still repeated on the data channel",
        (Edit("device_agent/session.py", "            self.media.hidden()\n", ""),),
        ("tests/agent/test_media.py::test_hide_drops_what_is_on_its_way_directly",),
    ),
    Mutation(
        "SCTP repeats what was dropped",
        (Edit("device_agent/carrier/sctp.py", "in (*self._sent_queue, *self._outbound_queue):", "in ():"),),
        (_DROPPED,),
    ),
    Mutation(
        "what waits before SCTP leaves although it was dropped",
        (Edit("device_agent/carrier/sctp.py", "        self._data_channel_queue.clear()\n", ""),),
        (_DROPPED,),
    ),
    Mutation(
        "a word from before the silence ends the asking whether the line is back",
        (
            Edit(
                "device_agent/carrier/sctp.py",
                "            return  # older than what is known\n",
                "            pass  # older than what is known\n",
            ),
        ),
        (_GONE,),
    ),
    Mutation(
        "a repeated word of the other end's SCTP lets pictures leave",
        (
            Edit(
                "device_agent/carrier/sctp.py",
                "        if self._last_sacked_tsn != before:\n            self._arrived()",
                "        self._arrived()",
            ),
        ),
        (_TWO_PICTURES,),
    ),
    Mutation(
        "after a silence no more than before is on the way",
        (Edit("device_agent/carrier/sctp.py", "WINDOW_AFTER_SILENCE if self._catches_up else ", ""),),
        (_TWO_PICTURES,),
    ),
    Mutation(
        "nobody hears of what has arrived",
        (Edit("device_agent/carrier/ways.py", "arrived=arrived", "arrived=lambda: None"),),
        (_LET_LEAVE,),
    ),
    Mutation(
        "a console that has not drawn the newest picture is asked once a second",
        (Edit("device_agent/lease.py", "flows = undrawn or now", "flows = now"),),
        (_UNDRAWN,),
    ),
    Mutation(
        "a console that draws nothing is asked four times a second for ever",
        (Edit("device_agent/lease.py", " and now - self._left_at < END_S\n", "\n"),),
        (_UNDRAWN,),
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
