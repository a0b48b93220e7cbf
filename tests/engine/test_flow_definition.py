"""Bad flows: handlers, joins and items that cannot be, each told with its path and what to do."""
# ruff: noqa: E501 (tables of faults, a row a line)

import pytest
from flows import pure
from scripted import Script, kinds_of

from docchain.engine.definition import DefinitionError, canonical, compile_plan, read_spec

KINDS = kinds_of(Script())


def faults_of(definition):
    with pytest.raises(DefinitionError) as refused:
        compile_plan(read_spec(definition), KINDS)
    return [(fault.path, fault.code, fault.message) for fault in refused.value.faults]


def each(name, items="${inputs.list}", **rest):
    return pure(name, "${item}", for_each=items, **rest)


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ([pure("a", on_error="fxi"), pure("fix")], ("steps[0].on_error", "unknown_step", "no step is named 'fxi'; did you mean fix?")),
        ([pure("a", on_error="a")], ("steps[0].on_error", "cycle", "a step cannot handle its own failure; name another step")),
        ([pure("fix"), pure("a", on_error="fix", needs=["fix"])], ("steps[1].on_error", "cycle", "step 'fix' comes before this one; name one that does not")),
        ([pure("a", on_error="b"), pure("b", needs=[], on_error="c"), pure("c", needs=[], on_error="a")], ("steps[2].on_error", "cycle", "step 'a' comes before this one; name one that does not")),
        ([pure("a", timeout={"after": "1h", "then": "explode"})], ("steps[0].timeout.then", "unknown_step", "no step is named 'explode'")),
        ([pure("a", join="any")], ("steps[0].join", "invalid", "there is nothing to join: the step has no needs; remove join")),
        ([pure("a", on_error="b"), pure("b", join="settled")], ("steps[1].join", "invalid", "there is nothing to join: the step has no needs; remove join")),
        ([pure("a", "${item}")], ("steps[0].with.value", "reference", "item exists only in `with` and `when` of a step with for_each")),
        ([pure("a", for_each="${[index]}")], ("steps[0].for_each.items", "reference", "index exists only in `with` and `when` of a step with for_each")),
        ([each("a"), pure("b", "${steps.a.value}")], ("steps[1].with.value", "reference", "a is a for_each step: it has failed, failures, items, succeeded, not 'value'; an item's output is steps.a.items[0]")),
        ([each("a"), pure("b", "${steps.a.items[0].vlue}")], ("steps[1].with.value", "reference", "steps.a.items[0] has no field 'vlue'; did you mean value?")),
        ([each("a", "${inputs.name}")], ("steps[0].for_each.items", "type", "${inputs.name} is a string, but for_each wants a list")),
        ([each("a", "inputs.list")], ("steps[0].for_each.items", "type", 'is a text, not a list; did you mean "${…}"?')),
        ([each("a", "${inputs.lst}")], ("steps[0].for_each.items", "reference", "inputs.lst is not declared; did you mean list?")),
        ([pure("a"), pure("b", "${errors.a.message}")], ("steps[1].with.value", "reference", "step 'a' has no on_error, so that its failure ends the run; add on_error to it")),
        ([pure("a", "${errors.b.message}"), pure("b", on_error="c"), pure("c")], ("steps[0].with.value", "reference", "step 'b' does not come before this one; add it to needs")),
        ([pure("a", on_error="b"), pure("b", "${errors.a.text}")], ("steps[1].with.value", "reference", "errors.a has no field 'text'; it has failure, hint, message")),
        ([pure("a", on_error="h"), pure("b"), pure("c"), pure("h", needs=["c"])], ("steps[3].needs[0]", "never", "'h' goes on when 'a' failed, but 'c' is skipped then; remove it from needs")),
        ([pure("a", on_error="h"), pure("b", needs=["a"]), pure("h", needs=["a", "b"], join="any")], ("steps[2].needs[1]", "never", "'h' goes on when 'a' failed, but 'b' is skipped then; remove it from needs")),
        ([pure("a"), pure("fix", "${steps.a.value}"), pure("b", on_error="fix", needs=[])], ("steps[1].with.value", "reference", "step 'a' does not come before this one; add it to needs")),
    ],
)  # fmt: skip
def test_a_fault_of_a_flow_says_what_to_do(steps, fault):
    inputs = {"list": {"type": "list"}, "name": {"type": "string"}}
    assert faults_of({"workflow": "w", "inputs": inputs, "steps": steps}) == [fault]


@pytest.mark.parametrize(
    "step",
    [
        each("a"),
        each("a", [1, "${inputs.list}"]),
        each("a", {"items": "${inputs.list}", "concurrency": 1_000, "tolerate": "100%"}),
        each("a", {"items": [], "tolerate": 3}, when="item.ok && index > 0", in_doubt=None),
        {"id": "a", "use": "t.send", "for_each": "${inputs.list}", "with": {"value": "${index}"}, "in_doubt": "resend"},
    ],
)
def test_every_kind_of_step_may_be_mapped(step):
    spec = read_spec(
        {"workflow": "w", "inputs": {"list": {"type": "list"}}, "steps": [step, pure("b", "${steps.a.failures}")]}
    )
    assert compile_plan(spec, KINDS).steps["a[7]"].index == 7
    assert read_spec(canonical(spec)) == spec


@pytest.mark.parametrize(
    "handler",
    [
        pure("h", needs=["b"], join="settled"),
        pure("h", needs=["b", "c"], join="any"),
        pure("h", needs=["a"]),
        pure("h", needs=["other"]),
    ],
)
def test_a_handler_may_need_what_can_come_about_when_it_is_wanted(handler):
    steps = [pure("a", on_error="h"), pure("b"), pure("c", needs=[], on_error="other"), pure("other"), handler]
    assert compile_plan(read_spec({"workflow": "w", "steps": steps}), KINDS).steps["h"].catches == {"a"}


@pytest.mark.parametrize(
    ("step", "path", "message"),
    [
        (
            {"for_each": 5},
            "steps[0].for_each",
            "must be a list, an expression that gives one, or a mapping with `items`",
        ),
        ({"retry": 5}, "steps[0].retry", "must be a mapping of fields"),
        (
            {"timeout": 1e308},
            "steps[0].timeout.after",
            "'1e+308s' is no duration; write it like 500ms, 90s, 2m, 1h30m or 3d",
        ),
    ],
)
def test_a_wrong_shape_is_told_in_words_of_the_language(step, path, message):
    with pytest.raises(DefinitionError) as refused:
        read_spec({"workflow": "w", "steps": [{"id": "a", "use": "wait", **step}]})
    assert [(fault.path, fault.message) for fault in refused.value.faults] == [(path, message)]
