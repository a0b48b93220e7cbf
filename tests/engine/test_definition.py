"""Bad definitions: every fault at once, each with its exact path, line or name; nothing costs more than its size."""
# ruff: noqa: E501 (tables of faults, a row a line)

import contextlib
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_runs import cases
from scripted import Script, kinds_of

from docchain.engine.definition import (
    DefinitionError,
    canonical,
    compile_plan,
    digest_of,
    json_schema,
    read_inputs,
    read_spec,
    read_text,
)

KINDS = kinds_of(Script())


def faults_of(definition):
    with pytest.raises(DefinitionError) as refused:
        compile_plan(read_spec(definition), KINDS)
    return [(fault.path, fault.code, fault.message) for fault in refused.value.faults]


def pure(name, value=None, **rest):
    return {"id": name, "use": "t.pure", "with": {"value": value}, **rest}


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("workflow: w\nsteps: [", "line 3", "is no valid YAML: did not find expected node content"),
        ("a: 1\nb:\n\tc: 1", "line 3", "is no valid YAML: found character that cannot start any token"),
        ("workflow: w\nsteps:\n  - id: a\n    id: b", "line 4", "'id' stands here twice"),
        ('{"workflow": "w",\n "workflow": "v"}', "line 2", "'workflow' stands here twice"),
        ("a: &x [1]\nb: *x", "line 2", "aliases (*name) are not supported; repeat the value"),
        ("? [a]\n: 1", "line 1", "a name must be a plain text"),
        ("a: " + "[" * 40 + "]" * 40, "line 1", "nests deeper than 32 levels or is too large"),
        ("a: " + "[" * 300_000, "line 1", "nests deeper than 32 levels or is too large"),
        ('{"a": ' * 300_00, "line 1", "nests deeper than 32 levels or is too large"),
        ("a:\n" + "- 1\n" * 60_000, "line 49998", "nests deeper than 32 levels or is too large"),
        ("- a\n- b", "", "The definition must be a mapping that starts with `workflow: name`."),
        ("", "", "The definition must be a mapping that starts with `workflow: name`."),
        ("x" * 1_000_001, "", "The definition is longer than 1,000,000 characters."),
    ],
)
def test_text_that_is_no_definition(text, path, message):
    began = time.monotonic()
    with pytest.raises(DefinitionError) as refused:
        read_spec(text)
    assert [(fault.path, fault.message) for fault in refused.value.faults] == [(path, message)]
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system [x]",
        "a: !!binary aGk=",
        "a: !!set {b}",
        "a\0: 1",
        "\ud800: 1",
        "a: \x07",
        "a: " + "9" * 5000,
    ],
)
def test_values_that_json_cannot_hold_are_refused(text):
    with pytest.raises(DefinitionError):
        read_text(text)


def test_an_alias_bomb_costs_nothing():
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
    bomb += "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    began = time.monotonic()
    with pytest.raises(DefinitionError, match="line 2: aliases"):
        read_text(bomb)
    assert time.monotonic() - began < 1


def test_plain_words_mean_what_they_say():
    text = "a: no\nb: 010\nc: 1:30\nd: 2026-12-31\ne: true\nf: 12\ng: 1e3\nh: ~\ni: on\nyes: 1\nj: 0.5\nk: 1_000"
    assert read_text(text) == {
        "a": "no", "b": "010", "c": "1:30", "d": "2026-12-31", "e": True, "f": 12, "g": 1000.0, "h": None,
        "i": "on", "yes": 1, "j": 0.5, "k": "1_000",
    }  # fmt: skip


