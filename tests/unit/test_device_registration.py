"""What the service asks when a customer agrees on a television; the desk is a double that keeps its books."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from identity.device_requests.service import ProvenDevice
from identity.device_sign_in.registering import (
    CoverLine,
    DeviceRegistration,
    NotRegistered,
    Registered,
    Terms,
    UnitIdentity,
)

TV = ProvenDevice("k" * 43, "HM-55Q7-004211", "Vista 55 Q7")
COVER = CoverLine("maker", "calculated", date(2026, 3, 15), date(2028, 3, 15))


@dataclass
class Desk:
    """One piece, one owner, one text of terms in force."""

    version: str = "terms-3"
    owner: str = ""
    covers: tuple[CoverLine, ...] = (COVER,)
    asked: list[tuple[UnitIdentity, str, str, str, str]] = field(default_factory=list)
    online: list[tuple[str, str]] = field(default_factory=list)

    async def register(
        self, *, unit: UnitIdentity, customer: str, terms: str, language: str, market: str
    ) -> Registered | NotRegistered:
        self.asked.append((unit, customer, terms, language, market))
        if self.owner not in {"", customer}:
            return NotRegistered("already-registered")
        is_new, self.owner = not self.owner, customer
        return Registered(unit.model, self.covers, is_new=is_new)

    async def terms(self, *, market: str, language: str) -> Terms:
        return Terms(self.version, (f"{market} {language}",))

    async def market(self, customer: str) -> str:
        return {"liga": "LV", "ola": "NO"}[customer]

    async def came_online(self, device: ProvenDevice, assertion: str) -> None:
        self.online.append((device.unit, assertion))

    def service(self) -> DeviceRegistration:
        return DeviceRegistration(register=self.register, terms=self.terms, market=self.market)


async def test_the_product_comes_from_the_proof_and_the_market_from_the_account() -> None:
    desk = Desk()
    done = await desk.service().agree(TV, "liga", terms="terms-3", language="lv")
    assert done == Registered("Vista 55 Q7", (COVER,))
    assert desk.asked == [(UnitIdentity("HM-55Q7-004211", "Vista 55 Q7"), "liga", "terms-3", "lv", "LV")]
    assert await desk.service().terms("ola", "nb") == Terms("terms-3", ("NO nb",))


async def test_a_yes_to_terms_of_yesterday_registers_nothing() -> None:
    """D11: the version on the screen is the version agreed to."""
    desk = Desk()
    said = await desk.service().agree(TV, "liga", terms="terms-2", language="lv")
    assert said == NotRegistered("terms-version-stale")
    assert desk.asked == []


async def test_once_more_is_the_same_and_another_customer_gets_a_refusal() -> None:
    service = Desk().service()
    await service.agree(TV, "liga", terms="terms-3", language="lv")
    again = await service.agree(TV, "liga", terms="terms-3", language="lv")
    assert again == Registered("Vista 55 Q7", (COVER,), is_new=False)
    other = await service.agree(TV, "ola", terms="terms-3", language="nb")
    assert other == NotRegistered("already-registered")
