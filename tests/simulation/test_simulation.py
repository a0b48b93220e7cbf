"""The simulation in short, and that it can be trusted: a seed replays exactly, and planted bugs are found."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from docchain.engine.local import commits
from docchain.engine.local.commits import Committer

from .__main__ import silence, simulate
from .journal import MemoryJournal

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _quiet():
    silence()
    yield
    structlog.reset_defaults()


def broken(first, count):
    return {seed: verdict.faults for seed in range(first, first + count) if (verdict := simulate(seed)).faults}


@pytest.mark.parametrize("first", range(1, 301, 50))
def test_no_fault_breaks_a_promise(first):
    assert broken(first, 50) == {}, "replay with: python -m tests.simulation --trace --seed N"


@pytest.mark.parametrize("first", [1_001, 1_051])
def test_no_fault_breaks_a_promise_when_halves_of_the_runs_take_turns(first, monkeypatch):
    monkeypatch.setattr(commits, "_MANY", 2)
    assert broken(first, 50) == {}


@pytest.mark.parametrize("seed", [3407, 3858])
def test_a_child_whose_end_is_told_while_its_family_is_looked_up_leaves_memory(seed):
    assert simulate(seed).faults == []


@pytest.mark.parametrize("seed", [7, 42, 1001])
def test_a_seed_replays_exactly(seed):
    first, second = simulate(seed), simulate(seed)
    assert (first.trace, first.commits, first.struck) == (second.trace, second.commits, second.struck)
    assert simulate(seed + 1).trace != first.trace


def test_a_seed_replays_exactly_in_another_process():
    told = [_replayed("42", hash_seed) for hash_seed in ("1", "2")]
    assert told[0] == told[1]
    assert told[0].startswith(f"seed 42: trace {simulate(42).trace}")


def _replayed(seed, hash_seed):
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-m", "tests.simulation", "--seed", seed],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_an_engine_that_sends_before_its_intent_is_durable_is_found_out(monkeypatch):
    def at_once(self, job):
        asyncio.get_running_loop().call_soon(self._settled, [], [job])

    monkeypatch.setattr(Committer, "hold", at_once)
    assert any("was called while the ledger had" in str(faults) for faults in broken(1, 20).values())


def test_a_journal_without_a_fence_is_found_out(monkeypatch):
    async def commit(self, batch):
        self.epoch = self._store.epoch
        await fenced(self, batch)

    fenced = MemoryJournal.commit
    monkeypatch.setattr(MemoryJournal, "commit", commit)
    assert any("written twice" in str(faults) or "follow" in str(faults) for faults in broken(1, 100).values())
