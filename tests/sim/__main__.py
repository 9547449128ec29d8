"""`python -m tests.sim --seed N --steps M --trace` plays one seed again."""

from __future__ import annotations

import argparse
import sys
import time

from tests.sim.world import World


def main() -> int:
    options = _parser().parse_args()
    bad, steps, began = 0, 0, time.perf_counter()
    for seed in range(options.seed, options.seed + options.seeds):
        world = World(seed)
        result = world.run(options.steps)
        bad, steps = bad + bool(result.breaches), steps + result.steps
        if options.trace:
            say(*map(str, world.history.notes))
        elif result.breaches:
            say(*result.tail)
        say(str(result))
    say(f"{steps} steps in {time.perf_counter() - began:.1f} s; {bad} seeds broke a promise")
    return 1 if bad else 0


def say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description="Plays seeds of the simulator.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1, help="how many, from --seed on")
    parser.add_argument("--steps", type=int, default=1_000, help="how many for each")
    parser.add_argument("--trace", action="store_true", help="print everything that happened")
    return parser


sys.exit(main())
