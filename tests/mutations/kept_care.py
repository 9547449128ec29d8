"""Sabotages of the after-sales desk, and the checks that must notice. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_NUMBERS: Final = "tests/unit/test_care_identifiers.py::"
_LABELS: Final = "tests/unit/test_care_labels.py::"
_COVER: Final = "tests/unit/test_care_coverage.py::"
_EXTENDING: Final = "tests/unit/test_care_extending.py::"
_MARKETS: Final = "tests/unit/test_care_markets.py::"
_FILE: Final = "tests/unit/test_care_table_file.py::"
_IMPORTS: Final = "tests/care/test_imports.py::"
_ASKING: Final = "tests/care/test_cover.py::"
_STORAGE: Final = "tests/contract/test_storage.py::"
_PLANS: Final = "tests/care/test_plans.py::"
_OWNERS: Final = "tests/care/test_registering.py::"

CARE_MUTATIONS: Final = (
    Mutation(
        "a letter O is quietly made a zero",
        (
            Edit(
                "care/identifiers.py",
                '    return _WORDS_BEFORE.sub("", upper)',
                '    return _WORDS_BEFORE.sub("", upper).replace("O", "0")',
            ),
        ),
        (_NUMBERS + "test_a_letter_is_never_taken_for_a_digit",),
    ),
    Mutation(
        "an IMEI with a wrong digit is taken for a telephone's",
        (Edit("care/identifiers.py", " and bool(luhn.is_valid(number))", ""),),
        (_NUMBERS + "test_every_single_wrong_digit_of_an_imei_is_noticed",),
    ),
    Mutation(
        "the code for the smart home registers nothing, and nobody is told why",
        (Edit("care/catalogue/labels.py", "    if What.PAIRING in seen:", "    if False:"),),
        (_LABELS + "test_where_no_one_product_is_named_it_is_said_why",),
    ),
    Mutation(
        "of two products in one picture the first is taken",
        (Edit("care/catalogue/labels.py", "if len(found) == 1:", "if found:"),),
        (_LABELS + "test_where_no_one_product_is_named_it_is_said_why",),
    ),
    Mutation(
        "two years end a day early",
        (
            Edit(
                "care/warranty/rows.py",
                "    return anchor + relativedelta(months=months)",
                "    return anchor + relativedelta(months=months, days=-1)",
            ),
        ),
        (_COVER + "test_the_last_day_is_the_same_day_of_the_month_or_the_months_last",),
    ),
    Mutation(
        "a receipt from before the calculated start shortens the cover by itself",
        (
            Edit(
                "care/warranty/rules.py",
                "any(new.ends_on >= row.draft.ends_on for new in news)",
                "any(True for new in news)",
            ),
        ),
        (_COVER + "test_a_receipt_from_before_the_calculated_start_shortens_nothing_by_itself",),
    ),
    Mutation(
        "the law's guarantee is counted as the maker's",
        (Edit("care/warranty/rows.py", "    Kind.LEGAL: Right.LEGAL,", "    Kind.LEGAL: Right.MAKER,"),),
        (_COVER + "test_the_law_is_never_merged_into_the_makers_cover",),
    ),
    Mutation(
        "today's terms hold for what was bought long ago",
        (
            Edit(
                "care/warranty/terms.py",
                "        and term.valid_from <= on\n"
                "        and (term.valid_to is None or on <= term.valid_to)",
                "        and term.valid_to is None",
            ),
        ),
        (_COVER + "test_the_term_of_the_day_of_purchase_holds_and_not_todays",),
    ),
    Mutation(
        "an extension is swallowed by a cover that grows",
        (Edit("care/warranty/extending.py", "        if again != row.draft:", "        if False:"),),
        (_EXTENDING + "test_a_cover_that_grows_swallows_no_extension",),
    ),
    Mutation(
        "a market's links lead anywhere",
        (
            Edit(
                "care/catalogue/markets.py",
                'if parts.scheme != "https" or parts.hostname not in hosts:',
                'if parts.scheme != "https":',
            ),
        ),
        (_MARKETS + "test_data_that_is_wrong_says_in_which_file_and_where",),
    ),
    Mutation(
        "a line without an end is read until the memory is full",
        (
            Edit(
                "care/imports/table_file.py",
                "while line := self._file.readline(LINE_MOST + 1):",
                "while line := self._file.readline():",
            ),
        ),
        (_FILE + "test_a_line_without_an_end_is_not_read_further_than_its_limit",),
    ),
    Mutation(
        "a row with a cell too many is read as if its columns were the others",
        (
            Edit("care/imports/table_file.py", "whole = len(cells) == len(names)", "whole = True"),
            Edit("care/imports/table_file.py", "zip(names, cells, strict=True)", "zip(names, cells)"),
        ),
        (_FILE + "test_a_row_with_too_many_or_too_few_cells_is_not_guessed_at",),
    ),
    Mutation(
        "a dry run is kept",
        (
            Edit(
                "care/imports/service.py",
                "    if dry_run:\n        raise _DryRun",
                "    if False:\n        raise _DryRun",
            ),
        ),
        (_IMPORTS + "test_a_dry_run_says_the_same_and_keeps_nothing",),
    ),
    Mutation(
        "a correction overwrites the record before it",
        (
            Edit(
                "care/units/supplying.py",
                "await conn.execute(superseding.values(superseded_at=now))",
                "await conn.execute(supply.delete().where(supply.c.unit.in_(replaced)))",
            ),
        ),
        (_IMPORTS + "test_a_supplied_piece_is_added_stays_and_is_corrected_by_a_record_of_its_own",),
    ),
    Mutation(
        "a supply list gives one telephone's IMEI to another",
        (
            Edit(
                "care/units/supplying.py",
                "if other is not None and (there is None or other.id != there.id):",
                "if False:",
            ),
        ),
        (_IMPORTS + "test_what_is_known_is_not_overruled_by_a_list",),
    ),
    Mutation(
        "a list writes the IMEIs of a piece that somebody else made to one that is not there",
        (Edit("care/units/supplying.py", " if one.id in made for number", " for number"),),
        (_IMPORTS + "test_a_telephone_that_is_registered_while_its_row_is_taken_stays_one_piece",),
    ),
    Mutation(
        "of a piece that somebody made in the meantime the list keeps its own idea",
        (Edit("care/units/supplying.py", "if len(made) < len(fresh):", "if False:"),),
        (_IMPORTS + "test_a_telephone_that_is_registered_while_its_row_is_taken_stays_one_piece",),
    ),
    Mutation(
        "who is to be forgotten is looked for in all that ever became of any cover",
        (
            Edit(
                "care/warranty/store.py",
                "coverage_event.c.actor == actor",
                "sa.func.trim(coverage_event.c.actor) == actor",
            ),
        ),
        (_PLANS + "test_forgetting_a_customer_reads_only_what_is_theirs",),
    ),
    Mutation(
        "a number is looked for in any spelling, among all that there are",
        (
            Edit(
                "care/units/store.py",
                "where(unit.c.serial == serial)",
                "where(sa.func.upper(unit.c.serial) == serial)",
            ),
        ),
        (_PLANS + "test_neither_an_inquiry_nor_a_registration_reads_a_table_from_end_to_end",),
    ),
    Mutation(
        "terms that customers bought under are edited",
        (
            Edit(
                "care/imports/kinds.py",
                "replace(there, signed_off_on=term.signed_off_on) != term",
                "there.version != term.version",
            ),
        ),
        (_IMPORTS + "test_terms_are_never_edited_but_may_be_signed_off",),
    ),
    Mutation(
        "two customers may own one piece",
        (
            Edit(
                "care/registration/store.py",
                '"registration_active", "unit", unique=True',
                '"registration_active", "unit", unique=False',
            ),
        ),
        (_STORAGE + "test_the_migrated_tables_are_the_ones_the_stores_speak_of",),
    ),
    Mutation(
        "whoever is late takes the piece from who was first",
        (
            Edit(
                "care/registration/store.py",
                "        .on_conflict_do_nothing()\n        .returning(registration.c.id)",
                "        .on_conflict_do_update(\n"
                '            index_elements=["unit"], index_where=_ACTIVE, set_={"customer": new.customer}\n'
                "        )\n        .returning(registration.c.id)",
            ),
        ),
        (_OWNERS + "test_of_fifty_customers_at_once_one_owns_the_piece",),
    ),
    Mutation(
        "anybody learns that a product is registered",
        (
            Edit(
                "care/desk/inquiry.py",
                "return kept if kept or await units.supplied(conn, piece.id) is not None else None",
                "return kept",
            ),
        ),
        (_ASKING + "test_nobody_learns_that_a_product_is_registered",),
    ),
    Mutation(
        "what the owner said of the purchase is anybody's to read",
        (Edit("care/desk/inquiry.py", "if row.draft.source is not Source.STATED", "if True"),),
        (_ASKING + "test_nobody_learns_that_a_product_is_registered",),
    ),
    Mutation(
        "a list that names a registered product leaves its owner without cover",
        (Edit("care/imports/kinds.py", "if one.outcome in _NEWS]", "if False]"),),
        (_ASKING + "test_who_registered_before_the_list_named_the_product_reads_its_cover_then",),
    ),
    Mutation(
        "a cover changes without a trace",
        (Edit("care/desk/covering.py", "    if after != change.before:", "    if False:"),),
        (_ASKING + "test_the_cover_is_written_once_with_what_it_was_and_will_be",),
    ),
    Mutation(
        "a customer ends another's registration",
        (
            Edit(
                "care/registration/store.py",
                "            registration.c.customer == customer,\n"
                "            registration.c.state == State.ACTIVE.value,\n"
                "            *(",
                "            registration.c.state == State.ACTIVE.value,\n            *(",
            ),
        ),
        (_OWNERS + "test_another_s_registration_is_as_if_there_were_none",),
    ),
)
