"""Enrolment on a store that dies at every step: no code is used twice, no answer is lost for good."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import SQLAlchemyError

from identity.enrolment import Enrolled, EnrolRefused, UnitForm
from tests.contract.crash import STEPS_OF_ENROLMENT, ForgetfulStorage, MortalStorage
from tests.contract.test_enrolment import MODEL, UNIT, Maker, believed, fresh_device
from tests.relay.play import leaves

if TYPE_CHECKING:
    from pathlib import Path

    from server.storage.engine import Database

pytestmark = pytest.mark.slow


STRIDE = 1 if os.environ.get("ALONGSIDE_PROVE") else 3


@pytest.mark.parametrize(("kind", "stride"), [(MortalStorage, STRIDE), (ForgetfulStorage, 1)])
async def test_a_store_that_dies_at_any_step_leaves_one_device_for_one_code_and_all_of_it_on_record(
    database: Database, tmp_path: Path, kind: type[MortalStorage], stride: int
) -> None:
    """INV-E1, INV-E2, INV-E3."""
    maker, dies_at, steps = Maker(database, tmp_path), 1, set[str]()
    while True:
        storage, key, others = kind(database, dies_at=dies_at), fresh_device(), fresh_device()
        maker.on(storage)
        source, code, answer, refused = f"192.0.2.{dies_at}", "", None, False
        try:
            offered = await maker.offers.offer(unit=UNIT, model=MODEL)
            assert not isinstance(offered, UnitForm)
            code = offered.code
            answer = await maker.enrol(code, key, source)
            refused = await maker.enrol(code, others, source) == EnrolRefused()
            await maker.enrolments.recover()
            await maker.enrolments.forget()
        except SQLAlchemyError:
            assert storage.dead.is_set()
        steps |= {name.partition(":")[0] for name in storage.steps}
        maker.on(database)
        if code:
            # What the device was told, it is told again; what it was not told, it may ask once more.
            again = await maker.enrol(code, key, source)
            assert believed(maker, again, key).sub == UNIT
            assert answer in {None, again}
            assert await maker.enrol(code, others, source) == EnrolRefused()
        assert answer is None or isinstance(answer, Enrolled)
        await check_record_and_table_tell_the_same(maker, refused=refused)
        if not storage.dead.is_set():
            break
        dies_at += stride
    assert steps == STEPS_OF_ENROLMENT
    assert dies_at > (4 if kind is ForgetfulStorage else 25)


async def check_record_and_table_tell_the_same(maker: Maker, *, refused: bool) -> None:
    """INV-E2: no code without its leaf, no leaf without its code, and each was used as often as it says."""
    rows, written = await maker.rows(), await leaves(maker.database)
    offered = [leaf.sess for leaf in written if leaf.typ.value == "enrol.offered"]
    done = [leaf.sess for leaf in written if leaf.typ.value == "enrol.done"]
    void = [leaf.sess for leaf in written if leaf.typ.value == "enrol.void"]
    assert sorted(offered) == sorted(str(row.chain) for row in rows)
    assert sorted(done) == sorted(str(row.chain) for row in rows if row.used_by)
    assert sorted(void) == sorted(str(row.chain) for row in rows if row.used_by == "")
    assert not refused or any(leaf.typ.value == "enrol.refused" for leaf in written)
