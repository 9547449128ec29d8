"""Sabotages of what the portal's pages promise, and the checks that must notice. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_PAGES: Final = "tests/server/test_portal_pages.py::"

PORTAL_PAGE_MUTATIONS: Final = (
    Mutation(
        "a click registers what others were seen with",
        (
            Edit(
                "care/registration/sightings.py",
                "where(sighting.c.id == sighting_id, sighting.c.customer == customer)\n    row",
                "where(sighting.c.id == sighting_id, sighting.c.customer != '')\n    row",
            ),
        ),
        (_PAGES + "test_a_product_that_was_seen_is_registered_by_a_click_and_only_by_its_customer",),
    ),
    Mutation(
        "the lists offer what does not hang together",
        (
            Edit(
                "server/portal/registering.py",
                'sent.get(name, "") if sent.get(name) in {one.code for one in lists[-1]} else ""',
                'sent.get(name, "")',
            ),
        ),
        (_PAGES + "test_a_number_of_its_own_leads_through_the_lists_to_a_model",),
    ),
    Mutation(
        "a page does not say how many characters are missing",
        (Edit("server/portal/faults.py", "missing_count = _missing(error)", "missing_count = 0"),),
        (_PAGES + "test_a_number_that_is_none_is_refused_in_words",),
    ),
    Mutation(
        "a page marks no look-alikes",
        (Edit("server/portal/faults.py", "                marked = places", "                marked = ()"),),
        (_PAGES + "test_characters_that_look_alike_are_marked_by_their_place",),
    ),
    Mutation(
        "somebody else's product is refused without a word",
        (Edit("server/portal/registering.py", "if refusal.slug not in set(Refused):", "if refusal.slug:"),),
        (_PAGES + "test_a_product_that_somebody_has_is_refused_with_what_to_check",),
    ),
    Mutation(
        "a photograph's pairing code is called none at all",
        (
            Edit(
                "server/portal/faults.py",
                '"pairing-code-only": ("photo", Fault.PAIRING_CODE_ONLY)',
                '"pairing-code-only": ("photo", Fault.NO_CODE)',
            ),
        ),
        (_PAGES + "test_of_two_codes_on_a_label_the_one_that_registers_is_taken",),
    ),
    Mutation(
        "a product's page shows no cover",
        (Edit("server/portal/showing.py", "        covers=told,", "        covers=(),"),),
        (_PAGES + "test_cover_stands_on_its_product_with_what_each_date_rests_on",),
    ),
    Mutation(
        "what is recommended goes by nothing that is owned",
        (Edit("server/portal/products.py", "recommended_for(owned)", "recommended_for(())"),),
        (_PAGES + "test_my_page_shows_who_one_is_what_one_has_and_what_goes_with_it",),
    ),
    Mutation(
        "an inquiry never says that a warranty was upgraded",
        (Edit("server/portal/inquiry.py", "upgraded=found.upgraded", "upgraded=False"),),
        (_PAGES + "test_anybody_asks_for_a_products_cover_before_and_after_its_upgrade",),
    ),
    Mutation(
        "the copy of one's data leaves the desk's out",
        (
            Edit(
                "server/portal/own_data.py",
                "msgspec.to_builtins(await self._site.desk.personal_data.export(customer.id))",
                "{}",
            ),
        ),
        (_PAGES + "test_ones_data_is_explained_copied_and_erased",),
    ),
    Mutation(
        "a choice of cookies is forgotten",
        (Edit("server/portal/inquiry.py", 'keep(answer, CHOICE, form["choice"], YEAR_S)', "assert answer"),),
        (_PAGES + "test_cookies_are_accepted_or_refused_with_the_same_ease_and_once",),
    ),
)
