"""Journals of earlier releases fold, and their runs go on."""

from flows import workflow
from scripted import Script, kinds_of

from docchain.engine.definition import compile_plan, read_spec
from docchain.engine.machine.advance import resume
from docchain.engine.machine.commands import RunStep, SetTimer
from docchain.engine.machine.facts import decode
from docchain.engine.machine.fold import fold

STEPS = [
    {"id": "a", "use": "t.pure", "with": {"value": 1}},
    {"id": "b", "use": "t.send", "with": {"value": "${steps.a.value}"}},
    {"id": "c", "use": "t.ask", "needs": ["a"], "timeout": "3d"},
    {"id": "d", "use": "t.pure", "with": {"value": 2}, "needs": ["b", "c"]},
]
UNFINISHED = b"""[
 {"fact":"started","at":1750000000000000,"definition":"d1","workspace":"00000000-0000-0000-0000-000000000001",
  "inputs":{"n":2},"actor":"ana","label":"w","attributes":{"origin":"api"}},
 {"fact":"done","at":1750000000000001,"step":"a","attempt":1,"output":{"value":1}},
 {"fact":"sending","at":1750000000000002,"step":"b","attempt":1,"key":"r:b"},
 {"fact":"waiting","at":1750000000000003,"step":"c","attempt":1,"signal":"answer","expires":1750259200000003,
  "rejects":true,"request":{"assignees":[]}},
 {"fact":"failed","at":1750000000000004,"step":"b","attempt":1,"failure":"unavailable","message":"away"},
 {"fact":"retry","at":1750000000000004,"step":"b","attempt":2,"due":1750000000900000}
]"""
ENDED = b"""[
 {"fact":"started","at":1,"definition":"d1","workspace":"w","inputs":{}},
 {"fact":"done","at":2,"step":"a","attempt":1,"output":{"value":1}},
 {"fact":"sending","at":3,"step":"b","attempt":1,"key":"r:b"},
 {"fact":"cancel_requested","at":4,"actor":"ana","reason":"enough"},
 {"fact":"stopping","at":4,"status":"cancelled","message":"enough"},
 {"fact":"unknown","at":5,"step":"b","attempt":1,"policy":"park","message":"no answer","live":true},
 {"fact":"ended","at":5,"status":"cancelled","message":"enough"}
]"""


def plan():
    return compile_plan(read_spec(workflow(*STEPS)), kinds_of(Script()))


def test_an_unfinished_run_goes_on():
    state = fold(plan(), "r", decode(UNFINISHED))
    assert {name: step.status for name, step in state.steps.items()} == {
        "a": "done", "b": "retrying", "c": "waiting", "d": "pending",
    }  # fmt: skip
    assert (state.status, state.awaited, state.priority, state.outputs) == ("running", 0, 0, {"a": {"value": 1}})
    assert resume(plan(), state, 1750000000500000) == (
        [],
        [SetTimer("b", 1750000000900000), SetTimer("c", 1750259200000003)],
    )


def test_an_ended_run_stays_as_it_was():
    state = fold(plan(), "r", decode(ENDED))
    assert {name: step.status for name, step in state.steps.items()} == {
        "a": "done", "b": "unknown", "c": "cancelled", "d": "cancelled",
    }  # fmt: skip
    assert (state.status, state.message, state.reason, state.awaited) == ("cancelled", "enough", "enough", 0)


def test_a_crash_in_the_middle_of_an_old_run_starts_what_was_under_way():
    facts = decode(UNFINISHED)[:2]
    state = fold(plan(), "r", facts)
    assert resume(plan(), state, 5) == ([], [RunStep("b", 1, {"value": 1}), RunStep("c", 1, {})])
