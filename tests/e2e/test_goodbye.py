"""How the harness ends the programs it started: in order, or it is heard that they were not."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.e2e.programs import end_in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_AT_ALL = 0.0  # no patience: whoever has not ended by then has not


@contextmanager
def program(on_being_told: str) -> Iterator[subprocess.Popen[str]]:
    """A shell that waits to be told to end, and then does this."""
    script = f"trap '{on_being_told}' TERM; echo ready; while :; do read -r line; done"
    with subprocess.Popen(
        ["sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_program_that_ends_when_told_is_ended_in_order_and_told_once() -> None:
    with program("echo told; exit 0") as process:
        end_in_order(process)
        end_in_order(process)
        assert process.stdout is not None
        assert (process.returncode, process.stdout.read()) == (0, "told\n")


def test_a_program_that_ends_badly_is_a_fault() -> None:
    with program("exit 3") as process, pytest.raises(AssertionError, match="ended with 3"):
        end_in_order(process)


def test_a_program_that_does_not_end_is_killed_and_a_fault() -> None:
    with program("") as process:
        with pytest.raises(AssertionError, match="did not"):
            end_in_order(process, NOT_AT_ALL)
        assert process.returncode == -9
