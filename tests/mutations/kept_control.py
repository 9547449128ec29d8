"""Sabotages of what a technician may do on the device, and the checks that must notice them. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_COMMANDS: Final = "tests/agent/test_commands.py::"
_ASKING: Final = "tests/agent/test_asking.py::"
_STARTED: Final = "tests/relay/test_started.py::"
_ACTIONS: Final = "device_agent/actions.py"

CONTROL_MUTATIONS: Final = (
    Mutation(
        "the pointer goes with the picture",
        (Edit(_ACTIONS, "ActionClass.POINTER: Grant.KEYS,", "ActionClass.POINTER: Grant.VIEW,"),),
        (_COMMANDS + "test_a_command_without_its_grant_is_refused_whatever_else_is_given",),
    ),
    Mutation(
        "whoever may press keys may set settings by name",
        (Edit(_ACTIONS, "ActionClass.SETTING: Grant.SETTINGS,", "ActionClass.SETTING: Grant.KEYS,"),),
        (_COMMANDS + "test_a_command_without_its_grant_is_refused_whatever_else_is_given",),
    ),
    Mutation(
        "text is typed under an open page of the panel",
        (
            Edit(
                _ACTIONS,
                "        if self._is_covered():\n",
                "        if self._is_covered() and not isinstance(command, sealed.Text):\n",
            ),
        ),
        (_COMMANDS + "test_no_command_reaches_a_page_of_the_panel",),
    ),
    Mutation(
        "the customer's own key does not come first",
        (Edit(_ACTIONS, "self._customer_at < CUSTOMER_FIRST_S", "self._customer_at < 0"),),
        (_COMMANDS + "test_right_after_a_key_of_the_customers_own_their_key_wins",),
    ),
    Mutation(
        "a yes gives more than was asked",
        (
            Edit(
                "device_agent/session.py",
                "self._permit.add(given & question.asks, now)",
                "self._permit.add(given, now)",
            ),
        ),
        (_ASKING + "test_the_customer_can_give_a_part_and_never_more_than_was_asked",),
    ),
    Mutation(
        "what was started is over as anything",
        (
            Edit(
                "relay/session/answers.py",
                "and begun == (record.action_class, record.path)",
                "and bool(begun)",
            ),
        ),
        (_STARTED + "test_a_record_that_makes_another_command_of_it_ends_the_session",),
    ),
)
