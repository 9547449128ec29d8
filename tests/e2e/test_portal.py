"""The customer's portal in a real browser, in every language: from an account to a product with its cover."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from care.desk.sighting import Seen
from identity.customers.store import credential
from tests.e2e.labels import label
from tests.e2e.looking import looked_at
from tests.e2e.portal_stage import LANGUAGES, PASSWORD, open_portal_stage

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

    from playwright.async_api import Download

from tests.e2e.portal_stage import PortalStage, Visitor

pytestmark = [pytest.mark.slow, pytest.mark.browser]

TV, WASHER, GTIN = "0B4X7WS50312R6K", "5W9TQ2L4480071N", "02000000000299"
UNKNOWN = "7K2M9PX4TQ81LRW"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_customer_comes_in_registers_and_leaves(tmp_path: Path, language: str) -> None:
    """R1, R24-R30, R34-R36, R45, R76-R78, R83-R88 in one sitting of one person."""
    async with open_portal_stage(tmp_path) as stage:
        visitor = await stage.visitor(language)
        for path in (
            "/",
            "/sign-in",
            "/sign-up",
            "/warranty",
            "/faq",
            "/privacy",
            "/choices",
            "/register/guide",
        ):
            await visitor.go(path)
            await looked_at(visitor, path.strip("/").replace("/", "-") or "home")
        await visitor.sign_up("Anna")
        await looked_at(visitor, "my-empty")
        await visitor.go("/my/products")
        await expect(visitor.page.get_by_test_id("no-products")).to_be_visible()
        await looked_at(visitor, "products-empty")
        await by_hand(visitor)
        await by_photo(visitor)
        await by_one_click(stage, visitor)
        await visitor.go("/my/products")
        assert await visitor.page.get_by_test_id("product").count() == 3
        await looked_at(visitor, "products")
        await visitor.go("/my")
        await looked_at(visitor, "my")
        await upgrade(stage, visitor)
        await out(visitor)


async def by_hand(visitor: Visitor) -> None:
    """A number that our list does not know: the lists, one after the other, then the terms."""
    await visitor.go("/register")
    await visitor.write("identifier", UNKNOWN[:14].replace("0", "O"))
    await visitor.press("continue")
    await expect(visitor.page.get_by_test_id("error-summary")).to_be_visible()
    await looked_at(visitor, "register-length")
    await visitor.write("identifier", UNKNOWN)
    await visitor.press("continue")
    for field, value in (
        ("type", "tv"),
        ("subtype", "tv-4k"),
        ("category", "tv-4k-quantum"),
        ("model", "VQ43Q7"),
    ):
        await visitor.choose(field, value)
        await visitor.page.wait_for_load_state()
        if field != "model" and await visitor.page.get_by_test_id("narrow").is_visible():
            await visitor.press("narrow")
    await looked_at(visitor, "register-model")
    await visitor.press("continue")
    await looked_at(visitor, "register-terms")
    await visitor.press("agree-and-register")
    await expect(visitor.page.get_by_test_id("error-summary")).to_be_visible()
    await looked_at(visitor, "register-terms-missing")
    await visitor.agree()
    await expect(visitor.page).to_have_url(re.compile("/register/done/"))
    await looked_at(visitor, "register-done-unverified")


async def by_photo(visitor: Visitor) -> None:
    """A label with two codes: the one for the smart home is passed over (R36)."""
    await visitor.go("/register/scan")
    await looked_at(visitor, "register-scan")
    photo = label("MT:Y.K9042C00KA0648G00", f"https://id.hallmere.example/01/{GTIN}/21/{WASHER}")
    await visitor.page.get_by_test_id("field-photo").set_input_files(
        {"name": "label.jpg", "mimeType": "image/jpeg", "buffer": photo}
    )
    await visitor.press("send-photo")
    await visitor.agree(day="2026-03-09")
    await expect(visitor.page).to_have_url(re.compile("/register/done/"))
    await looked_at(visitor, "register-done")
    await visitor.go("/register/scan")
    alone = label("MT:Y.K9042C00KA0648G00")
    await visitor.page.get_by_test_id("field-photo").set_input_files(
        {"name": "label.jpg", "mimeType": "image/jpeg", "buffer": alone}
    )
    await visitor.press("send-photo")
    await expect(visitor.page.get_by_test_id("error-summary")).to_be_visible()
    await looked_at(visitor, "register-scan-pairing")


async def by_one_click(stage: PortalStage, visitor: Visitor) -> None:
    """A TV that was seen with them, and is registered by a click and the terms (R24)."""
    portal = stage.server.service.portal
    assert portal is not None
    kept = await visitor.page.evaluate("() => fetch('/api/v1/me/data').then((answer) => answer.json())")
    customer = await customer_of(stage, kept["account"]["email"])
    await portal.desk.sightings.paired("delivery-1", [Seen(customer, TV, "Hallmere")])
    await visitor.go("/my/products")
    await expect(visitor.page.get_by_test_id("sighting")).to_be_visible()
    await looked_at(visitor, "products-found")
    await visitor.press("sighting-register")
    await visitor.agree()
    await expect(visitor.page).to_have_url(re.compile("/register/done/"))


async def customer_of(stage: PortalStage, address: str) -> str:
    """The id behind an address: what a smart home knows the account by."""
    async with stage.server.office.database.read() as conn:
        found = await credential(conn, address)
    assert found is not None
    return found.customer.id


async def upgrade(stage: PortalStage, visitor: Visitor) -> None:
    """Anybody reads other dates after the upgrade than before (R85, R86, R88)."""
    portal = stage.server.service.portal
    assert portal is not None
    before = await inquiry(visitor, "before")
    await visitor.go("/my/products")
    await (
        visitor.page.get_by_test_id("product")
        .filter(has_text="Vista 55 Q7")
        .get_by_test_id("product-open")
        .click()
    )
    await looked_at(visitor, "product")
    await visitor.press("upgrade")
    await looked_at(visitor, "product-waiting")
    assert await portal.desk.upgrading.piece_came_online("Hallmere", TV, "proof-1")
    await visitor.page.reload()
    await looked_at(visitor, "product-upgraded")
    after = await inquiry(visitor, "after")
    assert before != after


async def inquiry(visitor: Visitor, name: str) -> str:
    """What a stranger reads of the TV."""
    stranger = await visitor.stage.visitor(visitor.language)
    await stranger.go("/warranty")
    await stranger.write("identifier", TV)
    await stranger.press("ask")
    await expect(stranger.page.get_by_test_id("cover")).to_be_visible()
    await looked_at(stranger, f"warranty-{name}")
    text = await stranger.page.get_by_test_id("cover").inner_text()
    assert "Anna" not in await stranger.page.inner_text("main")
    await stranger.context.close()
    return text


async def read(download: Awaitable[Download]) -> str:
    path = await (await download).path()
    return await asyncio.to_thread(path.read_text, encoding="utf-8")


async def out(visitor: Visitor) -> None:
    """A copy of everything, then its end: the address opens nothing any more (R77, I20)."""
    await visitor.go("/privacy")
    await looked_at(visitor, "privacy-own")
    async with visitor.page.expect_download() as download:
        await visitor.press("download-export")
    copy = json.loads(await read(download.value))
    assert copy["account"]["email"] == visitor.address
    assert len(copy["desk"]["registrations"]) == 3
    await visitor.go("/privacy/erase")
    await looked_at(visitor, "erase")
    await visitor.tick("confirm")
    await visitor.write("password", PASSWORD)
    await visitor.press("erase")
    await visitor.go("/my")
    await expect(visitor.page).to_have_url(re.compile("/sign-in"))
    await visitor.write("email", visitor.address)
    await visitor.write("password", PASSWORD)
    await visitor.press("sign-in")
    await expect(visitor.page.get_by_test_id("error-summary")).to_be_visible()
    await looked_at(visitor, "sign-in-refused")
