"""Workspaces themselves: made, named, shown."""

from docchain.features.identity import domain
from docchain.features.identity.accounts.errors import NeedsSession
from docchain.features.identity.errors import NoSuchWorkspace
from docchain.features.identity.repository import IdentityRepository
from docchain.features.identity.service import IdentityService
from docchain.features.identity.tables import WorkspaceRow
from docchain.features.identity.workspaces.errors import CreationClosed, SlugTaken
from docchain.features.identity.workspaces.quotas import Quotas
from docchain.features.identity.workspaces.repository import WorkspaceRepository
from docchain.features.identity.workspaces.schemas import WorkspaceDetail, WorkspaceOrder
from docchain.platform.settings_accounts import AccountSettings
from docchain.platform.work import Work


class WorkspaceService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = WorkspaceRepository(work.session)
        self._identity = IdentityRepository(work.session)

    def show(self) -> WorkspaceDetail:
        """The workspace that the work is in."""
        row = self._here()
        return WorkspaceDetail(
            id=row.id,
            slug=row.slug,
            name=row.name,
            created_at=row.created_at,
            members=self._rows.count_members(row.id),
            quota=Quotas(self._work).in_force(),
        )

    def rename(self, name: str) -> WorkspaceDetail:
        """Call it otherwise; its short name stays, for addresses hold it."""
        row = self._here()
        if row.name != name:
            row.name = name
            self._work.emit("workspace.renamed", "workspace", row.id, {"name": name})
        return self.show()

    def create(self, order: WorkspaceOrder, settings: AccountSettings) -> WorkspaceDetail:
        """Make a workspace that who acts owns; takes a work of the system.

        Raises:
            CreationClosed: only administrators of the installation may.
            SlugTaken: another one has the short name.
        """
        user = self._identity.user(self._work.actor.user_id) if self._work.actor.user_id else None
        if user is None:
            raise NeedsSession(hint="Sign in again.")
        if settings.workspace_creation == "administrators" and not user.installation_admin:
            raise CreationClosed(hint="Ask one of them for it.")
        if order.slug and self._identity.workspace_by_slug(order.slug):
            raise SlugTaken(hint="Choose another one, or leave it out.")
        slug = order.slug or domain.slug_of(order.name)
        workspace_id = IdentityService(self._work).add_workspace(slug, order.name, user.id)
        self._work.emit("membership.changed", "user", user.id, {"username": user.username, "role": domain.OWNER})
        with self._work.inside(workspace_id):
            return self.show()

    def _here(self) -> WorkspaceRow:
        row = self._rows.workspace(self._work.workspace_id)
        if row is None:
            raise NoSuchWorkspace(str(self._work.workspace_id))
        return row
