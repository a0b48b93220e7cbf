"""A trial of some steps: what they read must be pinned or run, and only inputs that they read are asked for."""

import pytest

from docchain.engine.definition import DefinitionError, read_inputs, read_spec
from docchain.features.workflows.trials import trial_of

SPEC = read_spec(
    {
        "workflow": "letter",
        "inputs": {"name": {"type": "string"}, "limit": {"type": "number"}},
        "steps": [
            {"id": "who", "use": "value.set", "with": {"values": {"name": "${inputs.name}"}}},
            {"id": "text", "use": "text.template", "with": {"template": "Hi {{ name }}", "data": "${steps.who}"}},
            {"id": "check", "use": "value.set", "when": "steps.text.text != ''", "with": {"values": {}}},
            {
                "id": "each",
                "use": "value.set",
                "for_each": "${steps.who.items}",
                "with": {"values": {"n": "${item}", "limit": "${inputs.limit}"}},
            },
        ],
        "output": "${steps.check}",
    }
)


def faults(steps, pins=None):
    with pytest.raises(DefinitionError) as caught:
        trial_of(SPEC, steps, pins or {})
    return [(fault.path, fault.code) for fault in caught.value.faults]


def test_the_output_is_that_of_the_chosen_steps():
    assert trial_of(SPEC, ["who", "text"], {}).output == {"who": "${steps.who}", "text": "${steps.text}"}


@pytest.mark.parametrize(
    ("step", "path"),
    [("text", "steps[1].with.data"), ("check", "steps[2].when"), ("each", "steps[3].for_each.items")],
)
def test_what_is_neither_pinned_nor_run_is_named_by_its_place(step, path):
    assert faults([step]) == [(path, "not_pinned")]


def test_a_pin_or_a_step_that_runs_is_enough():
    assert trial_of(SPEC, ["text"], {"who": {"name": "Ana"}}).workflow == "letter"
    assert trial_of(SPEC, ["text", "who"], {}).workflow == "letter"


def test_unknown_names_and_a_pin_of_what_runs_are_told_at_once():
    assert faults(["who", "whom"], {"where": 1, "who": {}}) == [
        ("steps[1]", "reference"),
        ("pins.where", "reference"),
        ("pins.who", "invalid"),
    ]


def test_only_inputs_that_are_read_are_required():
    trial = trial_of(SPEC, ["who"], {})
    assert read_inputs(trial, {"name": "Ana"}) == ({"name": "Ana", "limit": None}, [])
    with pytest.raises(DefinitionError, match=r"inputs\.name"):
        read_inputs(trial, {"limit": 3})
