"""The shipped server killed between its storage steps, in the middle of a session with a real device side.

Whatever was on its way: after a restart there is one ending with one reason, the code opens nothing any more,
and the device did nothing that is not in the log (INV-A1, A5, B3, B6, D1, D2).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import locales
from device_agent.panel_view import Page, Problem, TvState
from tests.databases import postgresql_uri, postgresql_url
from tests.e2e.server_process import Site, drained, ended_by, free_port
from tests.e2e.twins import Desk, Gone, Tv, technician, television
from wire.code import split
from wire.commands import RemoteKey
from wire.reasons import EndReason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from device_agent.panel_view import PanelView

__all__ = ["postgresql_uri", "postgresql_url"]
pytestmark = pytest.mark.slow

BURST = (RemoteKey.DOWN, RemoteKey.LEFT, RemoteKey.MENU, RemoteKey.RIGHT, RemoteKey.BACK, RemoteKey.HOME)
SCRIPT = [RemoteKey.UP, *BURST]

# `@n`: the n-th passing. The first command is the technician's badge, the second the first key, the third
# the burst; the first to join is the device, the second the console.
OFTEN = (
    "issue.committed recover_pins.commit",
    "redeem.commit",
    "join.committed@2",
    "consent.committed recover.commit",
    "command.committed@3",
    "action.begin@2",
    "end.begin recover.committed",
)
_STEPS = ("issue", "redeem", "join", "paired", "consent", "command", "action", "end")
_PLACES = ("begin", "commit", "committed")
ALL = (
    *(f"{step}.{place}" for step in _STEPS for place in _PLACES),
    *(f"{step}.{place}@2" for step in ("join", "command", "action") for place in _PLACES),
    *(f"command.{place}@3" for place in _PLACES),
)
# A second kill, in the middle of making good the first one.
AT_THE_START = tuple(f"{step}.{place}" for step in ("recover_pins", "recover") for place in _PLACES)
ROUNDS = 3
PROVING = os.environ.get("ALONGSIDE_PROVE") == "1"
CASES = [f"{point} {n}" for point in ALL for n in range(1, ROUNDS + 1)] if PROVING else list(OFTEN)
CASES += [
    f"{point} {again}" for point in ("consent.committed", "issue.committed") for again in AT_THE_START
] * PROVING
ON_POSTGRESQL = [*ALL] if PROVING else ["command.commit@3 recover.commit"]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one technician, added as an operator does it."""
    data = tmp_path_factory.mktemp("founded") / "data"
    asyncio.run(Site(data, free_port()).add_technician())
    return data


@pytest.fixture
def site(founded: Path, tmp_path: Path) -> Site:
    data = tmp_path / "server" / "data"
    shutil.copytree(founded, data)
    data.chmod(0o700)
    return Site(data, free_port())


@pytest.mark.parametrize("case", CASES)
async def test_a_server_killed_at_any_step_leaves_one_end_and_a_spent_code(
    site: Site, tmp_path: Path, case: str
) -> None:
    """INV-A1, A5, A8, B3, B6, D1, D2, H2."""
    await check_a_kill(site, tmp_path, case)


@pytest.mark.parametrize("case", ON_POSTGRESQL)
async def test_the_same_on_postgresql(postgresql_url: str, tmp_path: Path, case: str) -> None:
    """INV-A1, B6, D1, E1: another store that owns the truth."""
    site = Site(tmp_path / "server" / "data", free_port(), postgresql_url)
    await site.add_technician()
    await check_a_kill(site, tmp_path, case)


async def check_a_kill(site: Site, tmp_path: Path, case: str) -> None:
    failpoint, _, again = case.partition(" ")
    async with television(site, tmp_path / "device") as tv:
        visit = await visit_until_killed(site, tv, failpoint)
        assert_told_in_words(await tv.over())
        executed = tv.executed
        least, most = executed_before(failpoint)
        assert executed == SCRIPT[: len(executed)]
        assert least <= len(executed) <= most
        if again in AT_THE_START:
            assert await site.dies_starting(again), "the server never came to this point"
        async with site.serving() as restarted:
            assert tv.agent.state is not TvState.ACTIVE
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(assert_the_code_is_worth_nothing(site, visit.code))
                tasks.create_task(assert_one_end_on_record(site, visit, executed))
            assert await tv.code() != visit.code  # help goes on, with a new code
            assert tv.executed == executed
            assert await drained(restarted) == 0


async def test_a_drained_server_tells_both_ends_and_is_gone_within_ten_seconds(
    site: Site, tmp_path: Path
) -> None:
    """INV-B6, H4."""
    async with television(site, tmp_path / "device") as tv:
        async with site.serving() as process, technician(site) as desk, asyncio.TaskGroup() as tasks:
            visit = Visit(await tv.code(), desk)
            await desk.connect(visit.code, tasks)
            await tv.agree()
            await desk.active()
            await desk.press(RemoteKey.UP)
            assert await drained(process) == 0
            assert await desk.ended() is EndReason.DRAINING
        goodbye = await tv.over()
        assert goodbye.reason is EndReason.DRAINING
        assert_told_in_words(goodbye)
        assert tv.executed == ["up"]
    facts = await assert_one_end_on_record(site, visit, ["up"])
    assert facts["reason"] == "draining"
    assert facts["gaps"] == []


