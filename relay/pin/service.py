"""Codes: issued, redeemed once, closed. Every answer is given after its record is durable.

The secret digits never come here; a locator alone opens nothing (INV-A3).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from relay.pin import store
from relay.pin.machine import Effect, Event, State, move_of
from relay.pin.rules import KEPT_MS, Kind, Policy, remember, wait_ms
from relay.ports import Claimed, Full, Issued, NotOpen, Redeemed, Run, TooMany
from wire.encoding import b64
from wire.limits import CODE_LIFE_S, LIVE_CODES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from relay.ports import Append, AppendToEach, Clock, RandomBytes, Storage

    OpenSession = Callable[[AsyncConnection, Redeemed], Awaitable[None]]
    OpenClaimed = Callable[[AsyncConnection, Claimed], Awaitable[None]]

_log = structlog.get_logger(__name__)

_LOCATORS = 100_000
# At 4,500 live codes and as many resting ones again, 40 misses in a row have odds of 1 in 10^40.
_DRAWS = 40
_RECOVER_AT_ONCE = 500
_FORGET_AT_ONCE = 500
_EVERYBODY = ""


def _nobody(_session: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class PinSettings:
    """`node` names the process that holds the devices' sockets; `salt` keys hashes and outlives restarts."""

    node: str
    salt: bytes
    life_s: int = CODE_LIFE_S
    live_codes: int = LIVE_CODES
    policy: Policy = field(default_factory=Policy)


