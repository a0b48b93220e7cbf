"""Past runs, done again dry by another definition, and what came out differently."""

import pytest
from sqlalchemy import Engine, event, select

from docchain.entrypoints.cli.console import local_actor
from docchain.features.workflows.tables import WorkflowRow
from docchain.features.workflows.trial_schemas import WhatIfRequest
from docchain.features.workflows.trying import TrialService

PRICE = [{"id": "price", "use": "value.set", "with": {"values": {"total": "${inputs.n * 2}", "note": "old"}}}]
RAISED = [
    {"id": "stop", "use": "fail", "when": "inputs.n > 2", "with": {"message": "Too many"}},
    {"id": "price", "use": "value.set", "with": {"values": {"total": "${inputs.n == 1 ? 2 : 9}", "by": "new"}}},
]


async def priced(product, numbers=(1, 2, 3)):
    """A workflow with a past run for each number, and then another draft."""
    inputs = {"n": {"type": "number"}}
    workflow = await product.workflow("price", PRICE, inputs=inputs, output={"total": "${steps.price.total}"})
    await product.post(f"/workflows/{workflow}/publish")
    runs = [(await product.run(workflow, {"n": number}))["handle"] for number in numbers]
    definition = {"workflow": "price", "inputs": inputs, "steps": RAISED, "output": {"total": "${steps.price.total}"}}
    answer = await product.client.patch(f"/workflows/{workflow}", json={"definition": definition})
    assert answer.status_code == 200
    return workflow, runs


async def result(product, workflow, run):
    return await product.eventually(
        f"/workflows/{workflow}/what-if/{run}", lambda told: told["summary"]["pending"] == 0 and told["items"]
    )


async def test_each_past_run_stands_beside_its_trial(product):
    workflow, runs = await priced(product)
    started = await product.post(f"/workflows/{workflow}/what-if", {"last": 10, "wait": 20})
    told = await result(product, workflow, started["handle"])
    assert (told["version"], told["workflow"], told["status"]) == ("draft", workflow, "succeeded")
    assert told["summary"] == {"runs": 3, "same": 1, "output_changed": 2, "status_changed": 1, "pending": 0}
    by_run = {item["run"]: item for item in told["items"]}
    same, changed, failed = (by_run[run] for run in runs)
    assert (same["same"], same["changes"]) == (True, [])
    assert changed["changes"] == [{"path": "output.total", "change": "changed", "before": 4, "after": 9}]
    assert changed["status"] == {"before": "succeeded", "after": "succeeded"}
    assert failed["status"] == {"before": "succeeded", "after": "failed"}
    assert failed["message"] == "Too many"
    trial = await product.get(f"/runs/{changed['trial']}")
    assert (trial["mode"], trial["inputs"], trial["output"]) == ("dry", {"n": 2}, {"total": 9})


async def test_named_runs_are_tried_with_a_published_version(product):
    workflow, runs = await priced(product)
    started = await product.post(f"/workflows/{workflow}/what-if", {"runs": [runs[2]], "version": 1, "wait": 20})
    told = await result(product, workflow, started["handle"])
    assert [(item["run"], item["same"]) for item in told["items"]] == [(runs[2], True)]


async def test_trials_are_hidden_in_the_list_and_are_no_past_runs(product):
    workflow, runs = await priced(product, (1,))
    for _ in range(2):
        started = await product.post(f"/workflows/{workflow}/what-if", {"last": 10, "wait": 20})
        told = await result(product, workflow, started["handle"])
        assert [item["run"] for item in told["items"]] == runs
    assert [run["handle"] for run in (await product.get("/runs"))["items"]] == runs


async def test_inputs_that_the_other_definition_refuses_are_told(product):
    workflow, runs = await priced(product, (1,))
    definition = {"workflow": "price", "inputs": {"m": {"type": "number"}}, "steps": []}
    await product.client.patch(f"/workflows/{workflow}", json={"definition": definition})
    started = await product.post(f"/workflows/{workflow}/what-if", {"runs": runs, "wait": 20})
    told = await result(product, workflow, started["handle"])
    [item] = told["items"]
    assert (item["trial"], item["status"]["after"]) == (None, "failed")
    assert item["message"] == "with.inputs.m: is missing; give a number"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid"),
        ({"runs": ["run_1"], "last": 3}, 422, "invalid"),
        ({"last": 101}, 422, "invalid"),
        ({"last": 5}, 422, "nothing_to_try"),
        ({"runs": ["run_99"]}, 404, "run_not_found"),
        ({"last": 5, "version": 9}, 404, "version_not_found"),
    ],
)
async def test_what_cannot_be_tried_is_refused(product, body, status, code):
    workflow = await product.workflow("quick", [])
    assert (await product.post(f"/workflows/{workflow}/what-if", body, status))["code"] == code


async def test_a_run_that_is_no_what_if_is_refused(product):
    workflow, runs = await priced(product, (1,))
    answer = await product.client.get(f"/workflows/{workflow}/what-if/{runs[0]}")
    assert (answer.status_code, answer.json()["code"]) == (404, "what_if_not_found")


async def test_the_draft_is_tried_as_it_was_when_the_what_if_was_ordered(product):
    """All trials follow one definition, however long they take and whoever edits the draft meanwhile."""
    workflow, runs = await priced(product, range(1, 4))
    asked = WhatIfRequest(runs=runs)
    actor = await local_actor(product.services.database)

    def order_and_edit(work):
        ordered = TrialService(work).what_if(workflow, asked, 1_000_000)
        row = work.session.scalars(select(WorkflowRow)).one()
        row.draft, row.draft_digest = {**row.draft, "output": "edited"}, "edited"
        return ordered

    started = await product.services.database.write(order_and_edit, actor)
    product.services.engine.wake()
    told = await result(product, workflow, started.handle)
    trials = [
        await product.get(f"/runs/{item['trial']}") for item in told["items"] if item["status"]["after"] != "failed"
    ]
    assert [trial["output"] for trial in trials] == [{"total": 2}, {"total": 9}]


async def test_the_definition_is_read_once_however_many_past_runs_there_are(product):
    workflow, runs = await priced(product, range(1, 21))
    read = []

    def note(_connection, _cursor, statement, *_rest):
        if "FROM workflow" in statement or "FROM definition" in statement:
            read.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        started = await product.post(f"/workflows/{workflow}/what-if", {"runs": runs})
        await product.until(started["handle"], "succeeded")
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert 1 <= len(read) < 10
