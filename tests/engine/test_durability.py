"""Durable means on the disk: every commit of the journal is an fdatasync of its log, counted outside of our code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize(("use", "a_run"), [("t.pure", 1), ("t.send", 2)])
def test_every_commit_is_an_fdatasync_of_the_journal(fsync_counter, tmp_path, use, a_run):
    log = tmp_path / "fsyncs.txt"
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, HERE / "runs_one_by_one.py", tmp_path, "50", use],
        env={**os.environ, "LD_PRELOAD": str(fsync_counter), "FSYNC_LOG": str(log), "PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    commits = [int(line) for line in done.stdout.split()]
    assert len(commits) == 50
    synced = log.read_text().split("\n").count(f"fdatasync {tmp_path.resolve()}/journal.db-wal")
    assert synced >= commits[-1] >= 50 * a_run
    assert synced <= commits[-1] + 10
