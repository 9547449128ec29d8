"""Sabotages of how a session outlives a short silence, and the checks that must notice them. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_LEASE: Final = "tests/agent/test_lease.py::"
_FLOW: Final = "tests/unit/test_picture_flow.py::"
_ONE_MORE: Final = "test_one_more_leaves_some_time_after_the_last_word_and_only_three_in_all"
_ASKED: Final = "test_repeats_at_least_once_a_second_are_asked_for_and_an_old_system_goes_on_without"

SILENCE_MUTATIONS: Final = (
    Mutation(
        "pings are a second apart while pictures leave, too",
        (Edit("device_agent/lease.py", "(PING_FLOW_S if flows else PING_S)", "PING_S"),),
        (_LEASE + "test_while_pictures_leave_four_pings_are_due_a_second",),
    ),
    Mutation(
        "a still screen is asked four times a second",
        (Edit("device_agent/lease.py", "(PING_FLOW_S if flows else PING_S)", "PING_FLOW_S"),),
        (
            _LEASE + "test_pings_are_due_every_second",
            _LEASE + "test_while_pictures_leave_four_pings_are_due_a_second",
        ),
    ),
    Mutation(
        "pings are forgotten before the end they put off",
        (Edit("device_agent/lease.py", "_REMEMBERED: Final = 32", "_REMEMBERED: Final = 16"),),
        (_LEASE + "test_all_pings_are_remembered_that_an_end_may_still_depend_on",),
    ),
    Mutation(
        "in a silence no further picture leaves",
        (Edit("device_agent/picture/flow.py", "return self._overdue_in(now)", "return None"),),
        (
            _FLOW + "test_after_a_silence_the_newest_comes_before_the_console_is_heard_again",
            _FLOW + _ONE_MORE,
        ),
    ),
    Mutation(
        "in a silence pictures leave without end",
        (Edit("device_agent/picture/flow.py", "many >= self.window + most", "many >= 10_000"),),
        (_FLOW + _ONE_MORE,),
    ),
    Mutation(
        "what the line still has to carry is not waited for in a silence",
        (
            Edit(
                "device_agent/picture/flow.py",
                "max(self._on_the_way[-1].at, self._free_at, self._drawn_at)",
                "max(self._on_the_way[-1].at, self._drawn_at)",
            ),
        ),
        (_FLOW + "test_a_line_that_still_carries_something_large_gets_nothing_more_meanwhile",),
    ),
    Mutation(
        "the relay's repeats double for ever",
        (Edit("relay/session/sockets.py", "TCP_RTO_MAX_MS, REPEAT_WITHIN_MS", "TCP_RTO_MAX_MS, 120_000"),),
        ("tests/relay/test_sockets.py::" + _ASKED,),
    ),
    Mutation(
        "the TV's repeats double for ever",
        (Edit("device_agent/link.py", "TCP_RTO_MAX_MS, REPEAT_WITHIN_MS)", "TCP_RTO_MAX_MS, 120_000)"),),
        ("tests/agent/test_link.py::" + _ASKED,),
    ),
)
