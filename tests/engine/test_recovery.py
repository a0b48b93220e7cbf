"""Recovery: an engine killed amid effects goes on after the next start; no promised run is lost."""

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
KILLS = 8


class Process:
    """The program, spoken to over its pipes."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, HERE / "effects_under_way.py", folder],
            env={"PYTHONPATH": str(HERE)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "started\n"

    def say(self, line: str) -> None:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def kill(self) -> list[str]:
        """SIGKILL; return the complete lines it had printed."""
        self.process.kill()
        lines = self.process.stdout.read().split("\n")[:-1]
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        return lines


@pytest.mark.faults
def test_promised_runs_survive_kills_amid_effects(tmp_path):
    dice = random.Random(8)  # noqa: S311 (a test's dice)
    effects = tmp_path / "effects.txt"
    promised = []
    for _ in range(KILLS):
        before = effects.stat().st_size if effects.exists() else 0
        process = Process(tmp_path)
        process.say("go")
        until(lambda before=before: effects.exists() and effects.stat().st_size > before)
        threading.Event().wait(dice.uniform(0, 0.05))
        promised += process.kill()
    process = Process(tmp_path)
    process.say("ask")
    process.say(" ".join(promised))
    ends = [process.process.stdout.readline().split() for _ in promised]
    process.kill()
    assert len(promised) > KILLS
    assert_every_run_ended_as_defined(ends, Counter(effects.read_text().split()))


def assert_every_run_ended_as_defined(ends, happened):
    for run, status, output, *parked in ends:
        assert (status, output, parked) in [("succeeded", run, []), ("running", "None", ["parked"])]
        assert happened[f"{run}:parked"] == 1 or (parked and happened[f"{run}:parked"] == 0)
        assert happened[f"{run}:again"] >= 1


def until(test):
    end = time.monotonic() + 20
    while not test():
        assert time.monotonic() < end
        threading.Event().wait(0.001)
