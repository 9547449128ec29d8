"""Sabotages of customers' accounts and their mails, and the checks that must notice. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_ADDRESSES: Final = "tests/unit/test_customer_addresses.py::"
_RULES: Final = "tests/unit/test_customer_rules.py::"
_UP: Final = "tests/customers/test_signing_up.py::"
_IN: Final = "tests/customers/test_signing_in.py::"
_LINKS: Final = "tests/customers/test_links.py::"
_PASSKEYS: Final = "tests/customers/test_passkeys.py::"
_DETAILS: Final = "tests/customers/test_details.py::"
_HANDLERS: Final = "tests/customers/test_handlers.py::"
_MAILS: Final = "tests/customers/test_mails.py::"
_WAYS: Final = "tests/customers/test_mail_ways.py::"
_MAIL: Final = "tests/unit/test_mails.py::"

CUSTOMER_MUTATIONS: Final = (
    Mutation(
        "an address may hold whatever Python calls printable",
        (
            Edit(
                "identity/customers/addresses.py",
                'return unicodedata.category(character)[0] in "LMN"',
                "return character.isprintable()",
            ),
        ),
        (_ADDRESSES + "test_what_is_no_address_or_more_than_one_is_refused",),
    ),
    Mutation(
        "whoever types an address in other letters' case is another customer",
        (Edit("identity/customers/addresses.py", "local.casefold()", "local"),),
        (_ADDRESSES + "test_an_address_has_one_key_however_it_is_typed",),
    ),
    Mutation(
        "whoever signs up is told that the address is taken",
        (
            Edit(
                "identity/customers/service.py",
                "return waiting(wait_ms) if wait_ms else Asked()\n\n    async def _add_or_tell",
                "return waiting(wait_ms) if wait_ms else Asked() if await self._is_new(new.id) "
                "else Fault.EMAIL_FORM\n\n"
                "    async def _is_new(self, customer_id: str) -> bool:\n"
                "        async with self._storage.read() as conn:\n"
                "            return await store.by_id(conn, customer_id) is not None\n\n"
                "    async def _add_or_tell",
            ),
        ),
        (_UP + "test_an_address_that_has_an_account_gets_the_same_answer_and_another_mail[sqlite_url]",),
    ),
    Mutation(
        "no password is hashed where the address is taken",
        (
            Edit(
                "identity/customers/service.py",
                "            password_hash = await self._passwords.hash(password)\n"
                "        except TooBusy:\n            return Busy()\n        now = self._clock.now_ms()\n"
                "        new = ",
                "            async with self._storage.read() as conn:\n"
                "                if await store.credential(conn, address.key) is not None:\n"
                "                    return Asked()\n"
                "            password_hash = await self._passwords.hash(password)\n"
                "        except TooBusy:\n            return Busy()\n        now = self._clock.now_ms()\n"
                "        new = ",
            ),
        ),
        (_UP + "test_a_taken_address_costs_the_same_work[sqlite_url]",),
    ),
    Mutation(
        "anybody may flood an address with mails",
        (
            Edit(
                "identity/customers/letters.py",
                "return address is not None and await self._limits.take_address(conn, address.key, now)",
                "return address is not None",
            ),
        ),
        (_UP + "test_nobody_is_flooded_by_strangers_from_everywhere[sqlite_url]",),
    ),
    Mutation(
        "one source may mail the whole world",
        (
            Edit(
                "identity/customers/limits.py",
                'return await self._take(conn, self._name("mails from", source), MAILS_FROM_SOURCE, now)',
                "return 0",
            ),
        ),
        (_UP + "test_one_source_cannot_mail_the_whole_world[sqlite_url]",),
    ),
    Mutation(
        "a mail to somebody without an account is not counted, and later tells so",
        (
            Edit(
                "identity/customers/service.py",
                "                await self._limits.take_address(conn, address.key, now)",
                "                pass",
            ),
        ),
        (_UP + "test_an_address_is_counted_alike_whether_or_not_it_has_an_account[sqlite_url]",),
    ),
    Mutation(
        "customers' tries are counted where staff's are",
        (
            Edit(
                "server/customers.py",
                "throttle=Throttle(key),",
                "throttle=Throttle(ground.salt),",
            ),
        ),
        (
            _IN
            + "test_guessing_at_a_technicians_keeps_no_customer_waiting_nor_the_other_way_round[sqlite_url]",
        ),
    ),
    Mutation(
        "an unknown address is refused without hashing",
        (
            Edit(
                "identity/customers/by_password.py",
                "        try:\n            right = await",
                "        if found is None:\n            return await self._refuse(None)\n"
                "        try:\n            right = await",
            ),
        ),
        (_IN + "test_an_unknown_address_costs_the_same_work[sqlite_url]",),
    ),
    Mutation(
        "who was shut out while the password was judged comes in all the same",
        (
            Edit(
                "identity/customers/by_password.py",
                "if held is not None and held.password_hash == found.password_hash:",
                "if held is not None:",
            ),
        ),
        (_IN + "test_a_sign_in_with_a_password_that_is_changed_meanwhile_is_refused[sqlite_url]",),
    ),
    Mutation(
        "a session lives for ever as long as it is used",
        (
            Edit(
                "identity/customers/rules.py",
                "return min(now + SESSION_LIFE_MS, created_at + SESSION_LONGEST_MS)",
                "return now + SESSION_LIFE_MS",
            ),
        ),
        (_RULES + "test_a_session_slides_and_has_an_end_all_the_same",),
    ),
    Mutation(
        "another password leaves the other sessions alive",
        (
            Edit(
                "identity/customers/service.py",
                "            await session_store.drop_sessions(conn, customer.id)\n"
                '            await self._record(conn, "customer.password_set"',
                '            await self._record(conn, "customer.password_set"',
            ),
        ),
        (_IN + "test_another_password_needs_the_old_one_and_ends_every_session_but_a_new_one[sqlite_url]",),
    ),
    Mutation(
        "a customer keeps any number of sessions",
        (
            Edit(
                "identity/customers/session_store.py",
                "customer_session.c.customer == customer_id, customer_session.c.hash.not_in(kept)",
                "sa.false(), customer_session.c.hash.not_in(kept)",
            ),
        ),
        (_IN + "test_a_customer_has_twenty_sessions_and_loses_the_first[sqlite_url]",),
    ),
    Mutation(
        "a link works as often as it is followed",
        (Edit("identity/customers/session_store.py", "        customer_link.c.used_at.is_(None),\n", ""),),
        (_LINKS + "test_of_fifty_who_use_a_link_at_once_one_does[sqlite_url]",),
    ),
    Mutation(
        "a link to confirm an address sets its password, too",
        (
            Edit(
                "identity/customers/session_store.py",
                "        customer_link.c.kind == kind.value,\n        customer_link.c.used_at",
                "        customer_link.c.used_at",
            ),
        ),
        (_LINKS + "test_a_link_is_for_one_purpose[sqlite_url]",),
    ),
    Mutation(
        "an older link goes on working beside a newer one",
        (
            Edit(
                "identity/customers/session_store.py",
                "    await conn.execute(customer_link.delete().where(*older))\n",
                "",
            ),
        ),
        (_LINKS + "test_a_newer_link_voids_the_older_of_its_kind_alone[sqlite_url]",),
    ),
    Mutation(
        "a stranger who waits in an account keeps a passkey to it",
        (
            Edit(
                "identity/customers/service.py",
                "            await passkey_store.drop_all(conn, held.customer.id)\n",
                "",
            ),
        ),
        (
            _LINKS + "test_who_signed_up_with_somebody_elses_address_loses_every_way_in[sqlite_url]",
            _LINKS + "test_a_password_set_by_mail_takes_every_passkey[sqlite_url]",
        ),
    ),
    Mutation(
        "a session alone adds a passkey",
        (
            Edit(
                "identity/customers/handlers.py",
                '        if not right:\n            raise Refusal("password-not-right")\n'
                "        return web.json_response",
                "        return web.json_response",
            ),
        ),
        (_HANDLERS + "test_a_session_alone_makes_itself_no_way_in_that_outlives_it[sqlite_url]",),
    ),
    Mutation(
        "nobody is told of a new passkey",
        (
            Edit(
                "identity/customers/passkeys.py",
                "            await self._letters.say_passkey_added(conn, held.customer)\n",
                "",
            ),
        ),
        (_PASSKEYS + "test_whoever_owns_the_account_is_told_of_each_new_passkey[sqlite_url]",),
    ),
    Mutation(
        "another password by mail leaves a thief signed in",
        (
            Edit(
                "identity/customers/service.py",
                "            await session_store.drop_sessions(conn, held.customer.id)\n",
                "",
            ),
        ),
        (_LINKS + "test_another_password_by_mail_shuts_everybody_else_out[sqlite_url]",),
    ),
    Mutation(
        "a passkey is believed without its person's yes",
        (
            Edit(
                "identity/customers/passkeys.py",
                "            credential_current_sign_count=known.sign_count,\n"
                "            require_user_verification=True,",
                "            credential_current_sign_count=known.sign_count,\n"
                "            require_user_verification=False,",
            ),
        ),
        (_PASSKEYS + "test_what_is_signed_otherwise_signs_nobody_in[sqlite_url-without a person's yes]",),
    ),
    Mutation(
        "an answer of a passkey works again",
        (
            Edit(
                "identity/customers/passkeys.py",
                "if challenge is None or not await self._take(challenge, None):",
                "if challenge is None:",
            ),
        ),
        (_PASSKEYS + "test_a_challenge_is_for_one_purpose_and_five_minutes[sqlite_url]",),
    ),
    Mutation(
        "whose challenge it was is not asked",
        (
            Edit(
                "identity/customers/passkey_store.py",
                "            whose.is_(None) if customer_id is None else whose == customer_id,\n",
                "",
            ),
            Edit(
                "identity/customers/passkey_store.py",
                "    whose = passkey_challenge.c.customer\n",
                "",
            ),
        ),
        (_PASSKEYS + "test_a_registration_works_once_and_for_its_customer_alone[sqlite_url]",),
    ),
    Mutation(
        "a passkey that says it is another's is taken for its own",
        (
            Edit(
                "identity/customers/passkeys.py",
                'or inner.get("userHandle") != b64(bytes.fromhex(known.customer))',
                "",
            ),
        ),
        (_PASSKEYS + "test_a_credential_belongs_to_one_customer[sqlite_url]",),
    ),
    Mutation(
        "a copy of a passkey is not noticed by its count",
        (
            Edit(
                "identity/customers/passkeys.py",
                "credential_current_sign_count=known.sign_count",
                "credential_current_sign_count=0",
            ),
        ),
        (_PASSKEYS + "test_a_count_that_went_back_is_a_copy_and_is_refused[sqlite_url]",),
    ),
    Mutation(
        "a customer removes another's passkey",
        (
            Edit(
                "identity/customers/passkey_store.py",
                "where(passkey.c.id == passkey_id, passkey.c.customer == customer_id)",
                "where(passkey.c.id == passkey_id)",
            ),
        ),
        (
            _PASSKEYS
            + "test_a_passkey_that_was_removed_opens_nothing_and_no_one_removes_anothers[sqlite_url]",
        ),
    ),
    Mutation(
        "who is erased keeps a name in the row",
        (Edit("identity/customers/store.py", '            name="",\n', ""),),
        (_DETAILS + "test_who_leaves_leaves_an_empty_row[sqlite_url]",),
    ),
    Mutation(
        "who is erased is still mailed what waits",
        (
            Edit(
                "identity/customers/service.py",
                "        await self._letters.drop(conn, held.customer)\n",
                "",
            ),
        ),
        (_DETAILS + "test_who_leaves_leaves_an_empty_row[sqlite_url]",),
    ),
    Mutation(
        "who changes details overwrites what another page changed",
        (Edit("identity/customers/store.py", ", customer.c.version == version)", ")"),),
        (_DETAILS + "test_of_many_changes_at_once_one_is_made[sqlite_url]",),
    ),
    Mutation(
        "a change without a version is made",
        (
            Edit(
                "identity/customers/handlers.py",
                '            raise Refusal("if-match-needed")\n        version = version_in('
                "request.headers[hdrs.IF_MATCH])",
                "            version: int | None = customer.version\n        else:\n"
                "            version = version_in(request.headers[hdrs.IF_MATCH])",
            ),
        ),
        (_HANDLERS + "test_details_change_under_if_match[sqlite_url]",),
    ),
    Mutation(
        "a mail that fails is never tried again",
        (
            Edit(
                "server/mail/outbox.py",
                "again = None if for_good else next_try(mail.tries, self._clock.now_ms())",
                "again = None",
            ),
        ),
        (_MAILS + "test_a_server_that_is_away_is_tried_again_at_the_planned_times[sqlite_url]",),
    ),
    Mutation(
        "two processes send a mail each",
        (Edit("server/mail/outbox.py", "next_at=now + SENDING_MS)", "next_at=now)"),),
        (_MAILS + "test_who_died_over_a_mail_is_not_waited_for_longer_than_a_mail_takes[sqlite_url]",),
    ),
    Mutation(
        "a mail that was sent is kept",
        (
            Edit(
                "server/mail/outbox.py",
                'await self._settle(mail, **_OVER, sent_at=self._clock.now_ms(), last_fault="")',
                'await self._settle(mail, next_at=None, sent_at=self._clock.now_ms(), last_fault="")',
            ),
        ),
        (_MAILS + "test_of_a_mail_that_is_sent_nothing_is_kept_but_that_it_was[sqlite_url]",),
    ),
    Mutation(
        "a mail goes in the clear where a server offers nothing else",
        (
            Edit(
                "server/mail/ways.py",
                "            if self.must_start_tls:\n",
                '            if self.must_start_tls and client.supports_extension("starttls"):\n',
            ),
        ),
        (_WAYS + "test_beyond_this_machine_a_mail_goes_under_tls_or_not_at_all[sqlite_url]",),
    ),
    Mutation(
        "a mail half written is a mail",
        (
            Edit(
                "server/mail/ways.py",
                '        unfinished.replace(self.path / f"{name}.eml")\n',
                '        (self.path / f"{name}.eml").write_bytes(data)\n',
            ),
        ),
        (_MAILS + "test_a_folder_gets_each_mail_whole_and_once[sqlite_url]",),
    ),
    Mutation(
        "a recipient may be several",
        (Edit("server/mail/message.py", " or set(address) & _MORE_THAN_ONE", ""),),
        (_MAIL + "test_a_recipient_that_is_more_or_less_than_one_is_never_sent_to",),
    ),
)
