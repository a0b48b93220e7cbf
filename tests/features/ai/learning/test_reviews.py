"""What a person fills in for an approval becomes a correction: once, and only what was changed."""

import asyncio

from papers_to_learn import note

DEFINITION = {
    "workflow": "intake",
    "inputs": {"document": {"type": "document"}},
    "steps": [
        {"id": "text", "use": "document.parse", "with": {"document": "${inputs.document}"}},
        {"id": "fields", "use": "extract.fields", "with": {"document": "${steps.text.document}", "schema": "invoice"}},
        {
            "id": "approve",
            "use": "human.approval",
            "when": "!steps.fields.ok",
            "with": {
                "title": "Right?",
                "document": "${inputs.document}",
                "form": {
                    "number": {"type": "string"},
                    "total": {"type": "money"},
                    "date": {"type": "date"},
                    "cost_centre": {"type": "string"},
                },
            },
        },
    ],
    "output": "${steps.fields}",
}
ANSWER = {
    "number": "SH00514",
    "total": {"amount": "2550.53", "currency": "GBP"},
    "date": "2026-08-10",
    "cost_centre": "A",
}


async def until(look):
    for _ in range(600):
        if found := await look():
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("It did not come about.")


async def asked(school, paper):
    """A run that waits for a person."""
    made = await school.http.post("/workflows/workflow_1/execute", json={"inputs": {"document": paper}})
    assert made.status_code == 202, made.text
    handle = made.json()["handle"]

    async def waits():
        found = (await school.http.get("/approvals?status=pending")).json()["items"]
        return [item["handle"] for item in found]

    [approval] = await until(waits)
    return handle, approval


async def listed(school):
    return (await school.http.get("/ai/corrections")).json()["items"]


async def test_what_an_answer_changes_teaches_the_next_run_and_is_kept_once(opened):
    async with opened(run_engine=True) as school:
        assert (await school.http.post("/workflows", json={"definition": DEFINITION})).status_code == 201
        run, approval = await asked(school, await school.upload(note("SH00514", "2,550.53")))
        read = (await school.http.get(f"/runs/{run}")).json()["steps"][1]["output"]["value"]
        assert (read["number"], read["total"], read["date"]) == (None, None, "2026-08-10")
        answer = await school.http.post(f"/approvals/{approval}/answer", json={"decision": "approve", "values": ANSWER})
        assert answer.status_code == 200, answer.text

        async def kept():
            return [item for item in await listed(school) if item["state"] != "waiting"]

        [made] = await until(kept)
        assert (made["state"], made["origin"], made["created_by"], made["step"]) == (
            "kept",
            "approval",
            "admin",
            "fields",
        )
        assert {name: told["value"] for name, told in made["fields"].items()} == {
            "number": "SH00514",
            "total": {"amount": "2550.53", "currency": "GBP"},
        }
        assert (made["run_id"], made["approval_id"]) == (answer.json()["run_id"], answer.json()["id"])
    async with opened(run_engine=True) as school:  # everything is read again where it was left
        run, approval = await asked(school, await school.upload(note("SH00602", "731.08")))
        told = (await school.http.get(f"/runs/{run}")).json()["steps"][1]["output"]
        assert (told["value"]["number"], told["value"]["total"]["amount"]) == ("SH00602", "731.08")
        assert told["learned_from"] == [made["handle"]]
        assert [item["handle"] for item in await listed(school)] == [made["handle"]]


async def test_an_answer_that_was_given_just_before_the_end_is_learned_from_after_it(opened):
    async with opened(run_engine=True) as school:
        assert (await school.http.post("/workflows", json={"definition": DEFINITION})).status_code == 201
        _, approval = await asked(school, await school.upload(note("SH00514", "2,550.53")))
    async with opened() as school:  # nothing is executed here, so nobody learns
        await school.http.post(f"/approvals/{approval}/answer", json={"decision": "approve", "values": ANSWER})
        assert [item["state"] for item in await listed(school)] == ["waiting"]
    async with opened(run_engine=True) as school:

        async def kept():
            return [item for item in await listed(school) if item["state"] == "kept"]

        [made] = await until(kept)
        assert sorted(made["fields"]) == ["number", "total"]


async def test_answers_that_change_nothing_or_reject_teach_nothing_and_wrong_ones_say_why(opened):
    async with opened(run_engine=True) as school:
        assert (await school.http.post("/workflows", json={"definition": DEFINITION})).status_code == 201
        answers = [
            {"decision": "approve", "values": {"date": "2026-08-10", "cost_centre": "A"}},
            {"decision": "reject", "values": ANSWER},
            {"decision": "approve", "values": {"number": "SH99999"}},
        ]
        for number, answer in enumerate(answers):
            _, approval = await asked(school, await school.upload(note(f"SH0051{number}", "2,550.53")))
            await school.http.post(f"/approvals/{approval}/answer", json=answer)

        async def settled():
            found = await listed(school)
            return found if found and all(item["state"] != "waiting" for item in found) else None

        [refused] = await until(settled)
        assert (refused["state"], list(refused["refused"])) == ("refused", ["number"])
        assert "stand nowhere in the document" in refused["refused"]["number"]
        assert (await school.extracted(await school.upload(note("SH00602", "731.08"))))["learned_from"] == []
