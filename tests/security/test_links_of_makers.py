"""A link opens no more than its maker may: it ends with their membership, their permission, their key, their sight."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from docchain.features.identity.keys.tables import ApiKeyRow
from docchain.platform.work import SYSTEM


@pytest.fixture
async def maker(product):
    return await product.member("mia", "admin")


@pytest.fixture
async def link(owner, maker):
    made = await owner.post("/documents", params={"name": "uno.txt"}, content=b"uno")
    assert made.status_code == 201, made.text
    return (await maker.made("/documents/document_1/link", {"revocable": True}))["url"].rpartition("/")[2]


async def opened(product, token):
    answer = await product.somebody().get(f"/files/{token}")
    if answer.status_code == 404:
        assert answer.json()["code"] == "link_not_found"
    partial = await product.somebody().get(f"/files/{token}", headers={"range": "bytes=1-"})
    assert partial.is_success == answer.is_success
    return answer.status_code


async def lapsed(owner):
    return [item["lapsed"] for item in (await owner.get("/documents/document_1/links")).json()["items"]]


async def test_it_ends_while_its_maker_is_disabled(product, owner, link):
    assert (await opened(product, link), await lapsed(owner)) == (200, [None])
    await product.long_ago("olga")  # who administers the installation from then on
    boss = product.somebody(await product.sign_in("olga"))
    assert (await boss.post("/admin/users/mia/disable")).is_success
    assert (await opened(product, link), await lapsed(owner)) == (404, ["maker_gone"])
    assert (await boss.post("/admin/users/mia/enable")).is_success
    assert (await opened(product, link), await lapsed(owner)) == (200, [None])


async def test_it_ends_when_its_maker_leaves_the_workspace(product, owner, link):
    gone = await owner.delete(f"/workspace/members/{product.ids['mia']}")
    assert gone.status_code == 204, gone.text
    assert (await opened(product, link), await lapsed(owner)) == (404, ["maker_gone"])


async def test_it_ends_with_the_permission_to_make_it(product, owner, link):
    changed = await owner.post(f"/workspace/members/{product.ids['mia']}/role", json={"role": "viewer"})
    assert changed.is_success, changed.text
    assert (await opened(product, link), await lapsed(owner)) == (404, ["permission_lost"])


async def test_it_ends_when_the_document_is_kept_from_its_maker(product, owner, link):
    await owner.made("/documents/collections", {"name": "Payroll"})
    filed = await owner.patch("/documents/document_1", json={"collections": ["Payroll"]})
    assert filed.is_success, filed.text
    await owner.made("/security/restrictions", {"kind": "collection", "thing": "Payroll"})
    assert (await opened(product, link), await lapsed(owner)) == (404, ["document_withheld"])
    await owner.made("/security/grants", {"kind": "collection", "thing": "Payroll", "user": "mia", "actions": ["read"]})
    assert (await opened(product, link), await lapsed(owner)) == (200, [None])


async def test_it_ends_with_the_key_that_made_it(product, owner, link):
    wanted = {"name": "erp", "permissions": ["documents:read", "documents:manage"]}
    key = await owner.made("/security/api-keys", wanted)
    made = await product.somebody(key["key"]).made("/documents/document_1/link", {"revocable": True})
    token = made["url"].rpartition("/")[2]
    assert (await opened(product, token), await lapsed(owner)) == (200, [None, None])
    assert (await owner.delete(f"/security/api-keys/{key['id']}")).is_success
    assert (await opened(product, token), await lapsed(owner)) == (404, ["maker_gone", None])
    assert await opened(product, link) == 200


async def test_it_ends_when_the_key_that_made_it_expires(product, owner, link):
    wanted = {"name": "erp", "permissions": ["documents:read", "documents:manage"]}
    key = await owner.made("/security/api-keys", wanted)
    made = await product.somebody(key["key"]).made("/documents/document_1/link", {"revocable": True})
    token = made["url"].rpartition("/")[2]

    def age(work):
        ended = update(ApiKeyRow).where(ApiKeyRow.id == UUID(key["id"]))
        work.session.execute(ended.values(expires_at=work.now - timedelta(seconds=1)))

    await product.services.database.write(age, SYSTEM)
    assert (await opened(product, token), await opened(product, link)) == (404, 200)


async def test_it_ends_when_the_document_leaves_what_the_key_that_made_it_is_confined_to(product, owner, link):
    for name in ("Invoices", "Private"):
        await owner.made("/documents/collections", {"name": name})
    assert (await owner.patch("/documents/document_1", json={"collections": ["Invoices"]})).is_success
    wanted = {"name": "erp", "permissions": ["documents:read", "documents:manage"], "things": ["collection:Invoices"]}
    key = await owner.made("/security/api-keys", wanted)
    made = await product.somebody(key["key"]).made("/documents/document_1/link", {"revocable": True})
    token = made["url"].rpartition("/")[2]
    assert (await opened(product, token), await lapsed(owner)) == (200, [None, None])
    assert (await owner.patch("/documents/document_1", json={"collections": ["Private"]})).is_success
    assert (await opened(product, token), await lapsed(owner)) == (404, ["document_withheld", None])
    assert await opened(product, link) == 200