class PinService:
    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        append: Append,
        append_to_each: AppendToEach,
        random_bytes: RandomBytes,
        settings: PinSettings,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._append = append
        self._append_to_each = append_to_each
        self._random = random_bytes
        self._settings = settings
        self._waiting: dict[str, int] = {}  # accounts whose wait is on record, and until when

    async def issue(
        self, *, dev: str, fw: str, drawn: Callable[[str], None] = _nobody
    ) -> Issued | TooMany | Full:
        """A live code for the device whose key id is `dev`; `fw` is what it calls its firmware.

        `drawn` is told which session it is drawn for, before the store has kept it.
        """
        device, now = self._keyed(b"device", dev), self._clock.now_ms()
        async with self._storage.write("issue") as conn:
            times = await store.hold(conn, Kind.CODE, device)
            wait = max(
                self._wait(Kind.CODE, times, now),
                self._wait(Kind.FAILED_RUN, await store.hold(conn, Kind.FAILED_RUN, device), now),
            )
            if wait:
                return TooMany(_seconds(wait))
            if await store.count_live(conn) >= self._settings.live_codes:
                return Full()
            session = self._random(16).hex()
            drawn(session)
            issued = await self._draw(conn, session, device, now)
            if isinstance(issued, Full):
                return issued
            await store.put(conn, Kind.CODE, device, self._one_more(Kind.CODE, times, now))
            await self._append(
                conn,
                sess=issued.session,
                typ="pin.issued",
                role="device",
                pid="device",
                d={"fw": fw, "ttl_s": self._settings.life_s},
            )
            return issued

    async def redeem(
        self, *, locator: str, account: str, badge: str, source: str, open_session: OpenSession
    ) -> Redeemed | NotOpen | TooMany:
        """Spends the code for this account, opens the session and records both: all or nothing.

        `source` is the caller's address, as far as misses are counted by it.
        """
        guesser = {Kind.MISS: account, Kind.SOURCE_MISS: self._keyed(b"source", source)}
        async with self._storage.write("redeem") as conn:
            now = self._clock.now_ms()
            misses = {kind: await store.hold(conn, kind, subject) for kind, subject in guesser.items()}
            # Colleagues of a guesser wait with their address only where they have missed lately themselves.
            asked = (
                [Kind.MISS, Kind.SOURCE_MISS] if self._missed_lately(misses[Kind.MISS], now) else [Kind.MISS]
            )
            wait = max(self._wait(kind, misses[kind], now) for kind in asked)
            if wait:
                return await self._told_to_wait(conn, account, wait, now)
            session = await store.take(
                conn, locator=locator, node=self._settings.node, account=account, now=now
            )
            if session is None:
                why = _why_not_open(await store.newest(conn, locator), now)
                for kind, times in misses.items():
                    await store.put(conn, kind, guesser[kind], self._one_more(kind, times, now))
                await self._missed(conn, account, why, now)
                return NotOpen()
            redeemed = Redeemed(session, locator)
            await open_session(conn, redeemed)
            await self._append(
                conn,
                sess=session,
                typ="pin.redeemed",
                role="technician",
                pid=account,
                d={"badge": badge},
            )
            return redeemed

    async def show(
        self, *, account: str, badge: str, drawn: Callable[[str], None] = _nobody
    ) -> Issued | TooMany | Full:
        """A live code for this technician's console to show; the one it showed before is over.

        `drawn` is told which session it is drawn for, before the store has kept it.
        """
        async with self._storage.write("show") as conn:
            now = self._clock.now_ms()
            times = await store.hold(conn, Kind.SHOWN_CODE, account)
            if wait := self._wait(Kind.SHOWN_CODE, times, now):
                return TooMany(_seconds(wait))
            for before in await store.live_of_account(conn, account):
                await self._close(conn, before, Event.REPLACED)
            if await store.count_live(conn) >= self._settings.live_codes:
                return Full()
            session = self._random(16).hex()
            drawn(session)
            issued = await self._draw(conn, session, "", now, account)
            if isinstance(issued, Full):
                return issued
            await store.put(conn, Kind.SHOWN_CODE, account, self._one_more(Kind.SHOWN_CODE, times, now))
            facts = {"badge": badge, "ttl_s": self._settings.life_s}
            await self._append(
                conn, sess=issued.session, typ="pin.shown", role="technician", pid=account, d=facts
            )
            return issued

    async def claim(
        self, *, locator: str, dev: str, fw: str, source: str, open_session: OpenClaimed
    ) -> Claimed | NotOpen | TooMany:
        """Spends a code that a console shows for the device whose customer typed it: all or nothing.

        Here the device is the one that could guess, so its misses are counted, and those of its address.
        """
        device = self._keyed(b"device", dev)
        guesser = {Kind.DEVICE_MISS: device, Kind.DEVICE_SOURCE: self._keyed(b"source", source)}
        async with self._storage.write("claim") as conn:
            now = self._clock.now_ms()
            misses = {kind: await store.hold(conn, kind, subject) for kind, subject in guesser.items()}
            wait, kind = max((self._wait(kind, times, now), kind) for kind, times in misses.items())
            if wait:
                # By whom the wait is for: keys cost nothing, so each new one would add a line of its own.
                return await self._told_to_wait(conn, guesser[kind], wait, now, role="device")
            taken = await store.take_shown(
                conn, locator=locator, node=self._settings.node, device=device, now=now
            )
            if taken is None:
                why = _why_not_open(await store.newest(conn, locator), now)
                for kind, times in misses.items():
                    await store.put(conn, kind, guesser[kind], self._one_more(kind, times, now))
                await self._missed(conn, device, why, now, role="device")
                return NotOpen()
            claimed = Claimed(taken[0], locator, taken[1])
            await open_session(conn, claimed)
            await self._append(
                conn, sess=claimed.session, typ="pin.claimed", role="device", pid="device", d={"fw": fw}
            )
            return claimed

    async def note_refusal(self, account: str, why: str) -> TooMany | None:
        """Records a redemption refused before any code was looked at (INV-D5), and counts it.

        The record keeps every refusal for ever: uncounted, one account could make it as long as it liked.
        """
        async with self._storage.write("refuse") as conn:
            now = self._clock.now_ms()
            misses = await store.hold(conn, Kind.MISS, account)
            if wait := self._wait(Kind.MISS, misses, now):
                return await self._told_to_wait(conn, account, wait, now)
            await store.put(conn, Kind.MISS, account, self._one_more(Kind.MISS, misses, now))
            await self._refused(conn, account, why)
            return None

    async def close(self, codes: Mapping[str, str]) -> int:
        """How many of these codes were still live; each is now over by its event of the table."""
        async with self._storage.write("close") as conn:
            return sum([await self._close(conn, session, Event(why)) for session, why in codes.items()])

    async def run_ended(self, conn: AsyncConnection, *, session: str, account: str, run: Run) -> None:
        """Counts how the key agreement went, in the caller's transaction.

        Pairing clears the device's row of failures; nothing clears a technician's misses (INV-A4).
        """
        (device, typed_there), now = await store.guesser_of(conn, session), self._clock.now_ms()
        if run is not Run.DROPPED:
            failures = await store.hold(conn, Kind.FAILED_RUN, device)
            counted = () if run is Run.PAIRED else self._one_more(Kind.FAILED_RUN, failures, now)
            await store.put(conn, Kind.FAILED_RUN, device, counted)
        if run is not Run.PAIRED:
            # Whoever typed the code could have guessed it; who showed it knew it.
            kind, subject = (Kind.DEVICE_MISS, device) if typed_there else (Kind.MISS, account)
            misses = await store.hold(conn, kind, subject)
            await store.put(conn, kind, subject, self._one_more(kind, misses, now))
            await self._watch(conn, now)

    async def recover(self) -> int:
        """Cancels the codes an earlier life of this node left live: their sockets died with it."""
        cancelled = 0
        while True:
            async with self._storage.write("recover_pins") as conn:
                left = await store.close_of_node(
                    conn, self._settings.node, Event.RELAY_LOST, _RECOVER_AT_ONCE
                )
                facts = {session: {"why": Event.RELAY_LOST.value} for session in left}
                await self._append_to_each(conn, typ="pin.cancelled", role="relay", pid="relay", facts=facts)
            cancelled += len(left)
            if len(left) < _RECOVER_AT_ONCE:
                return cancelled

    async def forget(self) -> None:
        """Erases what no rule asks for any more (INV-H5): codes, devices, and whom the limiter remembered."""
        before = self._clock.now_ms() - KEPT_MS
        found = _FORGET_AT_ONCE
        while found == _FORGET_AT_ONCE:
            async with self._storage.write("forget_codes") as conn:
                found = await store.forget_codes(conn, before, _FORGET_AT_ONCE)
        place: tuple[str, str] | None = ("", "")
        while place is not None:
            async with self._storage.write("forget_memories") as conn:
                place = await store.forget_memories(conn, before, _FORGET_AT_ONCE, place)

    async def _draw(
        self, conn: AsyncConnection, session: str, device: str, now: int, account: str | None = None
    ) -> Issued | Full:
        expires_at = now + self._settings.life_s * 1000
        for _ in range(_DRAWS):
            locator = f"{self._below(_LOCATORS):05d}"
            if await store.insert_live(
                conn,
                session=session,
                locator=locator,
                device=device,
                node=self._settings.node,
                now=now,
                expires_at=expires_at,
                account=account,
            ):
                return Issued(session, locator, expires_at)
        return Full()

    async def _missed(
        self, conn: AsyncConnection, who: str, why: str, now: int, *, role: str = "technician"
    ) -> None:
        """The same steps whatever the locator once was: the caller's stopwatch learns nothing (INV-A5)."""
        await self._watch(conn, now)
        await self._refused(conn, who, why, role=role)

    async def _watch(self, conn: AsyncConnection, now: int) -> None:
        """Raises the alarm when all misses together are as many as guessing makes (INV-A4)."""
        limit = self._settings.policy.alarm
        times = self._one_more(Kind.ALARM, await store.hold(conn, Kind.ALARM, _EVERYBODY), now)
        raised = wait_ms(times, (limit,), now) > 0
        await store.put(conn, Kind.ALARM, _EVERYBODY, () if raised else times)
        if not raised:
            return
        facts = {"misses": limit.count, "window_s": _seconds(limit.window_ms)}
        sess = self._random(16).hex()
        await self._append(conn, sess=sess, typ="redeem.alarm", role="relay", pid="relay", d=facts)
        _log.warning("redeem_alarm", **facts)

    async def _told_to_wait(
        self, conn: AsyncConnection, who: str, wait: int, now: int, *, role: str = "technician"
    ) -> TooMany:
        """On record once for each wait: who knocks on and on must not fill the record (INV-D5, INV-F2)."""
        self._waiting = {one: until for one, until in self._waiting.items() if until > now}
        if who not in self._waiting:
            await self._refused(conn, who, "waiting", role=role)
            self._waiting[who] = now + wait
        return TooMany(_seconds(wait))

    async def _refused(self, conn: AsyncConnection, who: str, why: str, *, role: str = "technician") -> None:
        sess = self._random(16).hex()
        await self._append(conn, sess=sess, typ="redeem.refused", role=role, pid=who, d={"why": why})

    async def _close(self, conn: AsyncConnection, session: str, event: Event) -> bool:
        device = await store.close(conn, session, event)
        if device is None:
            return False
        expired = Effect.RECORD_EXPIRED in move_of(event).effects
        typ, facts = ("pin.expired", {}) if expired else ("pin.cancelled", {"why": event.value})
        await self._append(conn, sess=session, typ=typ, role="relay", pid="relay", d={**facts})
        return True

    def _keyed(self, kind: bytes, name: str) -> str:
        """A name as the tables know it: a keyed hash, so that they hold no device's id and no address."""
        return b64(hmac.digest(self._settings.salt, kind + b"\0" + name.encode(), hashlib.sha256))

    def _wait(self, kind: Kind, times: tuple[int, ...], now: int) -> int:
        return wait_ms(times, self._settings.policy.limits(kind), now)

    def _missed_lately(self, misses: tuple[int, ...], now: int) -> bool:
        windows = [limit.window_ms for limit in self._settings.policy.source_misses]
        return bool(misses) and misses[-1] > now - max(windows)

    def _one_more(self, kind: Kind, times: tuple[int, ...], now: int) -> tuple[int, ...]:
        return remember(times, self._settings.policy.limits(kind), now)

    def _below(self, limit: int) -> int:
        """Uniform below `limit`, without modulo bias."""
        ceiling = 2**32 - 2**32 % limit
        while True:
            number = int.from_bytes(self._random(4), "big")
            if number < ceiling:
                return number % limit


def _why_not_open(newest: tuple[State, int] | None, now: int) -> str:
    match newest:
        case None:
            return "unknown"
        case State.REDEEMED, _:
            return "spent"
        case State.CANCELLED, _:
            return "cancelled"
        case State.ISSUED, expires_at if expires_at > now:
            return "elsewhere"  # live, but shown by the other kind of end, or on another node
        case _:  # ISSUED: its time is up and nobody has closed it yet
            return "expired"


def _seconds(ms: int) -> int:
    return -(-ms // 1000)
