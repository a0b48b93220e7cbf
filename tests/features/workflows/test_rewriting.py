"""A definition's text, edited: what was not changed keeps its comments, its order and its layout."""

import copy
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docchain.engine.definition import read_text
from docchain.features.workflows.rewriting import rewritten
from docchain.features.workflows.writing import as_yaml

TEXT = """\
# Incoming invoices
workflow: invoices   # its name
title: Invoices

inputs:
  limit: {type: number, default: 1000}   # euros

steps:
  # reads
  - id: text
    use: document.parse
    with: {document: "${inputs.document}"}  # the original

  # asks
  - id: ask
    use: human.approval
    with:
      title: Pay?   # short
      body: |
        Please look
        at it.
    timeout: 2d

  # ---- delivery ----

  - id: deliver
    use: deliver.folder
    needs: [ask]
    # once a day
output: "${steps.text}"   # all of it
"""


def edited(change, text=TEXT):
    wanted = read_text(text)
    change(wanted)
    result = rewritten(text, wanted)
    assert read_text(result) == wanted
    return result


def step(name, wanted):
    return next(step for step in wanted["steps"] if step["id"] == name)


def test_nothing_changed_is_the_same_text():
    assert edited(lambda _: None) == TEXT


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (lambda w: w.update(title="Bills"), "title: Invoices\n", "title: Bills\n"),
        (lambda w: w["inputs"]["limit"].update(default=5), "default: 1000}   # euros", "default: 5}   # euros"),
        (lambda w: step("ask", w)["with"].update(title="no"), "title: Pay?   # short", "title: 'no'   # short"),
        (
            lambda w: step("ask", w)["with"].update(body="One.\nTwo.\n"),
            "        Please look\n        at it.\n",
            "        One.\n        Two.\n",
        ),
        (lambda w: step("ask", w).update(timeout={"after": "1d"}), "timeout: 2d", "timeout: {after: 1d}"),
        (lambda w: step("deliver", w).pop("needs"), "    needs: [ask]\n", ""),
        (lambda w: step("deliver", w).update(needs=["ask", "text"]), "[ask]", "[ask, text]"),
        (lambda w: step("ask", w).update(when="1e5"), "timeout: 2d\n", "timeout: 2d\n    when: '1e5'\n"),
        (lambda w: step("text", w).update(id="read"), "- id: text\n", "- id: read\n"),
        (lambda w: w.update(tags=["a", "b"]), "# all of it\n", "# all of it\ntags: [a, b]\n"),
        (lambda w: w.pop("title"), "title: Invoices\n", ""),
        (
            lambda w: step("text", w)["with"].update(pages=2),
            '{document: "${inputs.document}"}',
            "{document: '${inputs.document}', pages: 2}",
        ),
    ],
)
def test_only_what_changed_is_written_anew(change, before, after):
    assert TEXT.count(before) == 1
    assert edited(change) == TEXT.replace(before, after)


def test_a_moved_step_takes_its_comments_with_it():
    text = edited(lambda w: w["steps"].insert(0, w["steps"].pop(1)))
    assert text.index("# asks") < text.index("- id: ask") < text.index("# reads") < text.index("- id: text")
    assert text.index("# the original") < text.index("# ---- delivery ----") < text.index("- id: deliver")
    assert edited(lambda w: w["steps"].insert(1, w["steps"].pop(0)), text) == TEXT


def test_a_removed_step_goes_with_its_comments_and_leaves_those_of_others():
    text = edited(lambda w: w["steps"].pop(1))
    assert "# asks" not in text
    assert "# ---- delivery ----" in text
    assert "# reads" in text


def test_an_added_step_stands_as_the_others_do():
    added = {"id": "tell", "use": "value.set", "with": {"values": {"x": 1}}}
    text = edited(lambda w: w["steps"].insert(1, added))
    assert "\n\n  - id: tell\n    use: value.set\n    with:\n      values: {x: 1}\n\n  # asks\n" in text


