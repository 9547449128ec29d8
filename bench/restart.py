"""From a kill to serving again, on a database with a long record and much left open (README.md beside this).

The shipped server is started on a copy of a data folder as a kill leaves it: codes live, sessions open, the
record long. Timed is how long it takes from its start until it answers, and until it has refused a sign-in,
which has to be recorded. An empty record stands beside it: recovery must not grow with the log.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from relay.audit.leaf_types import LeafType, Role  # noqa: E402
from relay.audit.record import FIRST_PREV, Leaf, build_leaf, leaf_hash, pseudonym  # noqa: E402
from tests.e2e.server_process import ALONGSIDE, ISSUER, Site, free_port  # noqa: E402
from wire.encoding import sha256_b64  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GOAL_S: Final = 3.0
PATIENCE_S: Final = 60.0
LEAVES_PER_SESSION: Final = 10
HOUR_MS: Final = 3_600_000


def main() -> None:
    options = arguments()
    facts: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, leaves, codes, sessions in (
            ("empty", 0, 0, 0),
            ("full", options.leaves, options.codes, options.sessions),
        ):
            site = Site(Path(folder) / name / "data", free_port())
            asyncio.run(site.add_technician())
            with closing(sqlite3.connect(site.data / "alongside.db")) as base:
                fill(base, site, leaves=leaves, codes=codes, sessions=sessions)
            times = [one_start(site, Path(folder) / f"{name}-{n}" / "data") for n in range(options.rounds)]
            facts[name] = spread(times) | {"leaves": leaves, "live_codes": codes, "open_sessions": sessions}
    report(facts, as_json=options.json)


def fill(base: sqlite3.Connection, site: Site, *, leaves: int, codes: int, sessions: int) -> None:
    """What years of use and one kill leave in the tables."""
    node, now = (site.data / "node.key").read_bytes().hex()[:32], time.time_ns() // 1_000_000
    salt = (site.data / "salt.key").read_bytes()
    # The database takes one entry after the other; for years of them at once its rules are put aside.
    rules = base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in rules:
        base.execute(f"DROP TRIGGER {name}")
    size = base.execute("SELECT size FROM audit_head").fetchone()[0]
    base.executemany(
        "INSERT INTO audit_leaf (idx, sess, seq, hash, leaf) VALUES (?, ?, ?, ?, ?)",
        record(leaves, size, now - leaves, salt),
    )
    base.execute("UPDATE audit_head SET size = ?", (size + leaves,))
    open_codes = [secrets.token_hex(16) for _ in range(codes)]
    open_sessions = [secrets.token_hex(16) for _ in range(sessions)]
    base.executemany(
        "INSERT INTO pin (session, locator, locator_live, device, node, issued_at, expires_at, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                sess,
                f"{n:05d}",
                f"{n:05d}" if live else None,
                secrets.token_urlsafe(32),
                node,
                now,
                now + HOUR_MS,
                state,
            )
            for n, (sess, live, state) in enumerate(
                [(sess, True, "issued") for sess in open_codes]
                + [(sess, False, "redeemed") for sess in open_sessions]
            )
        ],
    )
    base.executemany(
        "INSERT INTO session (id, pin_session, account, fw, node, started_at, records)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(sess, sess, secrets.token_hex(16), "Vista 55", node, now, 3) for sess in open_sessions],
    )
    for _, sql in rules:
        base.execute(sql)
    base.commit()


def record(leaves: int, first: int, at: int, salt: bytes) -> Iterator[tuple[int, str, int, bytes, bytes]]:
    """Sessions of ten leaves each, whole and chained."""
    sess, prev = "", FIRST_PREV
    for count in range(leaves):
        seq = count % LEAVES_PER_SESSION
        if seq == 0:
            sess, prev = secrets.token_hex(16), FIRST_PREV
        pid = pseudonym(salt=salt, sess=sess, account="device")
        typ = LeafType.PIN_ISSUED if seq == 0 else LeafType.CONTROL_FRAMES
        d: dict[str, object] = (
            {"fw": "Vista 55", "ttl_s": 600}
            if seq == 0
            else {"first": seq, "frames": [sha256_b64(pid.encode())]}
        )
        data = build_leaf(Leaf(typ, at + count, sess, seq, prev, Role.DEVICE, pid, d))
        prev = sha256_b64(data)
        yield first + count, sess, seq, leaf_hash(data), data


def one_start(site: Site, data: Path) -> tuple[float, float]:
    """Seconds to the first answer, and to the first that needs the record; then the server is killed."""
    shutil.copytree(site.data, data)
    data.chmod(0o700)
    command = [str(ALONGSIDE), "serve", "--port", str(site.port), "--origin", site.origin, "--json"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALONGSIDE_")}
    begun = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment | {"ALONGSIDE_DATA": str(data), "ALONGSIDE_ISSUER": ISSUER},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            while asked(site.port, b"GET /healthz", begun) != 200:
                time.sleep(0.005)
            serving = time.monotonic() - begun
            body = b'{"login": "nobody-at-all", "password": "x"}'
            assert asked(site.port, b"POST /v1/sign-in", begun, body) == 401
            recording = time.monotonic() - begun
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    check(data, site)
    shutil.rmtree(data.parent)
    return serving, recording


def asked(port: int, line: bytes, begun: float, body: bytes = b"") -> int:
    """The status of an answer; 0 where nobody listens yet."""
    assert time.monotonic() - begun < PATIENCE_S, "the server did not come up"
    head = b"%s HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n" % (line, port)
    head += b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as line_in:
            line_in.sendall(head + body)
            return int(line_in.recv(64).split(b" ", 2)[1])
    except (ConnectionError, IndexError):
        return 0


def check(data: Path, site: Site) -> None:
    """A fast start that left something open would be no start at all."""
    with closing(sqlite3.connect(data / "alongside.db")) as base:
        live = base.execute("SELECT count(*) FROM pin WHERE locator_live IS NOT NULL").fetchone()
        left = base.execute("SELECT count(*) FROM session WHERE reason IS NULL").fetchone()
        assert (live, left) == ((0,), (0,)), site.data


def spread(times: Sequence[tuple[float, float]]) -> dict[str, Any]:
    return {
        name: {"p50": round(statistics.median(taken), 3), "max": round(max(taken), 3)}
        for name, taken in zip(("serving_s", "recording_s"), zip(*times, strict=True), strict=True)
    } | {"rounds": len(times)}


def report(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts))
        return
    head = ("leaves", "codes", "sessions", "rounds", "serving p50", "max", "recording p50", "max")
    print(f"{'record':8}", *(f"{name:>13}" for name in head))
    for name, one in facts.items():
        counts = [one[name] for name in ("leaves", "live_codes", "open_sessions", "rounds")]
        times = [one[kind][which] for kind in ("serving_s", "recording_s") for which in ("p50", "max")]
        print(f"{name:8}", *(f"{figure:13}" for figure in counts), *(f"{figure:13.3f}" for figure in times))
    slowest = max(one["serving_s"]["max"] for one in facts.values())
    print("within the aim" if slowest <= GOAL_S else f"over the aim of {GOAL_S} s: {slowest} s")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--leaves", type=int, default=100_000)
    parser.add_argument("--codes", type=int, default=2_000, help="live codes at the kill")
    parser.add_argument("--sessions", type=int, default=1_000, help="open sessions at the kill")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
