"""Registering the product on the television itself (R43, R44): the device's proof and its customer's yes.

Which product it is comes from the maker's credential, who agrees from the token, the market from the
customer's account. The device says only which terms were on its screen, and in which language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import date

    from identity.device_requests.service import ProvenDevice


@dataclass(frozen=True, slots=True)
class UnitIdentity:
    """The unit as its maker enrolled it: what `alongside device enrol` was told, the serial as a rule."""

    unit: str
    model: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a customer agrees to; each paragraph is plain text."""

    version: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoverLine:
    """One right and its dates, both covered: `right` and `basis` are words of `care.warranty.rows`."""

    right: str
    basis: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Registered:
    """It is theirs. Not `is_new`: it was before. Not `is_verified`: nobody has said yet that we made it."""

    model: str
    covers: tuple[CoverLine, ...]
    is_new: bool = True
    is_verified: bool = True


@dataclass(frozen=True, slots=True)
class NotRegistered:
    """The slug of the problem, such as `tv-too-old`, `already-registered` or `product-not-registrable`."""

    slug: str


class Register(Protocol):
    """Care's service, for the channel `tv`; the same call again gives the same answer, not `is_new`."""

    async def __call__(
        self, *, unit: UnitIdentity, customer: str, terms: str, language: str, market: str
    ) -> Registered | NotRegistered: ...


class TermsOf(Protocol):
    """The terms in force now, in this language or the nearest there is."""

    async def __call__(self, *, market: str, language: str) -> Terms: ...


class MarketOf(Protocol):
    """The market of a customer's account."""

    async def __call__(self, customer: str) -> str: ...


class DeviceRegistration:
    """Shows the terms to a signed-in customer, and takes their yes to exactly these."""

    def __init__(self, *, register: Register, terms: TermsOf, market: MarketOf) -> None:
        self._register = register
        self._terms = terms
        self._market = market

    async def terms(self, customer: str, language: str) -> Terms:
        return await self._terms(market=await self._market(customer), language=language)

    async def agree(
        self, device: ProvenDevice, customer: str, *, terms: str, language: str
    ) -> Registered | NotRegistered:
        """Registers; terms that are no longer in force are `terms-version-stale`, to be read anew."""
        market = await self._market(customer)
        if terms != (await self._terms(market=market, language=language)).version:
            return NotRegistered("terms-version-stale")
        unit = UnitIdentity(device.unit, device.model)
        return await self._register(
            unit=unit, customer=customer, terms=terms, language=language, market=market
        )
