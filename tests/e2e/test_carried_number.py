"""A product's own link leads a customer who is not signed in to its number in the field (R34, R35)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.e2e.portal_stage import PASSWORD, open_portal_stage

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.browser]

WASHER, GTIN = "5W9TQ2L4480071N", "02000000000299"


async def test_the_number_goes_through_the_sign_in_and_into_its_field(tmp_path: Path) -> None:
    """And nothing but the label's own link, which is asked for first, has it in its address."""
    async with open_portal_stage(tmp_path) as stage:
        visitor = await stage.visitor("en")
        await visitor.sign_up("Anna")
        await visitor.context.clear_cookies()
        asked: list[str] = []
        visitor.page.on("request", lambda request: asked.append(request.url + (request.post_data or "")))
        await visitor.go(f"/api/v1/q/01/{GTIN}/21/{WASHER}")
        await visitor.write("email", visitor.address)
        await visitor.write("password", PASSWORD)
        await visitor.press("sign-in")
        await expect(visitor.page.get_by_test_id("field-identifier")).to_have_value(WASHER)
        assert visitor.page.url == f"{stage.origin}/register"
        named = [url.partition("#")[0] for url in asked if WASHER in url.partition("#")[0]]
        assert named == [f"{stage.origin}/api/v1/q/01/{GTIN}/21/{WASHER}"]
        await visitor.press("continue")
        await expect(visitor.page.get_by_test_id("field-agree")).to_be_visible()
        assert visitor.faults == []
