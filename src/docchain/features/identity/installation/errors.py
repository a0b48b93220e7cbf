"""Why a user is not changed, or not deleted."""

from collections.abc import Sequence

from docchain.platform.errors import Conflict


class LastInstallationAdmin(Conflict):
    code = "last_installation_admin"
    title = "Somebody has to administer the installation"

    def __init__(self) -> None:
        super().__init__("Nobody else does.", hint="Let somebody else administer it first.")


class OwnsWorkspaces(Conflict):
    code = "owns_workspaces"
    title = "The user is the last owner of workspaces"

    def __init__(self, slugs: Sequence[str]) -> None:
        super().__init__(
            f"Nobody else owns {', '.join(slugs)}.", hint="Make somebody else an owner there, or delete them first."
        )
        self.members = {"workspaces": list(slugs)}
