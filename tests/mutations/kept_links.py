"""Sabotages of what a poor line is met with, and the checks that must notice. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_FLOW: Final = "device_agent/picture/flow.py"
_LEASE: Final = "device_agent/lease.py"
_FLOWS: Final = "tests/unit/test_picture_flow.py::"
_LEASES: Final = "tests/agent/test_lease.py::"
_ENCODERS: Final = "tests/agent/test_encoders.py::"

LINK_MUTATIONS: Final = (
    Mutation(
        "pictures that weigh nothing measure the link",
        (
            Edit(
                _FLOW,
                "if queued and size * 8 >= min(TELLING_BYTES * 8, TELLING_S * (rate or 0)):",
                "if queued:",
            ),
        ),
        (_FLOWS + "test_pictures_that_weigh_nothing_do_not_make_the_round_trip_short",),
    ),
    Mutation(
        "a rate that is too low makes a round trip of nothing",
        (Edit(_FLOW, "max(took / 2, took - size * 8 / rate)", "max(0.0, took - size * 8 / rate)"),),
        (_FLOWS + "test_a_rate_that_was_measured_too_low_makes_no_round_trip_of_nothing",),
    ),
    Mutation(
        "a link that became wide takes a still picture away",
        (Edit("device_agent/picture/encoders.py", "not (must or moves)", "not (must or True)"),),
        (_ENCODERS + "test_a_link_that_became_wide_disturbs_no_still_picture_and_no_menu",),
    ),
    Mutation(
        "an acknowledged picture lets keys through",
        (
            Edit(
                _LEASE,
                "now - self._answered_at < LEASE_S",
                "now - max(self._answered_at, self._drew_at) < LEASE_S",
            ),
        ),
        (
            _LEASES
            + "test_an_acknowledged_picture_puts_off_the_end_from_when_it_left_and_lets_nothing_execute",
        ),
    ),
    Mutation(
        "any number is taken for a picture that left",
        (Edit(_LEASE, "self._left.get(pic, self._drew_at)", "self._left.get(pic, self._next_ping_at + 9)"),),
        (_LEASES + "test_only_pictures_that_left_lately_are_proof",),
    ),
)
