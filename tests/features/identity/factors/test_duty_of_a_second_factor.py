"""Where a second factor is a duty: who has none sets one up before anything else, and is told so."""

import base64

import pytest

from docchain.features.identity import IdentityService
from docchain.features.identity.schemas import Registration
from docchain.platform.settings import FactorSettings, SecuritySettings, StorageSettings, load_settings
from docchain.platform.work import SYSTEM

EDITOR = {"username": "edu", "password": "correct horse battery"}


@pytest.fixture(params=["sqlite"])
def database_url(tmp_path):
    return f"sqlite:///{tmp_path}/app.db"


@pytest.fixture
def demand():
    return "everybody"


@pytest.fixture
def settings(tmp_path, demand):
    return load_settings(
        None,
        storage=StorageSettings(data_dir=tmp_path),
        security=SecuritySettings(),
        factors=FactorSettings(second_factor=demand),
    )


async def needed(visitor):
    return (await visitor.get("/auth/factors")).json()["needed"]


async def enrol(visitor):
    secret = base64.b32decode((await visitor.post("/auth/factors/totp")).json()["secret"])
    done = await visitor.post("/auth/factors/totp/confirm", json={"code": visitor.code(secret)})
    assert done.status_code == 200, done.text
    return secret


async def test_only_the_doors_to_set_one_up_are_open_until_there_is_one(visitor):
    await visitor.sign_in()
    refused = await visitor.get("/workspace/members")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_needed")
    assert "/account" in refused.json()["hint"]
    assert (await visitor.get("/auth/invitations")).json()["code"] == "second_factor_needed"
    assert (await visitor.get("/auth/me")).json()["permissions"] == []
    assert await needed(visitor) is True
    await enrol(visitor)
    assert await needed(visitor) is False
    assert (await visitor.get("/workspace/members")).status_code == 200
    assert (await visitor.get("/auth/invitations")).status_code == 200


async def test_an_app_that_was_only_begun_is_none(visitor):
    await visitor.sign_in()
    await visitor.post("/auth/factors/totp")
    assert (await visitor.get("/workspace/members")).json()["code"] == "second_factor_needed"


async def test_who_removes_the_last_one_is_asked_for_another_at_once(visitor):
    await visitor.sign_in()
    secret = await enrol(visitor)
    visitor.clock.advance(seconds=60)
    proof = {"proof": {"method": "totp", "code": visitor.code(secret)}}
    assert (await visitor.post("/auth/factors/totp/remove", json=proof)).status_code == 204
    assert (await visitor.get("/workspace/members")).json()["code"] == "second_factor_needed"


async def add_editor(visitor, passwords):
    hashed = await passwords.hash(EDITOR["password"])

    def add(work):
        service = IdentityService(work)
        user = service.add_user(Registration(**EDITOR, name="Edu"), hashed)
        service.add_member(service.workspace_id("default"), user, "editor")

    await visitor.database.write(add, SYSTEM)
    visitor.carry(await visitor.post("/auth/login", json=EDITOR))


@pytest.mark.parametrize(("demand", "editor", "owner"), [("admins", 200, 403), ("optional", 200, 200)])
async def test_it_can_be_a_duty_of_administrators_only(visitor, passwords, editor, owner):
    await add_editor(visitor, passwords)
    assert (await visitor.get("/security/permissions")).status_code == editor
    assert await needed(visitor) is False
    await visitor.sign_in()
    assert (await visitor.get("/security/permissions")).status_code == owner
    assert await needed(visitor) is (owner == 403)


@pytest.mark.parametrize("demand", ["admins"])
async def test_administrators_of_a_workspace_owe_one_also_before_they_are_in_it(visitor, passwords):
    await add_editor(visitor, passwords)
    assert (await visitor.get("/auth/invitations")).status_code == 200

    def promote(work):
        service = IdentityService(work)
        second = service.add_workspace("second", "Second", service.ids_of(["edu"])["edu"])
        return work.emit("workspace.changed", "workspace", second, {})

    await visitor.database.write(promote, SYSTEM)
    refused = await visitor.get("/auth/invitations")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_needed")
    assert (await visitor.post("/workspaces", json={"slug": "third", "name": "Third"})).status_code == 403
