"""Who may register: nobody, whoever was invited, or anybody."""

import pytest

from docchain.features.identity import IdentityService
from docchain.features.identity.errors import InvitationNotValid
from docchain.platform.settings import SecuritySettings
from docchain.platform.work import SYSTEM

ANA = {"username": "ana", "password": "correct horse battery"}


@pytest.fixture
def security():
    return SecuritySettings(registration="invited")


@pytest.fixture
async def invitations(database, sign_in):
    """One invitation to the default workspace, as an editor."""
    left = ["dci_one"]
    workspace_id = await database.read(lambda work: IdentityService(work).workspace_id("default"), SYSTEM)

    def claim(_work, token):
        if token not in left:
            raise InvitationNotValid
        left.remove(token)
        return workspace_id, "editor"

    sign_in.invites(claim)


async def test_without_an_invitation_nobody_registers(client):
    answer = await client.post("/auth/register", json=ANA)
    assert (answer.status_code, answer.json()["code"]) == (403, "invitation_needed")


@pytest.mark.usefixtures("invitations")
async def test_an_invitation_leads_to_its_workspace_and_works_once(client):
    answer = await client.post("/auth/register", json=ANA | {"invitation": "dci_one"})
    assert answer.status_code == 201
    assert (answer.json()["workspace"]["slug"], answer.json()["workspace"]["role"]) == ("default", "editor")
    again = await client.post("/auth/register", json=ANA | {"username": "eva", "invitation": "dci_one"})
    assert (again.status_code, again.json()["code"]) == (403, "invitation_not_valid")
    login = await client.post("/auth/login", json={"username": "eva", "password": ANA["password"]})
    assert login.status_code == 401


async def test_where_there_are_no_invitations_none_is_valid(client):
    answer = await client.post("/auth/register", json=ANA | {"invitation": "dci_one"})
    assert (answer.status_code, answer.json()["code"]) == (403, "invitation_not_valid")
