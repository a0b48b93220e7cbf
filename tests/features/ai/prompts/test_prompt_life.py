"""A prompt's life over HTTP: made, saved in versions, labelled, published, compared, changed and deleted."""

import asyncio

from docchain.features.ai.prompts.errors import AiGateFailed
from docchain.platform.errors import FieldFault

ANY = {"If-Match": "*"}


async def audited(world):
    found = (await world.http.get("/security/audit/logs", params={"type": "ai.prompt.*"})).json()["items"]
    return [(item["type"], item["data"]) for item in reversed(found)]


async def test_a_prompt_is_made_saved_published_and_told_in_the_audit(world, offer):
    made = await world.asked("/ai/prompts", name="offer", tags=["sales"], description="To customers", version=offer)
    told = made.json()
    assert (made.status_code, told["handle"], told["versions"], told["labels"]) == (201, "prompt_1", 1, {})
    assert (made.headers["location"], made.headers["etag"]) == ("/api/v3/ai/prompts/prompt_1", '"1"')
    saved = await world.asked("/ai/prompts/offer/versions", **{**offer, "text": "Only {{ reader }}.", "notes": "Less"})
    assert (saved.status_code, saved.json()["number"], saved.json()["notes"]) == (201, 2, "Less")
    published = await world.asked("/ai/prompts/prompt_1/publish", version=1)
    assert (published.status_code, published.json()["labels"]) == (200, {"production": 1})
    labelled = await world.http.put(
        "/ai/prompts/offer/labels/test", json={"version": "latest"}, headers={"If-Match": published.headers["etag"]}
    )
    assert labelled.json()["labels"] == {"production": 1, "test": 2}
    versions = (await world.http.get("/ai/prompts/offer/versions")).json()["items"]
    assert [(one["number"], one["labels"]) for one in versions] == [(2, ["test"]), (1, ["production"])]
    read = (await world.http.get("/ai/prompts/offer/versions/1")).json()
    assert {name: read[name] for name in ("text", "system", "name", "prompt")} == {
        "text": offer["text"],
        "system": offer["system"],
        "name": "offer",
        "prompt": "prompt_1",
    }
    assert len(read["digest"]) == 64
    assert [kind for kind, _ in await audited(world)] == [
        "ai.prompt.created",
        "ai.prompt.version_saved",
        "ai.prompt.version_saved",
        "ai.prompt.published",
        "ai.prompt.labelled",
    ]


async def test_a_version_never_changes_and_the_same_is_not_saved_twice(world, offer):
    await world.asked("/ai/prompts", name="offer", version=offer)
    same = await world.asked("/ai/prompts/offer/versions", **{**offer, "notes": "other notes"})
    assert (same.status_code, same.json()["code"]) == (409, "ai_prompt_unchanged")
    for method in ("PUT", "PATCH", "DELETE"):
        assert (await world.http.request(method, "/ai/prompts/offer/versions/1", json={})).status_code == 405


