"""Sabotages of the device card: who reads it, when, of which device, what is on record. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_CARD: Final = "tests/server/test_device_card.py::"
_STORE: Final = "relay/session/store.py"
_DESK: Final = "server/portal/device_cards.py"
_DEV_STAYS: Final = Edit(
    _STORE,
    "        .where(session.c.id == session_id, session.c.reason.is_(None))\n"
    "        .values(reason=reason, ended_at=at, dev=None)",
    "        .where(session.c.id == session_id, session.c.reason.is_(None))\n"
    "        .values(reason=reason, ended_at=at)",
)

DEVICE_CARD_MUTATIONS: Final = (
    Mutation(
        "a device card is read before the customer's yes",
        (Edit(_STORE, "        session.c.active_at.is_not(None),\n", ""),),
        (_CARD + "test_the_card_is_there_from_the_customers_yes_to_the_end",),
    ),
    Mutation(
        "a device card is read after the end",
        (
            Edit(
                _STORE,
                "        session.c.active_at.is_not(None),\n        session.c.reason.is_(None),\n",
                "        session.c.active_at.is_not(None),\n",
            ),
            _DEV_STAYS,
        ),
        (_CARD + "test_the_card_is_there_from_the_customers_yes_to_the_end",),
    ),
    Mutation(
        "a look at a session takes its lock",
        (Edit(_STORE, "query.with_for_update() if hold else query", "query.with_for_update()"),),
        (_CARD + "test_the_same_on_postgresql",),
    ),
    Mutation(
        "any technician reads the card of a live session",
        (
            Edit(
                _STORE,
                "        session.c.account == account,\n        session.c.active_at",
                "        session.c.active_at",
            ),
        ),
        (_CARD + "test_nobody_reads_the_card_of_anothers_session",),
    ),
    Mutation(
        "a device card shows another unit's product",
        (Edit(_DESK, "    if key_id(key) != dev:", "    if not key_id(key):"),),
        (_CARD + "test_a_card_is_of_the_very_device_that_the_session_is_with",),
    ),
    Mutation(
        "a revoked device's word opens a card",
        (Edit(_DESK, "if await is_revoked(conn, dev, credential):", "if not dev:"),),
        (_CARD + "test_a_card_is_of_the_very_device_that_the_session_is_with",),
    ),
    Mutation(
        "a device card that was read is not on record as naming its owner",
        (Edit(_DESK, '"owner": owner is not None}', '"owner": False}'),),
        (_CARD + "test_the_card_is_there_from_the_customers_yes_to_the_end",),
    ),
    Mutation(
        "a technician reads an owner's whole name",
        (Edit(_DESK, "return words[-1 if language in _FAMILY_FIRST else 0]", "return name"),),
        (_CARD + "test_of_its_owner_nothing_else_is_on_it",),
    ),
    Mutation(
        "which device a session was with stays in its row",
        (_DEV_STAYS,),
        (_CARD + "test_which_device_it_was_is_forgotten_with_the_session",),
    ),
)
