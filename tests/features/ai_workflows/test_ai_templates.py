"""Templates over HTTP, on a fresh server without key or network: each one runs, with its own samples."""

import asyncio

import pytest
from samples_run import run_sample

TYPES = {
    "content_generation",
    "text_analysis",
    "document_processing",
    "extraction",
    "classification",
    "summarization",
    "translation",
    "question_answering",
    "custom",
}


async def test_there_is_one_for_every_type_in_both_languages(offline):
    listed = (await offline.get("/ai-workflows/templates"))["items"]
    assert {one["workflow_type"] for one in listed} == TYPES
    assert all({sample["language"] for sample in one["samples"]} == {"es", "en"} for one in listed)
    assert [one["name"] for one in listed if not one["works_offline"]] == ["translate_text"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("es", "Le recordamos que la factura F-2026-0042, por un importe de 302,50 €, venció el 11 de abril de 2026"),
        ("en", "HT-2026-107"),
    ],
)
async def test_a_reminder_is_written_as_a_document(offline, language, said):
    run = await run_sample(offline, "payment_reminder", language)
    assert run["status"] == "succeeded", run["message"]
    assert said in run["output"]["text"]
    assert run["output"]["document"]["name"] == "payment_reminder.md"
    assert run["output"]["ai"]["provider"] == "local"


@pytest.mark.parametrize(
    ("language", "outline"),
    [
        (
            "es",
            ["- Lectores: autónomos", "- Extensión: 500 palabras", "## De qué trata", "## Por qué importa a autónomos"],
        ),
        (
            "en",
            [
                "- Readers: freelancers",
                "- Length: 500 words",
                "## What it is about",
                "## Why it matters to freelancers",
            ],
        ),
    ],
)
async def test_an_article_without_a_model_is_an_outline(offline, language, outline):
    run = await run_sample(offline, "write_article", language)
    assert run["status"] == "succeeded", run["message"]
    assert run["output"]["written"] is False
    lines = run["output"]["text"].splitlines()
    assert [line for line in lines if line in outline] == outline


@pytest.mark.parametrize(("language", "sentiment"), [("es", "negative"), ("en", "positive")])
async def test_a_text_is_analyzed(offline, language, sentiment):
    run = await run_sample(offline, "analyze_text", language)
    assert run["status"] == "succeeded", run["message"]
    output = run["output"]
    assert (output["language"]["code"], output["sentiment"]["label"]) == (language, sentiment)
    assert any(amount in str(output["entities"]) for amount in ("1.210,00", "1,210.00"))


@pytest.mark.parametrize(("language", "left_out"), [("es", "fiesta local"), ("en", "local holiday")])
async def test_a_text_is_summarized_in_its_own_words(offline, language, left_out):
    run = await run_sample(offline, "summarize_text", language)
    assert run["status"] == "succeeded", run["message"]
    assert left_out not in run["output"]["summary"]
    assert "4711" in run["output"]["summary"]
    assert run["output"]["ai"]["provider"] == "local"


@pytest.mark.parametrize(("language", "word"), [("es", "factura electrónica"), ("en", "electronic invoices")])
async def test_a_prompt_of_a_known_task_is_answered(offline, language, word):
    run = await run_sample(offline, "free_prompt", language)
    assert run["status"] == "succeeded", run["message"]
    assert word in run["output"]["text"].lower()


@pytest.mark.parametrize("language", ["es", "en"])
async def test_a_translation_names_the_setting_that_is_missing(offline, language):
    run = await run_sample(offline, "translate_text", language)
    assert (run["status"], run["failed_step"]) == ("failed", "translation")
    assert "No local method translates." in run["message"]
    assert "DOCCHAIN_OPENAI_API_KEY" in run["message"]


async def test_a_template_that_nobody_knows_is_a_warning(offline):
    body = {"name": "Blog", "workflow_type": "content_generation", "template_name": "blog_post"}
    made = await offline.post("/ai-workflows", body | {"input_data": {"topic": "IA"}, "ai_provider": "openai"})
    assert (made["template_name"], made["warnings"][0]["code"]) == ("write_article", "ai_template_not_found")


async def test_a_workspace_makes_templates_of_its_own(offline):
    await offline.post(
        "/ai-workflows", {"name": "R", "template_name": "summarize_text", "input_data": {"text": "Uno."}}
    )
    made = await offline.post("/ai-workflows/templates", {"name": "mine", "from_workflow": "1", "title": "Mío"})
    assert (made["custom"], made["workflow_type"], made["title"]) == (True, "summarization", "Mío")
    again = await offline.client.post("/ai-workflows/templates", json={"name": "mine", "from_workflow": "1"})
    assert (again.status_code, again.json()["code"]) == (409, "ai_template_taken")
    empty = await offline.client.post("/ai-workflows/templates", json={"name": "other"})
    assert (empty.status_code, empty.json()["code"]) == (422, "ai_template_empty")
    used = await offline.post("/ai-workflows", {"template_name": "mine"})
    assert (used["template_name"], used["workflow_type"]) == ("mine", "summarization")


