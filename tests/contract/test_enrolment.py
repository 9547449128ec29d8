"""Enrolment codes on both databases: one device, one hour, one refusal, and no memory of households."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from identity import enrolment_store, store
from identity.enrolment import CannotEnrol, EnrolLater, Enrolled, Enrolments, EnrolRefused, Offers, UnitForm
from identity.keys import has_signed
from identity.rules import ENROL_AGAIN_MS, ENROL_CODE_LIFE_MS, ENROL_KEPT_MS, ENROL_LIMIT, ENROL_TELL_MS
from identity.status import Revocations
from relay.audit.leaf_types import LeafType
from relay.audit.record import Whole, check_chain
from relay.audit.service import AuditService
from server.keys import set_up
from server.settings import Settings, private_folder
from tests.contract.crash import WatchedStorage
from tests.relay.kit import FakeClock
from tests.relay.play import SALT, leaves, unique
from wire import enrolment
from wire.encoding import b64, key_id
from wire.status import StatusList

if TYPE_CHECKING:
    from pathlib import Path

    from identity.ports import Storage
    from server.storage.engine import Database

pytestmark = pytest.mark.slow

ORIGIN = "https://service.example"
UNIT, MODEL, SOURCE = "HM-55Q7-004211", "Vista 55 Q7", "192.0.2.1"


def fresh_device() -> bytes:
    return Ed25519PrivateKey.from_private_bytes(unique(32)).public_key().public_bytes_raw()


class Maker:
    """Who gives codes out and takes them, with keys and a record."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.clock = database, FakeClock()
        self.settings = Settings(origin=ORIGIN, data=private_folder(folder / "data"), issuer="hallmere")
        self.keys = set_up(self.settings, folder / "root.key", now_s=self.clock.ms // 1_000)
        self.audit = AuditService(storage=database, clock=self.clock, random_bytes=unique, salt=SALT)
        self.revocations = Revocations(storage=database, clock=self.clock, append=self.audit.append)
        self.on(database)

    def on(self, storage: Storage) -> None:
        """From now on with this storage; what was kept in memory is gone."""
        self.offers = Offers(storage=storage, clock=self.clock, append=self.audit.append, salt=SALT)
        self.enrolments = Enrolments(
            storage=storage,
            clock=self.clock,
            append=self.audit.append,
            append_to_each=self.audit.append_to_each,
            salt=SALT,
            keys=lambda: self.keys,
        )

    async def code(self, unit: str = UNIT) -> str:
        offered = await self.offers.offer(unit=unit, model=MODEL)
        assert not isinstance(offered, UnitForm)
        return offered.code

    async def enrol(self, code: str, key: bytes | None = None, source: str = SOURCE) -> object:
        return await self.enrolments.enrol(code=code, key=key or fresh_device(), source=source)

    async def guess(self, times: int) -> None:
        """Codes that never were, from the usual address."""
        for _ in range(times):
            assert await self.enrol("0" * 16) == EnrolRefused()

    async def misses(self) -> list[object]:
        """How many codes that never were each entry tells of."""
        written = await leaves(self.database)
        return [leaf.d["misses"] for leaf in written if leaf.typ is LeafType.ENROL_MISSED]

    async def types(self) -> list[tuple[str, object]]:
        return [
            (leaf.typ.value, leaf.d.get("why", ""))
            for leaf in await leaves(self.database)
            if leaf.typ.value.startswith("enrol.")
        ]

    async def rows(self) -> list[sa.Row[tuple[object, ...]]]:
        async with self.database.read() as conn:
            return list(await conn.execute(sa.select(enrolment_store.enrol_code)))


@pytest.fixture
def maker(database: Database, tmp_path: Path) -> Maker:
    return Maker(database, tmp_path)


def believed(maker: Maker, answer: object, key: bytes) -> enrolment.Enrolment:
    """As the device and every technician judge it."""
    assert isinstance(answer, Enrolled)
    nothing = StatusList("hallmere", 0, frozenset(), frozenset())
    return enrolment.verified(
        answer.credential, keyset=maker.keys.keyset, status=nothing, dpk=key, check=has_signed
    )


async def test_a_device_gets_its_maker_s_word_and_gets_it_again_for_a_day(maker: Maker) -> None:
    """INV-E3."""
    code, key = await maker.code(), fresh_device()
    answer = await maker.enrol(code, key)
    claims = believed(maker, answer, key)
    assert (claims.sub, claims.model, claims.iss) == (UNIT, MODEL, "hallmere")
    assert claims.iat == maker.clock.ms // 1_000
    maker.clock.advance(ENROL_AGAIN_MS / 1_000 - 1)
    assert await maker.enrol(code, key) == answer
    assert await maker.types() == [("enrol.offered", ""), ("enrol.done", "")]
    maker.clock.advance(1)
    assert await maker.enrol(code, key) == EnrolRefused()


async def test_of_twenty_devices_at_one_code_one_is_the_unit(maker: Maker) -> None:
    """INV-A1, INV-A2, for enrolment: one conditional update decides."""
    code, keys = await maker.code(), [fresh_device() for _ in range(20)]
    answers = await asyncio.gather(
        *(maker.enrol(code, key, f"192.0.2.{number}") for number, key in enumerate(keys))
    )
    [(winner, key)] = [
        (answer, key) for answer, key in zip(answers, keys, strict=True) if isinstance(answer, Enrolled)
    ]
    assert believed(maker, winner, key).sub == UNIT
    assert answers.count(EnrolRefused()) == 19
    assert await maker.enrol(code, key) == winner
    types = await maker.types()
    assert types.count(("enrol.done", "")) == 1
    assert types.count(("enrol.refused", "used")) == 19


async def shut_codes(maker: Maker) -> dict[str, tuple[str, bytes]]:
    """For each cause a code that opens nothing, and the device that asks with it."""
    late = await maker.code()
    maker.clock.advance(ENROL_CODE_LIFE_MS / 1_000)
    void = await maker.code()
    await maker.enrolments.recover()
    used, stolen, thief = await maker.code(), await maker.code(), fresh_device()
    await maker.enrol(used)
    await maker.revocations.revoke_key(key_id(thief), named=False)
    return {
        "unknown": ("0" * 16, fresh_device()),
        "unknown to a thief": ("1" * 16, thief),
        "used": (used, fresh_device()),
        "revoked": (stolen, thief),
        "expired": (late, fresh_device()),
        "void": (void, fresh_device()),
    }


async def test_a_code_that_opens_nothing_has_one_refusal_and_its_true_cause_on_record(maker: Maker) -> None:
    """INV-A5, INV-D5: each in the chain of its own code; codes that never were are counted."""
    shut = await shut_codes(maker)
    answers = [await maker.enrol(code, key) for code, key in shut.values()]
    assert answers == [EnrolRefused()] * len(shut)
    told = [leaf for leaf in await leaves(maker.database) if leaf.typ is LeafType.ENROL_REFUSED]
    assert [leaf.d["why"] for leaf in told] == ["used", "revoked", "expired", "void"]
    chains = [leaf.sess for leaf in await leaves(maker.database) if leaf.typ is LeafType.ENROL_OFFERED]
    assert sorted(leaf.sess for leaf in told) == sorted(chains)
    assert await maker.misses() == [1]


async def test_where_an_address_waits_every_code_that_opens_nothing_gets_the_same_wait(maker: Maker) -> None:
    """INV-A5: also the same statements, none of them a write, and not a word on record."""
    shut = await shut_codes(maker)
    await maker.guess(ENROL_LIMIT.free)
    before = await leaves(maker.database)
    watched = WatchedStorage(maker.database)
    maker.on(watched)
    for cause, (code, key) in shut.items():
        assert await maker.enrol(code, key) == EnrolLater(ENROL_LIMIT.first_ms), cause
    assert watched.writes == []
    assert len(set(watched.reads)) == 1
    assert len(watched.reads) == len(shut)
    assert await leaves(maker.database) == before


async def test_a_code_lives_for_an_hour_and_not_a_moment_longer(maker: Maker) -> None:
    first, second = await maker.code(), await maker.code()
    maker.clock.advance(ENROL_CODE_LIFE_MS / 1_000 - 1)
    assert isinstance(await maker.enrol(first), Enrolled)
    maker.clock.advance(1)
    assert await maker.enrol(second) == EnrolRefused()


async def test_who_guesses_waits_and_nobody_else_does_over_restarts(maker: Maker) -> None:
    """INV-A4: another address does not notice, nor does whoever has a code behind the same one."""
    code, others = await maker.code(), await maker.code()
    await maker.guess(ENROL_LIMIT.free)
    maker.on(maker.database)
    for _ in range(3):
        assert await maker.enrol("0" * 16) == EnrolLater(ENROL_LIMIT.first_ms)
    key = fresh_device()
    answer = await maker.enrol(code, key)
    assert believed(maker, answer, key).sub == UNIT
    assert await maker.enrol(code, key) == answer
    assert await maker.enrol("0" * 16) == EnrolLater(ENROL_LIMIT.first_ms)
    assert isinstance(await maker.enrol(others, fresh_device(), "192.0.2.2"), Enrolled)
    maker.clock.advance(ENROL_LIMIT.longest_ms / 1_000)
    assert await maker.enrol("0" * 16) == EnrolRefused()


async def test_no_neighbour_keeps_a_unit_from_being_enrolled(maker: Maker) -> None:
    """An attacker locks out nobody else, with a wrong code always just before the right one."""
    await maker.guess(ENROL_LIMIT.free)
    for _ in range(20):
        code = await maker.code()
        maker.clock.advance(ENROL_LIMIT.longest_ms / 1_000)
        assert await maker.enrol("0" * 16) == EnrolRefused()
        assert isinstance(await maker.enrol(code), Enrolled)


async def test_of_two_devices_at_one_code_the_slower_waits_like_everybody_there(maker: Maker) -> None:
    """INV-A5: both saw it open; the second must not learn by its answer that it was."""
    await maker.guess(ENROL_LIMIT.free)
    code = await maker.code()
    answers = await asyncio.gather(*(maker.enrol(code) for _ in range(5)))
    assert sum(isinstance(answer, Enrolled) for answer in answers) == 1
    assert answers.count(EnrolLater(ENROL_LIMIT.first_ms)) == 4


async def test_strangers_cannot_fill_the_record(maker: Maker) -> None:
    """INV-F2, INV-D5: one entry a minute for all together, and it counts every one; over restarts."""
    for number in range(40):
        await maker.enrol("0" * 16, source=f"192.0.2.{number}")
    maker.on(maker.database)
    for number in range(40, 60):
        await maker.enrol("0" * 16, source=f"192.0.2.{number}")
    assert await maker.misses() == [1]
    maker.clock.advance(ENROL_TELL_MS / 1_000 - 1)
    await maker.guess(1)
    assert await maker.misses() == [1]
    maker.clock.advance(1)
    await maker.guess(1)
    await maker.guess(2)
    assert await maker.misses() == [1, 61]
    assert [typ for typ, _ in await maker.types()] == ["enrol.missed"] * 2


@pytest.mark.parametrize("when", ["start", "day"])
async def test_codes_that_never_were_are_told_when_nobody_comes_after_them(maker: Maker, when: str) -> None:
    await maker.guess(5)
    for _ in range(2):
        await (maker.enrolments.recover() if when == "start" else maker.enrolments.forget())
        assert await maker.misses() == [1, 4]


async def test_a_factory_behind_one_address_never_waits(maker: Maker) -> None:
    for _ in range(ENROL_LIMIT.free + 2):
        assert isinstance(await maker.enrol(await maker.code()), Enrolled)


async def test_hurrying_gains_a_guesser_nothing(maker: Maker) -> None:
    answers = await asyncio.gather(*(maker.enrol("0" * 16) for _ in range(ENROL_LIMIT.free + 10)))
    assert answers.count(EnrolRefused()) == ENROL_LIMIT.free
    assert sum(isinstance(answer, EnrolLater) for answer in answers) == 10


async def test_a_start_makes_open_codes_void_and_leaves_used_ones(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-E5: a backup from before its use never brings a used code back."""
    monkeypatch.setattr("identity.enrolment._VOID_AT_ONCE", 2)
    key, used = fresh_device(), await maker.code()
    answer = await maker.enrol(used, key)
    opened = [await maker.code() for _ in range(5)]
    await maker.enrolments.recover()
    assert [await maker.enrol(code) for code in opened] == [EnrolRefused()] * 5
    assert await maker.enrol(used, key) == answer
    types = await maker.types()
    assert types.count(("enrol.void", "")) == 5
    assert types.count(("enrol.refused", "void")) == 5
    await maker.enrolments.recover()
    assert (await maker.types()).count(("enrol.void", "")) == 5


async def test_a_key_that_is_revoked_signs_nothing_and_spends_nothing(maker: Maker) -> None:
    code, key = await maker.code(), fresh_device()
    await maker.revocations.revoke_key(maker.keys.enroller.kid, named=True)
    watched = WatchedStorage(maker.database)
    maker.on(watched)
    assert await maker.enrol(code, key) == CannotEnrol()
    assert await maker.enrol("0" * 16) == CannotEnrol()
    assert watched.writes == [], "whoever asks costs no write, however often"
    assert [row.used_by for row in await maker.rows()] == [None]


async def test_one_chain_tells_a_code_s_whole_story(maker: Maker) -> None:
    """INV-D2, INV-D3: whoever made the code looks there, and nothing in it has to be erased."""
    offered = await maker.offers.offer(unit=UNIT, model=MODEL)
    assert not isinstance(offered, UnitForm)
    key = fresh_device()
    await maker.enrol(offered.code, key)
    await maker.enrol(offered.code)
    stored = [one.leaf for one in await maker.audit.session_leaves(offered.chain)]
    assert check_chain(stored) == Whole(3)
    told = [leaf for leaf in await leaves(maker.database) if leaf.sess == offered.chain]
    assert [(leaf.typ.value, leaf.role.value) for leaf in told] == [
        ("enrol.offered", "operator"),
        ("enrol.done", "device"),
        ("enrol.refused", "nobody"),
    ]
    assert told[1].d == {"kid": maker.keys.enroller.kid}
    everything = repr(await leaves(maker.database))
    for private in (UNIT, MODEL, offered.code, SOURCE, b64(key), key_id(key)):
        assert private not in everything


async def test_the_tables_hold_no_code_no_address_and_no_device(maker: Maker) -> None:
    code, key = await maker.code(), fresh_device()
    await maker.enrol(code, key)
    await maker.enrol("0" * 16)
    async with maker.database.read() as conn:
        tries = list(await conn.execute(sa.select(store.sign_in_try)))
    held = repr([await maker.rows(), tries])
    for private in (code, "0" * 16, SOURCE, b64(key), key_id(key), key.hex()):
        assert private not in held


async def test_which_unit_it_was_is_erased_a_day_after_the_hour_and_the_record_stays(maker: Maker) -> None:
    """INV-H5."""
    await maker.enrol(await maker.code())
    await maker.code("another unit")
    before = await leaves(maker.database)
    maker.clock.advance((ENROL_CODE_LIFE_MS + ENROL_KEPT_MS) / 1_000 - 1)
    await maker.enrolments.forget()
    assert len(await maker.rows()) == 2
    maker.clock.advance(1)
    await maker.enrolments.forget()
    assert await maker.rows() == []
    assert await leaves(maker.database) == before


async def test_a_unit_that_cannot_be_shown_gets_no_code(maker: Maker) -> None:
    """INV-G5: it is shown to technicians, in one spelling."""
    for text in ("", " x", "x" * 65, "a\u202eb", "a\nb", "e\u0301"):
        assert await maker.offers.offer(unit=text, model=MODEL) == UnitForm(), text
        assert await maker.offers.offer(unit=UNIT, model=text) == UnitForm(), text
    assert await maker.rows() == []
