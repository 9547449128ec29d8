"""A passkey in a real browser, against the real server: added with the password, used without it, removed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

import locales
from tests.e2e.looking import looked_at
from tests.e2e.portal_stage import PASSWORD, open_portal_stage

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.browser]

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


@pytest.mark.parametrize("language", ["en", "lv"])
async def test_a_passkey_signs_in_until_it_is_removed(tmp_path: Path, language: str) -> None:
    """Adding one asks for the password, and its owner is told by mail."""
    says = locales.load(language, "portal").text
    problem = locales.load(language, "server").text
    async with open_portal_stage(tmp_path) as stage:
        visitor = await stage.visitor(language)
        session = await visitor.context.new_cdp_session(visitor.page)
        await session.send("WebAuthn.enable")
        await session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        await visitor.sign_up("Anna")
        await visitor.go("/account")
        failed = visitor.page.locator("[data-passkey-failed]")
        await visitor.press("passkey-add")
        await expect(failed).to_have_text(says("portal.fault.password-required"))
        await visitor.write("passkey-password", "not the password")
        await visitor.page.keyboard.press("Enter")
        await expect(failed).to_have_text(problem("problem.password-not-right"))
        await looked_at(visitor, "account-passkey-refused")
        await visitor.write("passkey-password", PASSWORD)
        await visitor.press("passkey-add")
        await expect(visitor.page.get_by_test_id("notice")).to_contain_text(
            says("portal.notice.passkey_added")
        )
        await expect(visitor.page.get_by_test_id("passkey-remove")).to_have_count(1)
        await looked_at(visitor, "account-passkey")
        [_, told] = await visitor.mailed(2)
        assert locales.load(language, "mail").text("mail.passkey_added.intro", maker="Hallmere") in told
        await visitor.context.clear_cookies()
        await visitor.go("/sign-in")
        await visitor.press("passkey-sign-in")
        await expect(visitor.page).to_have_url(re.compile("/my$"))
        await visitor.go("/account")
        await visitor.press("passkey-remove")
        await expect(visitor.page.get_by_test_id("passkey-remove")).to_have_count(0)
        await visitor.context.clear_cookies()
        await visitor.go("/sign-in")
        await visitor.press("passkey-sign-in")
        await expect(failed).to_have_text(says("portal.passkey.not_done"))
        await looked_at(visitor, "sign-in-passkey-refused")
