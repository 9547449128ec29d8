"""Attacks on whom a device believes: keys and lists kept back, set back or made up; badges that do not count.

What an attack here has that the maker's keys signed, somebody got from the maker's own servers at another
time or place; nothing is signed for the relay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from seal import messages as sealed
from tests.agent.console_twin import Issuer, Technician
from tests.agent.organisation import DAY_S, Organisation, public
from tests.evil_relay.attack import Answer, Attack, truth
from tests.evil_relay.attacks_guessing import Claimant
from tests.evil_relay.tape import Side, fields_of, said_as, type_of
from wire import badge as badges
from wire.commands import Grant
from wire.encoding import b64
from wire.frames import Stream
from wire.hellos import ConsoleHello

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from tests.evil_relay.tape import Fields, Item

REFUSED: Final = truth("badge_refused", "badge_refused")
HOUR_S: Final = 3_600


class _TakenBack(Attack):
    """The technician's badge was taken back, and the relay is on the technician's side."""

    true = REFUSED
    answer = Answer.NONE

    def to_device(self, item: Item) -> list[Item]:
        fields = fields_of(item) or {}
        match fields.get("t"):
            case "keyset":
                return self.keyset(fields)
            case "status":
                return self.status()
            case _:
                return [item]

    def keyset(self, fields: Fields) -> list[Item]:
        """What the device hears instead of the newest keyset."""
        return [said_as(fields)]

    def status(self) -> list[Item]:
        """What the device hears instead of the newest list."""
        raise NotImplementedError

    def list(
        self, *, age_s: int = 0, revoked: Iterable[str] = (), key: Ed25519PrivateKey | None = None
    ) -> Item:
        office = self.relay.office
        data = office.org.status_list(office.now_s() - age_s, jtis=revoked, key=key)
        return said_as({"t": "status", "part": 1, "parts": 1, "data": b64(data)})


class BringsAnOlderListBack(_TakenBack):
    """The device knows that the badge was taken back; then comes an older list, genuine, without it.

    A device never goes back to an older list: badge refused, on both sides.
    """

    def status(self) -> list[Item]:
        self.strike()
        age_s = self.rng.choice([1, HOUR_S, DAY_S - 1, 30 * DAY_S])
        return [self.list(revoked=["jti-1"]), self.list(age_s=age_s)]


class SignsAListItself(_TakenBack):
    """The device knows that the badge was taken back; then a newer list without it, signed by the relay.

    Only the keyset's status key signs lists: badge refused, on both sides.
    """

    def status(self) -> list[Item]:
        self.strike()
        org = self.relay.office.org
        key = self.rng.choice([Ed25519PrivateKey.generate(), org.issuer.key, org.enrol])
        return [self.list(revoked=["jti-1"]), self.list(age_s=-60, key=key)]


class KeepsAListBack(_TakenBack):
    """The newest list never comes: none at all, or only one from a day ago, when the badge still counted.

    A list can be kept back for a day and not longer, and without one nobody is believed: badge refused.
    """

    knows_nothing = True

    def status(self) -> list[Item]:
        self.strike()
        return self.rng.choice([[], [self.list(age_s=self.rng.choice([DAY_S, 7 * DAY_S]))]])


class KeepsTheKeysBack(KeepsAListBack):
    """The keyset never comes. There is nobody to believe then: badge refused, on both sides."""

    def keyset(self, fields: Fields) -> list[Item]:
        return []


class BringsAnOlderKeysetBack(_TakenBack):
    """The device knows that the badge's issuer counts no more; then comes the keyset from before, with it.

    A keyset's number never goes down: badge refused, on both sides.
    """

    def keyset(self, fields: Fields) -> list[Item]:
        self.strike()
        office = self.relay.office
        other = (public(Ed25519PrivateKey.generate()),)
        newer = fields | {"data": b64(office.renewed_keyset(issuers=other))}
        office.renewed_keyset()  # the maker has the issuer back in time for the next run
        return [said_as(newer), said_as(fields)]

    def status(self) -> list[Item]:
        return [self.list()]


class KeepsTheKeysFromTheConsole(Attack):
    """The console gets another maker's keys and list, or an old list, or nothing; it cannot check the unit.

    It says so, and calls the device neither that unit nor not enrolled. The session goes on.
    """

    units = frozenset({"unknown", "unchecked"})

    def trust(self, answer: Fields) -> Fields:
        self.strike()
        office, thief = self.relay.office, Organisation()
        now_s = office.now_s()
        old = office.org.status_list(now_s - DAY_S - HOUR_S)
        ways: list[Fields] = [
            {},
            {"keyset": b64(thief.keyset(now_s)), "status": b64(thief.status_list(now_s))},
            {"keyset": answer["keyset"], "status": b64(thief.status_list(now_s))},
            {"keyset": answer["keyset"], "status": b64(old)},
        ]
        return self.rng.choice(ways)


class _Accomplice(Attack):
    """The relay takes the code for itself, guesses right, and shows a badge that does not count."""

    true = truth("badge_refused", "problem.code-not-open problem.code-lost")
    knows_secret = True
    answer = Answer.NONE

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._claimant: Claimant | None = None
        self._technician: Technician

    def technician(self, issuer: Issuer, *, aud: str, now_s: int) -> Technician:
        """With which badge the relay tries."""
        raise NotImplementedError

    def takes_the_code(self) -> bool:
        if self._claimant is None:
            self.strike()
            self.relay.push(Side.DEVICE, self.relay.admission())
            office = self.relay.office
            self._technician = self.technician(office.org.issuer, aud=office.origin, now_s=office.now_s())
            hello = ConsoleHello(self.rng.randbytes(32), self._technician.kid).to_bytes()
            self._claimant = Claimant(self, self.rng, secret=self.secret, hello_t=hello)
            self._claimant.ask()
        return True

    def to_console(self, item: Item) -> list[Item]:
        if type_of(item) == "pake_b" and self._claimant is not None and self._claimant.confirm(item):
            self._introduce(self._claimant)
        return []

    def _introduce(self, claimant: Claimant) -> None:
        keys, who, asks = claimant.keys, self._technician, (Grant.KEYS, Grant.VIEW)
        assert keys is not None
        unsigned = sealed.auth_without_sig(cred=who.jws, asks=asks, request="")
        sig = who.key.sign(badges.tech_auth_message(keys.th, unsigned))
        auth = sealed.encode(sealed.Auth(cred=who.jws, asks=asks, request="", sig=sig))
        self.relay.push(Side.DEVICE, keys.sealer(Stream.T2D_CONTROL).seal(auth))


class ForgesABadge(_Accomplice):
    """A badge that the relay signed, under the issuer's name and id. The signature is not: badge refused."""

    def technician(self, issuer: Issuer, *, aud: str, now_s: int) -> Technician:
        key, own = Ed25519PrivateKey.generate(), Issuer(issuer.iss, issuer.org)
        badge = issuer.badge(aud=aud, now_s=now_s, cnf_x=public(key))
        return Technician(own.sign(badge, issuer.kid), issuer.kid, key)


