"""Sabotages of the transactions everything else stands on, and the checks that must notice. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_STORAGE: Final = "tests/contract/test_storage.py::"

STORE_MUTATIONS: Final = (
    Mutation(
        "a connection that is closed amid a statement keeps its lock",
        (Edit("server/storage/engine.py", "if self.in_transaction:", "if False:"),),
        (_STORAGE + "test_a_writer_that_is_given_up_amid_a_statement_locks_nobody_out",),
    ),
    Mutation(
        "what failed half way is kept by the log's own way to the disk",
        (
            Edit(
                "server/storage/at_once.py",
                "                if raw.in_transaction:\n"
                "                    raw.rollback()\n"
                "                raise\n",
                '                raw.execute("COMMIT")\n                raise\n',
            ),
        ),
        (_STORAGE + "test_what_is_done_at_once_is_kept_whole_or_not_at_all",),
    ),
)