def test_every_fault_is_told_at_once_each_with_its_path():
    definition = {
        "workflow": "w",
        "inputs": {"limit": {"type": "number"}},
        "steps": [
            {"id": "a", "use": "t.puer", "with": {"value": "${inputs.limt}"}},
            pure("b", "${steps.c.value}", when="steps.zzz.value > 1"),
            pure("c", "${1 +}", needs=["a", "nobody"]),
            {"id": "d", "use": "t.pure", "with": {"valeu": 1}, "in_doubt": "park"},
            {"id": "d", "use": "t.send", "in_doubt": "lookup", "timeout": {"after": "1h", "then": "escalate"}},
            {"id": "e", "use": "t.ask", "with": {"assignees": "${inputs.limit}"}},
        ],
        "output": {"x": "${steps.b.vlue}", "y": "${run.name}", "z": "${env.HOME}"},
    }
    told = {(path, code) for path, code, _ in faults_of(definition)}
    assert told == {
        ("steps[0].use", "unknown_kind"),
        ("steps[0].with.value", "reference"),
        ("steps[1].with.value", "reference"),
        ("steps[1].when", "reference"),
        ("steps[2].with.value", "expression"),
        ("steps[2].needs[1]", "unknown_step"),
        ("steps[4].id", "duplicate"),
        ("steps[3].with.valeu", "unknown_field"),
        ("steps[3].in_doubt", "invalid"),
        ("steps[4].in_doubt", "invalid"),
        ("steps[4].with.escalate_to", "missing"),
        ("steps[5].with.assignees", "type"),
        ("output.x", "reference"),
        ("output.y", "reference"),
        ("output.z", "expression"),
    }


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ([{"id": "a", "use": "t.puer"}], ("steps[0].use", "unknown_kind", "no step kind is named 't.puer'; did you mean t.pure?")),
        ([pure("text"), pure("b", "${steps.txt.value}")], ("steps[1].with.value", "reference", "no step is named 'txt'; did you mean text?")),
        ([pure("a", "${steps.b.value}"), pure("b")], ("steps[0].with.value", "reference", "step 'b' does not come before this one; add it to needs")),
        ([pure("a"), pure("b", "${steps.a.valeu}")], ("steps[1].with.value", "reference", "steps.a has no field 'valeu'; did you mean value?")),
        ([pure("a", needs=["a"])], ("steps[0].needs", "cycle", "these steps wait for each other: a → a")),
        (
            [pure("a", needs=["c"]), pure("b", needs=["a"]), pure("c", needs=["b"])],
            ("steps[0].needs", "cycle", "these steps wait for each other: a → c → b → a"),
        ),
        ([{"id": "a", "use": "t.pure", "with": {"x": 1}}], ("steps[0].with.x", "unknown_field", "t.pure has no parameter 'x'; it takes value")),
    ],
)  # fmt: skip
def test_a_fault_says_what_to_do(steps, fault):
    told = faults_of({"workflow": "w", "steps": steps})
    if fault[1] == "cycle":
        assert [item[1] for item in told] == ["cycle"]
        assert set(told[0][2].split(": ")[1].split(" → ")) == set(fault[2].split(": ")[1].split(" → "))
    else:
        assert told == [fault]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"workflow": "no spaces"}, "workflow"),
        ({"stepz": []}, "stepz"),
        ({"steps": {"a": 1}}, "steps"),
        ({"steps": [{"use": "t.pure"}]}, "steps[0].id"),
        ({"steps": [{**pure("a"), "retry": {"attempts": 0}}]}, "steps[0].retry.attempts"),
        ({"steps": [{**pure("a"), "retry": {"initial": "soon"}}]}, "steps[0].retry.initial"),
        ({"steps": [{**pure("a"), "retry": {"on": ["often"]}}]}, "steps[0].retry.on[0]"),
        ({"steps": [{**pure("a"), "timeout": "3 fortnights"}]}, "steps[0].timeout.after"),
        ({"steps": [{**pure("a"), "timeout": {"after": "1h", "then": "on fire"}}]}, "steps[0].timeout.then"),
        ({"steps": [{**pure("a"), "in_doubt": "guess"}]}, "steps[0].in_doubt"),
        ({"steps": [{**pure("a"), "join": "some"}]}, "steps[0].join"),
        ({"steps": [{**pure("a"), "for_each": 5}]}, "steps[0].for_each"),
        ({"steps": [{**pure("a"), "for_each": {"items": [], "concurrency": 0}}]}, "steps[0].for_each.concurrency"),
        ({"steps": [{**pure("a"), "for_each": {"items": [], "tolerate": "120%"}}]}, "steps[0].for_each.tolerate"),
        ({"steps": [{**pure("a"), "for_each": {"items": [], "tolerate": -1}}]}, "steps[0].for_each.tolerate"),
        ({"priority": 11}, "priority"),
        ({"inputs": {"x": {"type": "pdf"}}}, "inputs.x.type"),
        ({"steps": [pure("../etc")]}, "steps[0].id"),
    ],
)
def test_a_wrong_shape_is_told_with_its_path(change, path):
    with pytest.raises(DefinitionError) as refused:
        read_spec({"workflow": "w", **change})
    assert [fault.path for fault in refused.value.faults] == [path]