@pytest.mark.parametrize(
    "text",
    [
        "workflow: w\nsteps: [{id: a, use: x}]   # flow\n",
        "workflow: w\nsteps:\n- {id: a, use: x}  # one\n- use: y  # two\n  id: b\n",
        "workflow: w\nsteps:\n  - # odd\n    id: a\n    use: x\n",
        '{"workflow": "w", "steps": [{"id": "a", "use": "x"}]}',
        "workflow: w\r\nsteps:\r\n  - id: a\r\n    use: x\r\n",
        "workflow: w\nsteps:\n  - id: a\n    use: x",
        "workflow: w\nsteps: []\n",
        "workflow: w\n",
    ],
)
def test_every_layout_reads_as_it_should_after_an_edit(text):
    for name in ("b", "c"):
        text = edited(lambda w, name=name: w.setdefault("steps", []).insert(0, {"id": name + "2", "use": "z"}), text)
    text = edited(lambda w: w["steps"][-1].update(use="other", title="T: 1 # no comment"), text)
    edited(lambda w: w.update(steps=[]), text)


def test_texts_that_yaml_might_take_for_something_else_come_back():
    values = ["no", "010", "1e5", "2026-12-31", "~", "", " x ", "a\nb", "a\n\n", "#", "- x", "1:30", "=", "\u2028", "é"]
    for value in (*values, 1, 1.0, 1e20, True, None, [], {}, [[1]], {"a": {"b": [{"c": "no"}]}}):
        assert read_text(as_yaml({"v": value})) == {"v": value}
        assert repr(read_text(rewritten("v: 1\n", {"v": value}))["v"]) == repr(value)


def test_many_random_edits_keep_every_comment_of_the_steps_that_stay():
    rng = random.Random(4)  # noqa: S311 - for variety, not for secrets
    steps = [f"  # about s{n}\n  - id: s{n}\n    use: k   # kind of s{n}\n" + "\n" * (n % 2) for n in range(8)]
    for _ in range(60):
        text = "workflow: w\nsteps:\n" + "".join(steps) + "output: 1\n"
        wanted = read_text(text)
        made = copy.deepcopy(wanted["steps"])
        rng.shuffle(made)
        del made[rng.randrange(1, len(made)) :]
        made[rng.randrange(len(made))]["use"] = "other"
        made.insert(rng.randrange(len(made) + 1), {"id": "new", "use": "n"})
        wanted["steps"] = made
        result = rewritten(text, wanted)
        assert read_text(result) == wanted
        for kept in made:
            if kept["id"] != "new":
                above = f"  # about {kept['id']}\n  - id: {kept['id']}\n"
                assert above in result
                assert f"# kind of {kept['id']}" in result


@pytest.mark.parametrize(
    "value", ["\n", "\n\n", "a\n\n\nb\n\n", "a\x85b", "a\u2028b\n", "\ufeffx", "  a\nb", "\n  a", "a\n\t\nb", "a\r\nb"]
)
def test_texts_that_no_block_can_hold_cost_no_comment(value):
    def change(wanted):
        step("deliver", wanted)["with"] = {"text": value, "lines": [value]}
        step("ask", wanted)["with"]["title"] = value
        step("ask", wanted)["with"]["body"] = value

    result = edited(change)
    assert [line for line in TEXT.splitlines() if line.strip().startswith("#") and line not in result] == []
    assert "# its name" in result
    assert read_text(as_yaml({"workflow": "w", "title": value})) == {"workflow": "w", "title": value}


@given(
    st.text(st.one_of(st.sampled_from(" \n\r\t\x85\u2028\ufeff#:-'\"a"), st.characters(exclude_categories=["Cs"]))),
    st.text(st.one_of(st.sampled_from(" \n\r\t\x85\u2028\ufeff#:-'\"a"), st.characters(exclude_categories=["Cs"]))),
)
def test_any_text_comes_back_and_costs_no_comment(key, value):
    definition = {"workflow": "w", "title": value, "with": {"k": value, "list": [value, {"k": value}]}}
    assert read_text(as_yaml(definition)) == definition

    def change(wanted):
        step("deliver", wanted)["with"] = {"text": value, key: value}
        step("text", wanted)["with"]["document"] = value
        wanted["description"] = value

    assert "# its name" in edited(change)
