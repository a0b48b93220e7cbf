"""The kill test in short; `make test-faults` runs it at full length."""

import os

import pytest
from kill import kill_under_load

KILLS = int(os.environ.get("FAULT_KILLS", "6"))
RUNS = int(os.environ.get("FAULT_RUNS", str(KILLS * 25)))


@pytest.mark.faults
def test_nothing_is_lost_or_doubled_when_the_server_is_killed_under_load(tmp_path):
    outcome = kill_under_load(KILLS, RUNS, tmp_path, seed=KILLS)
    print(outcome.table())  # noqa: T201 (shown with -s and on failure)
    assert outcome.faults == []
    assert outcome.kills == KILLS
    assert outcome.runs >= RUNS
    assert min(outcome.under_way) > 0
