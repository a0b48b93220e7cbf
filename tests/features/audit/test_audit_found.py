"""The one search finds audit entries: for whoever may read the log, behind all things that match."""

from docchain.features.audit.searchable import AuditSource
from docchain.features.search import SearchRequest
from docchain.platform.ids import new_id
from docchain.platform.work import Actor

GREETING = {"workflow": "greet", "steps": [{"id": "text", "use": "text.template", "with": {"template": "Hi"}}]}


async def indexed(world) -> None:
    indexer = world.services.search.indexer
    async with indexer.claimed():
        await indexer.start()
        await indexer.catch_up()


async def found(world, q: str, **more):
    answer = await world.http.get("/search", params={"q": q, "mode": "text", **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_log_is_found_by_what_happened_behind_the_things_themselves(world):
    await indexed(world)  # from here on it follows
    await world.http.post("/workflows", json={"definition": GREETING})
    await world.http.post("/workflows/workflow_1/status", json={"status": "active"}, headers={"If-Match": "*"})
    await indexed(world)
    answer = await found(world, "greet")
    kinds = [hit["kind"] for hit in answer["hits"]]
    assert kinds[0] == "workflow"
    assert set(kinds[1:]) == {"audit"}
    assert answer["total"] == len(kinds)
    answer = await found(world, "status changed", kind="audit", facet=["event", "owner", "outcome"])
    (hit,) = answer["hits"]
    assert (hit["title"], hit["facts"]["owner"], hit["facts"]["outcome"]) == (
        "workflow.status_changed",
        "admin",
        "done",
    )
    assert hit["handle"] == f"audit_{hit['facts']['position']:.0f}"
    assert answer["facets"]["event"] == [{"value": "workflow.status_changed", "count": 1}]
    assert [one["id"] for one in (await found(world, hit["handle"]))["hits"]] == [hit["id"]]


async def test_an_index_that_is_built_anew_has_the_whole_log_and_nothing_personal(world):
    await world.http.post("/documents", files={"file": ("confidencial.txt", b"kilovatios", "text/plain")})
    await indexed(world)
    entries = (await found(world, "document uploaded", kind="audit"))["hits"]
    assert {hit["title"] for hit in entries} == {"document.uploaded"}
    assert (await found(world, "confidencial", kind="audit"))["hits"] == []
    assert [hit["title"] for hit in (await found(world, "confidencial"))["hits"]] == ["confidencial.txt"]


async def test_only_who_may_read_the_log_finds_its_entries(world):
    await world.http.post("/workflows", json={"definition": GREETING})
    await indexed(world)
    service, (workspace, *_) = world.services.search.service, await world.services.search.index.workspaces()
    for permissions, expected in (
        (["workflows:read"], {"workflow"}),
        (["workflows:read", "audit:read"], {"workflow", "audit"}),
    ):
        actor = Actor(new_id(), "ben", workspace, permissions=frozenset(permissions))
        answer = await service.search(_asked("greet"), actor)
        assert {hit.kind for hit in answer.hits} == expected
        assert answer.total == len(answer.hits)
    elsewhere = Actor(new_id(), "eve", new_id(), permissions=frozenset({"audit:read"}))
    assert (await service.search(_asked("workflow"), elsewhere)).total == 0


def _asked(q: str):
    return SearchRequest(q=q, mode="text")


def test_what_a_run_says_of_itself_is_no_entry():
    source = AuditSource()
    assert source.told_by(7, "run.finished") is None
    assert source.told_by(7, "run.cancel_ordered") is not None
