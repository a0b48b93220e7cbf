"""Whoever is answered is on the disk, counted outside of our code; those who wait together share a sync."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parent / "writers_at_once.py"


def test_nobody_is_answered_before_an_fdatasync_that_follows_its_write(fsync_counter, tmp_path):
    log = tmp_path / "fsyncs.txt"
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, PROGRAM, tmp_path, log, "40"],
        env={**os.environ, "LD_PRELOAD": str(fsync_counter), "FSYNC_LOG": str(log)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    assert len(seen) == 200
    assert all(after > before for before, after in seen)
    assert max(after for _, after in seen) < 200
