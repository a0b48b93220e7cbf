"""Another run of an old one, over HTTP with the real engine: restarted, or forked from a step."""

import pytest

pytestmark = pytest.mark.usefixtures("invoice")
STEPS = [
    {"id": "net", "use": "value.set", "with": {"values": {"amount": "${inputs.amount}"}}},
    {"id": "tax", "use": "value.set", "with": {"values": {"amount": "${inputs.amount * 0.2}"}}, "needs": ["net"]},
    {
        "id": "note",
        "use": "text.template",
        "with": {"template": "free of tax", "data": {}},
        "when": "inputs.amount < 0",
    },
    {
        "id": "sum",
        "use": "value.set",
        "with": {"values": {"total": "${steps.net.amount + steps.tax.amount}"}},
        "needs": ["net", "tax", "note"],
    },
]
INVOICE = {
    "workflow": "invoice",
    "inputs": {"amount": {"type": "number"}, "limit": {"type": "number", "default": 1000}},
    "steps": STEPS,
    "output": "${steps.sum.total}",
}


def with_step(name, **changes):
    steps = [{**step, **changes} if step["id"] == name else step for step in STEPS]
    return {**INVOICE, "steps": steps}


async def finish(ana, house, answer):
    assert answer.status_code == 202, answer.json()
    await house.settled(answer.json()["id"])
    return (await ana.get(f"/runs/{answer.json()['handle']}")).json()


@pytest.fixture
async def invoice(ana, house):
    """A published workflow and its first run, which answered 120."""
    assert (await ana.post("/workflows", json={"definition": INVOICE})).status_code == 201
    assert (await ana.post("/workflows/1/publish")).status_code == 201
    run = await finish(ana, house, await ana.post("/workflows/1/execute", json={"inputs": {"amount": 100}}))
    assert (run["output"], run["workflow_version"], run["source"]) == (120, 1, None)
    return run


async def _publish(ana, definition):
    assert (await ana.patch("/workflows/1", json={"definition": definition})).status_code == 200
    assert (await ana.post("/workflows/1/publish")).status_code == 201


async def test_a_restart_runs_the_same_definition_with_the_same_inputs(ana, house, invoice):
    await _publish(ana, with_step("tax", **{"with": {"values": {"amount": "${inputs.amount * 0.5}"}}}))
    answer = await ana.post("/runs/run_1/restart", json={"reason": "again"})
    assert answer.headers["location"] == "/api/v3/runs/run_2"
    run = await finish(ana, house, answer)
    assert (run["output"], run["workflow_version"], run["definition"]) == (120, 1, invoice["definition"])
    assert (run["inputs"], run["source"]) == ({"amount": 100, "limit": 1000}, {"run": "run_1", "how": "restart"})
    newest = await finish(ana, house, await ana.post("/runs/run_1/restart", json={"version": "latest"}))
    assert (newest["output"], newest["workflow_version"]) == (150, 2)
    draft = await finish(ana, house, await ana.post("/runs/run_1/restart", json={"version": "draft"}))
    assert (draft["output"], draft["workflow_version"]) == (150, None)
    told = [data for type_, data in await house.events() if type_ == "run.restarted"]
    assert told[0] == {"run": "run_2", "source": "run_1", "reason": "again"}
    listed = (await ana.get("/runs?source=run_1&sort=created_at")).json()["items"]
    assert [item["handle"] for item in listed] == ["run_2", "run_3", "run_4"]


async def test_a_version_that_is_not_there_is_refused(ana):
    refused = await ana.post("/runs/run_1/restart", json={"version": 7})
    assert (refused.status_code, refused.json()["code"]) == (404, "version_not_found")
    wrong = await ana.post("/runs/run_1/restart", json={"version": "Not a label"})
    assert wrong.status_code == 422


async def test_a_fork_takes_over_what_does_not_follow_the_step(ana, house):
    answer = await ana.post("/runs/run_1/fork", json={"from": "tax", "inputs": {"amount": 200}})
    run = await finish(ana, house, answer)
    assert run["source"] == {"run": "run_1", "how": "fork"}
    assert {step["id"]: step["output"] for step in run["steps"]} == {
        "net": {"amount": 100},
        "tax": {"amount": 40},
        "note": None,
        "sum": {"total": 140},
    }
    assert (run["output"], run["inputs"]) == (140, {"amount": 200, "limit": 1000})


async def test_a_fork_with_pins_runs_without_those_steps(ana, house):
    body = {"from": "sum", "pins": {"tax": {"amount": 7}}}
    assert (await finish(ana, house, await ana.post("/runs/run_1/fork", json=body)))["output"] == 107


async def test_a_fork_names_every_step_that_the_version_lacks_or_changed(ana):
    steps = [
        {"id": "tax", "use": "text.template", "with": {"template": "none"}},
        {"id": "sum", "use": "value.set", "with": {"values": {"total": 1}}},
    ]
    await _publish(ana, {**INVOICE, "steps": steps})
    refused = await ana.post("/runs/run_1/fork", json={"from": "sum", "version": "latest"})
    assert (refused.status_code, refused.json()["code"]) == (422, "cannot_fork")
    assert [(fault["path"], fault["message"]) for fault in refused.json()["errors"]] == [
        ("steps.net", "is no step of the version to follow"),
        ("steps.tax.use", "was value.set in the run and is text.template now"),
    ]
    lost = await ana.post("/runs/run_1/fork", json={"from": "note", "version": "latest"})
    assert (lost.status_code, lost.json()["detail"]) == (404, "The run has no step 'note'. Its steps are tax, sum.")


async def test_a_fork_checks_what_changes(ana):
    refused = await ana.post("/runs/run_1/fork", json={"from": "tax", "inputs": {"amount": "much"}})
    assert refused.status_code == 422
    assert [fault["path"] for fault in refused.json()["errors"]] == ["inputs.amount"]
    assert (await ana.post("/runs/run_1/fork", json={"from": "nowhere"})).status_code == 404
    assert (await ana.post("/runs/run_1/fork", json={})).json()["errors"][0]["path"] == "from"


async def test_nobody_makes_runs_of_anothers(eve, cleo):
    assert (await eve.post("/runs/run_1/restart")).status_code == 404
    assert (await cleo.post("/runs/run_1/restart")).status_code == 403
    assert (await eve.post("/runs/run_1/fork", json={"from": "tax"})).status_code == 404


async def test_the_step_that_runs_again_cannot_be_pinned(ana):
    refused = await ana.post("/runs/run_1/fork", json={"from": "tax", "pins": {"tax": {"amount": 5}}})
    assert (refused.status_code, refused.json()["errors"]) == (
        422,
        [{"path": "pins.tax", "message": "is run again, so it cannot be pinned", "code": "pinned"}],
    )


async def test_a_fork_begins_with_a_step_never_with_an_item(ana):
    refused = await ana.post("/runs/run_1/fork", json={"from": "tax[0]"})
    assert (refused.status_code, refused.json()["errors"]) == (
        422,
        [
            {
                "path": "from",
                "message": "names an item; a fork begins with a whole step: give 'tax', and `pins` for what is to stay",
                "code": "invalid",
            }
        ],
    )


async def test_a_history_is_read_in_pages(ana):
    whole = (await ana.get("/runs/run_1/history")).json()
    first = await ana.get("/runs/run_1/history", params={"limit": 2})
    assert first.json() == whole[:2]
    assert first.headers["link"] == '</api/v3/runs/run_1/history?after=2&limit=2>; rel="next"'
    rest = await ana.get("/runs/run_1/history", params={"after": 2})
    assert rest.json() == whole[2:]
    assert "link" not in rest.headers
