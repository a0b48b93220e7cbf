"""Who may see and grade evaluation sets: by permission, and no value of a paper that is kept from them."""

import httpx
import pytest
from pydantic import SecretStr

from docchain.features.identity import IdentityService
from docchain.features.identity.schemas import Registration
from docchain.platform.provenance import Caller
from docchain.platform.work import SYSTEM

SETS = "/ai/evaluations"
ABOUT_NOTHING = {"input": {"text": "FACTURA F-2\nTotal 20,00 EUR", "schema": "invoice"}, "expected": {"number": "F-2"}}


async def member(world, name, role, workspace="default"):
    """A client of another person."""

    def make(work):
        service = IdentityService(work)
        person = Registration.model_construct(username=name, password=SecretStr(""), name=name, email=None)
        user, place = service.add_user(person, "no hash"), service.workspace_id(workspace)
        if place is None:
            service.add_workspace(workspace, workspace, user)
        else:
            service.add_member(place, user, role)
        return user

    user = await world.services.database.write(make, SYSTEM)
    signed = await world.services.sign_in.admit(user, "password", Caller("api"))
    headers = {"Authorization": f"Bearer {signed.access_token}", "X-Workspace": workspace}
    transport, base = world.http._transport, world.http.base_url  # noqa: SLF001 - the same product
    return httpx.AsyncClient(transport=transport, base_url=base, headers=headers, timeout=60)


@pytest.fixture
async def graded(world):
    """A set with an example about a paper and one about none, and a run of it."""
    paper = await world.http.post(
        "/documents?name=f.txt", content=b"FACTURA F-1\nTotal 10,00 EUR", headers={"Content-Type": "text/plain"}
    )
    handle = paper.json()["handle"]
    about = {"input": {"document": handle, "schema": "invoice"}, "expected": {"number": "F-1"}}
    made = await world.asked(SETS, name="papers", task="extract", examples=[about, ABOUT_NOTHING])
    assert made.status_code == 201, made.text
    run = (await world.asked(f"{SETS}/papers/runs", provider="local")).json()
    assert [one["got"]["number"] for one in run["results"]] == ["F-1", "F-2"]
    return handle, run["id"]


async def role(world, name, *permissions, **more):
    made = await world.http.post("/security/roles", json={"name": name, "permissions": list(permissions), **more})
    assert made.status_code == 201, made.text


async def test_values_are_shown_and_graded_by_nobody_from_whom_documents_are_kept(world, graded):
    _, run = graded
    await role(world, "blind", "ai:read", "ai:use")
    await role(world, "veiled", "ai:read", "ai:use", "documents:read", hidden=["document.fields.number"])
    for name in ("blind", "veiled"):
        somebody = await member(world, name, name)
        assert (await somebody.get(f"{SETS}/papers")).json()["examples"] == 2
        for path in (
            f"{SETS}/papers/examples",
            f"{SETS}/papers/runs/{run}",
            f"{SETS}/papers/compare?from={run}&to={run}",
        ):
            assert (await somebody.get(path)).status_code == 403, (name, path)
        assert (await somebody.post(f"{SETS}/papers/runs", json={"provider": "local"})).status_code == 403
        assert [one["results"] for one in (await somebody.get(f"{SETS}/papers/runs")).json()["items"]] == [[]]


async def test_what_is_restricted_is_in_no_list_and_no_run_and_nobody_grades_the_rest_alone(world, graded):
    handle, run = graded
    await role(world, "grader", "ai:read", "ai:use", "documents:read")
    grader = await member(world, "ana", "grader")
    assert len((await grader.get(f"{SETS}/papers/examples")).json()["items"]) == 2
    await world.http.post("/documents/types", json={"name": "Secret"})
    await world.http.patch(f"/documents/{handle}", json={"type": "Secret"}, headers={"If-Match": "*"})
    kept = await world.http.post("/security/restrictions", json={"kind": "document_type", "thing": "Secret"})
    assert kept.status_code == 201, kept.text
    listed = (await grader.get(f"{SETS}/papers/examples")).json()["items"]
    assert [one["expected"] for one in listed] == [{"number": "F-2"}]
    read = (await grader.get(f"{SETS}/papers/runs/{run}")).json()
    assert ([one["got"]["number"] for one in read["results"]], read["examples"]) == (["F-2"], 2)
    refused = await grader.post(f"{SETS}/papers/runs", json={"provider": "local"})
    assert (refused.status_code, refused.json()["code"]) == (403, "ai_evaluation_hidden")


async def test_each_door_asks_for_its_permission_and_another_workspace_sees_nothing(world, graded):
    _, run = graded
    await role(world, "reader", "ai:read", "documents:read")
    reader, outsider = await member(world, "ana", "reader"), await member(world, "zoe", "owner", "elsewhere")
    anything = {"If-Match": "*"}
    for client, status in ((reader, 403), (outsider, 404)):
        assert (await client.post(f"{SETS}/papers/runs", json={"provider": "local"})).status_code == status
        assert (await client.post(f"{SETS}/papers/examples", json={"examples": [ABOUT_NOTHING]})).status_code == status
        assert (await client.patch(f"{SETS}/papers", json={"minimum": 0.5}, headers=anything)).status_code == status
        assert (await client.delete(f"{SETS}/papers", headers=anything)).status_code == status
    assert (await reader.get(f"{SETS}/papers/runs/{run}")).status_code == 200
    assert (await outsider.get(SETS)).json()["items"] == []
    for path in ("", "/examples", "/runs", f"/runs/{run}", f"/compare?from={run}&to={run}"):
        assert (await outsider.get(f"{SETS}/papers{path}")).status_code == 404, path
    assert (await world.http.get(f"{SETS}/papers")).json()["examples"] == 2
