"""A maker's service and televisions that sign customers in, over a real database; time is the test's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from identity.device_requests.service import DeviceRequests, ProvenDevice
from identity.device_sign_in.service import DeviceSignIns, Offered, SignedIn, Token
from identity.status import Revocations
from relay.audit.service import AuditService
from server.keys import set_up
from server.settings import Settings, private_folder
from tests.relay.kit import FakeClock
from tests.relay.play import SALT, leaves, unique
from wire import device_request, enrolment, jws
from wire.device_request import Asked
from wire.encoding import key_id
from wire.enrolment import Enrolment

if TYPE_CHECKING:
    from pathlib import Path

    from identity.keyring import Keys
    from identity.ports import Storage
    from server.storage.engine import Database

ORIGIN = "https://service.example"
MODEL, UNIT = "Vista 55 Q7", "HM-55Q7-004211"
CUSTOMER, OTHER = "c" * 32, "d" * 32
SOURCE = "192.0.2.1"


@dataclass
class Television:
    """A device with a key and what its maker says of it."""

    keys: Keys
    clock: FakeClock
    unit: str = UNIT
    model: str = MODEL
    key: Ed25519PrivateKey = field(default_factory=lambda: Ed25519PrivateKey.from_private_bytes(unique(32)))

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def proven(self) -> ProvenDevice:
        return ProvenDevice(key_id(self.public), self.unit, self.model)

    def credential(self) -> str:
        claims = Enrolment(self.keys.keyset.iss, self.unit, self.model, self.public, 1)
        signed = enrolment.signing_input(self.keys.enroller.kid, claims)
        return jws.assemble(signed, self.keys.enroller.sign(signed))

    def asked(self, **other: object) -> Asked:
        whole: dict[str, object] = {
            "origin": ORIGIN,
            "method": "POST",
            "target": "/api/v1/device/token",
            "body": b"{}",
            "credential": self.credential(),
            **other,
        }
        return Asked(**whole)  # type: ignore[arg-type] # the test says what it changes

    def assertion(self, asked: Asked, *, late_s: int = 0, nonce: bytes | None = None) -> str:
        now_s = self.clock.ms // 1_000 - late_s
        signed = device_request.signing_input(asked, key=self.public, now_s=now_s, nonce=nonce or unique(16))
        return jws.assemble(signed, self.key.sign(signed))


class Maker:
    """The service, its keys and its record."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.clock = database, FakeClock()
        settings = Settings(origin=ORIGIN, data=private_folder(folder / "data"), issuer="hallmere")
        self.keys = set_up(settings, folder / "root.key", now_s=self.clock.ms // 1_000)
        self.audit = AuditService(storage=database, clock=self.clock, random_bytes=unique, salt=SALT)
        self.revocations = Revocations(storage=database, clock=self.clock, append=self.audit.append)
        self.origin = ORIGIN
        self.on(database)

    def at(self, origin: str) -> None:
        """The same under another address."""
        self.origin = origin
        self.on(self.database)

    def on(self, storage: Storage) -> None:
        """From now on with this storage; what was kept in memory is gone."""
        self.sign_ins = DeviceSignIns(
            storage=storage, clock=self.clock, append=self.audit.append, salt=SALT, origin=self.origin
        )
        self.requests = DeviceRequests(
            storage=storage, clock=self.clock, keys=lambda: self.keys, origin=self.origin
        )

    def television(self, *, unit: str = UNIT) -> Television:
        return Television(self.keys, self.clock, unit)

    async def offer(self, tv: Television) -> Offered:
        offered = await self.sign_ins.authorize(tv.proven)
        assert isinstance(offered, Offered)
        return offered

    async def decide(
        self, code: str, *, customer: str = CUSTOMER, allow: bool = True, source: str = SOURCE
    ) -> object:
        return await self.sign_ins.decide(user_code=code, customer=customer, allow=allow, source=source)

    async def look_up(self, code: str, *, customer: str = CUSTOMER, source: str = SOURCE) -> object:
        return await self.sign_ins.look_up(user_code=code, customer=customer, source=source)

    async def token(self, tv: Television, customer: str = CUSTOMER) -> str:
        offered = await self.offer(tv)
        await self.decide(offered.user_code, customer=customer)
        said = await self.sign_ins.poll(tv.proven, offered.device_code)
        assert isinstance(said, Token)
        return said.access_token

    async def customer_of(self, tv: Television, token: str) -> str:
        who = await self.sign_ins.signed_in(tv.proven, token)
        return who.customer if isinstance(who, SignedIn) else ""

    async def told(self) -> list[tuple[str, str, object]]:
        """The record's entries about signing in: type, role, and the word of each."""
        return [
            (leaf.typ.value.partition(".")[2], leaf.role, leaf.d.get("why", leaf.d.get("answer", "")))
            for leaf in await leaves(self.database)
            if leaf.typ.value.startswith("device_sign_in.")
        ]
