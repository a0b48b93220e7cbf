"""Other runs made of old ones, and one order for many, from the command line."""

import json

import httpx
import pytest
from command_line import eventually, sign_in

SUM = """\
workflow: sum
inputs:
  a: {type: number, default: 1}
  b: {type: number, default: 2}
steps:
  - {id: left, use: value.set, with: {values: {n: "${inputs.a}"}}}
  - {id: right, use: value.set, with: {values: {n: "${inputs.b}"}}}
  - {id: sum, use: value.set, with: {values: {n: "${steps.left.n + steps.right.n}"}}}
output: "${steps.sum.n}"
"""
FAILS = "workflow: fails\nsteps: [{id: pay, use: fail, with: {message: The bank is away}}]\n"


@pytest.fixture
def summed(docchain):
    assert docchain("run", docchain.write("sum.yaml", SUM)).code == 0


@pytest.fixture
def failed(docchain):
    path = docchain.write("fails.yaml", FAILS)
    assert [docchain("run", path).code for _ in range(3)] == [1, 1, 1]


def outputs(url, *runs):
    def found():
        told = [httpx.get(f"{url}/api/v3/runs/{run}", headers=sign_in(url)).json() for run in runs]
        return all(run["ended_at"] for run in told) and [run["output"] for run in told]

    return eventually(found)


@pytest.mark.usefixtures("summed")
def test_a_run_is_restarted_and_forked(docchain):
    assert docchain("runs", "restart", "run_1").out == "run_2: restarted from run_1\n"
    assert (
        docchain("runs", "fork", "run_1", "--from", "right", "-i", "b=5").out == "run_3: forked from run_1 at right\n"
    )
    pinned = docchain("runs", "fork", "run_1", "--from", "right", "--pin", 'left={"n": 40}', "--json")
    told = json.loads(pinned.out)
    assert (told["handle"], told["source"]) == ("run_4", {"run": "run_1", "how": "fork"})
    with docchain.serving() as url:
        assert outputs(url, "run_2", "run_3", "run_4") == [3, 6, 42]


@pytest.mark.usefixtures("summed")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("restart", "run_9"), "✗ There is no run run_9 in this workspace."),
        (("restart", "run_1", "--version", "latest"), "✗ run_1 ran a definition of its own, which has no versions."),
        (("restart", "run_1", "--version", "newest"), "newest is no version; give its number, latest or draft."),
        (("fork", "run_1", "--from", "middle"), "'middle'"),
        (("fork", "run_1", "--from", "sum", "--pin", "left"), "✗ --pin 'left' has no value; write it as name=value."),
        (("bulk", "retry"), "give `runs` or `filter`, one of them"),
        (("bulk", "retry", "run_1", "run_9"), "runs[1] run_9 is no run here"),
        (("bulk", "cancel", "--where", "status=lost"), "✗ What was given does not fit.\n  filter.status[0] "),
        (("bulk", "cancel", "--where", "colour=red"), "✗ What was given does not fit.\n  filter.colour "),
        (("bulk", "cancel", "--where", "workflow=workflow_9"), "no run here is of a workflow 'workflow_9'"),
        (("bulk", "fork", "run_1"), "give `from` with `fork`, and only with it"),
        (("bulk", "cancel", "run_1", "--canary", "0"), "✗ What was given does not fit.\n  canary.count "),
    ],
)
def test_what_cannot_be_ordered_is_told(docchain, arguments, message):
    refused = docchain("runs", *arguments)
    assert (refused.code, refused.out) == (2, "")
    assert message in refused.err


@pytest.mark.usefixtures("failed", "summed")
def test_a_dry_run_of_a_bulk_order_tells_what_would_happen(docchain):
    told = docchain("runs", "bulk", "retry", "--where", "origin=cli", "--canary", "2", "--dry-run")
    assert (told.code, told.err) == (0, "")
    first, *table = told.out.splitlines()
    assert first == "retry is possible for 3 of 4 runs; nothing was done."
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in table if line.startswith("│")]
    assert rows == [
        ["run_1", "failed", "yes", "yes"],
        ["run_2", "failed", "yes", "yes"],
        ["run_3", "failed", "yes", ""],
        ["run_4", "succeeded", "", ""],
    ]
    both = ("--where", "status=failed", "--where", "status=rejected")
    preview = json.loads(docchain("runs", "bulk", "retry", *both, "--dry-run", "--json").out)
    assert (preview["total"], preview["possible"], preview["refused"]) == (3, 3, {})


@pytest.mark.usefixtures("failed")
def test_a_bulk_order_is_carried_out_by_whoever_executes_runs(docchain):
    order = docchain("runs", "bulk", "restart", "run_1", "run_3", "--reason", "The bank is back")
    assert order.out == ("run_4: restart of 2 runs is ordered; `docchain runs show run_4` tells how far it is\n")
    with docchain.serving() as url:
        assert outputs(url, "run_4") == [{"succeeded": 2, "failed": 0}]
    listed = docchain("runs", "list", "--json").lines[0]
    sources = [run["source"] for run in listed if run["source"]]
    assert sorted(source["run"] for source in sources) == ["run_1", "run_3"]
