"""Pages that anybody may read: a warranty inquiry, privacy, terms, questions, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from customer_web.views.cover import CoverLine
    from customer_web.views.register import LookClosely
    from customer_web.views.shell import FieldError


@dataclass(frozen=True, slots=True)
class Answer:
    """What anybody may know of a product (I8). `market` is the country whose terms hold, `XX` for none."""

    name: str
    number: str
    covers: tuple[CoverLine, ...]
    upgraded: bool
    market: str


class InquiryState(StrEnum):
    ASK = "ask"
    ANSWERED = "answered"
    UNKNOWN = "unknown"
    BRAND = "brand"  # two brands have a piece of this number
    LIMITED = "limited"


@dataclass(frozen=True, slots=True)
class InquiryPage:
    """Is this product covered? (R83-R87). `wait_s` counts the seconds until one may ask again."""

    state: InquiryState = InquiryState.ASK
    typed: str = ""
    today: date | None = None
    answer: Answer | None = None
    look: LookClosely | None = None
    brands: tuple[str, ...] = ()
    wait_s: int = 0
    errors: tuple[FieldError, ...] = ()

    def __post_init__(self) -> None:
        answered = self.state is InquiryState.ANSWERED
        assert answered == (self.answer is not None), "an answer where there is one"
        assert not answered or self.today is not None, "an answer holds for a day"


@dataclass(frozen=True, slots=True)
class PrivacyPage:
    """What the data is for (R76-R78), and for whoever is signed in their own: to take away, and to erase."""


@dataclass(frozen=True, slots=True)
class ErasePage:
    """Before all of a person's data goes; `products` are those that lose their owner."""

    products: int
    open_requests: int
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class TermsPage:
    """One version of the registration terms, in the reader's language; `parts` are headings with texts."""

    version: str
    valid_from: date
    parts: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One of the maker's own, in the reader's language."""

    question: str
    answer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FaqPage:
    """The questions every maker's customers ask, and this maker's own after them (R5)."""

    own: tuple[Question, ...] = ()


class Trouble(StrEnum):
    """Why there is no page; by HTTP status."""

    BAD_REQUEST = "bad_request"
    NOT_FOUND = "not_found"
    FORM_OLD = "form_old"  # 403: the form's token does not fit the session
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class TroublePage:
    """`reference` is what to quote to the customer service, "" for none; `wait_s` may be 0."""

    trouble: Trouble
    reference: str = ""
    wait_s: int = 0
