"""The gate: a version that scores less is not published, the differences are shown, and whoever forces it is named."""

SAY = {"text": "Which word is meant by {{ hint }}? One word.", "variables": {"hint": {}}, "provider": "openai"}
LOUD = {**SAY, "text": "Which word is meant by {{ hint }}? In the plural."}
SET = {
    "name": "words",
    "task": "generate",
    "metric": "exact",
    "gates": ["say"],
    "examples": [
        {"input": {"variables": {"hint": "a fruit"}}, "expected": "apple"},
        {"input": {"variables": {"hint": "a colour"}}, "expected": "red"},
    ],
}


def words(text):
    """What the model says: right to the first prompt, one wrong of two to the other."""
    if "plural" in text and "a colour" in text:
        return "greens"
    return "Apple" if "a fruit" in text else "red"


async def guarded(world):
    world.wire.text = words
    assert (await world.asked("/ai/prompts", name="say", version=SAY)).status_code == 201
    made = await world.asked("/ai/evaluations", **SET)
    assert (made.status_code, made.json()["gates"]) == (201, ["say"])
    published = await world.asked("/ai/prompts/say/publish", version=1)
    assert published.status_code == 200, published.text
    assert (await world.asked("/ai/prompts/say/versions", **LOUD)).status_code == 201


async def test_a_worse_version_is_refused_with_the_differences(world):
    await guarded(world)
    refused = await world.asked("/ai/prompts/say/publish", version=2)
    told = refused.json()
    assert (refused.status_code, told["code"]) == (409, "ai_gate_failed")
    assert told["detail"] == (
        "words: version 2 scores 0.500; version 1 1.000; the least is 0.000, and 0.000 less than what is published."
    )
    assert told["errors"] == [
        {"path": "words.examples[2]", "message": 'right is "red"; before: "red"; now: "greens"', "code": "worse"}
    ]
    assert (await world.http.get("/ai/prompts/say")).json()["labels"] == {"production": 1}
    runs = (await world.http.get("/ai/evaluations/words/runs")).json()["items"]
    assert [(one["version"], one["score"]) for one in runs] == [(2, 0.5), (1, 1.0), (1, 1.0)]
    compared = await world.http.get(
        "/ai/evaluations/words/compare", params={"from": runs[1]["id"], "to": runs[0]["id"]}
    )
    assert [(one["number"], one["before"], one["after"]) for one in compared.json()["worse"]] == [(2, "red", "greens")]
    assert (compared.json()["better"], compared.json()["same"]) == ([], 1)


async def test_what_was_answered_before_is_not_asked_again(world):
    await guarded(world)
    asked = len(world.wire.calls)
    for _ in range(2):
        assert (await world.asked("/ai/prompts/say/publish", version=2)).status_code == 409
    assert len(world.wire.calls) == asked + 2


async def test_a_tolerated_loss_and_a_forced_version_are_published(world):
    await guarded(world)
    forced = await world.asked("/ai/prompts/say/publish", version=2, force=True, reason="A colour is no word")
    assert (forced.status_code, forced.json()["labels"]) == (200, {"production": 2})
    found = (await world.http.get("/security/audit/logs", params={"type": "ai.prompt.published"})).json()["items"]
    assert (found[0]["data"]["forced"], found[0]["data"]["reason"]) == (True, "A colour is no word")
    assert (await world.asked("/ai/prompts/say/publish", version=1)).status_code == 200
    bounds = {"tolerance": 0.5}
    await world.http.patch("/ai/evaluations/words", json=bounds, headers={"If-Match": "*"})
    assert (await world.asked("/ai/prompts/say/publish", version=2)).status_code == 200


async def test_the_least_score_holds_for_the_first_version_and_a_new_name_leaves_the_guard(world):
    world.wire.text = words
    await world.asked("/ai/prompts", name="say", version=LOUD)
    await world.asked("/ai/evaluations", **SET, minimum=0.9)
    renamed = await world.http.patch("/ai/prompts/say", json={"name": "tell"}, headers={"If-Match": "*"})
    assert renamed.status_code == 200
    assert (await world.http.get("/ai/evaluations/words")).json()["gates"] == ["tell"]
    refused = await world.asked("/ai/prompts/tell/publish", version=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "ai_gate_failed")
    assert refused.json()["errors"][0]["message"] == 'right is "red"; now: "greens"'
    assert (await world.http.get("/ai/prompts/tell")).json()["labels"] == {}


async def test_an_outage_refuses_to_publish_without_a_score(world):
    await guarded(world)
    world.wire.script = "503"
    refused = await world.asked("/ai/prompts/say/publish", version=2)
    assert (refused.status_code, refused.json()["code"]) == (503, "ai_provider_unavailable")
    assert (await world.http.get("/ai/prompts/say")).json()["labels"] == {"production": 1}


async def test_a_provider_that_takes_no_request_refuses_to_publish_without_a_score(world):
    await guarded(world)
    world.wire.script = "401"
    refused = await world.asked("/ai/prompts/say/publish", version=2)
    assert (refused.status_code, refused.json()["code"]) == (502, "ai_provider_refused")
    assert (await world.http.get("/ai/prompts/say")).json()["labels"] == {"production": 1}
    assert {one["version"] for one in (await world.http.get("/ai/evaluations/words/runs")).json()["items"]} == {1}


async def test_examples_that_nobody_can_answer_refuse_to_publish_though_nothing_got_worse(world):
    world.wire.text = words
    paper = await world.http.post(
        "/documents?name=paper.txt", content=b"A fruit", headers={"Content-Type": "text/plain"}
    )
    about = {
        "text": "Which word is in {{ paper }}?",
        "variables": {"paper": {"type": "document"}},
        "provider": "openai",
    }
    handle = paper.json()["handle"]
    asked = {"input": {"variables": {"paper": handle}}, "expected": "apple"}
    assert (await world.asked("/ai/prompts", name="say", version=about)).status_code == 201
    assert (await world.asked("/ai/evaluations", **SET | {"examples": [asked]})).status_code == 201
    assert (await world.http.delete(f"/documents/{handle}", headers={"If-Match": "*"})).is_success
    refused = await world.asked("/ai/prompts/say/publish", version=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "ai_gate_failed")
    [fault] = refused.json()["errors"]
    assert (fault["path"], fault["code"]) == ("words.examples[1]", "unanswered")
    assert fault["message"].startswith("document_not_found: ")
