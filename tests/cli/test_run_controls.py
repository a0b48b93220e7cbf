"""Runs paused, resumed and tried again from the command line, with and without a server."""

import json

import pytest


@pytest.fixture
def approval(tmp_path):
    step = {"id": "ask", "use": "human.approval", "with": {"title": "Pay?"}}
    path = tmp_path / "approval.json"
    path.write_text(json.dumps({"workflow": "approval", "steps": [step], "output": "paid"}))
    return path


def test_orders_are_checked_against_the_runs_present_state(docchain, approval):
    assert docchain("run", approval).code == 3
    assert docchain("runs", "pause", "run_1", "--reason", "Closed").out == "run_1: pausing\n"
    refused = docchain("runs", "resume", "run_1")
    assert (refused.code, refused.out) == (2, "")
    assert "run_1 is waiting: resume is not possible" in refused.err
    early = docchain("runs", "retry", "run_1")
    assert "run_1 is waiting: retry is not possible" in early.err


def test_a_failed_run_is_tried_again_by_name(docchain, tmp_path):
    path = tmp_path / "fails.json"
    fail = {"id": "pay", "use": "fail", "with": {"message": "The bank is away"}}
    path.write_text(json.dumps({"workflow": "fails", "steps": [fail]}))
    assert docchain("run", path).code == 1
    assert docchain("runs", "retry", "run_1", "--step", "pay").out == "run_1: trying again\n"
    unknown = docchain("runs", "retry", "run_1", "--step", "send")
    assert "The run has no step 'send'" in unknown.err
