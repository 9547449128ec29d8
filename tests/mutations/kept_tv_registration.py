"""Sabotages of signing in and registering on a television, and the checks that must notice. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_SIGN_IN: Final = "tests/contract/test_device_sign_in.py::"
_REQUESTS: Final = "tests/contract/test_device_requests.py::"
_MACHINE: Final = "tests/unit/test_device_sign_in_machine.py::"
_DESK: Final = "tests/unit/test_device_registration.py::"
_ON_TV: Final = "tests/agent/test_account.py::"
_SCREENS: Final = "tests/agent/test_account_machine.py::"
_SERVICE: Final = "tests/agent/test_account_service.py::"
_SET: Final = "tests/tv/test_account.py::"

TV_REGISTRATION_MUTATIONS: Final = (
    Mutation(
        "an assertion is good for any request",
        (
            Edit(
                "wire/device_request.py",
                "        fields.constant(name, expected)",
                "        fields.constant(name, fields.value(name))  # type: ignore[arg-type]",
            ),
        ),
        (_REQUESTS + "test_an_assertion_is_good_for_the_request_it_was_made_for",),
    ),
    Mutation(
        "an assertion from yesterday is fresh",
        (Edit("wire/device_request.py", "abs(now_s - iat) > DEVICE_REQUEST_S", "abs(now_s - iat) < 0"),),
        (_REQUESTS + "test_and_not_more",),
    ),
    Mutation(
        "a request may be repeated",
        (
            Edit(
                "identity/device_requests/service.py",
                "if not await self._is_first(signed, now):",
                "if not await self._is_first(signed, now) and False:",
            ),
        ),
        (_REQUESTS + "test_a_repeated_assertion_is_refused_also_of_fifty_at_once_and_after_a_restart",),
    ),
    Mutation(
        "a nonce is forgotten before its assertion is old",
        (Edit("identity/device_requests/service.py", "_KEPT_MS: Final = 2 *", "_KEPT_MS: Final = 1 *"),),
        (_REQUESTS + "test_a_nonce_is_kept_as_long_as_an_assertion_from_the_future_is_fresh",),
    ),
    Mutation(
        "a revoked device goes on",
        (Edit("identity/device_requests/service.py", "            if revoked:", "            if False:"),),
        (_REQUESTS + "test_a_revoked_key_is_refused",),
    ),
    Mutation(
        "a token is taken twice",
        (
            Edit(
                "identity/device_sign_in/store.py",
                "        .values(state=State.USED.value)",
                "        .values(state=State.APPROVED.value)",
            ),
        ),
        (_SIGN_IN + "test_of_fifty_questions_at_once_one_takes_the_token",),
    ),
    Mutation(
        "another device takes this one's token",
        (Edit("identity/device_sign_in/service.py", "if found.device != mine:", "if False:"),),
        (_SIGN_IN + "test_another_device_gets_nothing_for_this_ones_code_and_it_is_on_record",),
    ),
    Mutation(
        "a token is good with any device",
        (
            Edit(
                "identity/device_sign_in/service.py",
                "if not hmac.compare_digest(row.device, self._named_device(device)):",
                "if False:",
            ),
        ),
        (_SIGN_IN + "test_another_devices_token_is_worth_nothing",),
    ),
    Mutation(
        "codes are guessed without end",
        (Edit("identity/device_sign_in/service.py", "        if waits[longest]:", "        if False:"),),
        (_SIGN_IN + "test_who_guesses_codes_waits_and_so_does_the_right_one",),
    ),
    Mutation(
        "a customer changes what another decided",
        (
            Edit(
                "identity/device_sign_in/store.py",
                "        device_sign_in.c.state.in_([state.value for state in before(event)]),\n"
                "        device_sign_in.c.expires_at > now,\n    )\n    to",
                "        device_sign_in.c.expires_at > now,\n    )\n    to",
            ),
            Edit(
                "identity/device_sign_in/service.py",
                "or not (is_open or is_theirs)",
                "",
            ),
        ),
        (_SIGN_IN + "test_a_lost_answer_is_given_again_and_nobody_else_decides",),
    ),
    Mutation(
        "who asks too soon is not slowed down",
        (Edit("identity/device_sign_in/machine.py", "interval_s + SLOWER_S", "interval_s"),),
        (_MACHINE + "test_a_question_before_its_time_costs_five_seconds",),
    ),
    Mutation(
        "a yes to old terms counts for new ones",
        (
            Edit(
                "identity/device_sign_in/registering.py",
                "if terms != (await self._terms(market=market, language=language)).version:",
                "if not terms:",
            ),
        ),
        (_DESK + "test_a_yes_to_terms_of_yesterday_registers_nothing",),
    ),
    Mutation(
        "the terms can be agreed to from their first page",
        (
            Edit(
                "device_agent/account/view.py",
                "        return self.page >= len(self.pages) - 1",
                "        return True",
            ),
        ),
        (_SCREENS + "test_only_the_last_page_of_the_terms_can_be_agreed_to",),
    ),
    Mutation(
        "the focus starts on Agree",
        (
            Edit(
                "device_agent/account/view.py",
                "return (*back, Button.CLOSE, Button.AGREE)",
                "return (Button.AGREE, *back, Button.CLOSE)",
            ),
        ),
        (_SCREENS + "test_the_first_button_commits_to_nothing_and_close_is_always_there",),
    ),
    Mutation(
        "Agree and register registers nothing",
        (
            Edit(
                "device_agent/account/machine.py",
                "(State.READING, Event.AGREE): Step(State.REGISTERING, Effect.SEND),",
                "(State.READING, Event.AGREE): Step(State.DONE),",
            ),
        ),
        (_ON_TV + "test_from_account_to_the_dates_of_the_cover_and_close",),
    ),
    Mutation(
        "whoever leaves the account stays signed in",
        (
            Edit(
                "device_agent/account/page.py",
                "        if page is not Page.ACCOUNT:\n            self.fire(Event.CLOSE)",
                "        if page is not page:\n            self.fire(Event.CLOSE)",
            ),
        ),
        (_ON_TV + "test_whatever_leaves_the_page_signs_out",),
    ),
    Mutation(
        "a sign-in lasts for ever",
        (
            Edit(
                "device_agent/account/desk.py",
                "if left == 0 and (state is State.CODE or state in _SIGNED_IN):",
                "if left == 0 and state is State.CODE:",
            ),
        ),
        (_ON_TV + "test_a_sign_in_is_over_after_half_an_hour_whatever_is_on_the_screen",),
    ),
    Mutation(
        "the code on the screen reaches a technician",
        (
            Edit(
                "device_agent/devices/simulated_tv/paint/panel_account.py",
                "return ((0, 0, WIDTH, HEIGHT),) if view.account.state is State.CODE else ()",
                "return ()",
            ),
        ),
        (_SET + "test_the_code_alone_is_kept_from_a_technician",),
    ),
    Mutation(
        "a technician opens the account",
        (
            Edit(
                "device_agent/devices/simulated_tv/tv.py",
                "if grants is not None and (step.help or step.account):",
                "if grants is not None and step.help:",
            ),
        ),
        (_SET + "test_the_customers_ok_opens_it_and_a_technicians_does_not",),
    ),
    Mutation(
        "a link to another's page is shown",
        (
            Edit(
                "device_agent/account/service.py",
                'link.startswith(f"{self._origin}/") and link.isprintable()',
                "link.isprintable()",
            ),
        ),
        (_SERVICE + "test_no_link_leads_anywhere_but_to_the_device_s_own_service",),
    ),
)
