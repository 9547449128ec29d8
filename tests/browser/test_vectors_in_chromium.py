"""The console's core and its ports in a real browser: shared vectors, memory of codes, badge key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.repository_page import ROOT, call, opened, serving_repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext

pytestmark = [pytest.mark.slow, pytest.mark.browser]

CODE = "481703652296"
NOW = {"code": CODE, "now": 1_000}


@pytest.fixture(scope="module")
def repository() -> Iterator[str]:
    with serving_repository() as address:
        yield address


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context()
    yield context
    context.close()


def test_every_shared_vector_comes_out_as_it_says(context: BrowserContext, repository: str) -> None:
    """INV-C1, INV-C2: this browser's X25519, Ed25519 and AES-GCM follow the same specification."""
    page = opened(context, repository, "tests/browser/vectors.html")
    page.wait_for_selector("html[data-reports]", state="attached")
    reports = page.evaluate("JSON.parse(document.documentElement.dataset.reports)")
    assert [failure for report in reports for failure in report["failures"]] == []
    found = {str(path.relative_to(ROOT)) for path in ROOT.glob("*/vectors/*.json")}
    # Between a device and the service alone (SPEC §5.6): no browser signs or judges one.
    assert {report["path"] for report in reports} == found - {"wire/vectors/device_request.json"}
    assert all(report["ran"] for report in reports)


def test_a_code_is_taken_once_over_all_tabs_and_reloads(context: BrowserContext, repository: str) -> None:
    """INV-A1."""
    one, other = opened(context, repository), opened(context, repository)
    for page in (one, other):
        call(page, "beginToTake", NOW)
    assert sorted(call(page, "answer") for page in (one, other)) == [False, True]
    one.reload()
    assert call(one, "hasCode", NOW) is True
    assert call(one, "takeCode", NOW) is False
    assert call(one, "hasCode", NOW | {"code": "123456789018"}) is False


def test_a_code_is_forgotten_after_a_day(context: BrowserContext, repository: str) -> None:
    page = opened(context, repository)
    assert call(page, "takeCode", {"code": CODE, "now": 0}) is True
    assert call(page, "takeCode", {"code": CODE, "now": 86_399_999}) is False
    assert call(page, "hasCode", {"code": CODE, "now": 86_400_000}) is False
    assert call(page, "takeCode", {"code": CODE, "now": 86_400_000}) is True


def test_the_memory_holds_no_code_in_clear(context: BrowserContext, repository: str) -> None:
    """INV-C4."""
    page = opened(context, repository)
    call(page, "takeCode", NOW)
    kept = call(page, "keptCodes")
    assert [sorted(entry) for entry in kept] == [["hash", "until"]]
    assert not any(part in str(kept) for part in (CODE, CODE[:11], CODE[5:11]))


def test_the_badge_key_signs_and_cannot_be_taken_out(context: BrowserContext, repository: str) -> None:
    assert call(opened(context, repository), "badgeKey") == {"exported": [], "signs": True}
