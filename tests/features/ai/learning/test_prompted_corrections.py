"""A remote model is shown what people corrected on the layout, under the same veil, unless the workspace says no."""

import json
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "doors"))
from ai_world import World
from papers_to_learn import minute, note


@pytest.fixture
async def world(tmp_path):
    async with World(tmp_path) as world:
        yield world


async def uploaded(world, text):
    made = await world.http.post("/documents?name=a.txt", content=text.encode(), headers={"Content-Type": "text/plain"})
    return made.json()["handle"]


async def wish(world, **policy):
    await world.policy(**policy)
    world.services.workspace_settings.forget()  # it counts within seconds else


async def test_examples_of_the_layout_are_in_the_prompt_and_can_be_switched_off(world):
    paper = await uploaded(world, note("SH00514", "2,550.53") + "Questions: ana.garcia@example.com\n")
    fields = {"number": "SH00514", "due_date": None}
    made = await world.asked("/ai/corrections", document=paper, schema="invoice", fields=fields)
    assert made.status_code == 201, made.text
    later, other = [await uploaded(world, text) for text in (note("SH00602", "731.08"), minute("0883/26", "11,00"))]
    said = {"value": "SH00602", "quote": "Charge note SH00602", "page": 1}
    schema = {"fields": {"number": {}}}
    teach = await world.asked("/ai/corrections", document=paper, schema=schema, fields={"number": "SH00514"})
    assert teach.status_code == 201, teach.text
    world.wire.text = json.dumps({"number": said})

    async def sent(document):
        answer = await world.asked(
            "/ai/extract", document=document, schema=schema, provider="openai", redact="off", cache=False
        )
        assert answer.status_code == 200, answer.text
        return json.dumps(world.wire.calls[-1][1], ensure_ascii=False), answer.json()["learned_from"]

    await wish(world, redact="off")
    told, learned = await sent(later)
    assert "- number: SH00514 (in the line:" in told
    assert learned == ["ai_correction_2"], "of this schema only"
    told, learned = await sent(other)
    assert ("SH00514" in told, learned) == (False, [])
    await wish(world, redact="strict")
    told, _ = await sent(later)
    assert ("SH00514" in told, "<examples>" in told) == (False, True), "examples are veiled as all else"
    await wish(world, redact="off", examples=False)
    told, learned = await sent(later)
    assert ("<examples>" in told, learned) == (False, [])
