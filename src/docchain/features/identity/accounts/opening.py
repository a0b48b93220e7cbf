"""Opens accounts: what they bring to registering, and the quotas that the settings say."""

from docchain.features.identity.accounts.house import Accounts
from docchain.features.identity.sign_in import SignIn
from docchain.features.identity.workspaces.invitations import claim_invitation
from docchain.features.identity.workspaces.quotas import prepare_quotas
from docchain.platform.database import Database
from docchain.platform.passwords import Passwords
from docchain.platform.settings import Settings


async def open_accounts(database: Database, passwords: Passwords, settings: Settings, sign_in: SignIn) -> Accounts:
    """Who registers does so with a strong password, and by invitation where they have one."""
    accounts = Accounts(database, passwords, sign_in.passwords, settings)
    sign_in.check_password = accounts.require_strong
    sign_in.invites(claim_invitation)
    await prepare_quotas(database, settings.accounts)
    return accounts
