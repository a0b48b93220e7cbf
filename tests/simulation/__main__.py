"""Run seeds, or replay one: python -m tests.simulation --seeds 10000 | --seed 1234 [--trace]."""

import argparse
import logging
import sys
import time
from collections import Counter

import structlog

from .world import Verdict, World

say = sys.stdout.write


def simulate(seed: int, *, tell: bool = False) -> Verdict:
    """One seed, from its first dice to its verdict."""
    return World(seed, tell=tell).run()


def silence() -> None:
    """The engine's log lines are not what a simulation is read by."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _replay(seed: int, *, tell: bool) -> int:
    verdict = simulate(seed, tell=tell)
    say(f"seed {seed}: trace {verdict.trace}, {verdict.runs} runs, {verdict.commits} entries\n")
    say("".join(f"struck: {fault}\n" for fault in verdict.struck))
    say("".join(f"fault: {fault}\n" for fault in verdict.faults or ["none"]))
    return 1 if verdict.faults else 0


def _sweep(first: int, count: int) -> int:
    began, failed, runs = time.monotonic(), 0, 0
    struck: Counter[str] = Counter()
    for seed in range(first, first + count):
        verdict = simulate(seed)
        runs += verdict.runs
        struck.update(fault.partition(" at ")[0] for fault in verdict.struck)
        if verdict.faults:
            failed += 1
            say(f"seed {seed}: {verdict.faults[0]}\n  replay: python -m tests.simulation --seed {seed} --trace\n")
            sys.stdout.flush()
        if seed % 100 == 0 and sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{seed - first} of {count} seeds, {failed} failed")
    told = ", ".join(f"{times} {name}" for name, times in sorted(struck.items()))
    say(f"{count} seeds, {runs} runs, {failed} failed, {time.monotonic() - began:.0f} s; struck: {told}\n")
    return 1 if failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this seed")
    parser.add_argument("--trace", action="store_true", help="print everything that happens in it")
    parser.add_argument("--seeds", type=int, default=10_000, help="how many seeds to run")
    parser.add_argument("--first", type=int, default=1)
    chosen = parser.parse_args()
    silence()
    if chosen.seed is not None:
        return _replay(chosen.seed, tell=chosen.trace)
    return _sweep(chosen.first, chosen.seeds)


if __name__ == "__main__":
    raise SystemExit(main())
