"""The first start: the workspaces and the user every installation begins with; later starts change nothing."""

from pydantic import SecretStr

from docchain.features.identity import domain
from docchain.features.identity.schemas import Registration
from docchain.features.identity.service import IdentityService
from docchain.platform.database import Database
from docchain.platform.passwords import Passwords
from docchain.platform.work import SYSTEM, Work


async def prepare_identity(database: Database, passwords: Passwords, admin_password: SecretStr) -> bool:
    """Create the first user and workspaces if there are none; return whether that was necessary."""
    if not await database.read(lambda work: IdentityService(work).is_empty(), SYSTEM):
        return False
    hashed = await passwords.hash(admin_password.get_secret_value())
    return await database.write(lambda work: _create(work, admin_password, hashed), SYSTEM)


def _create(work: Work, password: SecretStr, hashed: str) -> bool:
    service = IdentityService(work)
    if not service.is_empty():  # another process was faster
        return False
    first = Registration.model_construct(
        username=domain.FIRST_USER, password=password, name="Administrator", email=None
    )
    user = service.add_user(first, hashed, installation_admin=True)
    service.add_workspace(domain.DEFAULT_WORKSPACE, "Default", user)
    service.add_workspace(domain.EXAMPLES_WORKSPACE, "Examples", user)
    return True
