"""A seed always takes the same course, in every process: else a failure could not be looked at again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PATIENCE_S = 120  # it takes seconds
ROOT = Path(__file__).resolve().parents[2]


def played(seed: int, *options: str, hashes: str) -> str:
    command = [sys.executable, "-m", "tests.sim", "--seed", str(seed), "--steps", "600", *options]
    environment = {**os.environ, "PYTHONHASHSEED": hashes}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )
    return done.stdout.rpartition("steps in")[0]  # without how long it took


@pytest.mark.parametrize("seed", [3, 7])
def test_a_seed_takes_the_same_course_in_every_process(seed: int) -> None:
    first, second = (played(seed, "--trace", hashes=hashes) for hashes in ("1", "2"))
    assert first == second
    assert "customer presses" in first
    assert f"seed {seed} " in first
