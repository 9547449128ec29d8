"""Whether a stopwatch tells what words do not: refusals of one kind, timed against each other (README.md).

INV-A5 wants one answer for every code that is not open, and one for every sign-in that is refused. Tests
compare status, headers and body. Here the shipped server, a process of its own, is asked in a shuffled order,
and the times of each class are held against those of the first.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import secrets
import socket
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.e2e.server_process import PASSWORD, Site, free_port  # noqa: E402
from tests.e2e.twins import technician  # noqa: E402
from wire.encoding import sha256_b64  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

GOAL_MS: Final = 0.5
# Below what makes a caller wait; then its misses are forgotten for it.
FORGET_EVERY: Final = 4
WARM_UP: Final = 50
DISABLED: Final = "formerly"
ROWS: Final = 400
CODES: Final = ("never issued", "expired", "expired, not closed", "spent", "cancelled", "of another node")
SIGN_INS: Final = ("unknown login", "wrong password", "disabled account", "disabled, wrong password")


@dataclass(frozen=True, slots=True)
class Compared:
    """One class beside the first: medians, their difference, and two ways to doubt that it is chance."""

    name: str
    n: int
    median_ms: float
    p95_ms: float
    difference_ms: float
    welch_t: float
    ks_d: float
    ks_p: float


class Line:
    """One kept connection, so that nothing but the server's own work is timed."""

    def __init__(self, port: int, headers: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._headers = f"Host: localhost:{port}\r\nContent-Type: application/json\r\n{headers}"

    def post(self, path: str, body: Mapping[str, str]) -> tuple[int, float]:
        """Status, and milliseconds until the whole answer was there."""
        data = json.dumps(body)
        words = f"POST {path} HTTP/1.1\r\n{self._headers}Content-Length: {len(data)}\r\n\r\n{data}".encode()
        begun = time.perf_counter_ns()
        self._socket.sendall(words)
        said = b""
        while b"\r\n\r\n" not in said:
            said += self._socket.recv(65_536)
        head, _, rest = said.partition(b"\r\n\r\n")
        length = int(
            next(line[15:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        )
        while len(rest) < length:
            rest += self._socket.recv(65_536)
        return int(head.split(b" ", 2)[1]), (time.perf_counter_ns() - begun) / 1e6

    def close(self) -> None:
        self._socket.close()


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        facts = asyncio.run(measure(Path(folder) / "data", options))
    report(facts, as_json=options.json)


async def measure(data: Path, options: argparse.Namespace) -> dict[str, list[Compared]]:
    site = Site(data, free_port())
    await site.add_technician()
    await site.command("accounts", "add", DISABLED, "--name", "Demo", "--org", "Demo", answer=f"{PASSWORD}\n")
    await site.command("accounts", "disable", DISABLED)
    async with site.serving(), technician(site) as desk:
        assert desk._technician is not None  # noqa: SLF001 - the bench stands in for the console
        token, badge = desk._headers["Authorization"], sha256_b64(desk._technician.jws.encode())  # noqa: SLF001
        return await asyncio.to_thread(in_turn, site, token, badge, options)


def in_turn(site: Site, token: str, badge: str, options: argparse.Namespace) -> dict[str, list[Compared]]:
    found = {}
    with closing(sqlite3.connect(site.data / "alongside.db", timeout=10)) as base:
        codes = put_codes(base, (site.data / "node.key").read_bytes().hex()[:32])
        line = Line(site.port, f"Authorization: {token}\r\n")

        def redeem(name: str) -> tuple[int, float]:
            return line.post("/v1/sessions", {"locator": random.choice(codes[name]), "badge": badge})

        found["codes"] = compared(CODES, redeem, 404, base, options.rounds)
        found["sign-ins"] = compared(SIGN_INS, signing_in(line), 401, base, options.sign_in_rounds)
        line.close()
    return found


def signing_in(line: Line) -> Callable[[str], tuple[int, float]]:
    tries: dict[str, Callable[[], tuple[str, str]]] = {
        "unknown login": lambda: (f"u{secrets.token_hex(5)}", PASSWORD),
        "wrong password": lambda: ("technician", "another good password"),
        "disabled account": lambda: (DISABLED, PASSWORD),
        "disabled, wrong password": lambda: (DISABLED, "another good password"),
    }

    def sign_in(name: str) -> tuple[int, float]:
        login, password = tries[name]()
        return line.post("/v1/sign-in", {"login": login, "password": password})

    return sign_in


def put_codes(base: sqlite3.Connection, node: str) -> dict[str, list[str]]:
    """Codes in every state that is not open, as the server itself leaves them."""
    now, locators = time.time_ns() // 1_000_000, random.sample(range(100_000), ROWS * len(CODES))
    codes: dict[str, list[str]] = {}
    for place, name in enumerate(CODES):
        codes[name] = [f"{number:05d}" for number in locators[place * ROWS : (place + 1) * ROWS]]
        for locator in codes[name]:
            row = row_of(name, locator, node, now)
            if row:
                base.execute(
                    f"INSERT INTO pin ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
                    [*row.values()],
                )
    base.commit()
    return codes


def row_of(name: str, locator: str, node: str, now: int) -> dict[str, Any]:
    minute = 60_000
    row: dict[str, Any] = {
        "session": secrets.token_hex(16),
        "locator": locator,
        "locator_live": None,
        "device": secrets.token_urlsafe(32),
        "node": node,
        "issued_at": now - 20 * minute,
        "expires_at": now - 10 * minute,
        "state": "expired",
        "redeemed_by": None,
        "redeemed_at": None,
    }
    changes: dict[str, dict[str, Any] | None] = {
        "never issued": None,
        "expired": {},
        "expired, not closed": {"state": "issued", "locator_live": locator},
        "spent": {
            "state": "redeemed",
            "redeemed_by": secrets.token_hex(16),
            "redeemed_at": now - 15 * minute,
        },
        "cancelled": {"state": "cancelled"},
        "of another node": {
            "state": "issued",
            "locator_live": locator,
            "node": "f" * 32,
            "expires_at": now + 600 * minute,
        },
    }
    change = changes[name]
    return {} if change is None else row | change


def compared(
    names: Sequence[str],
    ask: Callable[[str], tuple[int, float]],
    status: int,
    base: sqlite3.Connection,
    rounds: int,
) -> list[Compared]:
    times: dict[str, list[float]] = {name: [] for name in names}
    order = [name for name in names for _ in range(rounds + WARM_UP)]
    random.shuffle(order)
    for count, name in enumerate(order):
        if count % FORGET_EVERY == 0:
            forget(base)
        answered, took = ask(name)
        assert answered == status, (name, answered)
        times[name].append(took)
    kept = {name: taken[WARM_UP:] for name, taken in times.items()}
    return [beside(kept[names[0]], name, kept[name]) for name in names]


def forget(base: sqlite3.Connection) -> None:
    """Nobody is made to wait: what is timed is the refusal of a code, not of a caller."""
    base.execute("DELETE FROM throttle")
    base.execute("DELETE FROM sign_in_try")
    base.commit()


def beside(first: Sequence[float], name: str, times: Sequence[float]) -> Compared:
    spread = math.sqrt(statistics.variance(first) / len(first) + statistics.variance(times) / len(times))
    distance = ks_distance(first, times)
    return Compared(
        name=name,
        n=len(times),
        median_ms=round(statistics.median(times), 3),
        p95_ms=round(sorted(times)[int(len(times) * 0.95)], 3),
        difference_ms=round(statistics.median(times) - statistics.median(first), 3),
        welch_t=round((statistics.fmean(times) - statistics.fmean(first)) / spread, 2),
        ks_d=round(distance, 4),
        ks_p=round(ks_chance(distance, len(first), len(times)), 4),
    )


def ks_distance(one: Sequence[float], other: Sequence[float]) -> float:
    """The largest gap between the two distributions (Kolmogorov, Smirnov)."""
    merged = sorted(
        [(value, 1 / len(one), 0.0) for value in one] + [(value, 0.0, 1 / len(other)) for value in other]
    )
    gap = left = right = 0.0
    for _, step_left, step_right in merged:
        left, right = left + step_left, right + step_right
        gap = max(gap, abs(left - right))
    return gap


def ks_chance(distance: float, n: int, m: int) -> float:
    """How often chance alone makes a gap at least as large, for many samples."""
    scaled = distance * math.sqrt(n * m / (n + m))
    if scaled < 0.2:
        return 1.0
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * k * k * scaled * scaled) for k in range(1, 101))
    return float(min(1.0, max(0.0, sum(terms))))


def report(facts: Mapping[str, Sequence[Compared]], *, as_json: bool) -> None:
    if as_json:
        rows = {
            kind: [{f: getattr(one, f) for f in Compared.__slots__} for one in found]
            for kind, found in facts.items()
        }
        print(json.dumps(rows))
        return
    for kind, found in facts.items():
        head = ("n", "median ms", "p95 ms", "differs", "Welch t", "KS D", "KS p")
        print(f"{kind:26} {head[0]:>6} {' '.join(f'{name:>9}' for name in head[1:])}")
        for one in found:
            verdict = "" if abs(one.difference_ms) < GOAL_MS else f"  over {GOAL_MS} ms"
            print(
                f"{one.name:26} {one.n:6} {one.median_ms:9.3f} {one.p95_ms:9.3f} {one.difference_ms:+9.3f}"
                f" {one.welch_t:9.2f} {one.ks_d:9.4f} {one.ks_p:9.4f}{verdict}"
            )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2_000, help="redemptions of each class")
    parser.add_argument("--sign-in-rounds", type=int, default=2_000, help="sign-ins of each class")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
