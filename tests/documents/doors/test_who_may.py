"""What each role may do with documents, in words and as the doors answer it."""

import httpx
import pytest
from pydantic import SecretStr

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app
from docchain.features.identity import UserAdministration
from docchain.features.identity.schemas import Registration
from docchain.platform.passwords import Passwords
from docchain.platform.settings import LimitSettings, StorageSettings, load_settings
from docchain.platform.work import SYSTEM

ROLES = ("admin", "editor", "reviewer", "auditor", "viewer")
READERS = set(ROLES)
REVIEWERS = {"admin", "editor", "reviewer"}
EDITORS = {"admin", "editor"}
ADMINS = {"admin"}
MAY = {
    ("GET", "/documents"): READERS,
    ("GET", "/documents/document_9/content"): READERS,
    ("GET", "/tables"): READERS,
    ("GET", "/storage/usage"): READERS,
    ("POST", "/documents"): REVIEWERS,
    ("POST", "/documents/document_9/versions"): REVIEWERS,
    ("PATCH", "/documents/document_9"): REVIEWERS,
    ("POST", "/documents/document_9/pages"): REVIEWERS,
    ("POST", "/documents/merge"): REVIEWERS,
    ("POST", "/files/tus"): REVIEWERS,
    ("POST", "/intake/url"): REVIEWERS,
    ("POST", "/documents/bulk", "update"): REVIEWERS,
    ("POST", "/documents/bulk", "delete"): EDITORS,
    ("POST", "/documents/bulk", "restore"): EDITORS,
    ("DELETE", "/documents/document_9"): EDITORS,
    ("POST", "/documents/document_9/restore"): EDITORS,
    ("POST", "/documents/document_9/link"): EDITORS,
    ("DELETE", "/documents/document_9/links/018f0000-0000-7000-8000-000000000000"): EDITORS,
    ("POST", "/documents/types"): EDITORS,
    ("PUT", "/documents/types/invoice"): EDITORS,
    ("DELETE", "/documents/types/invoice"): EDITORS,
    ("POST", "/documents/correspondents"): EDITORS,
    ("PUT", "/documents/correspondents/acme"): EDITORS,
    ("DELETE", "/documents/correspondents/acme"): EDITORS,
    ("POST", "/documents/collections"): EDITORS,
    ("PUT", "/documents/collections/2026"): EDITORS,
    ("DELETE", "/documents/collections/2026"): EDITORS,
    ("PUT", "/tables/suppliers"): EDITORS,
    ("DELETE", "/tables/suppliers"): EDITORS,
    ("POST", "/documents/document_9/purge"): ADMINS,
    ("PUT", "/documents/document_9/hold"): ADMINS,
    ("DELETE", "/documents/document_9/hold"): ADMINS,
    ("GET", "/documents/retention"): ADMINS,
    ("POST", "/storage/verify"): ADMINS,
}


@pytest.fixture
async def signed_in(tmp_path):
    """A client, and the header of each role."""
    settings = load_settings(
        None,
        storage=StorageSettings(data_dir=tmp_path, database_url="", blob_url=""),
        limits=LimitSettings(require_if_match=False),
    )
    async with open_services(settings, run_engine=False) as services:
        hasher = Passwords()
        hashed = await hasher.hash("correct horse")
        hasher.close()
        for role in ROLES[1:]:
            wanted = Registration(username=role, password=SecretStr("correct horse"))
            await services.database.write(
                lambda work, wanted=wanted, role=role: UserAdministration(work).add(wanted, hashed, "default", role),
                SYSTEM,
            )
        transport = httpx.ASGITransport(create_app(services, settings.limits))
        async with httpx.AsyncClient(transport=transport, base_url="http://docchain.test/api/v3") as client:
            headers = {}
            for role in ROLES:
                body = {"username": role, "password": "admin123" if role == "admin" else "correct horse"}
                answer = await client.post("/security/auth/login", json=body)
                headers[role] = {"Authorization": f"Bearer {answer.json()['access_token']}"}
            yield client, headers


async def test_each_role_may_what_is_written_of_it(signed_in):
    client, headers = signed_in
    found = {}
    for operation in MAY:
        method, path, *action = operation
        body = {"action": action[0], "documents": ["document_9"], "dry_run": True} if action else {}
        body |= {"changes": {"status": "done"}} if action == ["update"] else {}
        for role in ROLES:
            answer = await client.request(method, path, json=body, headers=headers[role])
            if answer.status_code != 403:
                found.setdefault(operation, set()).add(role)

    assert found == MAY


async def test_only_administrators_see_where_content_is_kept(signed_in, tmp_path):
    client, headers = signed_in

    told = {role: (await client.get("/storage/usage", headers=headers[role])).json()["store"] for role in ROLES}

    assert told == {"admin": (tmp_path / "blobs").as_uri(), "editor": "", "reviewer": "", "auditor": "", "viewer": ""}
