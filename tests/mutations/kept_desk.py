"""Sabotages of the desk's services and of its API, and the checks that must notice. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_WAYS: Final = "tests/care/test_ways_in.py::"
_HANDING: Final = "tests/care/test_handing_on.py::"
_PRODUCTS: Final = "tests/care/test_my_products.py::"
_UPGRADING: Final = "tests/care/test_upgrading.py::"
_API: Final = "tests/care/test_desk_api.py::"
_DECODING: Final = "tests/care/test_decoding.py::"
_RULES: Final = "tests/unit/test_care_desk_rules.py::"
_PAGES: Final = "tests/unit/test_care_maker_pages.py::"

DESK_MUTATIONS: Final = (
    Mutation(
        "a registration records no consent",
        (
            Edit(
                "care/desk/registering.py",
                "            (consents.Kind.TERMS, consents.Kind.OWN_DEVICE),",
                "            (consents.Kind.TERMS,),",
            ),
        ),
        (_WAYS + "test_every_way_in_records_what_was_agreed_to",),
    ),
    Mutation(
        "terms of yesterday are good enough",
        (Edit("care/registration/rules.py", "    if wish.terms != policy.terms:", "    if False:"),),
        (_WAYS + "test_why_not_is_said_of_the_field_that_can_be_mended",),
    ),
    Mutation(
        "a model that a stranger guessed binds the owner",
        (
            Edit(
                "care/desk/finding.py",
                "if piece is not None and (supplied or not wanted):",
                "if piece is not None:",
            ),
        ),
        (_WAYS + "test_whose_guess_it_was_does_not_bind_the_owner",),
    ),
    Mutation(
        "a complete list is not held against a number",
        (Edit("care/desk/registering.py", "any(code in needed for code in codes)", "False"),),
        (_WAYS + "test_where_the_list_is_complete_what_is_not_in_it_is_refused",),
    ),
    Mutation(
        "a retry registers once more",
        (
            Edit(
                "care/desk/once.py",
                "        return await work()\n    new",
                "        pass\n    return await work()\n    new",
            ),
        ),
        (_HANDING + "test_the_answer_is_the_first_also_after_the_world_went_on",),
    ),
    Mutation(
        "a key is good for any wish",
        (Edit("care/desk/once.py", "    if kept.asked != once.asked:", "    if False:"),),
        (_HANDING + "test_the_same_key_for_another_wish_is_refused",),
    ),
    Mutation(
        "a wish is its body alone",
        (
            Edit(
                "care/desk/once.py",
                'head = f"{method} {path}\\n".encode()',
                'head = b""',
            ),
        ),
        (_RULES + "test_a_wish_is_its_method_path_and_body",),
    ),
    Mutation(
        "the kept answer holds the code that hands a product on",
        (
            Edit(
                "care/desk/owning.py",
                "        return OfferView(new.id, new.expires_at)",
                "        return OfferView(new.id, new.expires_at, _grouped(self._code(new.id)))",
            ),
        ),
        (_HANDING + "test_a_code_is_kept_nowhere_and_a_retry_says_it_again",),
    ),
    Mutation(
        "an offer that expired is accepted",
        (
            Edit(
                "care/registration/transfers.py",
                "        offer.c.code_hash == code_hash, offer.c.state == State.OPEN.value, "
                "offer.c.expires_at > now\n",
                "        offer.c.code_hash == code_hash, offer.c.state == State.OPEN.value\n",
            ),
            Edit(
                "care/registration/transfers.py",
                "        .where(offer.c.id == offer_id, offer.c.state == State.OPEN.value, "
                "offer.c.expires_at > now)\n",
                "        .where(offer.c.id == offer_id, offer.c.state == State.OPEN.value)\n",
            ),
        ),
        (_HANDING + "test_an_offer_that_is_over_gives_nothing_and_does_not_say_why",),
    ),
    Mutation(
        "an offer outlives its owner's release",
        (
            Edit(
                "care/desk/owning.py",
                '        assert ended is not None, "the piece is held"\n'
                "        await transfers.take_back(conn, one.id)\n",
                '        assert ended is not None, "the piece is held"\n',
            ),
            Edit(
                "care/desk/owning.py",
                "        if held is None or held.state is not State.ACTIVE:\n"
                '            raise Refusal("transfer-code-refused")\n'
                "        await self._end(conn, held, Event.TRANSFER)\n",
                "        assert held is not None\n"
                "        if held.state is State.ACTIVE:\n"
                "            await self._end(conn, held, Event.TRANSFER)\n",
            ),
        ),
        (_HANDING + "test_an_offer_that_is_over_gives_nothing_and_does_not_say_why",),
    ),
    Mutation(
        "whoever knows a product's id reads its cover",
        (
            Edit(
                "care/registration/store.py",
                "    return found if found is not None and found.customer == customer else None",
                "    return found",
            ),
        ),
        (_PRODUCTS + "test_another_s_product_is_as_if_there_were_none",),
    ),
    Mutation(
        "the history of a cover names the owner before",
        (
            Edit(
                "care/desk/products.py",
                'by = "rule" if not event.actor else "you" if event.actor == customer else "other"',
                'by = "rule" if not event.actor else "you" if event.actor == customer else event.actor',
            ),
        ),
        (_PRODUCTS + "test_the_history_of_the_cover_names_nobody_but_the_reader",),
    ),
    Mutation(
        "what is not mine comes back with the next pairing",
        (
            Edit(
                "care/registration/sightings.py",
                '({"dismissed_at": None} if asked_for else {})',
                '{"dismissed_at": None}',
            ),
        ),
        (_PRODUCTS + "test_what_is_not_mine_is_not_listed_until_i_scan_it_again",),
    ),
    Mutation(
        "an erased customer stands in the history of cover",
        (
            Edit(
                "care/desk/personal_data.py",
                "            await warranty.forget_actor(conn, customer, other)\n",
                "",
            ),
        ),
        (_PRODUCTS + "test_erased_nothing_leads_to_the_customer_and_the_products_stay",),
    ),
    Mutation(
        "an erased customer's answers stay",
        (Edit("care/desk/personal_data.py", "            await once.drop_of(conn, customer)\n", ""),),
        (_PRODUCTS + "test_erased_nothing_leads_to_the_customer_and_the_products_stay",),
    ),
    Mutation(
        "an upgrade survives its owner",
        (
            Edit(
                "care/desk/owning.py",
                "            await upgrades.move(conn, upgrade, UpgradeEvent.CANCEL, now)",
                "            assert now",
            ),
        ),
        (_UPGRADING + "test_what_waits_ends_with_its_owners_wish",),
    ),
    Mutation(
        "a device that nobody asked for is upgraded",
        (
            Edit(
                "care/desk/upgrading.py",
                "    return found if found is not None and found.state is not State.DONE else None",
                "    return found",
            ),
        ),
        (_UPGRADING + "test_a_device_that_is_off_waits_and_is_upgraded_when_it_comes",),
    ),
    Mutation(
        "a list overrules what a reviewer read",
        (
            Edit(
                "care/imports/confirmations.py",
                "if before is not None and before.source is Confirmation.RECEIPT:",
                "if False:",
            ),
        ),
        (_UPGRADING + "test_a_list_does_not_overrule_what_a_reviewer_read",),
    ),
    Mutation(
        "a webhook is believed without its signature",
        (Edit("care/api/webhook_handlers.py", "        if not genuine:", "        if False:"),),
        (_API + "test_the_smart_home_is_believed_by_its_signature_alone",),
    ),
    Mutation(
        "an old message of the smart home is believed again",
        (
            Edit(
                "care/desk/signed.py",
                "return any(right) and abs(now_s - int(match[1])) <= TOLERANCE_S",
                "return any(right)",
            ),
        ),
        (_RULES + "test_a_message_is_genuine_with_either_secret_and_for_five_minutes",),
    ),
    Mutation(
        "a delivery is taken twice",
        (
            Edit(
                "care/desk/sighting.py",
                '                raise Refusal("delivery-known")',
                "                pass",
            ),
        ),
        (_API + "test_the_smart_home_is_believed_by_its_signature_alone",),
    ),
    Mutation(
        "anybody asks after as many numbers as they like",
        (
            Edit(
                "care/desk/limits.py",
                "    return Wait(ahead) if ahead > 0 else later",
                "    return later",
            ),
        ),
        (_API + "test_who_asks_after_a_list_of_numbers_waits_and_others_do_not",),
    ),
    Mutation(
        "a hint at a look-alike is for nothing",
        (
            Edit(
                "care/desk/asking.py",
                "if not await self._counter.can_afford(*limits, cost=len(readings)):",
                "if not await self._counter.can_afford(*limits, cost=1):",
            ),
        ),
        (_API + "test_a_misread_number_is_hinted_at_and_costs_as_many_questions_as_it_has_readings",),
    ),
    Mutation(
        "a check of a number tells what only its owner told us",
        (
            Edit(
                "care/desk/asking.py",
                "    return next((piece for piece in pieces if piece.id in supplied), None)",
                "    return next(iter(pieces), None if supplied is None else None)",
            ),
        ),
        (_API + "test_anybody_reads_the_cover_of_a_product_and_nothing_of_its_owner",),
    ),
    Mutation(
        "a product's own link puts its number into the next address",
        (
            Edit(
                "care/api/open_handlers.py", "{self._register_page}#{known}", "{self._register_page}?{known}"
            ),
        ),
        (_API + "test_a_products_own_link_leads_to_its_registration_and_no_log_has_the_number",),
    ),
    Mutation(
        "a picture is looked at by its header alone",
        (
            Edit(
                "care/desk/decode_picture.py",
                "            image.load()\n            grey = image.convert",
                '            grey = Image.new("L", (9, 9)) if image else image.convert',
            ),
        ),
        (_DECODING + "test_the_program_reads_all_of_a_picture_before_it_says_what_is_in_it",),
    ),
    Mutation(
        "what a decoder says is believed",
        (
            Edit(
                "care/desk/decoding.py",
                "if all(isinstance(text, str) for text in texts)",
                "if texts is not None",
            ),
        ),
        (_DECODING + "test_a_process_that_a_picture_took_over_is_believed_nothing",),
    ),
    Mutation(
        "a manual lies anywhere",
        (
            Edit(
                "care/catalogue/documents.py",
                'if parts.scheme != "https" or parts.hostname not in hosts:',
                'if parts.scheme != "https":',
            ),
            Edit(
                "care/catalogue/pages.py",
                'if link and (parts.scheme != "https" or parts.hostname not in hosts):',
                'if link and parts.scheme != "https":',
            ),
        ),
        (_PAGES + "test_data_that_is_wrong_says_in_which_file_and_where",),
    ),
    Mutation(
        "a template's mark reaches the customer",
        (
            Edit(
                "care/catalogue/texts.py",
                "if any(mark in text for mark in (",
                "if all(mark in text for mark in (",
            ),
        ),
        (_PAGES + "test_data_that_is_wrong_says_in_which_file_and_where",),
    ),
)
