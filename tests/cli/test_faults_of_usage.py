"""What is wrong on the command line is told in its own words, as JSON to whoever asks for JSON."""

import json

import pytest


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("runs", "list", "--status", "bad"), "bad is none of queued, running"),
        (("runs", "list", "--limit", "0"), "Input should be greater than or equal to 1"),
        (("runs", "show"), "Missing argument 'RUN'"),
        (("workflow", "nothing"), "No such command 'nothing'"),
    ],
)
def test_a_fault_of_usage_is_a_problem_document(docchain, arguments, says):
    told = docchain(*arguments, "--json")
    assert (told.code, told.out) == (2, "")
    problem = json.loads(told.err)
    assert (problem["code"], problem["title"]) == ("usage", "The command is not right")
    assert says in problem["detail"]
    assert problem["hint"].startswith("`docchain ")
    assert problem["hint"].endswith(" --help` tells what it takes.")


def test_without_json_a_fault_of_usage_is_told_to_people(docchain):
    told = docchain("runs", "list", "--limit", "0")
    assert told.code == 2
    assert "Input should be greater than or equal to 1" in told.err
    assert "Try 'docchain runs list" in told.err


def test_help_and_success_keep_their_exit_codes_with_json(docchain, tmp_path):
    assert docchain("runs", "list", "--help", "--json").code == 0
    path = tmp_path / "w.json"
    path.write_text(json.dumps({"workflow": "w", "steps": [{"id": "a", "use": "fail", "with": {"message": "no"}}]}))
    assert docchain("run", path, "--json").code == 1
    assert docchain("runs", "watch", "run_1", "--json").code == 1


def test_what_does_not_fit_a_request_is_no_fault_of_a_workflow(docchain, tmp_path):
    path = tmp_path / "w.json"
    path.write_text(json.dumps({"workflow": "w", "steps": []}))
    docchain("run", path)
    problem = json.loads(docchain("runs", "bulk", "cancel", "--where", "color=red", "--json").err)
    assert (problem["code"], problem["title"]) == ("invalid", "The request is not valid")
    assert problem["errors"][0]["path"] == "filter.color"
    everything = json.loads(docchain("runs", "bulk", "cancel", "--all", "--dry-run", "--json").out)
    assert everything["action"] == "cancel"


def test_approvals_name_their_run_by_its_handle(docchain, tmp_path):
    path = tmp_path / "w.json"
    ask = {"id": "ask", "use": "human.approval", "with": {"title": "Pay?"}}
    path.write_text(json.dumps({"workflow": "w", "steps": [ask]}))
    docchain("run", path)
    (row,) = [line for line in docchain("approvals", "list").out.splitlines() if "approval_1" in line]
    assert "│ run_1 │" in " ".join(row.split())
