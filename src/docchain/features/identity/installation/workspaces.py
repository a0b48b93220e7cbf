"""All workspaces, for whoever looks after the installation; takes a work of the system."""

from docchain.features.identity import domain
from docchain.features.identity.errors import NoSuchUser, NoSuchWorkspace
from docchain.features.identity.installation.repository import InstallationRepository
from docchain.features.identity.installation.schemas import OwnedWorkspace, WorkspaceQuery
from docchain.features.identity.repository import IdentityRepository
from docchain.features.identity.service import IdentityService
from docchain.features.identity.tables import WorkspaceRow
from docchain.features.identity.workspaces.erasing import Erasures
from docchain.features.identity.workspaces.errors import SlugTaken
from docchain.features.identity.workspaces.exporting import note_export
from docchain.features.identity.workspaces.members import Members
from docchain.features.identity.workspaces.quotas import Quotas
from docchain.features.identity.workspaces.repository import WorkspaceRepository
from docchain.features.identity.workspaces.schemas import Erasure, Member, Quota, WorkspaceDetail
from docchain.features.identity.workspaces.service import WorkspaceService
from docchain.platform.pagination import Page
from docchain.platform.work import Work


class WorkspaceAdministration:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = IdentityRepository(work.session)
        self._all = InstallationRepository(work.session)

    def page(self, wanted: WorkspaceQuery) -> Page[WorkspaceDetail]:
        rows, cursor, total = self._all.workspaces(wanted)
        return Page(items=[self._shown(row) for row in rows], next_cursor=cursor, total=total)

    def read(self, slug: str) -> WorkspaceDetail:
        return self._shown(self._find(slug))

    def create(self, order: OwnedWorkspace) -> WorkspaceDetail:
        """Make a workspace for somebody.

        Raises:
            NoSuchUser: nobody is called as its owner should be.
            SlugTaken: another one has the short name.
        """
        owner = WorkspaceRepository(self._work.session).user(order.owner, domain.username_key(order.owner))
        if owner is None:
            raise NoSuchUser(order.owner)
        if order.slug and self._rows.workspace_by_slug(order.slug):
            raise SlugTaken(hint="Choose another one, or leave it out.")
        slug = order.slug or domain.slug_of(order.name)
        workspace_id = IdentityService(self._work).add_workspace(slug, order.name, owner.id)
        self._work.emit("membership.changed", "user", owner.id, {"username": owner.username, "role": domain.OWNER})
        with self._work.inside(workspace_id):
            return WorkspaceService(self._work).show()

    def rename(self, slug: str, name: str) -> WorkspaceDetail:
        with self._work.inside(self._find(slug).id):
            return WorkspaceService(self._work).rename(name)

    def limit(self, slug: str, quota: Quota) -> WorkspaceDetail:
        with self._work.inside(self._find(slug).id):
            Quotas(self._work).choose(quota)
            return WorkspaceService(self._work).show()

    def members(self, slug: str) -> list[Member]:
        with self._work.inside(self._find(slug).id):
            return Members(self._work).list()

    def note_export(self, slug: str) -> WorkspaceDetail:
        """Tell that everything of a workspace is taken out."""
        with self._work.inside(self._find(slug).id):
            return note_export(self._work)

    def erase(self, slug: str, confirm: str) -> Erasure:
        return Erasures(self._work).order(self._find(slug).id, confirm)

    def _shown(self, row: WorkspaceRow) -> WorkspaceDetail:
        with self._work.inside(row.id):
            return WorkspaceService(self._work).show()

    def _find(self, slug: str) -> WorkspaceRow:
        row = self._rows.workspace_by_slug(slug)
        if row is None:
            raise NoSuchWorkspace(slug)
        return row
