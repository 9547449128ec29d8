"""Order of the suite: what takes long begins first, so that both cores end at about the same time."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zlib import crc32

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from server.storage import engine
from tests.e2e.real_kodi import REQUIRED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xdist.remote import Producer  # type: ignore[import-untyped]

HERE = Path(__file__).parent
E2E = HERE / "e2e"
# Each takes ten seconds or more, the longest first. A file that is missing here takes its turn after them.
LONG_FIRST = (
    "evil_relay/test_attacks.py",
    "e2e/test_kill.py",
    "mutations/test_checks_bite.py",
    "e2e/test_desk_kill.py",
    "server/test_api_by_schema.py",
    "browser/test_console_languages.py",
    "browser/test_console_live.py",
    "portal/test_in_chromium.py",
    "e2e/test_first_light.py",
    "evil_relay/test_in_chromium.py",
    "sim/test_simulation.py",
    "e2e/test_direct.py",
    "browser/test_console_code.py",
    "browser/test_console_states.py",
    "tv/test_page_for_everyone.py",
    "e2e/test_store_faults.py",
    "agent/test_process.py",
    "e2e/test_shown_code.py",
    "e2e/test_revoked.py",
    "bench/test_desk.py",
    "browser/test_console_keys.py",
    "browser/test_console_sign_in.py",
    "browser/test_console_shown.py",
    "browser/test_console_control.py",
    "browser/test_decoder_in_chromium.py",
    "weak/test_train.py",
    "weak/test_hidden.py",
    "weak/test_asleep.py",
    "e2e/test_control.py",
    "e2e/test_enrolment.py",
    "e2e/test_real_screen.py",
    "e2e/test_console_elsewhere.py",
    "contract/test_codes.py",
    "contract/test_codes_without_a_store.py",
    "contract/test_accounts_without_a_store.py",
    "customers/test_customers_without_a_store.py",
    "care/test_desk_without_a_store.py",
    "server/test_api_by_links.py",
    "server/test_portal_attacks.py",
    "server/test_programs.py",
    "server/test_demo.py",
    "server/test_socket_bad_input.py",
    "bench/test_endings.py",
    "sim/test_replay.py",
    "sim/test_planted.py",
    "agent/test_process_restarts.py",
    "browser/test_console_still.py",
    "browser/test_console_waiting.py",
    "browser/test_console_ended.py",
    "tv/test_page_in_chromium.py",
    "portal/test_pages.py",
    "property/test_wire_properties.py",
)
# Files whose tests share nothing but what each process makes anew: they are dealt out in as many parts.
IN_PARTS: Final = {"tests/mutations/test_checks_bite.py": 24}


class Scheduling(LoadFileScheduling):  # type: ignore[misc]
    """A file's tests run in one process, but those of the longest files in several."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return f"{file} {crc32(nodeid.encode()) % IN_PARTS[file]}" if file in IN_PARTS else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    return Scheduling(config, log)


@pytest.fixture(autouse=True)
def _what_is_logged_stays_to_be_heard() -> Iterator[None]:
    """Whoever silences a log and leaves it so fails itself, not the next who listens."""
    before = _hearing()
    yield
    assert _hearing() == before


@pytest.fixture(autouse=True, scope="session")
def _a_busy_machine_is_no_fault() -> None:
    """Seconds without an answer are a fault of the store where people wait, and nothing special beside this
    suite. A test of what follows sets the time itself."""
    engine._POOL_WAIT_S, engine.PATIENCE_S = 25.0, 30.0


def _hearing() -> tuple[tuple[bool, bool, int], ...]:
    loggers = (logging.getLogger(name) for name in (None, "device_agent"))
    return tuple((it.propagate, it.disabled, max(it.level, it.manager.disable)) for it in loggers)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What this machine lacks to run all that was asked for is said, never passed over."""
    asked = [(config.invocation_params.dir / arg.split("::")[0]).resolve() for arg in config.args]
    if not REQUIRED and any(E2E.is_relative_to(it) for it in (*asked, *(it.parent for it in asked))):
        terminalreporter.write_line(
            "Not run: a session with the real Kodi. "
            "make prove plays it: apt-get install --no-install-recommends kodi kodi-bin"
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {HERE / name: at for at, name in enumerate(LONG_FIRST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))
