"""Small sabotages of what a maker's server says of devices and of what is revoked. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_RESTORED: Final = "tests/server/test_restored.py::"

MAKER_MUTATIONS: Final = (
    Mutation(
        "an enrolment code is good for every device that has it",
        (
            Edit(
                "identity/enrolment_store.py",
                "enrol_code.c.hash == code_hash, enrol_code.c.used_by.is_(None), ",
                "enrol_code.c.hash == code_hash, ",
            ),
        ),
        ("tests/contract/test_enrolment.py::test_of_twenty_devices_at_one_code_one_is_the_unit[sqlite_url]",),
    ),
    Mutation(
        "a neighbour's wrong codes make the right one wait",
        (Edit("identity/enrolment.py", "return None if opens and not is_revoked else", "return"),),
        ("tests/contract/test_enrolment.py::test_no_neighbour_keeps_a_unit_from_being_enrolled[sqlite_url]",),
    ),
    Mutation(
        "each text that is no enrolment code is an entry of the record",
        (
            Edit(
                "identity/enrolment.py", "if count.told and now - count.last_at <", "if count.told and now <"
            ),
        ),
        ("tests/contract/test_enrolment.py::test_strangers_cannot_fill_the_record[sqlite_url]",),
    ),
    Mutation(
        "a revocation is kept in the database alone",
        (Edit("server/restored.py", "if typ not in _TAKES_BACK:", "if typ:"),),
        (_RESTORED + "test_a_restored_backup_revives_no_key_no_badge_no_token_and_no_account",),
    ),
    Mutation(
        "a command on a restored backup makes it the newest",
        (
            Edit(
                "server/restored.py",
                "if mark is not None and await self._audit.holds(conn, mark):",
                "if mark is not None:",
            ),
        ),
        (_RESTORED + "test_a_command_between_restore_and_start_hides_nothing",),
    ),
)
