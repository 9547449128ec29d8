"""Small sabotages of whom a device believes, each with the checks that must notice it. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_SESSION_BADGE: Final = "tests/agent/test_session_badge.py::"
_TRUST_ATTACKS: Final = "tests/agent/test_trust_attacks.py::"
_TRUST_KEPT: Final = "tests/agent/test_trust_kept.py::"

TRUST_MUTATIONS: Final = (
    Mutation(
        "an older list of what is revoked replaces a newer one",
        (Edit("device_agent/trust.py", "status.iat < self._marks.status_s", "status.iat < 0"),),
        (
            _TRUST_ATTACKS + "test_an_older_list_does_not_hide_a_revocation",
            _TRUST_ATTACKS + "test_a_revocation_is_kept_over_a_restart",
        ),
    ),
    Mutation(
        "a device that restarts has forgotten its keyset's number",
        (
            Edit(
                "device_agent/trust.py",
                "self._marks = higher(known, state.marks)",
                "self._marks = known",
            ),
            Edit("device_agent/trust.py", "        self._recall_keyset(state)\n", ""),
        ),
        (
            _TRUST_ATTACKS + "test_the_serial_is_kept_over_a_restart",
            _TRUST_ATTACKS + "test_a_keyset_that_is_over_still_forbids_an_older_one",
        ),
    ),
    Mutation(
        "what the maker signed is written and not forced to the disk",
        (
            Edit(
                "device_agent/trust.py",
                "to_thread(write_durably, self._path, self._state().to_bytes())",
                "to_thread(self._path.write_bytes, self._state().to_bytes())",
            ),
        ),
        (_TRUST_KEPT + "test_keys_are_forced_to_the_disk_and_a_write_cut_short_leaves_the_old_ones",),
    ),
    Mutation(
        "a call goes on before the keys it goes by are kept",
        (
            Edit(
                "device_agent/trust.py",
                "await asyncio.shield(asyncio.ensure_future(",
                "(asyncio.ensure_future(",
            ),
        ),
        (_TRUST_KEPT + "test_a_call_goes_on_when_its_keys_are_kept_and_not_before",),
    ),
    Mutation(
        "a list of what is revoked is good for ever",
        (
            Edit(
                "wire/badge.py",
                "    if not status.is_fresh(now_s):\n        raise BadgeError(BadgeCause.STATUS_OLD)\n",
                "",
            ),
        ),
        (_SESSION_BADGE + "test_a_list_can_be_withheld_for_a_day_and_not_longer",),
    ),
)
