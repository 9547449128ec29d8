"""What is done for the first picture while the customer is being asked; time is the test's."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from device_agent.panel_view import TvState
from device_agent.picture import ready
from seal.pictures import Codec
from tests.agent.house import at_home
from tests.agent.test_pipeline import FakeEncoder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("fails", [False, True])
async def test_it_is_made_ready_for_once_before_the_yes_and_whatever_comes_of_it_the_session_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, fails: bool
) -> None:
    async with at_home(tmp_path) as house:
        house.ready_fails = fails
        assert house.readied == 0
        twin = await house.consent_card()
        for _ in range(100):
            await asyncio.sleep(0)  # every other task runs until it waits
            await asyncio.get_running_loop().run_in_executor(None, lambda: None)
        assert house.readied == 1
        assert (twin.pictures, house.is_in(TvState.CONSENT)) == ([], True)
        warned = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert len(warned) == fails


def test_an_empty_picture_is_encoded_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    encoders: list[FakeEncoder] = []

    def making(codec: Codec, *_: int) -> FakeEncoder:
        encoders.append(FakeEncoder(codec))
        return encoders[-1]

    monkeypatch.setattr(ready, "make_encoder", making)
    ready.make_ready()
    assert [(one.codec, one.bands) for one in encoders] == [(Codec.H264, [((0, ready.HEIGHT),)])]


def test_without_an_encoder_nothing_is_gained_and_nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device_agent.picture.h264.X264", "no-such-codec")
    ready.make_ready()
