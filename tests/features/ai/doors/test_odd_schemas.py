"""Schemas that callers bring, through the public API: what leads nowhere is refused unpaid, what they say is veiled."""

import json

import pytest
from ai_world import World

NOWHERE = {
    "no such definition": {"$ref": "#/$defs/missing"},
    "no such anchor": {"$ref": "#nowhere"},
    "an anchor that is none": {"$ref": "#a", "default": {"$anchor": ["a"]}},
    "no such dynamic anchor": {"$dynamicRef": "#nowhere"},
    "no such letter": {"$ref": "#/%zz"},
    "a text": {"$ref": "#/title", "title": "x"},
    "a value to choose from": {"$ref": "#/enum/0", "enum": [{"type": "banana"}]},
    "all the properties": {"$ref": "#/properties", "properties": {"a": True}},
    "a keyword of others": {"$ref": "#/x-kinds/a", "x-kinds": {"a": {"type": "banana"}}},
}
SOMEWHERE = {
    "a definition": {"$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}},
    "a definition in other letters": {"$ref": "#/%24defs/a~1b", "$defs": {"a/b": {"type": "object"}}},
    "an anchor": {"$ref": "#a", "$defs": {"x": {"$anchor": "a", "type": "object"}}},
    "one of some": {"type": "object", "properties": {"n": {"$ref": "#/anyOf/0/properties/n"}},
                    "anyOf": [{"properties": {"n": {"type": "string"}}}]},
}  # fmt: skip
PEOPLE = ("Wojciech", "Kowalczyk", "12345678Z", "begona@example.com")


@pytest.fixture
async def world(tmp_path):
    async with World(tmp_path) as world:
        yield world


@pytest.mark.parametrize("schema", NOWHERE.values(), ids=list(NOWHERE))
async def test_a_reference_that_leads_nowhere_is_refused_with_its_place_before_anybody_is_asked(world, schema):
    refused = await world.asked("/ai/generate", prompt="hi", provider="ours", schema=schema)
    told = refused.json()
    assert (refused.status_code, told["code"]) == (422, "ai_schema_invalid")
    assert told["detail"].startswith(next(iter(schema.values())))
    assert world.wire.calls == []


@pytest.mark.parametrize("schema", SOMEWHERE.values(), ids=list(SOMEWHERE))
async def test_a_reference_that_leads_to_a_schema_is_followed(world, schema):
    world.wire.text = '{"n": "x"}'
    told = await world.asked("/ai/generate", prompt="hi", provider="ours", schema=schema)
    assert (told.status_code, told.json()["value"]) == (200, {"n": "x"})


async def test_a_reference_that_leads_nowhere_from_where_it_stands_is_refused(world):
    world.wire.text = '{"n": "x"}'
    inner = {"$id": "https://example.com/inner", "$ref": "#/$defs/a"}
    schema = {"properties": {"n": inner}, "$defs": {"a": {"type": "string"}}}
    refused = await world.asked("/ai/generate", prompt="hi", provider="ours", schema=schema)
    assert (refused.status_code, refused.json()["code"]) == (422, "ai_schema_invalid")


@pytest.mark.parametrize("keyword", ["x-note", "markdownDescription", "format", "contentMediaType", "$id", "$comment"])
async def test_what_keywords_of_others_say_stays_here(world, keyword):
    world.wire.text = '{"n": "x"}'
    said = f"x:{' '.join(PEOPLE)}" if keyword != "$id" else f"https://example.com/{'/'.join(PEOPLE)}"
    schema = {"type": "object", "properties": {"n": {"type": "string", keyword: said}}, keyword: said}
    answer = await world.asked("/ai/generate", prompt="hi", provider="ours", schema=schema)
    assert (answer.status_code, answer.json()["value"]) == (200, {"n": "x"})
    sent = json.dumps(world.wire.calls[0][1], ensure_ascii=False)
    assert [word for word in PEOPLE if word in sent] == []
