"""This server's keys while it runs: taken anew when a keyset is installed, handed to devices and consoles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from identity.keyring import (
    KEYSET_FILE,
    KeysNotReady,
    holder_of_root,
    install_keyset,
    open_keys,
    request_keys,
)
from identity.keys import SigningKey, UnsafeKeyFile, secret_from
from identity.keyset_request import USUAL_DAYS, sign_request
from relay.ports import Trust
from server.key_facts import WARN_DAYS, days_left
from server.logs import log
from wire import status as lists
from wire.encoding import sha256_b64
from wire.messages import StatusMsg, encode

if TYPE_CHECKING:
    from pathlib import Path

    from identity.keyring import Keys
    from identity.keys import Issuer
    from identity.ports import Clock
    from identity.status import StatusService
    from relay.audit.service import AuditService
    from server.settings import Settings


class KeyRing:
    """The keys in use. Raises KeysNotReady where there are none to begin with."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._seen = self._state()
        self._keys = self._opened()
        if (found := holder_of_root(settings.data)) is not None:
            raise KeysNotReady(
                f"{found.name} is the root key: a server does not need it; move it off this machine"
            )

    @property
    def keys(self) -> Keys:
        return self._keys

    def issuer(self) -> Issuer:
        return self._keys.issuer

    def reload(self) -> bool:
        """Whether another keyset came into use. A bad one is said, and the one in use stays."""
        if (state := self._state()) == self._seen:
            return False
        self._seen = state
        try:
            self._keys = self._opened()
        except (KeysNotReady, UnsafeKeyFile) as error:
            log().error("keyset refused", why=str(error))
            return False
        return True

    def warn(self) -> None:
        """Said every day of the last month: a keyset is signed by people, who need time."""
        left = days_left(self._keys.keyset, self._clock.now_ms() // 1_000)
        if left < WARN_DAYS:
            log().warning("keyset ends soon", days=left)

    def _opened(self) -> Keys:
        settings, now_s = self._settings, self._clock.now_ms() // 1_000
        return open_keys(settings.data, iss=settings.iss, aud=settings.origin, now_s=now_s)

    def _state(self) -> tuple[int, int]:
        try:
            found = (self._settings.data / KEYSET_FILE).stat()
        except FileNotFoundError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_ino)


class TrustOffice:
    """What devices and consoles are told of keys and revocations: always the newest that was signed."""

    def __init__(self, ring: KeyRing, status: StatusService, audit: AuditService) -> None:
        self._ring = ring
        self._status = status
        self._audit = audit
        self._trust: Trust | None = None

    @property
    def keyset(self) -> bytes:
        return self._ring.keys.data

    @property
    def status(self) -> bytes:
        return self._status.data

    def trust(self) -> Trust | None:
        return self._trust

    async def start(self) -> None:
        await self._note_keyset()
        await self._status.refresh()
        self._renew()

    async def refresh(self) -> None:
        """Looks for a new keyset and new revocations; several times a minute, and cheap."""
        if self._ring.reload():
            await self._note_keyset()
        if await self._status.refresh() or self._trust is None or self.keyset != self._trust.keyset:
            self._renew()

    def _renew(self) -> None:
        # Cut and spelled once for everybody: thousands of waiting devices share these texts.
        pieces = list(lists.parts(self._status.data))
        texts = [
            encode(StatusMsg(part=number, parts=len(pieces), data=piece))
            for number, piece in enumerate(pieces, 1)
        ]
        self._trust = Trust(self.keyset, tuple(texts))

    async def _note_keyset(self) -> None:
        keyset = self._ring.keys.keyset
        facts: dict[str, object] = {
            "keyset": sha256_b64(self.keyset),
            "serial": keyset.serial,
            "until": keyset.exp,
        }
        await self._audit.note(typ="keyset.used", role="relay", pid="relay", d=facts)


def set_up(settings: Settings, root_path: Path, *, now_s: int, days: int = USUAL_DAYS) -> Keys:
    """Root, keys and keyset from one hand; what `keys request`, `sign` and `install` do in three places."""
    root = SigningKey(secret_from(root_path))
    request = request_keys(settings.data, iss=settings.iss)
    signed = sign_request(request, root, now_s=now_s, days=days)
    return install_keyset(
        settings.data, signed, root=root.public, iss=settings.iss, aud=settings.origin, now_s=now_s
    )