async def test_templates_of_a_workspace_are_changed_as_they_were_read_and_deleted(offline):
    await offline.post("/ai-workflows", {"name": "R", "template_name": "summarize_text"})
    made = await offline.client.post("/ai-workflows/templates", json={"name": "mine", "from_workflow": "1"})
    path, first = made.headers["Location"].removeprefix("/api/v3"), made.headers["ETag"]
    assert (path, (await offline.client.get(path)).headers["ETag"]) == ("/ai-workflows/templates/mine", first)
    change = {"title": "Mío", "workflow_type": "custom", "sample_input": {"text": "Uno."}}
    changed = await offline.client.patch(path, json=change, headers={"If-Match": first})
    told = changed.json()
    assert (told["title"], told["workflow_type"], told["description"]) == ("Mío", "custom", made.json()["description"])
    assert told["samples"] == [{"language": "", "input_data": {"text": "Uno."}, "documents": {}}]
    late = await offline.client.patch(path, json={"title": "x"}, headers={"If-Match": first})
    assert (late.status_code, late.json()["code"]) == (412, "ai_template_changed")
    assert late.headers["ETag"] == changed.headers["ETag"]
    wrong = {"definition": {"workflow": "w", "steps": [{"id": "a", "use": "no.such"}]}}
    assert (await offline.client.patch(path, json=wrong, headers={"If-Match": "*"})).status_code == 422
    ours = await offline.client.delete("/ai-workflows/templates/summarize_text", headers={"If-Match": "*"})
    assert (ours.status_code, ours.json()["code"]) == (409, "ai_template_shipped")
    await offline.post("/ai-workflows", {"name": "M", "template_name": "mine"})
    gone = await offline.client.delete(path, headers={"If-Match": changed.headers["ETag"]})
    assert (gone.status_code, (await offline.client.get(path)).json()["code"]) == (204, "ai_template_not_found")
    assert (await offline.get("/ai-workflows/ai_workflow_2"))["template_name"] == "mine"


async def test_whom_it_asks_is_said_in_its_ai_steps_only(offline):
    body = {"workflow_type": "summarization", "template_name": "summarize_text", "ai_provider": "local"}
    made = await offline.post("/ai-workflows", body)
    assert made["definition"]["steps"][0]["with"]["provider"] == "local"
    answer = await offline.client.patch("/ai-workflows/1", json={"ai_provider": "auto"}, headers={"if-match": "*"})
    assert answer.json()["definition"]["steps"][0]["with"]["provider"] == "auto"


async def test_a_provider_without_key_is_named_with_its_setting(offline):
    body = {"name": "Blog", "workflow_type": "content_generation", "template_name": "blog_post"}
    await offline.post("/ai-workflows", body | {"input_data": {"topic": "IA"}, "ai_provider": "openai"})
    answer = await offline.client.post("/ai-workflows/ai_workflow_1/execute")
    assert (answer.status_code, answer.json()["code"]) == (409, "ai_provider_not_configured")
    assert "DOCCHAIN_OPENAI_API_KEY" in answer.json()["hint"]
    link = await offline.client.post("/ai-workflows/1/chain", json={"prompt": "Resume: uno. Dos."})
    assert (link.status_code, link.json()["code"]) == (409, "ai_provider_not_configured")
    await offline.post("/ai-workflows", {"name": "x", "template_name": "free_prompt", "ai_provider": "nobody"})
    other = await offline.client.post("/ai-workflows/2/execute")
    assert (other.status_code, other.json()["code"]) == (422, "ai_provider_unknown")


async def test_stats_tell_runs_and_calls_by_model(offline):
    await run_sample(offline, "summarize_text", "es")
    await offline.post("/ai-workflows/1/execute", {"wait": 30}, 200)
    await run_sample(offline, "translate_text", "es")
    told = await offline.get("/ai-workflows/stats")
    assert told["runs"] == {"succeeded": 2, "failed": 1}
    assert (told["calls"], told["cache_hits"], told["hit_rate"], told["cost"]) == (2, 0, 0.0, "0")
    assert [(one["provider"], one["calls"], one["failed"]) for one in told["models"]] == [("local", 2, 0)]
    assert (told["corrected"], told["models"][0]["quality"], told["models"][0]["graded_sets"]) == (0, None, 0)


async def test_stats_tell_quality_where_it_was_graded_here(offline):
    await run_sample(offline, "classify_message", "en")
    labels = {"billing": "invoice or payment", "delivery": "a parcel that came"}
    right = {"input": {"text": "The parcel came late.", "labels": labels}, "expected": "delivery"}
    wrong = right | {"expected": "billing"}
    own, elsewhere = {}, {"X-Workspace": "elsewhere"}
    await offline.post("/workspaces", {"slug": "elsewhere", "name": "Elsewhere"})
    for where, examples in ((own, [right]), (own, [right, wrong]), (elsewhere, [wrong])):
        name = f"set{len(examples)}"
        await offline.post("/ai/evaluations", {"name": name, "task": "classify", "examples": examples}, **where)
        await offline.post(f"/ai/evaluations/{name}/runs", {"provider": "local"}, **where)
    await offline.post("/ai/evaluations/set1/runs", {"provider": "local"})
    [local] = (await offline.get("/ai-workflows/stats"))["models"]
    assert (local["quality"], local["graded_sets"]) == (0.75, 2)


async def test_of_templates_that_take_one_name_at_once_one_gets_it(shared):
    definition = {"workflow": "t", "steps": [{"id": "a", "use": "ai.summarize", "with": {"text": "hola"}}]}
    given = {"name": "wanted", "definition": definition}
    answers = await asyncio.gather(*(shared.client.post("/ai-workflows/templates", json=given) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "ai_template_taken"}
