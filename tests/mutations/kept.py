"""Small sabotages of the server and the device, each with the checks that must notice it. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.kept_attack import ATTACK_MUTATIONS
from tests.mutations.kept_beside import BESIDE_MUTATIONS
from tests.mutations.kept_care import CARE_MUTATIONS
from tests.mutations.kept_carrier import CARRIER_MUTATIONS
from tests.mutations.kept_console import CONSOLE_MUTATIONS
from tests.mutations.kept_control import CONTROL_MUTATIONS
from tests.mutations.kept_customers import CUSTOMER_MUTATIONS
from tests.mutations.kept_desk import DESK_MUTATIONS
from tests.mutations.kept_device_card import DEVICE_CARD_MUTATIONS
from tests.mutations.kept_honest import HONEST_MUTATIONS
from tests.mutations.kept_links import LINK_MUTATIONS
from tests.mutations.kept_of_the_maker import MAKER_MUTATIONS
from tests.mutations.kept_portal import PORTAL_MUTATIONS
from tests.mutations.kept_portal_pages import PORTAL_PAGE_MUTATIONS
from tests.mutations.kept_promises import PROMISE_MUTATIONS
from tests.mutations.kept_ready import READY_MUTATIONS
from tests.mutations.kept_silence import SILENCE_MUTATIONS
from tests.mutations.kept_small import SMALL_MUTATIONS
from tests.mutations.kept_still import STILL_MUTATIONS
from tests.mutations.kept_store import STORE_MUTATIONS
from tests.mutations.kept_trust import TRUST_MUTATIONS
from tests.mutations.kept_tv_registration import TV_REGISTRATION_MUTATIONS
from tests.mutations.kept_x11 import X11_MUTATIONS
from tests.mutations.mutation import Edit, Mutation

_CODES: Final = "tests/contract/test_codes.py::"
_SESSIONS: Final = "tests/contract/test_sessions.py::"
_SESSION: Final = "tests/agent/test_session.py::"
_SESSION_ENDS: Final = "tests/agent/test_session_ends.py::"
_SESSION_TIME: Final = "tests/agent/test_session_time.py::"
_SESSION_BADGE: Final = "tests/agent/test_session_badge.py::"
_AGENT: Final = "tests/agent/test_agent.py::"
_AGENT_CODES: Final = "tests/agent/test_agent_codes.py::"
_ENROLMENT: Final = "tests/agent/test_enrolment.py::"
_AGENT_LOSSES: Final = "tests/agent/test_agent_losses.py::"
_CHECK: Final = "tests/agent/test_connection_check.py::"
_AGENT_STOP: Final = "tests/agent/test_agent_stop.py::"
_ACTIVE: Final = "tests/relay/test_broker_active.py::"
_LOSSES: Final = "tests/relay/test_broker_losses.py::"

MUTATIONS: Final = (
    *TRUST_MUTATIONS,
    *TV_REGISTRATION_MUTATIONS,
    *CARE_MUTATIONS,
    *ATTACK_MUTATIONS,
    *CUSTOMER_MUTATIONS,
    *DESK_MUTATIONS,
    *DEVICE_CARD_MUTATIONS,
    *PORTAL_MUTATIONS,
    *PORTAL_PAGE_MUTATIONS,
    *CONSOLE_MUTATIONS,
    *X11_MUTATIONS,
    *CONTROL_MUTATIONS,
    Mutation(
        "sealing is the identity",
        (
            Edit(
                "seal/frames.py",
                "return header + cipher.encrypt(nonce, plaintext, header)",
                "return header + plaintext + bytes(TAG_BYTES)",
            ),
            Edit(
                "seal/frames.py",
                "cipher.decrypt(self._nonce(header.seq), frame[HEADER_BYTES:], frame[:HEADER_BYTES])",
                "frame[HEADER_BYTES:-TAG_BYTES]",
            ),
        ),
        (
            "tests/unit/test_seal_frames.py::test_no_bit_of_a_frame_can_be_changed",
            "tests/unit/test_seal_frames.py::test_the_frame_is_the_one_of_the_specification",
            "tests/vectors/test_seal_vectors.py::test_sealed_frames",
            _SESSION_ENDS + "test_one_flipped_bit_ends_the_session",
        ),
    ),
    Mutation(
        "a code is loaded, then saved",
        (
            Edit(
                "relay/pin/store.py",
                """    query = (
        pin.update()
        .where(
            pin.c.locator_live == locator,
            pin.c.state == State.ISSUED,
            pin.c.expires_at > now,
            pin.c.node == node,
            pin.c.account.is_(None),
        )
""",
                """    found = await conn.execute(
        sa.select(pin.c.session).where(
            pin.c.locator_live == locator,
            pin.c.state == State.ISSUED,
            pin.c.expires_at > now,
            pin.c.node == node,
            pin.c.account.is_(None),
        )
    )
    loaded = found.first()
    if loaded is None:
        return None
    query = (
        pin.update()
        .where(pin.c.session == loaded.session)
""",
            ),
        ),
        # SQLite has one writer at a time, which hides the fault there; PostgreSQL does not.
        (_CODES + "test_of_many_technicians_who_redeem_one_code_at_once_one_wins[postgresql_url]",),
    ),
    Mutation(
        "a device takes another device's code",
        (Edit("relay/pin/store.py", "            pin.c.account.is_not(None),\n", ""),),
        ("tests/contract/test_shown_codes.py::test_a_code_opens_only_in_its_own_direction[sqlite_url]",),
    ),
    Mutation(
        "a code is run as often as it is typed",
        (
            Edit(
                "device_agent/agent.py",
                "if self._typed and self._kit.memory.was_used(self._typed):",
                "if self._typed and self._typed == self._code:",
            ),
        ),
        ("tests/agent/test_agent_typed_code.py::test_a_code_runs_once_also_after_a_restart",),
    ),
    Mutation(
        "the lease is not checked",
        (Edit("device_agent/session.py", "case _ if not self.may_execute(message.hb):", "case _ if False:"),),
        (
            _SESSION_TIME + "test_a_command_within_the_lease_executes_and_one_after_it_is_late",
            _SESSION_TIME + "test_without_the_relays_pings_nothing_executes_although_pongs_come",
            _SESSION_TIME + "test_a_command_that_names_an_old_ping_is_late_although_the_lease_holds",
        ),
    ),
    Mutation(
        "every end is recorded",
        (
            Edit(
                "relay/session/store.py",
                ".where(session.c.id == session_id, session.c.reason.is_(None))",
                ".where(session.c.id == session_id)",
            ),
        ),
        (_SESSIONS + "test_of_many_ends_one_is_recorded[sqlite_url]",),
    ),
    Mutation(
        "the answer leaves before the code is marked used",
        (
            Edit(
                "device_agent/pairing.py",
                """            await self._memory.mark_used(self._code, self._now_ms())
            self._say(messages.PakeB(y=yb, tag=tb))
""",
                """            self._say(messages.PakeB(y=yb, tag=tb))
            await self._memory.mark_used(self._code, self._now_ms())
""",
            ),
        ),
        (_AGENT_CODES + "test_the_code_is_marked_used_on_the_disk_before_the_answer_leaves",),
    ),
    Mutation(
        "the technician's keys reach the panel",
        (
            Edit(
                "device_agent/actions.py",
                "        if self._is_covered():\n            return ActionCause.COVERED\n",
                "        host = getattr(self._is_covered, '__self__', None)\n"
                "        if self._is_covered() and (owner := getattr(host, '_owner', None)):\n"
                "            owner.press(getattr(command, 'key', RemoteKey.OK).value)\n",
            ),
        ),
        (
            _AGENT + "test_the_technicians_keys_are_refused_while_the_customer_has_a_page_open",
            _SESSION + "test_while_a_panel_page_covers_the_screen_the_technicians_keys_are_refused",
            "tests/agent/test_agent_more.py::test_no_key_of_the_technicians_answers_the_card",
        ),
    ),
    Mutation(
        "a command is forwarded before its hash is durable",
        (
            Edit(
                "relay/session/broker.py",
                "        self._journal.frame(seq, digest, done)\n",
                "        done()\n        self._journal.frame(seq, digest, lambda: None)\n",
            ),
        ),
        (
            _ACTIVE + "test_a_command_is_durable_before_the_device_gets_it",
            _ACTIVE + "test_a_command_that_cannot_be_recorded_is_never_forwarded",
            _ACTIVE + "test_a_command_on_its_way_to_the_log_dies_with_the_session",
        ),
    ),
    Mutation(
        "a record counts as durable before the commit",
        (
            Edit(
                "relay/session/command_log.py",
                "        for item in _frames_together(batch):\n",
                "        for told in batch:\n"
                "            _tell(told.done)\n"
                "        for item in _frames_together(batch):\n",
            ),
        ),
        ("tests/relay/test_command_log.py::test_nothing_is_told_before_the_commit",),
    ),
    Mutation(
        "the signature of a device record is not checked",
        (
            Edit(
                "wire/records.py",
                "if not self._check(self._dpk, signature, record_message(self._th, unsigned)):",
                "if False:",
            ),
        ),
        (
            "tests/vectors/test_wire_vectors.py::test_records",
            _ACTIVE + "test_a_record_of_the_right_form_with_another_content_than_was_signed_ends_the_session",
        ),
    ),
    Mutation(
        "the signature of a badge is not checked",
        (Edit("wire/badge.py", "if not check(issuer_key, parsed.sig, parsed.signed):", "if False:"),),
        (_SESSION_BADGE + "test_a_badge_signed_by_another_key_under_a_known_id_is_refused",),
    ),
    Mutation(
        "a spent code is refused in other words",
        (
            Edit(
                "relay/pin/service.py",
                """                await self._missed(conn, account, why, now)
                return NotOpen()
""",
                """                await self._missed(conn, account, why, now)
                spent = (await store.newest(conn, locator) or (None,))[0] is State.REDEEMED
                return TooMany(1) if spent else NotOpen()
""",
            ),
        ),
        (
            _CODES + "test_a_redeemed_code_is_spent_for_everybody[sqlite_url]",
            "tests/server/test_one_refusal.py::test_a_code_that_is_not_open_is_refused_in_one_way_whatever_it_was",
        ),
    ),
    Mutation(
        "a code in use is refused with a hint",
        (
            Edit(
                "relay/session/service.py",
                'raise Refusal("code-not-open")\n            case TooMany():',
                "in_use = any(one.facts.locator == locator for one in self._brokers.values())\n"
                '                raise Refusal("code-not-open", retry_after_s=1 if in_use else None)\n'
                "            case TooMany():",
            ),
        ),
        (
            "tests/server/test_one_refusal.py::test_a_code_that_is_not_open_is_refused_in_one_way_whatever_it_was",
        ),
    ),
    Mutation(
        "pictures leave whatever is on the way",
        (
            Edit(
                "device_agent/picture/flow.py",
                "if len(self._on_the_way) >= self.window:",
                "if len(self._on_the_way) >= 1000:",
            ),
        ),
        (
            "tests/agent/test_pipeline.py::test_few_pictures_are_on_the_way_and_the_next_is_the_newest",
            "tests/agent/test_pipeline.py::test_until_the_first_is_drawn_no_other_leaves",
            "tests/unit/test_picture_flow.py::test_before_the_first_is_drawn_one_is_on_the_way_and_nothing_is_known",
        ),
    ),
    Mutation(
        "rows of the resolution before are still to be finished",
        (Edit("device_agent/picture/rest.py", "        self._soft = ()\n", ""),),
        ("tests/agent/test_pipeline.py::test_a_lower_screen_is_finished_within_itself",),
    ),
    Mutation(
        "a video picture blurs what was finished and is not remembered",
        (
            Edit(
                "device_agent/picture/pipeline.py",
                "note((_rows(part) for part in taken.encoded), self._clock.boot())",
                "note((), self._clock.boot())",
            ),
        ),
        (
            "tests/agent/test_pipeline.py::test_a_still_picture_is_sharpened_then_finished_and_then_left_alone",
        ),
    ),
    Mutation(
        "a picture leaves after stop",
        (
            Edit(
                "device_agent/session.py",
                "        self._outbox.drop_unsealed()\n        if refused:\n",
                "        if refused:\n",
            ),
        ),
        (_SESSION_ENDS + "test_after_stop_nothing_executes_and_nothing_but_the_ending_leaves",),
    ),
    Mutation(
        "a command acts after stop",
        (
            Edit(
                "device_agent/session.py",
                "        if not self.is_open:\n            return\n        try:\n            stream =",
                "        try:\n            stream =",
            ),
            Edit(
                "device_agent/session.py",
                "        self._keys.wipe()\n        self._outbox.finish()\n\n    def abandon",
                "        self._phase = _Phase.ACTIVE\n\n    def abandon",
            ),
        ),
        (_SESSION_ENDS + "test_after_stop_nothing_executes_and_nothing_but_the_ending_leaves",),
    ),
    Mutation(
        "a session that was lost keeps its keys",
        (
            Edit(
                "device_agent/session.py",
                "        self._outbox.drop_unsealed()\n        self._keys.wipe()\n",
                "        self._outbox.drop_unsealed()\n",
            ),
        ),
        (_SESSION_ENDS + "test_every_ending_wipes_the_keys",),
    ),
    Mutation(
        "pictures pass without a consent on record",
        (
            Edit(
                "relay/session/broker.py",
                "case Stream.D2T_PICTURE_WS if Grant.VIEW in self._granted:",
                "case Stream.D2T_PICTURE_WS if stream:",
            ),
        ),
        (_ACTIVE + "test_pictures_pass_only_while_a_consent_to_view_is_on_record",),
    ),
    Mutation(
        "sound passes with a consent to view alone",
        (
            Edit(
                "relay/session/broker.py",
                "case Stream.D2T_SOUND_WS if Grant.SOUND in self._granted:",
                "case Stream.D2T_SOUND_WS if Grant.VIEW in self._granted:",
            ),
        ),
        (_ACTIVE + "test_sound_passes_only_while_a_consent_to_it_is_on_record",),
    ),
    Mutation(
        "a drain does not wait for redemptions under way",
        (Edit("relay/session/service.py", "                await self._redeemed.wait()\n", ""),),
        (
            _SESSIONS
            + "test_a_redemption_under_way_when_the_drain_begins_is_ended_and_recorded_by_it[sqlite_url]",
        ),
    ),
    Mutation(
        "a restart leaves open what an earlier life left open",
        (Edit("relay/session/service.py", "        await self.recover()\n", ""),),
        (_SESSIONS + "test_a_node_has_recovered_before_it_is_started[sqlite_url]",),
    ),
    Mutation(
        "a path may be spelled otherwise",
        (
            Edit(
                "server/web/origin.py",
                'return path == request.path and bool(mark) == bool(query) and "#" not in query',
                "return bool(path) or bool(mark) or bool(query)",
            ),
        ),
        ("tests/server/test_spellings.py::test_no_protected_route_answers_to_another_spelling",),
    ),
    Mutation(
        "what follows a refused tunnel is read as a request",
        (Edit("server/doorman.py", "or request.method == hdrs.METH_CONNECT:", "or request.method == '':"),),
        ("tests/server/test_smuggling.py::test_a_hidden_request_is_not_carried_out_and_not_answered",),
    ),
    Mutation(
        "who hangs up first is called lost, also after the other fell silent",
        (Edit("relay/session/broker.py", "return other.lost if silent else side.lost", "return side.lost"),),
        (_LOSSES + "test_who_hangs_up_because_the_other_fell_silent_is_not_the_one_who_was_lost",),
    ),
    Mutation(
        "a connection waits for its reader when all is said",
        (Edit("relay/session/sockets.py", "get_write_buffer_size() > 0", "get_write_buffer_size() < 0"),),
        ("tests/relay/test_sockets_close.py::test_a_connection_waits_for_no_reader_when_all_is_said",),
    ),
    Mutation(
        "who says goodbye and reads nothing is waited for",
        (Edit("relay/session/line.py", "if self._abort_at is None:", "if False:"),),
        ("tests/relay/test_line.py::test_an_end_that_says_goodbye_and_reads_nothing_is_dropped",),
    ),
    Mutation(
        "a socket is closed before the other end has said goodbye",
        (
            Edit(
                "relay/session/sockets.py",
                "            self._reading.cancel()\n            await self._read.wait()\n",
                "            pass\n",
            ),
        ),
        (
            "tests/relay/test_sockets_close.py::test_a_socket_stays_open_until_the_other_end_has_said_goodbye_too",
        ),
    ),
    Mutation(
        "a set that slept blames the server",
        (
            Edit(
                "device_agent/call.py",
                "now - self._ticked_at >= _SLEPT_S or now - self._woke_at < _WAKING_S",
                "now < self._ticked_at",
            ),
        ),
        (_AGENT_LOSSES + "test_a_set_that_slept_blames_nobody_else_for_the_silence",),
    ),
    Mutation(
        "a line that nobody waits for any more stays open",
        (Edit("device_agent/call.py", "                _drop(dialling)\n", "                pass\n"),),
        (_AGENT_LOSSES + "test_a_line_that_opens_just_as_the_check_is_called_off_is_dropped",),
    ),
    Mutation(
        "a doubtful line is offered a code without a closer look",
        (Edit("device_agent/link.py", "if is_doubtful(opened):", "if not opened.took:"),),
        (
            _CHECK + "test_a_slow_line_is_too_slow",
            _CHECK + "test_a_line_whose_answers_get_lost_is_unsteady",
        ),
    ),
    Mutation(
        "a wrong clock is called a line that is not private, and checking again forgets the typed code",
        (
            Edit("device_agent/opening.py", "error.verify_code, Failure", "-error.verify_code, Failure"),
            Edit(
                "device_agent/agent.py",
                "frozenset({Page.CHECKING, Page.PROBLEM})",
                "frozenset({Page.CHECKING})",
            ),
        ),
        (
            _CHECK + "test_a_certificate_that_does_not_fit_the_clock_is_told_from_one_nobody_vouches_for",
            "tests/agent/test_agent_typed_code.py::test_a_typed_code_is_checked_again_without_typing_it_again",
        ),
    ),
    Mutation(
        "a technician's Power key is blamed for every later switching off",
        (
            Edit(
                "device_agent/agent.py",
                "        self._by_technician = False\n        self._call = Call(",
                "        self._call = Call(",
            ),
        ),
        (_AGENT_STOP + "test_the_technicians_power_key_is_recorded_and_ends_the_session",),
    ),
    Mutation(
        "a caught proof of a device's key enrols another device",
        (Edit("relay/session/seat.py", "if self._check(asked.key, asked.sig, signed):", "if signed:"),),
        ("tests/relay/test_seat_enrols.py::test_no_code_is_looked_at_for_a_key_that_is_not_proven",),
    ),
    Mutation(
        "a device keeps whatever word it is answered",
        (
            Edit(
                "device_agent/enrolment.py",
                "enrolment = self.judged(credential)",
                "enrolment = enrolments._enrolment(enrolments.compact.take_apart(credential, "
                "typ=enrolments.TYP, code=enrolments.CODE).claims)",
            ),
        ),
        (
            _ENROLMENT + "test_a_word_for_another_device_is_not_kept",
            _ENROLMENT + "test_a_word_by_a_key_that_the_keyset_does_not_name_is_not_kept",
            _ENROLMENT + "test_a_word_by_a_revoked_key_or_for_a_revoked_device_is_not_kept",
            _ENROLMENT + "test_a_word_of_another_organisation_or_with_another_signature_is_not_kept",
        ),
    ),
    *STORE_MUTATIONS,
    *MAKER_MUTATIONS,
    *CARRIER_MUTATIONS,
    *HONEST_MUTATIONS,
    *LINK_MUTATIONS,
    *PROMISE_MUTATIONS,
    *READY_MUTATIONS,
    *SILENCE_MUTATIONS,
    *BESIDE_MUTATIONS,
    *SMALL_MUTATIONS,
    *STILL_MUTATIONS,
)
