"""What changed between two definitions of a workflow, told by steps, edges, inputs and output, and in words."""

import json

import pytest

BEFORE = {
    "workflow": "intake",
    "inputs": {"limit": {"type": "number", "default": 1000}},
    "steps": [
        {"id": "read", "use": "value.set", "with": {"values": {"a": 1}}},
        {"id": "ask", "use": "value.set", "with": {"values": {"b": "${steps.read.a}"}}},
        {"id": "pay", "use": "value.set", "with": {"values": {"c": 3}}},
        {"id": "tell", "use": "text.template", "with": {"template": "Paid"}},
    ],
    "output": "${steps.tell.text}",
}


@pytest.fixture
async def changed(ana):
    async def change(**wanted):
        await ana.post("/workflows", json={"definition": BEFORE})
        await ana.post("/workflows/1/publish")
        definition = json.loads(json.dumps({**BEFORE, **wanted}))
        answer = await ana.patch("/workflows/1", json={"definition": definition})
        assert answer.status_code == 200, answer.text
        told = await ana.get("/workflows/1/diff?from=1&to=draft")
        assert told.status_code == 200, told.text
        return told.json()

    return change


def _steps(*names, **changes):
    steps = {step["id"]: step for step in BEFORE["steps"]}
    return [{**steps[name], **changes.get(name, {})} for name in names]


async def test_nothing_changed(ana, changed):
    told = await changed()
    assert (told["same"], told["summary"]) == (True, [])
    assert told["from"]["digest"] == told["to"]["digest"]
    assert (told["from"]["version"], told["to"]["version"]) == (1, None)
    assert (await ana.get("/workflows/1/diff")).json() == told


async def test_a_changed_field_is_told_with_both_values(changed):
    told = await changed(
        steps=_steps("read", "ask", "pay", "tell", tell={"with": {"template": "Done"}, "when": "true"})
    )
    assert told["steps"]["changed"] == [
        {
            "id": "tell",
            "changes": [
                {"path": "with.template", "change": "changed", "before": "Paid", "after": "Done"},
                {"path": "when", "change": "added", "before": None, "after": "true"},
            ],
        }
    ]
    assert told["summary"] == [
        "Step tell: with.template changed from 'Paid' to 'Done'.",
        "Step tell: when was added: 'true'.",
    ]
    assert told["steps"]["moved"] == told["steps"]["added"] == told["edges"] == []


async def test_a_moved_step_is_no_change_of_the_others(changed):
    told = await changed(steps=_steps("read", "pay", "ask", "tell"))
    assert told["steps"]["moved"] == [{"id": "ask", "before": 1, "after": 2}]
    assert told["steps"]["changed"] == []
    assert {(edge["from"], edge["to"], edge["change"]) for edge in told["edges"]} == {
        ("read", "ask", "removed"),
        ("ask", "pay", "removed"),
        ("pay", "tell", "removed"),
        ("read", "pay", "added"),
        ("pay", "ask", "added"),
        ("ask", "tell", "added"),
    }
    assert told["summary"][0] == "Step ask moved from place 2 to place 3."
    assert "pay follows read now." in told["summary"]
    assert "No longer: pay follows ask." in told["summary"]


async def test_a_renamed_step_is_neither_removed_nor_added(changed):
    first = {**BEFORE["steps"][0], "id": "fetch"}
    second = {**BEFORE["steps"][1], "with": {"values": {"b": "${steps.fetch.a}"}}}
    told = await changed(steps=[first, second, *BEFORE["steps"][2:]])
    assert told["steps"] == {
        "added": [],
        "removed": [],
        "renamed": [{"before": "read", "after": "fetch"}],
        "moved": [],
        "changed": [],
    }
    assert told["edges"] == []
    assert told["summary"] == ["Step read was renamed to fetch."]


async def test_added_and_removed_steps_inputs_and_output(changed):
    new = {"id": "wait", "use": "wait", "with": {"for": "1s"}}
    told = await changed(
        steps=[*_steps("read", "ask"), new, *_steps("tell")],
        inputs={"limit": {"type": "number", "default": 5}, "who": {"type": "string", "default": "x"}},
        output={"said": "${steps.tell.text}"},
        priority=3,
    )
    assert told["steps"]["added"] == [{"id": "wait", "use": "wait", "index": 2}]
    assert told["steps"]["removed"] == [{"id": "pay", "use": "value.set", "index": 2}]
    assert told["summary"] == [
        "priority was added: 3.",
        "Input limit.default changed from 1000 to 5.",
        'Input who was added: {"type": "string", "default": "x"}.',
        "Step wait (wait) was added at place 3.",
        "Step pay (value.set) was removed.",
        "No longer: pay follows ask.",
        "No longer: tell follows pay.",
        "wait follows ask now.",
        "tell follows wait now.",
        'output changed from \'${steps.tell.text}\' to {"said": "${steps.tell.text}"}.',
    ]


async def test_versions_are_compared_by_number_and_label(ana, changed):
    await changed(output=1)
    await ana.post("/workflows/1/publish")
    await ana.put("/workflows/1/versions/1/labels/production")
    told = (await ana.get("/workflows/1/diff?from=production&to=latest")).json()
    assert (told["from"]["version"], told["to"]["version"]) == (1, 2)
    assert told["output"] == [{"path": "output", "change": "changed", "before": "${steps.tell.text}", "after": 1}]
    assert (await ana.get("/workflows/1/diff?from=9")).json()["code"] == "version_not_found"
    assert (await ana.get("/workflows/1/diff?to=nolabel")).json()["code"] == "label_not_found"
    assert (await ana.get("/workflows/1/diff?to=No")).status_code == 422
