"""Workflows as files: what was changed since they were written is in them, and comments and order stay."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

YAML = """\
# Incoming invoices
workflow: invoice_intake
title: Invoice intake   # for people
tags: [finance]
inputs:
  limit: {type: number, default: 1000}
steps:
  # first of all
  - id: note
    use: text.template   # says what it does
    with: {template: "limit {{ limit }}", data: {limit: "${inputs.limit}"}}
"""
AS_YAML = {"Content-Type": "application/yaml"}
STEP = {"id": "a", "use": "value.set", "with": {"values": {"x": 1}}}


async def take(client, text, query="", status=201, **headers):
    answer = await client.post(f"/workflows/import{query}", content=text, headers=headers or AS_YAML)
    assert answer.status_code == status, answer.text
    return answer.json()


async def text_of(client, workflow, query=""):
    return (await client.get(f"/workflows/{workflow}/export{query}")).text


async def test_labels_that_were_changed_are_in_the_file_and_comments_stay(ana):
    await take(ana, YAML)
    changes = {"name": "invoices", "description": "Says what came.", "tags": ["finance", "new"]}
    assert (await ana.patch("/workflows/1", json=changes, headers={"If-Match": "*"})).status_code == 200
    text = await text_of(ana, 1)
    for kept in ("# Incoming invoices\n", "title: Invoice intake   # for people\n", "  # first of all\n"):
        assert kept in text
    for changed in ("workflow: invoices\n", "description: Says what came.\n", "tags: [finance, new]\n"):
        assert changed in text
    again = await take(ana, text)
    assert {field: again[field] for field in changes} == changes
    as_data = json.loads(await text_of(ana, 1, "?format=json"))
    assert (as_data["workflow"], as_data["description"], as_data["tags"]) == tuple(changes.values())


async def test_what_was_proposed_is_not_written_into_the_file(ana):
    await ana.post("/workflows", json={"definition": {"workflow": "one", "steps": [STEP]}})
    assert (await ana.get("/workflows/1")).json()["description"] == "1 step: value.set."
    assert await text_of(ana, 1) == (
        "workflow: one\nsteps:\n  - id: a\n    use: value.set\n    with:\n      values: {x: 1}\n"
    )


async def test_a_name_that_definitions_cannot_have_is_the_title(ana):
    await ana.post("/workflows", json={"name": "Facturas España", "definition": {"workflow": "es", "steps": [STEP]}})
    assert (await text_of(ana, 1)).startswith("workflow: es\ntitle: Facturas España\n")


async def test_a_published_version_is_exported_as_it_was(ana):
    await take(ana, YAML)
    await ana.post("/workflows/1/publish")
    await ana.patch("/workflows/1", json={"tags": ["other"]}, headers={"If-Match": "*"})
    assert await text_of(ana, 1, "?version=1") == YAML


async def test_json_is_exported_as_it_was_written_and_as_yaml(ana):
    text = '{"workflow": "one",\n   "steps": [{"id": "a", "use": "value.set", "with": {"values": {"x": 1}}}]}\n'
    await take(ana, text, **{"Content-Type": "application/json"})
    assert await text_of(ana, 1, "?format=json") == text
    assert (await text_of(ana, 1)).startswith("workflow: one\nsteps:\n")


@pytest.mark.parametrize("given", ["text/xml", "application/zip", "multipart/form-data; boundary=x"])
async def test_a_body_of_another_type_is_refused(ana, given):
    refused = await take(ana, YAML, status=415, **{"Content-Type": given})
    assert refused["code"] == "unsupported_media_type"
    assert "`application/yaml`" in refused["hint"]


@pytest.mark.parametrize("given", ["application/yaml; charset=utf-8", "text/yaml", "application/x-yaml"])
async def test_every_type_of_yaml_is_read(ana, given):
    assert (await take(ana, YAML, **{"Content-Type": given}))["name"] == "invoice_intake"


async def test_a_name_that_is_taken_is_refused_or_numbered_or_changed(on_both):
    client = on_both.client
    await take(client, YAML)
    refused = await take(client, YAML, "?on_conflict=fail", 409)
    assert (refused["code"], refused["detail"]) == (
        "workflow_name_taken",
        "workflow_1 is named 'invoice_intake' already.",
    )
    second = await take(client, YAML, "?on_conflict=rename")
    third = await take(client, YAML, "?on_conflict=rename")
    assert [second["name"], third["name"]] == ["invoice_intake_2", "invoice_intake_3"]
    assert await text_of(client, 3) == YAML.replace("workflow: invoice_intake", "workflow: invoice_intake_3")
    changed = YAML.replace("[finance]", "[finance, new]").replace("default: 1000", "default: 5")
    updated = await take(client, changed, "?on_conflict=update", 200)
    assert (updated["handle"], updated["revision"], updated["tags"]) == ("workflow_1", 2, ["finance", "new"])
    assert await text_of(client, 1) == changed
    same = await take(client, YAML)
    assert (same["handle"], same["name"]) == ("workflow_4", "invoice_intake")
    ambiguous = await take(client, YAML, "?on_conflict=update", 409)
    assert ambiguous["code"] == "workflow_ambiguous"


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def plain(value):
    """No expressions: what `${` begins means something."""
    return "$" not in json.dumps(value)


DEFINITIONS = st.fixed_dictionaries(
    {"workflow": NAMES},
    optional={
        "title": WORDS,
        "description": WORDS,
        "tags": st.lists(st.text("abc é#:-", min_size=1, max_size=9).filter(str.strip), max_size=3, unique=True),
        "steps": st.dictionaries(NAMES, VALUES.filter(plain), max_size=3).map(
            lambda steps: [{"id": id_, "use": "value.set", "with": {"values": {"v": v}}} for id_, v in steps.items()]
        ),
        "output": VALUES.filter(plain),
    },
)


@pytest.mark.parametrize("form", ["yaml", "json"])
async def test_every_definition_makes_the_round_trip(ana, form):
    for definition in _drawn(80):
        first = await ana.post("/workflows", json={"definition": definition})
        assert first.status_code == 201, (definition, first.text)
        text = await text_of(ana, first.json()["handle"], f"?format={form}")
        again = await take(ana, text, **{"Content-Type": f"application/{form}"})
        assert again["definition"] == first.json()["definition"]
        assert {name: again[name] for name in ("name", "title", "description", "tags", "proposed")} == {
            name: first.json()[name] for name in ("name", "title", "description", "tags", "proposed")
        }
        assert await text_of(ana, again["handle"], f"?format={form}") == text


def _drawn(count):
    """Examples: one that is async cannot draw its own."""
    drawn = []

    @settings(max_examples=count, deadline=None, database=None)
    @given(DEFINITIONS)
    def draw(definition):
        drawn.append(definition)

    draw()
    return drawn
