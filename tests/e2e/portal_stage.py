"""A whole server with the invented maker's portal, its mails in a folder, and a real Chromium before it."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright, expect

import locales
from care.catalogue.maker import INVENTED, read_maker_data
from server.demo_desk import fill
from tests.chromium import CHROMIUM, DRIVEN
from tests.server.conftest import running_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.server.conftest import Running

LANGUAGES: Final = ("en", "lv", "nb", "cs", "vi")
MARKETS: Final = {"en": "XX", "lv": "LV", "nb": "NO", "cs": "CZ", "vi": "VN"}
LOCALES: Final = {"en": "en-GB", "lv": "lv-LV", "nb": "nb-NO", "cs": "cs-CZ", "vi": "vi-VN"}
PASSWORD: Final = "the kettle sings at seven"
DESK: Final[ViewportSize] = {"width": 1280, "height": 900}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
PATIENCE_S: Final = 20.0
_LINK: Final = re.compile(r"^http\S+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PortalStage:
    """`mails` is the folder of what was sent; each browser context is one customer's own browser."""

    server: Running
    browser: Browser
    mails: Path

    @property
    def origin(self) -> str:
        return self.server.origin

    async def visitor(self, language: str, *, scripts: bool = True, phone: bool = False) -> Visitor:
        """Somebody who was never here, with a browser in that language."""
        context = await self.browser.new_context(
            locale=LOCALES[language], viewport=PHONE if phone else DESK, java_script_enabled=scripts
        )
        page = await context.new_page()
        visitor = Visitor(self, context, page, language)
        page.on("pageerror", lambda error: visitor.faults.append(str(error)))
        page.on("console", lambda said: visitor.hear(said.type, said.text))
        return visitor

    def mail_to(self, address: str) -> list[str]:
        """The texts of the mails to an address, oldest first."""
        found = []
        for path in sorted(self.mails.glob("*.eml"), key=lambda one: one.stat().st_mtime_ns):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if address in str(mail["To"]):
                body = mail.get_body()
                assert body is not None
                found.append(str(body.get_content()))
        return found


class Visitor:
    """A person with a browser of their own; `faults` is what its console complained of."""

    def __init__(self, stage: PortalStage, context: BrowserContext, page: Page, language: str) -> None:
        self.stage = stage
        self.context = context
        self.page = page
        self.language = language
        self.faults: list[str] = []
        self.address = ""

    def hear(self, kind: str, text: str) -> None:
        # A refused form is answered with its status, which the browser notes as a failed load.
        if kind == "error" and "Failed to load resource" not in text:
            self.faults.append(text)

    async def go(self, path: str) -> None:
        await self.page.goto(self.stage.origin + path)

    async def press(self, testid: str) -> None:
        await self.page.get_by_test_id(testid).first.click()

    async def write(self, field: str, text: str) -> None:
        await self.page.get_by_test_id(f"field-{field}").fill(text)

    async def choose(self, field: str, value: str) -> None:
        await self.page.get_by_test_id(f"field-{field}").select_option(value)

    async def tick(self, field: str) -> None:
        await self.page.get_by_test_id(f"field-{field}").check()

    async def sign_up(self, name: str) -> None:
        """Makes an account, follows the mail's link, signs in."""
        self.address = f"{name.lower()}-{self.language}@customers.example"
        await self.go("/sign-up")
        await self.press("kind-homeowner")
        await self.write("name", name)
        await self.write("email", self.address)
        await self.write("password", PASSWORD)
        await self.choose("market", MARKETS[self.language])
        await self.choose("language", self.language)
        await self.press("sign-up")
        [text] = await self.mailed(1)
        found = _LINK.search(text)
        assert found is not None, text
        await self.page.goto(found[0].strip())
        await self.press("verify")
        await self.sign_in()

    async def mailed(self, number: int) -> list[str]:
        """So many mails are in the folder: the service sends each by itself, soon after it was written."""
        portal = self.stage.server.service.portal
        assert portal is not None
        assert portal.accounts.delivery is not None
        async with asyncio.timeout(PATIENCE_S):
            while len(found := self.stage.mail_to(self.address)) < number:
                await portal.accounts.delivery.once()
                await asyncio.sleep(0)  # the service's own task may have taken it: let it send
        return found

    async def sign_in(self) -> None:
        await self.go("/sign-in")
        await self.write("email", self.address)
        await self.write("password", PASSWORD)
        await self.press("sign-in")
        await expect(self.page).to_have_url(re.compile("/my$"))

    async def register(self, number: str, *, day: str = "") -> None:
        """By typing its number, where our list knows the model."""
        await self.go("/register")
        await self.write("identifier", number)
        await self.press("continue")
        await self.agree(day=day)

    async def agree(self, *, day: str = "") -> None:
        if day:
            await self.write("purchased-on", day)
        await self.tick("agree")
        await self.tick("own-device")
        await self.press("agree-and-register")


@asynccontextmanager
async def open_portal_stage(folder: Path) -> AsyncIterator[PortalStage]:
    mails = folder / "mails"
    mails.mkdir(mode=0o700)
    changes = {"maker": INVENTED, "mail": f"folder:{mails}", "mail_from": "care@hallmere.example"}
    async with running_server(folder / "data", **changes) as server:
        await fill(server.office, read_maker_data(INVENTED, languages=locales.languages()))
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=DRIVEN)
            try:
                yield PortalStage(server, browser, mails)
            finally:
                await browser.close()
