"""What a route declares: who may call it and what body it takes. What declares nothing is not served."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from wire.limits import HTTP_BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import msgspec
    from aiohttp.typedefs import Handler

    from server.problems import Slug


class Access(StrEnum):
    """Who gets past the door. Only the last two need an access token of that role."""

    ANYONE = "anyone"
    DEVICE = "device"  # proves its key inside (SPEC §5.1)
    TICKET = "ticket"  # a one-time ticket, or what a console made from it; from its origin (INV-G3)
    SIGNED = "signed"  # another service, which signs what it sends
    CUSTOMER = "customer"  # a session's cookie with a proof against forgery, or the same token as a bearer's
    TECHNICIAN = "technician"
    AUDITOR = "auditor"


SIGNED_IN: Final = frozenset({Access.TECHNICIAN, Access.AUDITOR})
ANYBODY: Final = frozenset({Access.ANYONE, Access.CUSTOMER})
"""Everybody may; who is signed in as a customer is known by it."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a page of ours sends: these fields, each once, and one file at most; `most_bytes` of all."""

    fields: frozenset[str]
    file: str = ""
    most_bytes: int = HTTP_BODY_BYTES


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes of one of these content types; `image/*` stands for all images."""

    kinds: frozenset[str]
    most_bytes: int = HTTP_BODY_BYTES


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was sent. A field that was left out is not here; `file` is empty where none came."""

    fields: Mapping[str, str]
    file: bytes = b""

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Link:
    """Where an answer leads: the route, and what it takes, as OpenAPI's runtime expressions (§4.8.20)."""

    method: str
    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the description of the API says of a route: what it does, how it answers, how it refuses.

    `answers` are structs by status, `bytes` for what is no JSON, None for an empty answer; `slugs` those of
    its own refusals, besides what the door answers anyway; `needed` the queries that may not be left out;
    `links` where its first good answer leads.
    """

    area: str
    summary: str
    answers: Mapping[int, object] = field(default_factory=dict)
    slugs: tuple[Slug, ...] = ()
    needed: frozenset[str] = frozenset()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """`body` is the strict struct of a JSON body, or a form, or bytes; None where only an empty one is taken.

    `page`: it answers with a page for people, a refusal too. `portal`: pages of our own origin may ask it,
    and those of a console may not.
    """

    method: str
    path: str
    access: frozenset[Access]
    handler: Handler
    body: type[msgspec.Struct] | Form | Raw | None = None
    queries: frozenset[str] = frozenset()
    page: bool = False
    portal: bool = False
    facts: Facts | None = None

    def __post_init__(self) -> None:
        assert self.access, f"{self.path} names no role"
        assert not self.page or self.portal, f"{self.path} is a page of the portal"
        assert Access.CUSTOMER not in self.access or self.portal, f"{self.path} is the portal's"

    @property
    def needs_account(self) -> bool:
        return self.access <= SIGNED_IN

    @property
    def needs_customer(self) -> bool:
        return self.access == {Access.CUSTOMER}

    @property
    def knows_customer(self) -> bool:
        return Access.CUSTOMER in self.access

    @property
    def changes(self) -> bool:
        """Whether it may change something: then it is asked from our own pages alone, with a proof."""
        return self.method not in {"GET", "HEAD"}

    @property
    def most_bytes(self) -> int:
        return self.body.most_bytes if isinstance(self.body, Form | Raw) else HTTP_BODY_BYTES
