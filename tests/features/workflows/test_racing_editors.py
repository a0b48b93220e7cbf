"""Editors who write at the same moment, on both databases: nobody's change is lost, and nobody gets a server fault."""

import asyncio
from collections import Counter

import pytest
from whole_product import Product

STEP = {"id": "a", "use": "value.set", "with": {"values": {"x": 1}}}


async def _at_once(calls):
    return Counter(answer.status_code for answer in await asyncio.gather(*calls))


@pytest.mark.parametrize("editors", [2, 8])
async def test_of_editors_with_one_etag_one_wins(on_both, editors):
    workflow = await on_both.workflow("raced", [STEP])
    for round_ in range(10):
        etag = (await on_both.client.get(f"/workflows/{workflow}")).headers["etag"]
        told = await _at_once(
            on_both.client.patch(
                f"/workflows/{workflow}", json={"tags": [f"{round_}-{editor}"]}, headers={"If-Match": etag}
            )
            for editor in range(editors)
        )
        assert told == {200: 1, 412: editors - 1}


async def test_changes_without_an_etag_all_take_place_one_after_the_other(on_both):
    workflow = await on_both.workflow("raced", [STEP])
    told = await _at_once(
        on_both.client.patch(f"/workflows/{workflow}", json={"tags": ["same", f"{editor}"]}) for editor in range(8)
    )
    assert told == {200: 8}
    assert (await on_both.get(f"/workflows/{workflow}"))["revision"] == 9


async def test_one_of_six_publishes_makes_the_version(on_both):
    workflow = await on_both.workflow("raced", [STEP])
    for round_ in range(1, 6):
        definition = {"workflow": "raced", "steps": [STEP], "output": round_}
        assert (await on_both.client.patch(f"/workflows/{workflow}", json={"definition": definition})).is_success
        told = await _at_once(on_both.client.post(f"/workflows/{workflow}/publish") for _ in range(6))
        assert told == {201: 1, 409: 5}
    versions = (await on_both.get(f"/workflows/{workflow}/versions"))["items"]
    assert [version["number"] for version in versions] == [5, 4, 3, 2, 1]


async def test_one_of_two_deletes_finds_the_workflow(on_both):
    for _ in range(5):
        workflow = await on_both.workflow("raced", [STEP])
        told = await _at_once(on_both.client.delete(f"/workflows/{workflow}") for _ in range(2))
        assert told == {204: 1, 404: 1}
        told = await _at_once(on_both.client.post(f"/workflows/{workflow}/restore") for _ in range(2))
        assert told == {200: 1, 404: 1}


async def test_different_changes_at_once_end_well(on_both):
    workflow = await on_both.workflow("raced", [STEP])
    for round_ in range(5):
        calls = [
            on_both.client.post(f"/workflows/{workflow}/publish"),
            on_both.client.patch(f"/workflows/{workflow}", json={"tags": [f"{round_}"]}),
            on_both.client.patch(f"/workflows/{workflow}", json={"name": f"raced {round_}"}),
            on_both.client.post(f"/workflows/{workflow}/status", json={"status": "active"}),
            on_both.client.post(f"/workflows/{workflow}/execute", json={"inputs": {}}),
        ]
        told = await _at_once(calls)
        assert set(told) <= {200, 201, 202, 409}, told


async def test_nodes_that_are_added_at_once_without_an_etag_are_all_added(on_both):
    workflow = await on_both.workflow("raced", [STEP])
    added = [{"id": f"n{number}", "use": "value.set", "with": {"values": {"x": 1}}} for number in range(40)]
    told = await _at_once(on_both.client.post(f"/workflows/{workflow}/nodes", json=step) for step in added)
    assert told == {201: 40}
    nodes = (await on_both.get(f"/workflows/{workflow}/nodes"))["items"]
    assert {node["id"] for node in nodes} == {"a", *(step["id"] for step in added)}


async def test_nodes_that_are_added_over_two_servers_at_once_are_all_added(on_postgres, postgres_url, tmp_path):
    other = Product(tmp_path / "other", postgres_url)
    await other.open()
    workflow = await on_postgres.workflow("raced", [STEP])
    told = await _at_once(
        server.client.post(f"/workflows/{workflow}/nodes", json=STEP | {"id": f"{name}{number}"})
        for number in range(25)
        for name, server in (("m", on_postgres), ("o", other))
    )
    await other.close()
    assert told == {201: 50}
    assert len((await on_postgres.get(f"/workflows/{workflow}/nodes"))["items"]) == 51
