"""Somebody who is deleted is not named any more: not in what they made, invited or were answered, nor in the files."""

import asyncio

from sqlalchemy import String, cast, select, update

from docchain.features.identity.accounts.forgetting_repository import naming_columns
from docchain.features.identity.tables import UserRow
from docchain.platform.every_table import every_table
from docchain.platform.work import SYSTEM

NAME = "zarzamora-quijano"
MAIL = "zarzamora@example.com"
SECRETLY = {("event", "data"), ("event", "context")}
"""What is personal there is encrypted."""


async def _lives(owner, product):
    """Somebody files a document, is invited, links, and asks with keys that are remembered."""
    product.ids[NAME] = None
    made = await product.member(NAME, "admin")
    user_id = str(product.ids[NAME])
    await made.post("/documents?name=uno.txt", content=b"uno", headers={"idempotency-key": "one"})
    await made.made("/documents/collections", {"name": "Payroll"})
    await made.made("/documents/document_1/link", {"revocable": True})
    await made.made("/security/restrictions", {"kind": "collection", "thing": "Payroll"})
    asked = {"user": NAME, "kind": "collection", "thing": "Payroll", "actions": ["read"]}
    assert (await owner.post("/security/grants", json=asked, headers={"idempotency-key": "two"})).is_success
    invited = await made.post("/workspace/invitations", json={"role": "viewer", "email": MAIL})
    assert invited.is_success, invited.text
    assert (await owner.get("/documents/document_1")).json()["created_by"] == NAME
    return user_id


def _confirmed(work):
    work.session.execute(update(UserRow).where(UserRow.email == MAIL).values(email_verified_at=work.now))


async def test_an_invitation_to_an_address_that_they_never_confirmed_stays(owner, product):
    user_id = await _lives(owner, product)
    await product.long_ago("olga")
    boss = product.somebody(await product.sign_in("olga"))
    assert (await boss.patch(f"/admin/users/{user_id}", json={"email": MAIL})).is_success
    assert (await boss.delete(f"/admin/users/{user_id}")).status_code == 204
    items = (await boss.get("/workspace/invitations")).json()["items"]
    assert [item["email"] for item in items] == [MAIL]


async def test_a_deleted_user_is_named_nowhere(owner, product, tmp_path):
    user_id = await _lives(owner, product)
    await product.long_ago("olga")
    boss = product.somebody(await product.sign_in("olga"))
    changed = await boss.patch(f"/admin/users/{user_id}", json={"email": MAIL})
    assert changed.is_success, changed.text
    await product.services.database.write(_confirmed, SYSTEM)
    assert (await boss.delete(f"/admin/users/{user_id}")).status_code == 204

    assert (await owner.get("/documents/document_1")).json()["created_by"] == f"deleted user {user_id}"
    links = (await owner.get("/documents/document_1/links")).json()["items"]
    assert [(link["created_by"], link["lapsed"]) for link in links] == [(f"deleted user {user_id}", "maker_gone")]

    def naming(work):
        found = []
        for table in every_table():
            for column in table.columns:
                if (table.name, column.name) not in SECRETLY:
                    text = cast(column, String)
                    named = text.contains("zarzamora")
                    if work.session.connection().execute(select(column).where(named).limit(1)).first():
                        found.append(f"{table.name}.{column.name}")
        return found

    assert await product.services.database.read(naming, SYSTEM) == []
    if product.services.database.dialect != "sqlite":
        return
    files = [tmp_path / name for name in ("app.db", "app.db-wal")]
    assert files[0].exists(), sorted(tmp_path.iterdir())
    for _ in range(100):
        left = [file.name for file in files if file.exists() and b"zarzamora" in file.read_bytes()]
        if not left:
            break
        await asyncio.sleep(0.1)
    assert left == []


def test_every_column_that_names_people_is_known():
    named = {f"{column.table.name}.{column.name}" for column in naming_columns()}
    assert {"document.created_by", "document_version.created_by", "invitation.invited_by", "run.actor"} <= named
    assert {"approval.answered_by", "workflow_version.published_by", "saved_search.owner"} <= named
    assert "document_link.signed_by" not in named
