"""Which words an ending has: by its reason and, where that says too little, by what lies behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wire.reasons import BadgeCause, EndReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from device_agent.panel_view import PanelView

# A customer can do three different things about a refused badge; what exactly was wrong is for the record.
_LAPSED: Final = "lapsed"
_UNCHECKED: Final = "unchecked"
REFUSALS: Final[Mapping[BadgeCause, str]] = {
    BadgeCause.FORM: "",
    BadgeCause.NO_KEYSET: _UNCHECKED,
    BadgeCause.KEYSET_NOT_VALID: _UNCHECKED,
    BadgeCause.NO_STATUS: _UNCHECKED,
    BadgeCause.STATUS_OLD: _UNCHECKED,
    BadgeCause.ISSUER_NOT_ANNOUNCED: "",
    BadgeCause.ISSUER_UNKNOWN: "",
    BadgeCause.ISSUER_REVOKED: _LAPSED,
    BadgeCause.SIGNATURE: "",
    BadgeCause.OTHER_ORG: "",
    BadgeCause.OTHER_SERVICE: "",
    BadgeCause.LIFETIME: "",
    BadgeCause.NOT_YET_VALID: _UNCHECKED,  # of the two clocks one is wrong
    BadgeCause.EXPIRED: _LAPSED,
    BadgeCause.REVOKED: _LAPSED,
    BadgeCause.SCOPES: "",
    BadgeCause.OTHER_SESSION: "",
}


def ending_texts(view: PanelView) -> str:
    """The beginning of the keys of this ending's title and next step."""
    reason = view.reason or EndReason.DEVICE_LOST
    stem = f"end.customer.{reason}"
    if view.by_technician and reason is EndReason.DEVICE_POWERED_OFF:
        return f"{stem}.by_technician"
    if view.cause is not None and REFUSALS[view.cause]:
        return f"{stem}.{REFUSALS[view.cause]}"
    return stem
