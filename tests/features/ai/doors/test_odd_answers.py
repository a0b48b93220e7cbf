"""What providers answer to do harm, or by mistake: it is told as what it is, is on the books, and breaks nothing."""

import json
import warnings

import pytest
from ai_world import World, events

ANY = {"type": "object"}
UNTELLABLE = {
    "valid, and too deep to be told": '{"a": ' * 500 + "1" + "}" * 500,
    "deeper than can be read": "Sure: " + "[" * 100_000,
    "half of a character": '{"a": "\\ud800"}',
    "no number": '{"a": NaN}',
    "endless": '{"a": Infinity}',
    "too large a number": '{"a": 1e999}',
    "what no database keeps": '{"a": "\\u0000"}',
}


@pytest.fixture
async def world(tmp_path):
    async with World(tmp_path) as world:
        yield world


@pytest.mark.parametrize("said", UNTELLABLE.values(), ids=list(UNTELLABLE))
async def test_a_value_that_cannot_be_told_again_does_not_fit(world, said):
    world.wire.text = said
    refused = await world.asked("/ai/generate", prompt="n?", provider="ours", schema=ANY)
    assert (refused.status_code, refused.json()["code"]) == (502, "ai_output_invalid")
    assert len(world.wire.calls) == 2, "it was asked to mend it"


async def test_half_of_a_character_in_a_text_is_told_as_unknown(world):
    world.wire.text = "so \ud800, and \x00"
    told = (await world.asked("/ai/generate", prompt="hi", provider="ours")).json()
    assert told["text"] == "so \ufffd, and \ufffd"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("many", [10**10, 10**30, -5])
async def test_tokens_that_nobody_can_have_taken_are_estimated(world, many, stream):
    world.wire.usage = {"prompt_tokens": many, "completion_tokens": 7, "total_tokens": 7}
    answer = await world.asked("/ai/generate", prompt="hi", provider="ours", stream=stream)
    told = events(answer.text)[-1][1] if stream else answer.json()
    assert told["text"] == "Hello there."
    (call,) = (await world.http.get("/ai/calls")).json()["items"]
    assert (call["state"], call["estimated"], call["tokens_out"]) == ("confirmed", True, 4)


async def test_what_a_provider_says_in_the_wrong_place_is_in_no_warning(world):
    world.wire.usage = {"prompt_tokens": "the key is", "completion_tokens": 7, "total_tokens": "sk-SECRET"}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        answer = await world.asked("/ai/generate", prompt="hi", provider="ours", stream=True)
    assert answer.status_code == 200
    assert [str(one.message) for one in told if "SECRET" in str(one.message)] == []


async def test_a_mark_that_a_model_escapes_comes_back_in_the_text_as_in_the_value(world):
    world.wire.text = r'{"n": "\u27e6NAME_1\u27e7"}'
    body = {"prompt": "Who? Don Juan Pérez", "provider": "ours", "schema": ANY}
    told = (await world.asked("/ai/generate", **body)).json()
    assert (told["value"], told["text"]) == ({"n": "Juan Pérez"}, '{"n": "Juan Pérez"}')


async def test_what_is_none_of_its_type_is_missing_and_says_so(world):
    paper = "ACME S.L.\nFactura: F-7\nFecha: 12/03/2026\nTotal: 100,00 EUR"
    names = ("number", "date", "due_date", "seller", "buyer", "seller_tax_id", "buyer_tax_id", "currency", "net")
    nothing = {name: {"value": None, "quote": None, "page": None} for name in (*names, "tax", "total", "lines")}
    odd = {"date": "NaN", "due_date": "31/02/2026", "total": "unknown", "net": "-"}
    said = nothing | {name: {"value": value, "quote": "x", "page": 10**30} for name, value in odd.items()}
    said |= {"number": {"value": "F-7", "quote": "Factura: F-7", "page": 1}}
    world.wire.text = json.dumps(said)
    answer = await world.asked("/ai/extract", text=paper, schema="invoice", provider="ours", redact="off")
    told = answer.json()
    assert (answer.status_code, told["value"]["number"]) == (200, "F-7")
    why = {name: told["missing"][name] for name in odd}
    assert why["date"] == why["due_date"] == "what the model said is no date"
    assert why["total"] == why["net"] == "what the model said is no money"
