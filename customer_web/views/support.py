"""Where help with a product begins (R50): the telephone, a technician over the internet, answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from customer_web.views.mine import Drawing

if TYPE_CHECKING:
    from care.identifiers import Kind


@dataclass(frozen=True, slots=True)
class HelpedProduct:
    """One of the reader's own, and whether a technician can look at it over the internet."""

    id: str
    name: str
    number: str
    number_kind: Kind
    drawing: Drawing = Drawing.OTHER
    remote_assist: bool = False


@dataclass(frozen=True, slots=True)
class SupportPage:
    """`product` is the one that needs help, None where nobody said; `is_open`: somebody answers now."""

    product: HelpedProduct | None = None
    is_open: bool = False
