"""A genuine identity service, as small as can be: it signs people in, gives badges, and hands out what the
maker's keys have signed. It is not the adversary.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.agent.organisation import Organisation, briefing
from wire.badge import badge_challenge_message
from wire.encoding import b64, unb64
from wire.messages import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evil_relay.tape import Fields

TECHNICIAN: Final = "Demo Technician"
ACCOUNT: Final = {"name": TECHNICIAN, "org": "Hallmere Care", "role": "technician", "language": "en"}
NOT_FOUND: Final = (404, {"type": "urn:alongside:problem:not-found", "title": "no", "status": 404})


class Office:
    """Answers the console's HTTP calls; a code is the relay's to redeem."""

    def __init__(
        self,
        origin: str,
        *,
        now_s: Callable[[], int],
        redeem: Callable[[str], tuple[int, Fields]],
        issue: Callable[[], tuple[int, Fields]],
        trust: Callable[[Fields], Fields],
    ) -> None:
        self.org = Organisation()
        self.origin = origin
        self.now_s = now_s
        self._serial = 0
        self._keyset = self.renewed_keyset()
        self._redeem = redeem
        self._issue = issue
        self._trust = trust

    def answer(self, method: str, path: str, body: Fields) -> tuple[int, Any]:
        """Status and fields."""
        issuer = self.org.issuer
        simple: dict[str, tuple[int, Any]] = {
            "POST /v1/sign-in/link": (200, {"token": "t" * 43, "account": ACCOUNT}),
            "POST /v1/sign-out": (204, {}),
            "GET /v1/me": (200, ACCOUNT),
            "GET /v1/about": (200, {"serves_console": False}),
            "GET /v1/sessions": (200, {"sessions": []}),
            "POST /v1/badge-challenges": (200, {"issuer": issuer.iss, "challenge": b64(os.urandom(32))}),
        }
        match f"{method} {path}":
            case "POST /v1/badges":
                return 201, {"badge": self._badge(body)}
            case "GET /v1/trust":
                keyset, status = self._signed()
                return 200, self._trust({"keyset": b64(keyset), "status": b64(status)})
            case "POST /v1/sessions":
                return self._redeem(body["locator"])
            case "POST /v1/codes":
                return self._issue()
            case asked:
                return simple.get(asked, NOT_FOUND)

    def briefing(self) -> list[str]:
        """What a device is told after the challenge: whose badges count, and what is revoked."""
        return [encode(message) for message in briefing(*self._signed(), at_ms=self.now_s() * 1000)]

    def _signed(self) -> tuple[bytes, bytes]:
        return self._keyset, self.org.status_list(self.now_s())

    def renewed_keyset(self, **changes: Any) -> bytes:
        """The maker's next keyset, from now on handed out."""
        self._serial += 1
        self._keyset = self.org.keyset(self.now_s(), serial=self._serial, **changes)
        return self._keyset

    def _badge(self, body: Fields) -> str:
        issuer = self.org.issuer
        key = unb64(body["key"])
        asked = badge_challenge_message(issuer.iss, unb64(body["challenge"]))
        Ed25519PublicKey.from_public_bytes(key).verify(unb64(body["sig"]), asked)
        return issuer.sign(issuer.badge(aud=self.origin, now_s=self.now_s(), cnf_x=key))
