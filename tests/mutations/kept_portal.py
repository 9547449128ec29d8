"""Sabotages of the customer's portal, and the checks that must notice. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_WORDING: Final = "tests/portal/test_wording.py::"
_COVER: Final = "tests/portal/test_cover_view.py::"
_PAGES: Final = "tests/portal/test_pages.py::"

PORTAL_MUTATIONS: Final = (
    Mutation(
        "what a device is called is markup",
        (
            Edit(
                "customer_web/wording.py",
                "str(escape(_written(values[match[1]])))",
                "str(_written(values[match[1]]))",
            ),
        ),
        (_WORDING + "test_a_value_is_never_markup_and_never_part_of_the_sentence",),
    ),
    Mutation(
        "pages do not escape what they show",
        (Edit("customer_web/render.py", "autoescape=True", "autoescape=False"),),
        (_WORDING + "test_a_page_with_hostile_names_is_the_same_page",),
    ),
    Mutation(
        "a form leads to another host",
        (
            Edit(
                "customer_web/views/shell.py",
                '        assert not self.path.startswith(("//", "/\\\\")), "and to no other host"\n',
                "",
            ),
        ),
        (_WORDING + "test_a_form_never_leads_back_to_another_host",),
    ),
    Mutation(
        "a day is written short",
        (Edit("customer_web/wording.py", '_LONG_DATES.get(self.language, "long")', '"short"'),),
        (_WORDING + "test_a_day_is_written_in_the_long_form_with_its_whole_year",),
    ),
    Mutation(
        "a wait is rounded down",
        (Edit("customer_web/wording.py", "n=-(-seconds // _MINUTE)", "n=seconds // _MINUTE"),),
        (_WORDING + "test_a_wait_is_never_said_too_short",),
    ),
    Mutation(
        "what the customer said is called calculated",
        (Edit("customer_web/views/cover.py", "    Source.STATED: Ground.AS_STATED,\n", ""),),
        (_COVER + "test_a_date_rests_on_what_it_rests_on",),
    ),
    Mutation(
        "a calculated date is called confirmed",
        (
            Edit(
                "customer_web/views/cover.py",
                "return _CALCULATED.get(source, Ground.CALCULATED_DELIVERY)",
                "return _CALCULATED.get(source, Ground.CONFIRMED_RECEIPT)",
            ),
        ),
        (_COVER + "test_no_row_is_without_a_basis_or_has_that_of_another_kind",),
    ),
    Mutation(
        "a bar ends a day too early",
        (Edit("customer_web/cover_bars.py", "line.ends_on.toordinal() + 1)", "line.ends_on.toordinal())"),),
        (_COVER + "test_bars_and_today_lie_on_one_scale",),
    ),
    Mutation(
        "an IMEI lies open in the list",
        (
            Edit(
                "customer_web/wording.py",
                'return spaced("•" * (len(number) - _SHOWN) + number[-_SHOWN:])',
                "return spaced(number)",
            ),
        ),
        (
            _COVER + "test_an_imei_lies_open_nowhere_in_the_list",
            _WORDING + "test_a_number_is_grouped_for_reading_and_a_masked_one_shows_four_characters",
        ),
    ),
    Mutation(
        "an error is not said at its field",
        (Edit("customer_web/render.py", '"error_of": error_of,', '"error_of": lambda *_: None,'),),
        (_PAGES + "test_an_error_stands_at_its_field_and_in_the_summary_in_the_same_words",),
    ),
    Mutation(
        "a paragraph of an answer is left out",
        (Edit("customer_web/questions.py", '"refused": 3,', '"refused": 2,'),),
        (_WORDING + "test_no_answer_is_left_out",),
    ),
    Mutation(
        "a refusal without words of its own has a page",
        (
            Edit(
                "customer_web/views/register.py",
                "        Refused.TV_TOO_OLD,\n",
                "        Refused.TERMS_REQUIRED,\n",
            ),
        ),
        (_WORDING + "test_every_member_of_a_closed_set_has_its_words",),
    ),
)
