"""Sabotages of what a poor line is met with, and the checks that must notice. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_FLOW: Final = "device_agent/picture/flow.py"
_LEASE: Final = "device_agent/lease.py"
_FLOWS: Final = "tests/unit/test_picture_flow.py::"
_LEASES: Final = "tests/agent/test_lease.py::"
_ANOTHER: Final = "tests/agent/test_another_codec.py::"
_PIPELINE: Final = "tests/agent/test_pipeline.py::"

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
        (
            Edit(
                "device_agent/picture/encoders.py",
                "(moves and choice is not Codec.AV1)",
                "choice is not Codec.AV1",
            ),
        ),
        (_ANOTHER + "test_a_link_that_became_wide_disturbs_no_still_picture_and_no_menu",),
    ),
    Mutation(
        "a link that looks narrow for a moment gets a first picture that takes a second",
        (Edit("device_agent/picture/encoders.py", "NARROW_S: Final = 1.0", "NARROW_S: Final = 0.0"),),
        (_ANOTHER + "test_a_link_that_looked_narrow_for_a_moment_keeps_its_codec",),
    ),
    Mutation(
        "a busy device gets a first picture that takes it seconds",
        (Edit("device_agent/picture/encoders.py", "busy=self._load.is_high", "busy=False"),),
        (_ANOTHER + "test_a_device_with_no_time_to_spare_begins_no_av1_however_narrow_the_link_looks",),
    ),
    Mutation(
        "a device that became busy begins anew with another codec",
        (Edit("device_agent/picture/choice.py", "current is Codec.AV1 or not busy", "not busy"),),
        ("tests/unit/test_picture_choice.py::test_a_busy_device_begins_no_av1_and_leaves_none",),
    ),
    Mutation(
        "a single picture that took long makes a device busy",
        (Edit("device_agent/picture/load.py", "_NEWEST: Final = 1 / 8", "_NEWEST: Final = 1.0"),),
        ("tests/unit/test_picture_load.py::test_what_counts_is_the_usual_picture_and_not_a_single_one",),
    ),
    Mutation(
        "nobody measures how long a picture takes the device",
        (Edit("device_agent/picture/pipeline.py", "self._clock.boot() - began)", "0.0)"),),
        (_PIPELINE + "test_how_long_a_picture_took_the_device_is_known",),
    ),
    Mutation(
        "a key picture's time is taken for a usual one's",
        (Edit("device_agent/picture/encoders.py", " and not encoded[0].key:", ":"),),
        (_ANOTHER + "test_a_key_picture_and_one_that_came_by_itself_say_nothing_of_the_load",),
    ),
    Mutation(
        "a film on a narrow link stands still between its pictures",
        (Edit("device_agent/picture/choice.py", "(FILM_KEPT, FILM) if film else (", "("),),
        (_ANOTHER + "test_a_film_on_a_narrow_link_is_h264_and_what_comes_after_it_av1_again",),
    ),
    Mutation(
        "a turning sign is a film",
        (Edit("device_agent/picture/motion.py", "if share >= FILM_SHARE:", "if True:"),),
        ("tests/unit/test_picture_motion.py::test_what_is_no_film",),
    ),
    Mutation(
        "a key picture asked for while one is encoded is another one",
        (Edit("device_agent/picture/pipeline.py", "encoded and encoded[0].key:", "False:"),),
        (_PIPELINE + "test_a_key_picture_asked_for_while_one_is_encoded_is_that_one",),
    ),
    Mutation(
        "a codec that the console can no longer follow stays, as its key picture was under way",
        (Edit("device_agent/picture/pipeline.py", "self._key = self._encoders.is_due", "self._key = False"),),
        (_PIPELINE + "test_a_codec_that_must_go_while_its_key_picture_is_encoded_still_goes",),
    ),
    Mutation(
        "any picture that was on its way is the key picture that was asked for",
        (Edit("device_agent/picture/pipeline.py", "encoded and encoded[0].key:", "encoded:"),),
        (_PIPELINE + "test_a_key_picture_asked_for_while_another_is_encoded_is_the_next",),
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
        (Edit(_LEASE, "self._left.get(pic, self._drew_at)", "self._left.get(pic, self._pinged_at + 9)"),),
        (_LEASES + "test_only_pictures_that_left_lately_are_proof",),
    ),
)
