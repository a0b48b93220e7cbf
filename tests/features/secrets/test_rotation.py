"""Keys change while secrets are in use: what was sealed under earlier ones stays readable, and is sealed anew."""

import stat
import sys
from uuid import UUID

import pytest
from sqlalchemy import text

from docchain.bootstrap import open_services
from docchain.features.identity import IdentityService
from docchain.features.secrets import SecretUser
from docchain.features.secrets.errors import SecretUnreadable
from docchain.features.secrets.repository import SecretRepository
from docchain.features.secrets.schemas import SecretRequest
from docchain.features.secrets.service import SecretService
from docchain.platform.work import SYSTEM

MASTER = "the-master-key-of-these-tests-0123456789"
NEXT = "the-next-master-key-of-these-tests-987654"
VALUE = "a-value-that-outlives-its-keys"
KMS = """#!{python}
import sys
given = sys.stdin.read().strip()
if sys.argv[1] == "wrap":
    print("kms:" + given[::-1])
else:
    assert given.startswith("kms:")
    print(given[4:][::-1])
"""


async def keep(services) -> UUID:
    actor = await operator(services)
    sealed = await services.vault.seal(actor.workspace_id, "erp", VALUE)
    wanted = SecretRequest(name="erp", value=VALUE)
    await services.database.write(lambda work: SecretService(work).create(wanted, sealed, 10), actor)
    return actor.workspace_id


async def operator(services):
    return await services.database.read(lambda work: IdentityService(work).operator("default"), SYSTEM)


async def opened(services, workspace: UUID) -> str:
    return await services.vault.open("erp", "", SecretUser(workspace, "a test", "ana"))


async def row_of(services):
    return await services.database.read(lambda work: SecretRepository(work.session).named("erp"), SYSTEM)


async def test_a_new_key_seals_what_is_there_and_what_comes(url, tmp_path, echo, make_settings) -> None:
    async with open_services(make_settings(url, tmp_path / "data", echo), run_engine=False) as services:
        workspace = await keep(services)
        before = await row_of(services)

        assert await services.vault.rotate() == (1, 1)

        after = await row_of(services)
        assert (before.key_number, after.key_number) == (1, 2)
        assert before.sealed != after.sealed
        assert after.fingerprint == before.fingerprint
        assert await opened(services, workspace) == VALUE


async def test_another_process_goes_on_with_the_key_before(url, tmp_path, echo, make_settings) -> None:
    settings = make_settings(url, tmp_path / "data", echo)
    async with (
        open_services(settings, run_engine=False) as one,
        open_services(settings, run_engine=False) as other,
    ):
        workspace = await keep(one)
        assert (await other.vault.seal(workspace, "early", VALUE)).key_number == 1

        await one.vault.rotate()

        assert await opened(other, workspace) == VALUE
        assert (await other.vault.seal(workspace, "late", VALUE)).key_number == 1
        assert (await one.vault.seal(workspace, "late", VALUE)).key_number == 2


async def test_the_master_key_changes_without_a_secret_lost(url, tmp_path, echo, make_settings) -> None:
    folder = tmp_path / "data"
    async with open_services(make_settings(url, folder, echo), run_engine=False) as services:
        workspace = await keep(services)
    both = {"encryption_key": NEXT, "encryption_old_keys": [MASTER]}
    async with open_services(make_settings(url, folder, echo, **both), run_engine=False) as services:
        assert await opened(services, workspace) == VALUE
        await services.vault.rotate()
    async with open_services(make_settings(url, folder, echo, encryption_key=NEXT), run_engine=False) as services:
        assert await opened(services, workspace) == VALUE


async def test_a_key_management_service_wraps_the_keys(url, tmp_path, echo, make_settings) -> None:
    program = tmp_path / "kms"
    program.write_text(KMS.format(python=sys.executable))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    own = {"encryption_key": "", "encryption_kms_command": [str(program)]}
    async with open_services(make_settings(url, tmp_path / "data", echo, **own), run_engine=False) as services:
        workspace = await keep(services)
        assert await opened(services, workspace) == VALUE
    async with open_services(make_settings(url, tmp_path / "data", echo, **own), run_engine=False) as services:
        assert await opened(services, workspace) == VALUE

    [kept] = (tmp_path / "data" / "blobs" / "keys").glob("*/00000001")
    assert '"master":"kms"' in kept.read_text()
    assert not (tmp_path / "data" / "encryption.key").exists()


async def test_a_row_that_was_moved_to_another_name_does_not_open(url, tmp_path, echo, make_settings) -> None:
    async with open_services(make_settings(url, tmp_path / "data", echo), run_engine=False) as services:
        workspace = await keep(services)
        await services.database.write(
            lambda work: work.session.connection().execute(text("UPDATE secret SET name = 'other'")), SYSTEM
        )
        with pytest.raises(SecretUnreadable, match="was changed in the database"):
            await services.vault.open("other", "", SecretUser(workspace, "a test", "ana"))
