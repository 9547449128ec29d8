"""The one writer of a node: batches, order, and what happens when the store is away (INV-D1, INV-H2)."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

import pytest
from sqlalchemy.exc import SQLAlchemyError

from relay.session.command_log import BATCH, CommandLog, Entry, Frame

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncConnection


class Store:
    """Keeps committed lines; commits wait for the test when it holds them back."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.steps: list[str] = []
        self.away = False
        self.may_commit = asyncio.Event()
        self.may_commit.set()
        self._open: list[str] = []

    async def write_at_once(self, step: str, work: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        async with self.write(step) as conn:
            await work(conn)

    @asynccontextmanager
    async def write(self, step: str) -> AsyncIterator[AsyncConnection]:
        self.steps.append(step)
        self._open = []
        if self.away:
            raise SQLAlchemyError("away")
        yield cast("AsyncConnection", self)
        await self.may_commit.wait()
        if self.away:
            raise SQLAlchemyError("away")
        self.kept += self._open

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        yield cast("AsyncConnection", self)

    def add(self, line: str) -> None:
        self._open.append(line)


class Bench:
    def __init__(self) -> None:
        self.store = Store()
        self.told: list[str] = []
        self.log = CommandLog(storage=self.store, write_frames=self._frames)
        self.task = asyncio.create_task(self.log.run())

    async def _frames(self, conn: AsyncConnection, frames: list[Frame]) -> None:
        self.store.add(f"{frames[0].session}: " + ",".join(str(frame.seq) for frame in frames))

    def frame(self, session: str, seq: int) -> None:
        self.log.submit(
            Frame(
                session,
                "account",
                seq,
                "digest",
                lambda: self.told.append(f"done {session}{seq}"),
                lambda: self.told.append(f"failed {session}{seq}"),
            )
        )

    def entry(self, name: str, *, alone: bool = False, broken: bool = False) -> None:
        async def write(conn: AsyncConnection) -> None:
            if broken:
                raise ValueError(name)
            self.store.add(name)

        self.log.submit(
            Entry(
                name,
                write,
                lambda: self.told.append(f"done {name}"),
                lambda: self.told.append(f"failed {name}"),
                alone=alone,
            )
        )

    async def settle(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)  # every other task runs until it waits


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    made.task.cancel()
    await asyncio.gather(made.task, return_exceptions=True)


async def test_nothing_is_told_before_the_commit(bench: Bench) -> None:
    bench.store.may_commit.clear()
    bench.frame("a", 0)
    await bench.settle()
    assert bench.told == []
    bench.store.may_commit.set()
    await bench.settle()
    assert bench.told == ["done a0"]


async def test_what_arrives_during_a_commit_shares_the_next_one(bench: Bench) -> None:
    bench.store.may_commit.clear()
    bench.frame("a", 0)
    await bench.settle()
    for seq in range(1, 5):
        bench.frame("a", seq)
        bench.frame("b", seq)
    bench.store.may_commit.set()
    await bench.settle()
    assert bench.store.steps == ["command", "command"]
    assert bench.store.kept == ["a: 0", "a: 1,2,3,4", "b: 1,2,3,4"]
    assert [line for line in bench.told if line.startswith("done a")] == [f"done a{n}" for n in range(5)]


async def test_a_batch_is_named_after_all_it_holds(bench: Bench) -> None:
    bench.frame("a", 0)
    bench.entry("consent")
    await bench.settle()
    assert bench.store.steps == ["command+consent"]


async def test_a_batch_is_bounded(bench: Bench) -> None:
    for seq in range(BATCH + 1):
        bench.frame("a", seq)
    await bench.settle()
    assert len(bench.store.steps) == 2


async def test_an_entry_that_wants_to_be_alone_is(bench: Bench) -> None:
    bench.frame("a", 0)
    bench.entry("paired", alone=True)
    bench.frame("a", 1)
    await bench.settle()
    assert bench.store.steps == ["command", "paired", "command"]


async def test_a_store_that_is_away_fails_everything_at_once_and_keeps_the_records(bench: Bench) -> None:
    bench.store.away = True
    bench.frame("a", 0)
    bench.entry("action")
    bench.entry("end")
    await bench.settle()
    assert sorted(bench.told) == ["failed a0", "failed action", "failed end"]
    assert bench.store.kept == []
    bench.store.away = False
    await bench.settle()
    assert bench.store.kept == []  # it waits to be asked
    bench.log.retry()
    await bench.settle()
    assert bench.store.kept == ["action", "end"]  # in their order, and no frame among them
    assert bench.told[-2:] == ["done action", "done end"]


async def test_a_record_that_fails_again_and_again_is_told_once(bench: Bench) -> None:
    bench.store.away = True
    bench.entry("end")
    for _ in range(5):
        await bench.settle()
        bench.log.retry()
    assert bench.told == ["failed end"]


async def test_one_record_that_cannot_be_written_does_not_hold_up_the_others(bench: Bench) -> None:
    """INV-H1."""
    bench.entry("poison", broken=True)
    bench.entry("end")
    await bench.settle()
    bench.entry("later")
    await bench.settle()
    assert bench.store.kept == ["end", "later"]


async def test_a_session_s_fault_does_not_stop_the_log(bench: Bench) -> None:
    """INV-H1."""

    async def write(conn: AsyncConnection) -> None:
        bench.store.add("faulty")

    def fault() -> None:
        raise RuntimeError("a bug")

    bench.log.submit(Entry("faulty", write, fault, fault))
    bench.entry("end")
    await bench.settle()
    assert bench.store.kept == ["faulty", "end"]
    assert bench.told == ["done end"]


async def test_flushed_waits_for_everything_submitted(bench: Bench) -> None:
    bench.store.may_commit.clear()
    bench.entry("end")
    flushed = asyncio.create_task(bench.log.flushed())
    await bench.settle()
    assert not flushed.done()
    bench.store.may_commit.set()
    async with asyncio.timeout(1):
        await flushed
    assert bench.store.kept == ["end"]
