"""A maker with all its keys, for tests: the root that devices pin, and what it and the others sign."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_agent.pin import Pin
from device_agent.trust import Trust
from tests.agent.console_twin import Issuer
from wire import enrolment as enrolments
from wire import jws as compact
from wire import keyset as keysets
from wire import messages
from wire import status as lists
from wire.encoding import b64, key_id
from wire.enrolment import Enrolment
from wire.keyset import Keyset
from wire.status import StatusList

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from device_agent.clock import Clock
    from device_agent.memory import Memory

ORIGIN = "https://relay.example"
DAY_S = 86_400


def key_from(seed: bytes) -> Ed25519PrivateKey:
    """The same key for the same bytes."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed).digest())


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


@dataclass(slots=True)
class Organisation:
    """`issuer` signs badges; the keyset names it unless it is changed."""

    issuer: Issuer = field(default_factory=Issuer)
    root: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    status: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    enrol: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def root_key(self) -> bytes:
        return public(self.root)

    def pin(self, origin: str = ORIGIN) -> Pin:
        """What is written into a device at the factory."""
        return Pin(self.root_key, self.issuer.iss, self.issuer.org, origin)

    def trust_file(self, origin: str = ORIGIN) -> dict[str, str]:
        """The same as a device's trust.json."""
        pin = self.pin(origin)
        return {"root": b64(pin.root), "iss": pin.iss, "org": pin.org, "origin": pin.origin}

    def keyset(self, now_s: int, *, key: Ed25519PrivateKey | None = None, **changes: Any) -> bytes:
        """A keyset that is valid from an hour before `now_s` on, signed by the root or another `key`."""
        keyset = Keyset(
            iss=self.issuer.iss,
            serial=1,
            iat=now_s - 3_600,
            nbf=now_s - 3_600,
            exp=now_s + 90 * DAY_S,
            issuers=(self.issuer.public,),
            enrol=(public(self.enrol),),
            status=public(self.status),
        )
        keyset = replace(keyset, **changes)
        return keysets.assemble(keyset, (key or self.root).sign(keysets.signing_input(keyset)))

    def status_list(
        self,
        iat: int,
        *,
        jtis: Iterable[str] = (),
        kids: Iterable[str] = (),
        key: Ed25519PrivateKey | None = None,
    ) -> bytes:
        """What is revoked, signed at `iat` by the status key or another `key`."""
        status = StatusList(self.issuer.iss, iat, frozenset(jtis), frozenset(kids))
        return lists.assemble(status, (key or self.status).sign(lists.signing_input(status)))

    def credential(self, dpk: bytes, *, key: Ed25519PrivateKey | None = None, **changes: Any) -> str:
        """The enrolment of the device with this key."""
        signer = key or self.enrol
        claims = replace(Enrolment(self.issuer.iss, "HM-55Q7-004211", "Vista 55 Q7", dpk, 1), **changes)
        signed = enrolments.signing_input(key_id(public(signer)), claims)
        return compact.assemble(signed, signer.sign(signed))

    def trust(self, clock: Clock, path: Path, *, memory: Memory | None = None, origin: str = ORIGIN) -> Trust:
        """A device's trust with nothing in it but the root; what lies in `path` and `memory` is recalled."""
        marks, mark = (memory.signed, memory.mark_signed) if memory is not None else (None, None)
        trust = Trust(self.pin(origin), clock, path, marks=marks, mark=mark)
        trust.recall()
        return trust

    def briefed(self, clock: Clock, path: Path, *, origin: str = ORIGIN) -> Trust:
        """The same, with a fresh keyset and a fresh empty list."""
        trust, now_s = self.trust(clock, path, origin=origin), clock.now_ms() // 1000
        assert trust.hear_keyset(self.keyset(now_s))
        assert trust.hear_status(self.status_list(now_s))
        return trust


def briefing(keyset: bytes, status: bytes, *, at_ms: int) -> list[messages.RelayToDevice]:
    """What a relay says after the challenge."""
    pieces = list(lists.parts(status))
    return [
        messages.KeysetMsg(data=keyset, at=at_ms),
        *(
            messages.StatusMsg(part=number, parts=len(pieces), data=piece)
            for number, piece in enumerate(pieces, 1)
        ),
    ]
