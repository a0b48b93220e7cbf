"""The fault suite in short, on both databases; `make test-faults` runs it at full length."""

import pytest
from kill import Plan, strike_under_load


@pytest.mark.faults
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_is_lost_or_doubled_under_strikes(tmp_path, database):
    plan = Plan(database, runs=150, kills=2, stands=1, restarts=1, fills=1, seed=7)
    outcome = strike_under_load(plan, tmp_path)
    print(outcome.summary())  # noqa: T201 (shown with -s and on failure)
    assert outcome.faults == []
    assert outcome.strikes["kill"] == 2
    assert outcome.runs >= 150
    assert min(outcome.under_way) > 0
