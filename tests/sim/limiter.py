"""The guessing limits, counted a second time from what the record says (docs/threat-model.md, INV-A4)."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from relay.audit.record import pseudonym
from tests.sim.relay import SALT

if TYPE_CHECKING:
    from tests.sim.case import Case
    from tests.sim.witness import Witness

MINUTE_MS: Final = 60_000
DAY_MS: Final = 24 * 60 * MINUTE_MS
# The record is written a little after the limiter looked at the clock; the store may be slow.
_SLACK_MS: Final = 5_000
_MOST: Final = {
    "miss": 20,
    "source_miss": 60,
    "code": 10,
    "failed_run": 3,
    "shown_code": 30,
    "device_miss": 20,
    "device_source": 100,
}
_WINDOW_MS: Final = {
    "miss": DAY_MS,
    "source_miss": 10 * MINUTE_MS,
    "code": 60 * MINUTE_MS,
    "failed_run": DAY_MS,
    "shown_code": 60 * MINUTE_MS,
    "device_miss": DAY_MS,
    "device_source": DAY_MS,
}
_COUNTED: Final = {"pairing_failed", "technician_lost", "technician_left", "integrity_failed", "revoked"}


def _is_a_guess(case: Case, reason: str) -> bool:
    """A code that was taken and came to nothing: by leaving early nobody guesses for free."""
    return (
        bool(case.account)
        and not case.typed_there
        and case.paired_at is None
        and case.relay_died_at is None
        and reason in _COUNTED
    )


class Limiter:
    """Five misses in ten minutes cost a quarter of an hour, twenty in a day the rest of it."""

    def __init__(self, oracle: Witness) -> None:
        self._oracle = oracle
        self._misses: dict[str, list[int]] = {}
        self._rows: dict[tuple[str, str], list[int]] = {}
        self._recorded: Counter[str] = Counter()
        self._answered: Counter[str] = Counter()

    def leaf(self, sess: str, leaf: dict[str, Any], case: Case | None) -> None:
        typ, facts, at = leaf["typ"], leaf["d"], int(leaf["ts"])
        if typ == "pin.claimed" or (typ == "redeem.refused" and leaf["by"]["role"] == "device"):
            self._recorded["device"] += typ == "pin.claimed" or facts["why"] != "waiting"
        elif typ == "redeem.refused" and facts["why"] != "waiting":
            account = self._whose(sess, leaf["by"]["pid"])
            self._recorded[account] += 1
            self._judged(account, at)
            self._missed(account, at)
        elif typ == "pin.redeemed":
            account = self._whose(sess, leaf["by"]["pid"])
            self._recorded[account] += 1
            self._judged(account, at)
        elif typ == "session.end" and case is not None and _is_a_guess(case, facts["reason"]):
            self._missed(case.account, at)

    def answered(self, account: str) -> bool:
        """Whether this answer, too, is on record: one record for each."""
        self._answered[account] += 1
        return self._answered[account] <= self._recorded[account]

    def rows(self, step: str) -> None:
        """No count is lost but by age; a device's failed runs only by a pairing."""
        rows = self._oracle.world.store.raw("SELECT kind, subject, times FROM throttle WHERE kind <> 'alarm'")
        for kind, subject, text in rows:
            before, times = self._rows.get((kind, subject), []), json.loads(text)
            if times == before:
                continue
            self._rows[kind, subject] = times
            newest = times[-1] if times else 0
            kept = [at for at in before if at > newest - _WINDOW_MS[kind]][-_MOST[kind] + 1 :]
            grown = bool(times) and times[: len(kept)] == kept
            allowed = grown or (kind, step) == ("failed_run", "paired")
            self._oracle.require(allowed, "INV-A4", f"the limiter forgot {kind} during {step}")

    def _judged(self, account: str, at: int) -> None:
        """The relay looked at a code for this account: it was not to wait."""
        misses = self._misses.get(account, [])
        if len(misses) >= 5 and misses[-1] - misses[-5] < 10 * MINUTE_MS - _SLACK_MS:
            waits = misses[-1] + 15 * MINUTE_MS - _SLACK_MS
            self._oracle.require(at >= waits, "INV-A4", "an account was let try before its wait was over")
        if len(misses) >= 20 and misses[-1] - misses[-20] < DAY_MS - _SLACK_MS:
            waits = misses[-20] + DAY_MS - _SLACK_MS
            self._oracle.require(at >= waits, "INV-A4", "an account was let try more than its day allows")

    def _missed(self, account: str, at: int) -> None:
        self._misses.setdefault(account, []).append(at)

    def _whose(self, sess: str, pid: str) -> str:
        for account in self._oracle.world.accounts:
            if pseudonym(salt=SALT, sess=sess, account=account) == pid:
                return account
        self._oracle.breach("INV-D3", "a record names nobody who was there")
        return ""
