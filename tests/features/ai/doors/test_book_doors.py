"""What doors of the books read, on both databases: budgets, usage, calls and known answers."""

import asyncio

import pytest
from ai_world import World


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
async def world(tmp_path, database_url):
    async with World(tmp_path, database_url=database_url) as world:
        yield world


async def test_what_was_made_is_read_again(world):
    made = (await world.asked("/ai/budgets", scope="workspace", period="total", hard="1")).json()
    assert (await world.asked("/ai/generate", prompt="hi", provider="openai")).status_code == 200
    read = await world.http.get(f"/ai/budgets/{made['handle']}")
    assert (read.status_code, read.json()["id"], read.json()["spent"]) == (200, made["id"], "0.000006")
    groups = ("provider", "model", "task", "run", "step", "document", "workflow", "day", "state")
    for group in groups:
        (line,) = (await world.http.get("/ai/usage", params={"group": group})).json()["items"]
        assert (group, line["calls"], line["tokens_in"]) == (group, 1, 12)
    assert (await world.http.get("/ai/cache")).json()["entries"] == 1
    assert [call["state"] for call in (await world.http.get("/ai/calls")).json()["items"]] == ["confirmed"]


async def test_a_warning_above_the_bound_is_refused(world):
    refused = await world.asked("/ai/budgets", scope="workspace", period="total", soft="5", hard="1")
    assert (refused.status_code, refused.json()["errors"][0]["message"]) == (
        422,
        "give `soft` no more than `hard`, which is never passed",
    )
    made = (await world.asked("/ai/budgets", scope="workspace", period="total", soft="0.5", hard="1")).json()
    changed = await world.http.patch(f"/ai/budgets/{made['handle']}", json={"soft": "2"}, headers={"If-Match": "*"})
    assert (changed.status_code, changed.json()["code"]) == (422, "invalid")
    assert (await world.http.get(f"/ai/budgets/{made['handle']}")).json()["soft"] == "0.5"


async def test_of_budgets_for_the_same_that_are_made_at_once_one_is(world):
    given = {"scope": "workspace", "period": "total", "hard": "1"}
    answers = await asyncio.gather(*(world.asked("/ai/budgets", **given) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "ai_budget_exists"}