class MakesItselfTheMaker(_Accomplice):
    """Keyset and list of the relay's own root, newer than the genuine ones, and a badge of its issuer.

    The device pinned its maker's root: badge refused.
    """

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._thief = Organisation()

    def to_device(self, item: Item) -> list[Item]:
        fields: Fields = fields_of(item) or {}
        now_s = self.relay.office.now_s()
        match fields.get("t"):
            case "keyset":
                own = self._thief.keyset(now_s, serial=2**20)
            case "status":
                own = self._thief.status_list(now_s)
            case _:
                return [item]
        return [item, said_as(fields | {"data": b64(own)})]

    def technician(self, issuer: Issuer, *, aud: str, now_s: int) -> Technician:
        return Technician.of(self._thief.issuer, aud=aud, now_s=now_s)


class ShowsABadgeForAnotherRelay(_Accomplice):
    """A genuine badge that was given out for another relay's origin, and counts only there: badge refused."""

    def technician(self, issuer: Issuer, *, aud: str, now_s: int) -> Technician:
        other = self.rng.choice(["https://relay.evil", f"{aud}.", f"{aud}/", aud.upper()])
        return Technician.of(issuer, aud=other, now_s=now_s)


class ShowsSomebodysBadge(_Accomplice):
    """A badge that was shown to the relay's own TV elsewhere. Its key is not the relay's: badge refused."""

    def technician(self, issuer: Issuer, *, aud: str, now_s: int) -> Technician:
        seen = Technician.of(issuer, aud=aud, now_s=now_s)
        return Technician(seen.jws, seen.kid, Ed25519PrivateKey.generate())


class SetsTheClockBack(_Accomplice):
    """A badge that is over, with the relay's clock set back. A device's never goes back: badge refused."""

    over_s: ClassVar[int] = 301

    def to_device(self, item: Item) -> list[Item]:
        fields: Fields = fields_of(item) or {}
        if fields.get("t") != "keyset":
            return [item]
        return [said_as(fields | {"at": self.rng.choice([1, fields["at"] - 9 * HOUR_S * 1000])})]

    def technician(self, issuer: Issuer, *, aud: str, now_s: int) -> Technician:
        end_s = now_s - self.rng.choice([self.over_s, HOUR_S, 300 * DAY_S])
        return Technician.of(issuer, aud=aud, now_s=end_s - HOUR_S)
