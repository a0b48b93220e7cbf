"""Recovery: an engine killed amid effects goes on after the next start; no promised run is lost."""

import os
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


BROKEN = """
import asyncio
from uuid import UUID
from docchain.bootstrap import open_services
from docchain.engine.definition import canonical, compile_plan, digest_of, read_spec
from docchain.engine.doors import StartRun
from docchain.platform.settings import load_settings

async def main():
    async with open_services(load_settings(None)) as services:
        async def commit(batch):
            raise KeyError("a fault of our own")
        services.engine.journal.commit = commit
        spec = read_spec({"workflow": "w", "output": 1})
        start = StartRun(0, UUID(int=1), UUID(int=2), digest_of(spec), {})
        services.engine.submit(start, compile_plan(spec, services.kinds), canonical(spec))
        await asyncio.sleep(20)

asyncio.run(main())
"""


def test_a_server_on_sqlite_whose_engine_broke_ends_and_says_why(tmp_path):
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", BROKEN],
        env={**os.environ, "DOCCHAIN_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 70, done.stderr
    assert "engine_broke" in done.stdout + done.stderr
    assert "This process ends: start it again, no run is lost." in done.stderr