def test_values_given_as_data_are_checked_like_text():
    deep = []
    for _ in range(40):
        deep = [deep]
    for value, path in [(deep, "steps[0].with.value" + "[0]" * 29), (float("nan"), ""), ("\ud800", ""), ({1, 2}, "")]:
        with pytest.raises(DefinitionError) as refused:
            read_spec({"workflow": "w", "steps": [pure("a", value)]})
        assert [fault.path for fault in refused.value.faults] == [path]


def test_inputs_are_completed_and_every_wrong_one_is_told():
    spec = read_spec(
        {
            "workflow": "w",
            "inputs": {
                "limit": {"type": "number", "default": 10},
                "name": {"type": "string"},
                "day": {"type": "date"},
                "price": {"type": "money"},
                "count": {"type": "integer"},
                "note": {"type": "string", "required": False},
            },
        }
    )
    with pytest.raises(DefinitionError) as refused:
        read_inputs(spec, {"day": "31/12/2026", "price": 5, "count": 1.5})
    assert [(fault.path, fault.message) for fault in refused.value.faults] == [
        ("inputs.name", "is missing; give a text"),
        ("inputs.day", "must be a date such as 2026-12-31"),
        ("inputs.price", 'must be money such as {"amount": "12.50", "currency": "EUR"}'),
        ("inputs.count", "must be a whole number"),
    ]
    given = {"name": "Ana", "day": "2026-12-31", "price": {"amount": "1", "currency": "EUR"}, "count": 2, "extra": 1}
    values, warnings = read_inputs(spec, given)
    assert (values["limit"], values["note"], values["extra"]) == (10, None, 1)
    assert warnings == ["inputs.extra is not declared by the workflow; it was kept"]


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(case=cases(), value=JSON)
def test_a_definition_reads_back_from_its_canonical_text(case, value):
    spec = read_spec({**case.definition, "description": "a\u2028b\x7f", "inputs": {"x": {"default": value}}})
    text = canonical(spec)
    again = read_spec(text)
    assert (again, canonical(again), digest_of(again)) == (spec, text, digest_of(spec))
    assert read_text(text) == json.loads(text)


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=60) | st.text(st.sampled_from("abc:-[]{}\"'&*!|>%@`#?,\n \t~<=1."), max_size=60))
def test_no_text_raises_anything_but_a_definition_error(text):
    with contextlib.suppress(DefinitionError):
        compile_plan(read_spec(text), KINDS)


def test_the_schema_is_published():
    assert set(json_schema()["properties"]) == {
        "workflow", "title", "description", "tags", "priority", "error_workflow", "retention", "inputs",
        "steps", "output",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "kept"), [(1 / 3, "0.333333s"), (5, "5s"), ("1h30m", "1h30m"), (0.25, "0.250000s"), ("500 ms", "500 ms")]
)
def test_a_duration_may_be_a_number_of_seconds(given, kept):
    spec = read_spec({"workflow": "w", "steps": [{"id": "a", "use": "k", "timeout": given}]})
    assert spec.steps[0].timeout.after == kept


def test_null_is_given_where_anything_goes_and_missing_elsewhere():
    spec = read_spec({"workflow": "w", "inputs": {"what": {"type": "any"}, "name": {"type": "string"}}, "steps": []})
    assert read_inputs(spec, {"what": None, "name": "Ana"}) == ({"what": None, "name": "Ana"}, [])
    for given_ in ({"name": "Ana"}, {"what": 1, "name": None}):
        with pytest.raises(DefinitionError, match="is missing"):
            read_inputs(spec, given_)
