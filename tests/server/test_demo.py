"""The demo as a process: one line of facts, links that work, and an end that takes everything with it."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
COMMAND = (sys.executable, "-c", "from server.cli import main; main()", "demo", "--no-browser", "--json")


@contextmanager
def _demo(data: Path, *more: str, port: int = 0) -> Iterator[subprocess.Popen[str]]:
    command = [*COMMAND, "--port", str(port), "--data", str(data), *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def _facts(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.stderr.read() if process.stderr else ""
    facts: dict[str, str] = json.loads(line)
    return facts


def _post(url: str, body: dict[str, str]) -> dict[str, object]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        found: dict[str, object] = json.load(answer)
        return found


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read(), "utf-8")


@pytest.mark.proves("G18")
def test_the_demo_starts_says_its_links_and_ends_with_all_it_started(tmp_path: Path) -> None:
    with _demo(tmp_path / "demo") as process:
        facts = _facts(process)
        customers = {"portal", "customer", "customer_password"}
        assert set(facts) == {"console", "tv", "service", "login", "password"} | customers
        signed = _post(
            f"{facts['service']}/api/v1/customers/session",
            {"email": facts["customer"], "password": facts["customer_password"]},
        )
        assert facts["customer"] in json.dumps(signed["customer"])
        assert "<html" in _get(facts["portal"]).lower()
        console, _, link = facts["console"].partition("/#sign-in=")
        config = json.loads(_get(f"{console}/config.json"))
        assert config.pop("release")
        assert config.pop("root") == json.loads((tmp_path / "demo/device/trust.json").read_text())["root"]
        ways = {"direct": "off", "stun": "", "turn": ""}
        assert config == {"service": facts["service"], "demo": True, "tv": facts["tv"]} | ways
        assert "<html" in _get(facts["tv"]).lower()
        for _ in range(2):
            assert _post(f"{facts['service']}/v1/sign-in/link", {"token": link})["token"]
        signed = _post(
            f"{facts['service']}/v1/sign-in", {"login": facts["login"], "password": facts["password"]}
        )
        assert signed["account"] == {
            "name": "Demo Technician",
            "org": "Hallmere Care",
            "role": "technician",
            "language": "en",
        }
        assert (tmp_path / "demo/device/enrolment.jws").stat().st_size, "the TV knows which unit it is"
        files = [path for path in (tmp_path / "demo").rglob("*") if path.is_file()]
        assert not [path.name for path in files if path.stat().st_mode & 0o077]
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) == 1
        process.send_signal(signal.SIGTERM)
        rest, log = process.communicate(timeout=10)
        assert process.returncode == 0
        assert rest == ""
        assert not any(child.is_running() for child in children)
        for secret in (link, facts["password"], facts["customer_password"], facts["customer"]):
            assert secret not in log
        assert "Traceback" not in log


def test_control_c_is_a_clean_end_too_and_a_second_run_finds_its_keys(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        with _demo(tmp_path / "demo") as process:
            facts = _facts(process)
            trust = json.loads((tmp_path / "demo" / "device" / "trust.json").read_text())
            seen.append((facts["password"], trust["root"]))
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=10)
            assert process.returncode == 0
    assert seen[0][0] != seen[1][0], "every run has a password of its own"
    assert seen[0][1] == seen[1][1], "the keys are kept"


def test_when_the_tv_stops_by_itself_the_demo_says_so_and_fails(tmp_path: Path) -> None:
    with _demo(tmp_path / "demo") as process:
        _facts(process)
        [child] = psutil.Process(process.pid).children()
        os.kill(child.pid, signal.SIGKILL)
        _, log = process.communicate(timeout=15)
        assert process.returncode == 1
        assert "the simulated TV stopped by itself" in log


def test_a_demo_that_is_killed_leaves_no_tv_behind(tmp_path: Path) -> None:
    with _demo(tmp_path / "demo") as process:
        facts = _facts(process)
        [tv] = psutil.Process(process.pid).children()
        ended = os.pidfd_open(tv.pid)
        try:
            watch = select.poll()
            watch.register(ended, select.POLLIN)
            assert not watch.poll(0), "the TV runs"
            process.kill()
            assert watch.poll(15_000), "the TV still runs"
        finally:
            os.close(ended)
            process.communicate(timeout=15)
        with pytest.raises(urllib.error.URLError):
            _get(facts["tv"])


def test_a_taken_port_is_said_and_nothing_is_left_running(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with _demo(tmp_path / "demo", port=port) as process:
            out, log = process.communicate(timeout=15)
            assert (process.returncode, out) == (1, "")
            assert f"port {port} is taken" in log
            assert "Traceback" not in log


def test_another_runs_link_does_not_sign_in(tmp_path: Path) -> None:
    with _demo(tmp_path / "demo") as process:
        facts = _facts(process)
        with pytest.raises(urllib.error.HTTPError) as caught:
            _post(f"{facts['service']}/v1/sign-in/link", {"token": "A" * 43})
        with caught.value as answer:
            assert answer.code == 401
            assert json.load(answer)["type"] == "urn:alongside:problem:sign-in-refused"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