async def test_prompts_are_listed_page_by_page_by_tag_and_by_words(world):
    for name, tag in (("one", "a"), ("two", "b"), ("three", "a")):
        await world.asked("/ai/prompts", name=name, tags=[tag], description=f"{name} of 100%")
    first = (await world.http.get("/ai/prompts", params={"limit": 2, "total": True})).json()
    rest = (await world.http.get("/ai/prompts", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["name"] for one in (*first["items"], *rest["items"])] == ["three", "two", "one"]
    assert (first["total"], rest["next_cursor"]) == (3, None)
    tagged = (await world.http.get("/ai/prompts", params={"tag": "a"})).json()["items"]
    assert [one["name"] for one in tagged] == ["three", "one"]
    worded = (await world.http.get("/ai/prompts", params={"search": "TWO of 100%"})).json()["items"]
    assert [one["name"] for one in worded] == ["two"]
    assert (await world.http.get("/ai/prompts", params={"tag": "%"})).json()["items"] == []


async def test_a_change_names_the_state_that_it_was_made_on(world, offer):
    await world.asked("/ai/prompts", name="offer", version=offer)
    for call in (("PATCH", "", {"tags": ["x"]}), ("DELETE", "", None), ("PUT", "/labels/test", {"version": 1})):
        method, path, body = call
        bare = await world.http.request(method, f"/ai/prompts/offer{path}", json=body)
        stale = await world.http.request(method, f"/ai/prompts/offer{path}", json=body, headers={"If-Match": '"9"'})
        assert (bare.status_code, stale.status_code, stale.json()["code"]) == (428, 412, "ai_prompt_changed")
    changed = await world.http.patch("/ai/prompts/offer", json={"name": "letter"}, headers={"If-Match": '"1"'})
    assert (changed.json()["name"], changed.headers["etag"]) == ("letter", '"2"')
    assert (await world.http.get("/ai/prompts/offer")).json()["code"] == "ai_prompt_not_found"
    assert (await world.http.delete("/ai/prompts/letter", headers={"If-Match": '"2"'})).status_code == 204
    assert (await world.http.get("/ai/prompts/prompt_1")).status_code == 404


async def test_the_same_key_makes_saves_and_publishes_once(world, offer):
    keyed = {"Idempotency-Key": "once"}
    for path, body in (
        ("/ai/prompts", {"name": "offer", "version": offer}),
        ("/ai/prompts/offer/versions", {"text": "Other"}),
        ("/ai/prompts/offer/publish", {"version": 2}),
    ):
        first = await world.http.post(path, json=body, headers=keyed | {"Idempotency-Key": path})
        again = await world.http.post(path, json=body, headers=keyed | {"Idempotency-Key": path})
        assert (first.is_success, again.json(), again.headers["idempotency-replayed"]) == (True, first.json(), "true")
    assert (await world.http.get("/ai/prompts/offer")).json()["revision"] == 3


async def test_names_and_labels_that_cannot_be_are_refused(world, offer):
    await world.asked("/ai/prompts", name="offer", version=offer)
    for name in ("offer", "prompt_7"):
        taken = await world.asked("/ai/prompts", name=name)
        assert (taken.status_code, taken.json()["code"]) == (409, "ai_prompt_name_taken")
    for label in ("production", "latest"):
        refused = await world.http.put(f"/ai/prompts/offer/labels/{label}", json={"version": 1}, headers=ANY)
        assert (refused.status_code, refused.json()["code"]) == (409, "ai_prompt_label_reserved")
    missing = await world.asked("/ai/prompts/offer/publish", version=9)
    assert (missing.status_code, missing.json()["code"]) == (404, "ai_prompt_version_not_found")
    assert (await world.http.delete("/ai/prompts/offer/labels/test", headers=ANY)).status_code == 404


async def test_of_what_comes_at_the_same_moment_one_is_kept(world, offer):
    made = await asyncio.gather(*(world.asked("/ai/prompts", name="offer") for _ in range(4)))
    assert sorted(answer.status_code for answer in made) == [201, 409, 409, 409]
    texts = [world.asked("/ai/prompts/offer/versions", **{**offer, "notes": "", "text": f"No. {n}"}) for n in range(4)]
    saved = await asyncio.gather(*texts)
    assert sorted(answer.json()["number"] for answer in saved) == [1, 2, 3, 4]


async def test_a_version_with_faults_is_refused_with_all_their_paths(world):
    refused = await world.asked(
        "/ai/prompts",
        name="bad",
        version={
            "text": "{{ who }} and {{ kind }}",
            "system": "{{ paper }} {% if x %}",
            "variables": {
                "kind": {"type": "enum"},
                "paper": {"type": "document"},
                "many": {"type": "number", "default": "three"},
            },
            "output_schema": {"type": "nothing"},
        },
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "ai_prompt_invalid")
    assert [fault["path"] for fault in refused.json()["errors"]] == [
        "variables.who",
        "system",
        "variables.kind.values",
        "variables.many.default",
        "output_schema",
    ]
    assert (await world.http.get("/ai/prompts/bad")).status_code == 404


async def test_a_diff_tells_texts_by_lines_and_the_rest_by_path(world, offer):
    after = {**offer, "text": offer["text"] + "\nBe kind.", "temperature": 0.5, "output_schema": {"type": "object"}}
    after["variables"] = {**offer["variables"], "tone": {"type": "text"}, "extra": {"type": "boolean"}}
    del after["variables"]["topics"]
    after["text"] = after["text"].replace("{{ topics }}", "it")
    await world.asked("/ai/prompts", name="offer", version=offer)
    await world.asked("/ai/prompts/offer/versions", **after)
    told = (await world.http.get("/ai/prompts/offer/diff", params={"from": 1})).json()
    assert (told["from"], told["to"], told["same"], told["system"]) == (1, 2, False, [])
    assert [line[:2] for line in told["text"]] == ["- ", "+ ", "+ "]
    assert told["text"][2] == "+ Be kind."
    assert {(one["path"], one["change"]) for one in told["changes"]} == {
        ("variables.tone.type", "changed"),
        ("variables.tone.default", "changed"),
        ("variables.tone.values", "changed"),
        ("variables.topics", "removed"),
        ("variables.extra", "added"),
        ("temperature", "added"),
        ("output_schema", "added"),
    }
    assert "temperature was added: 0.5." in told["summary"]
    assert (await world.http.get("/ai/prompts/offer/diff", params={"from": 1, "to": 1})).json()["same"] is True


class Strict:
    """Agrees to the first version of a prompt, and to none after it."""

    def __init__(self):
        self.asked = []

    async def check(self, door, prompt, candidate, current):
        self.asked.append((door.actor.name, prompt.name, candidate.number, current.number if current else None))
        if current is not None:
            fault = FieldFault("cases[0].score", "is 0.5; it was 0.9", "worse")
            raise AiGateFailed("1 of 2 cases is worse.", errors=[fault])


async def test_a_gate_has_to_agree_unless_it_is_forced_with_a_reason(world, offer):
    gate = world.services.ai.gate = Strict()
    await world.asked("/ai/prompts", name="offer", version=offer)
    await world.asked("/ai/prompts/offer/versions", text="Worse")
    assert (await world.asked("/ai/prompts/offer/publish", version=1)).status_code == 200
    refused = await world.asked("/ai/prompts/offer/publish", version=2)
    assert (refused.status_code, refused.json()["code"]) == (409, "ai_gate_failed")
    assert refused.json()["errors"][0]["path"] == "cases[0].score"
    assert gate.asked == [("admin", "offer", 1, None), ("admin", "offer", 2, 1)]
    assert (await world.http.get("/ai/prompts/offer")).json()["labels"] == {"production": 1}
    bare = await world.asked("/ai/prompts/offer/publish", version=2, force=True)
    assert bare.status_code == 422
    forced = await world.asked("/ai/prompts/offer/publish", version=2, force=True, reason="The cases are wrong")
    assert (forced.status_code, forced.json()["labels"]) == (200, {"production": 2})
    assert len(gate.asked) == 2
    kind, told = (await audited(world))[-1]
    assert (kind, told["version"], told["before"], told["forced"], told["reason"]) == (
        "ai.prompt.published",
        2,
        1,
        True,
        "The cases are wrong",
    )


async def test_of_prompts_that_take_one_name_at_once_one_gets_it(world):
    for number in range(6):
        await world.asked("/ai/prompts", name=f"old_{number}")
    renames = (
        world.http.patch(f"/ai/prompts/old_{number}", json={"name": "wanted"}, headers=ANY) for number in range(6)
    )
    answers = await asyncio.gather(*renames)

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "ai_prompt_name_taken"}
    found = (await world.http.get("/ai/prompts")).json()["items"]
    assert sum(item["name"] == "wanted" for item in found) == 1
