"""Sabotages of promises that no other kept one breaks, and the checks that must notice them. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_NUMBERS: Final = "tests/unit/test_care_identifiers.py::"
_IDENTIFIERS: Final = "care/identifiers.py"
_AGENT_RESTARTS: Final = "tests/agent/test_agent_restarts.py::"

_IMPORT: Final = "tests/server/test_cli_import.py::"
_WAYS: Final = "tests/care/test_ways_in.py::"
_DESK: Final = "tests/care/test_desk_api.py::"
_PAGES: Final = "tests/portal/test_pages.py::"
_RULES: Final = "care/registration/rules.py"
_WORDING: Final = "customer_web/wording.py"

PROMISE_MUTATIONS: Final = (
    Mutation(
        "an import is on record only once it is over",
        (
            Edit(
                "server/desk.py",
                '        await self.note("import.begun", {"table": table.value, "file": b64(digest)})\n',
                "",
            ),
        ),
        (_IMPORT + "test_an_import_is_on_record_before_its_first_row_and_after_its_last",),
    ),
    Mutation(
        "a sentence that lacks a value shows its placeholder",
        (
            Edit(
                "locales/__init__.py",
                'raise TextError(f"{key} needs a value for {{{match[1]}}}")',
                "return match[0]",
            ),
        ),
        ("tests/unit/test_locales_catalogue.py::test_a_missing_value_or_key_is_an_error_and_not_a_hole",),
    ),
    Mutation(
        "a page shows the names of its sentences",
        (Edit(_WORDING, "escape(self._catalogue.text(key, **counted, **marks))", "escape(key)"),),
        (_PAGES + "test_no_template_key_or_placeholder_reaches_a_customer",),
    ),
    Mutation(
        "a page in another language speaks English",
        (
            Edit(
                _WORDING, "self._catalogue = locales.load(language, ", 'self._catalogue = locales.load("en", '
            ),
        ),
        (_PAGES + "test_no_page_is_in_two_languages",),
    ),
    Mutation(
        "what nobody makes is registered as the maker's own",
        (
            Edit(
                "care/desk/registering.py",
                "        allowed = None\n",
                "        allowed = rules.Allowed(registrable=True, fits=True, by_qr=True, by_itself=True)\n",
            ),
        ),
        (_WAYS + "test_why_not_is_said_of_the_field_that_can_be_mended",),
    ),
    Mutation(
        "a storage device is registered like any product",
        (Edit(_RULES, "    if not allowed.registrable:", "    if False:"),),
        (_WAYS + "test_why_not_is_said_of_the_field_that_can_be_mended",),
    ),
    Mutation(
        "whether the product can be registered at all is not asked first",
        (
            Edit(
                "care/desk/refusing.py",
                "    errors = [about(pointer, Hint.CHECK_REGISTRABLE)]\n",
                "    errors = []\n",
            ),
        ),
        (_DESK + "test_what_is_wrong_with_a_number_is_said_with_what_to_look_at_first",),
    ),
    Mutation(
        "one guide is given for every product",
        (
            Edit(
                "care/catalogue/guides.py",
                "(self.by_code[code] for code in codes if code in self.by_code)",
                "iter(self.by_code.values())",
            ),
        ),
        (_DESK + "test_where_the_number_stands_is_told_for_every_type_in_every_language",),
    ),
    Mutation(
        "what somebody scanned is offered to everybody",
        (
            Edit(
                "care/registration/sightings.py",
                "            sighting.c.customer == customer,\n            sighting.c.dismissed_at",
                "            sighting.c.dismissed_at",
            ),
        ),
        ("tests/care/test_my_products.py::test_what_was_scanned_is_listed_until_somebody_registers_it",),
    ),
    Mutation(
        "an IMEI may have any number of digits",
        (Edit(_IDENTIFIERS, "len(number) == IMEI_DIGITS\n        and _digits(number)", "_digits(number)"),),
        (_NUMBERS + "test_what_libraries_let_pass_is_no_imei",),
    ),
    Mutation(
        "a serial number of either length is every model's",
        (Edit(_IDENTIFIERS, " and len(number.canonical) == rule.serial_length", ""),),
        (_NUMBERS + "test_the_model_decides_which_kind_it_is",),
    ),
    Mutation(
        "a number of any length is a product's",
        (Edit(_IDENTIFIERS, "if len(number) not in {SERIAL_SHORT, SERIAL_LONG}:", "if not number:"),),
        (
            _NUMBERS + "test_what_is_no_number_of_a_product_says_why",
            _NUMBERS + "test_how_many_characters_were_typed_is_told",
        ),
    ),
    Mutation(
        "what a product is called is a number of the wrong length",
        (Edit(_IDENTIFIERS, "if number in model_codes:", "if False:"),),
        (_NUMBERS + "test_what_is_no_number_of_a_product_says_why",),
    ),
    Mutation(
        "a set made before 2020 goes by its model's year",
        (
            Edit(
                "care/catalogue/models.py",
                "year = made_on.year if made_on is not None else model_year",
                "year = model_year or (made_on.year if made_on is not None else None)",
            ),
        ),
        ("tests/unit/test_care_catalogue.py::test_a_set_registers_itself_from_the_year_2020_on",),
    ),
    Mutation(
        "an extension goes beyond the model's most",
        (
            Edit(
                "care/warranty/extending.py",
                "if end_of(anchor, before + months) > _limit(rows, most_months):",
                "if False:",
            ),
        ),
        ("tests/unit/test_care_extending.py::test_what_cannot_be_added_says_why",),
    ),
    Mutation(
        "a code's check digit is a plain sum",
        (Edit("wire/code.py", "int(_DAMM[state][int(digit)])", "(state - int(digit)) % 10"),),
        ("tests/unit/test_wire_code.py::test_every_swap_of_unlike_neighbours_is_caught",),
    ),
    Mutation(
        "a device takes any of the console's messages where commands are",
        (
            Edit(
                "seal/messages.py",
                "_decode(plaintext, _T2D_CONTROL)",
                "_decode(plaintext, (*_T2D_CONTROL, *_T2D_LINK))",
            ),
        ),
        ("tests/unit/test_seal_messages.py::test_a_stream_carries_its_own_messages_and_no_other",),
    ),
    Mutation(
        "a device that is switched off leaves its session as it is",
        (
            Edit(
                "device_agent/machine.py",
                "(State.ACTIVE, Event.POWER): Step(State.OFF, (End(EndReason.DEVICE_POWERED_OFF), *_OFF))",
                "(State.ACTIVE, Event.POWER): Step(State.OFF, _OFF)",
            ),
        ),
        ("tests/agent/test_machine.py::test_power_leads_to_off_from_every_state_that_is_on_and_ends_first",),
    ),
    Mutation(
        "the relay changes what the console sends",
        (Edit("relay/session/broker.py", "line.pass_control(frame):", "line.pass_control(frame[:-1]):"),),
        ("tests/relay/test_sockets.py::test_two_ends_meet_and_their_frames_pass_unchanged",),
    ),
    Mutation(
        "a key is said to be pressed and is not",
        (
            Edit(
                "device_agent/actions.py",
                "return self._device.press(key, grants)",
                "return Pressed(Outcome.DONE)",
            ),
        ),
        ("tests/agent/test_commands.py::test_a_command_with_its_grant_is_done_and_recorded_under_its_name",),
    ),
    Mutation(
        "an agent that died with a code starts as if there had been none",
        (
            Edit(
                "device_agent/agent.py",
                "elif memory.was_interrupted(self._kit.forward.now_ms()):",
                "elif memory.was_interrupted(2**53):",
            ),
        ),
        (_AGENT_RESTARTS + "test_a_fresh_code_is_one_press_away_after_the_agent_died_with_one",),
    ),
)
