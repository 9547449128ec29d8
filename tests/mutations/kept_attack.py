"""Sabotages of what stands between the portal and whoever is hostile to it, and the checks that must notice.

Data only.
"""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_ATTACKS: Final = "tests/server/test_portal_attacks.py::"
_FOREIGN: Final = "tests/server/test_foreign_is_absent.py::"
_ROUTES: Final = "tests/server/test_portal_routes.py::"
_LINKS: Final = "tests/server/test_api_by_links.py::"
_DESK: Final = "tests/care/test_desk_without_a_store.py::"
_PATHS: Final = "tests/unit/test_description_paths.py::"

ATTACK_MUTATIONS: Final = (
    Mutation(
        "a page leads to wherever a form says",
        (
            Edit(
                "server/portal/site.py",
                '_PATH.fullmatch(text) and "//" not in text',
                "text",
            ),
        ),
        (_ATTACKS + "test_nobody_is_led_away_by_a_form",),
    ),
    Mutation(
        "a file form's crooked header is a fault of ours",
        (Edit("server/web/body.py", "AssertionError, HttpProcessingError):", "AssertionError):"),),
        (_ATTACKS + "test_a_crooked_file_form_is_refused",),
    ),
    Mutation(
        "a text with NUL goes on to the database",
        (
            Edit(
                "server/web/body.py",
                '            return "\\0" in said',
                "            return False",
            ),
        ),
        (_ATTACKS + "test_a_text_with_nul_is_none",),
    ),
    Mutation(
        "who has a session erases the account without its password",
        (
            Edit(
                "server/api/desk.py",
                '        if not right:\n            raise Refusal("password-not-right")\n',
                "",
            ),
        ),
        (_ATTACKS + "test_a_thief_of_a_session_neither_erases_nor_changes_the_password",),
    ),
    Mutation(
        "a session's proof is good for every other",
        (
            Edit(
                "server/web/access.py",
                "    if not hmac.compare_digest("
                'said.encode("utf-8", "surrogatepass"), proof.encode("ascii")):',
                "    if len(said) != len(proof):",
            ),
        ),
        (_ATTACKS + "test_a_proof_of_another_session_moves_nothing",),
    ),
    Mutation(
        "each character of what was typed becomes a box of the page",
        (Edit("server/portal/faults.py", "    if len(typed) > _LOOK_MOST:", "    if False:"),),
        (_ATTACKS + "test_a_number_that_is_none_makes_no_page_of_boxes",),
    ),
    Mutation(
        "a code that is guessed is a fault of the whole page",
        (Edit("server/portal/products.py", '"transfer-code-refused"', '"transfer-code-unknown"'),),
        (_ATTACKS + "test_a_transfer_code_that_is_guessed_is_said_at_its_field_and_soon_no_more",),
    ),
    Mutation(
        "a page shows what people write as if it were ours",
        (Edit("customer_web/render.py", "        autoescape=True,", "        autoescape=False,"),),
        (_ATTACKS + "test_what_people_write_never_becomes_part_of_a_page",),
    ),
    Mutation(
        "the description gives paths that are served nowhere",
        (
            Edit(
                "server/web/description.py",
                '_PARAMETER: Final = re.compile(r"{([a-z_]+)(?::((?:[^{}]|{[^{}]*})+))?}")',
                '_PARAMETER: Final = re.compile(r"{([a-z_]+)(?::([^}]+))?}")',
            ),
        ),
        (_PATHS + "test_a_path_is_described_without_the_form_of_its_parts",),
    ),
    Mutation(
        "another's draft is shown",
        (
            Edit(
                "care/registration/drafts.py",
                "draft.c.id == draft_id, draft.c.customer == customer, draft.c.begun_at > now - LIFE_MS",
                "draft.c.id == draft_id, draft.c.begun_at > now - LIFE_MS",
            ),
        ),
        (_FOREIGN + "test_another_s_is_answered_like_one_that_nobody_has",),
    ),
    Mutation(
        "anybody removes a passkey",
        (
            Edit(
                "identity/customers/passkey_store.py",
                "passkey.delete().where(passkey.c.id == passkey_id, passkey.c.customer == customer_id)",
                "passkey.delete().where(passkey.c.id == passkey_id)",
            ),
        ),
        (_FOREIGN + "test_another_s_is_answered_like_one_that_nobody_has",),
    ),
    Mutation(
        "a sighting of another is registered with one click",
        (
            Edit(
                "care/registration/sightings.py",
                "sa.select(sighting).where(sighting.c.id == sighting_id, sighting.c.customer == customer)",
                "sa.select(sighting).where(sighting.c.id == sighting_id)",
            ),
        ),
        (_FOREIGN + "test_another_s_is_answered_like_one_that_nobody_has",),
    ),
    Mutation(
        "a form takes a field that no page sends",
        (
            Edit(
                "server/portal/routes.py",
                'form("/my/products/{product}/release", pages.release, "confirm", own=True)',
                'form("/my/products/{product}/release", pages.release, "confirm", "version", own=True)',
            ),
        ),
        (_ROUTES + "test_every_route_of_the_portal_is_written_down",),
    ),
    Mutation(
        "a link leads to another's kind of id",
        (
            Edit(
                "care/api/routes.py",
                '_OF_PRODUCT: Final = {"id": "$response.body#/product"}',
                '_OF_PRODUCT: Final = {"id": "$response.body#/id"}',
            ),
        ),
        (_LINKS + "test_every_link_leads_from_what_was_made_to_what_is_there",),
    ),
    Mutation(
        "a write that is asked again with its key happens again",
        (
            Edit(
                "care/desk/once.py",
                "    if once is None:\n        return await work()\n",
                "    if True:\n        return await work()\n",
            ),
        ),
        (_DESK + "test_a_store_that_dies_at_any_step_of_a_desks_life_keeps_what_was_answered[sqlite_url]",),
    ),
)