@dataclass(frozen=True, slots=True)
class Visit:
    """What a technician did, as far as it went."""

    code: str
    desk: Desk


async def visit_until_killed(site: Site, tv: Tv, failpoint: str) -> Visit:
    """A whole session, as far as a server that dies at `failpoint` lets it come."""
    visit: Visit | None = None
    async with site.serving(failpoint=failpoint) as process, technician(site) as desk:
        try:
            visit = Visit(await tv.code(), desk)
            async with asyncio.TaskGroup() as tasks:
                await help_over_the_line(tv, visit, tasks)
        except* Gone:
            pass
        assert await ended_by(process, signal.SIGKILL), "the server never came to this point"
    return visit or Visit("", desk)


async def help_over_the_line(tv: Tv, visit: Visit, tasks: asyncio.TaskGroup) -> None:
    desk = visit.desk
    await desk.connect(visit.code, tasks)
    await tv.agree()
    await desk.active()
    await desk.press(RemoteKey.UP)
    await desk.press(*BURST)
    await desk.leave()


def executed_before(failpoint: str) -> tuple[int, int]:
    """How many keys the device has executed, at least and at most, when the server dies there."""
    step, _, passing = failpoint.partition("@")
    match step.partition(".")[0], passing:
        case "command", "3":
            return 1, 1  # the burst was not forwarded: its frames were not durable, or nobody was told
        case "action", "":
            return 1, 1  # the burst is sent when the first key's record has arrived
        case "action", _:
            return 2, len(SCRIPT)
        case "end", _:
            return len(SCRIPT), len(SCRIPT)
        case _:
            return 0, 0


def assert_told_in_words(goodbye: PanelView) -> None:
    """The customer reads an ending or a problem that has words, and no banner says that somebody is there."""
    assert goodbye.banner is None
    if goodbye.page is Page.PROBLEM:
        assert goodbye.problem in {Problem.SERVER_REFUSED, Problem.CODE_OVER}
        assert locales.load("en", "device").text(f"problem.{goodbye.problem}.title")
    else:
        # A technician who left before the server died has left.
        expected = {EndReason.RELAY_LOST, EndReason.TECHNICIAN_LEFT, EndReason.DRAINING}
        assert goodbye.reason in expected
        assert locales.load("en", "shared").text(f"end.customer.{goodbye.reason}.title")


async def assert_the_code_is_worth_nothing(site: Site, code: str) -> None:
    """INV-A5: to the caller it was never issued."""
    async with technician(site) as desk:
        never = next(locator for locator in locators() if not was_issued(site, locator))
        unknown = await desk.redeem(never)
        assert unknown.status == 404
        assert unknown.facts["type"] == "urn:alongside:problem:code-not-open"
        if code:
            assert await desk.redeem(split(code)[0]) == unknown
        listed = await desk.sessions()
    assert len(listed) <= 1
    assert all(session["reason"] for session in listed)


def locators() -> Iterable[str]:
    return (f"{number:05d}" for number in range(100_000))


def was_issued(site: Site, locator: str) -> bool:
    return (locator,) in site.rows("SELECT locator FROM pin")


async def assert_one_end_on_record(site: Site, visit: Visit, executed: list[str]) -> dict[str, Any]:
    """What `alongside audit show` says of the code of this visit, held against what both ends saw."""
    codes = site.rows("SELECT session, locator, state FROM pin")
    assert len(codes) <= 1
    facts: dict[str, Any] = {}
    for session, locator, state in codes:
        assert state != "issued"
        assert visit.code[:5] in {locator, ""}  # a device that died waiting never saw it
        facts = await site.shown(session)
        assert facts["chain"]["whole"], facts["chain"]
        assert_one_end(site, session, facts)
        assert_executed_was_logged(facts, visit.desk, executed)
    assert codes or not visit.code
    return facts


def assert_one_end(site: Site, session: str, facts: dict[str, Any]) -> None:
    """INV-A1, B6."""
    seen = Counter(entry["typ"] for entry in facts["entries"])
    kept = site.rows(f"SELECT reason FROM session WHERE pin_session = '{session}'")
    assert seen["pin.issued"] == 1
    assert seen["pin.redeemed"] == len(kept) <= 1
    assert seen["pin.redeemed"] + seen["pin.cancelled"] == 1
    assert seen["session.end"] == seen["pin.redeemed"]
    if kept:
        assert kept == [(facts["reason"],)]
        assert facts["reason"] in {"relay_lost", "technician_left", "draining"}


def assert_executed_was_logged(facts: dict[str, Any], desk: Desk, executed: list[str]) -> None:
    """INV-D1: the log may hold more than was done, never less; what it lacks it names as a gap."""
    logged = [desk.sent[command["frame"]] for command in facts["commands"] if command["frame"] in desk.sent]
    assert executed == logged[: len(executed)]
    recorded = [command for command in facts["commands"] if is_done(command["record"])]
    assert len(recorded) <= len(executed)
    assert {gap["kind"] for gap in facts["gaps"]} <= {"frame_unanswered"}


def is_done(record: dict[str, Any] | None) -> bool:
    return record is not None and record["typ"] == "action" and record["outcome"] == "done"
