"""Journals of every release fold in this one: to the same states, the same rows, the same events."""

import json
from typing import get_args

import pytest
from journal_fixtures import RELEASES, expected_of, lines_of

from docchain.engine.journal.purge import purged
from docchain.engine.machine import facts as f
from docchain.engine.machine.fold import fold

RECORDED = sorted(RELEASES.glob("*/*.jsonl"))


def named(path):
    return f"{path.parent.name}/{path.stem}"


def differences(expected, actual, path=""):
    """What the recording says and this release does not; more than it says is no difference."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return [
            fault
            for name, value in expected.items()
            for fault in differences(value, actual.get(name), f"{path}.{name}")
        ]
    return [] if expected == actual else [f"{path}: {actual!r} instead of {expected!r}"]


@pytest.mark.parametrize("path", RECORDED, ids=named)
def test_a_recorded_journal_folds_to_the_recorded_state(path):
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
    assert expected
    assert differences(expected, expected_of(path)) == []


@pytest.mark.parametrize("path", RECORDED, ids=named)
def test_a_recorded_journal_is_read_whole(path):
    for line in lines_of(path):
        if "run" in line:
            again = json.loads(f.encode(f.decode(json.dumps(line["facts"]).encode())))
            assert differences(dict(enumerate(line["facts"])), dict(enumerate(again))) == []


@pytest.mark.parametrize("path", RECORDED, ids=named)
def test_a_recorded_journal_without_payload_folds_to_the_same_statuses(path):
    for line in lines_of(path):
        if "run" in line:
            facts = f.decode(json.dumps(line["facts"]).encode())
            whole, emptied = (fold(None, line["run"]["id"], some) for some in (facts, purged(facts)))
            assert statuses(emptied) == statuses(whole)


def statuses(state):
    return state.status, state.failure, state.ended_at, {name: step.status for name, step in state.steps.items()}


def test_the_first_release_recorded_every_fact_it_knew():
    told = {
        fact["fact"]
        for path in RECORDED
        if path.parent.name == "release-1"
        for line in lines_of(path)
        for fact in line.get("facts", [])
    }
    later = {"noted"}  # tags of facts that came after release 1
    assert told | later == {kind.__struct_config__.tag for kind in get_args(f.Fact)}
