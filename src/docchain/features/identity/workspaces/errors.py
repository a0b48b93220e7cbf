"""Why a workspace, or who belongs to it, is not changed."""

from docchain.platform.errors import Conflict, Denied, NotFound


class NoSuchMember(NotFound):
    code = "member_not_found"
    title = "There is no such member"

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"Nobody called {reference[:80]!r} is a member of this workspace.", hint="GET /api/v3/workspace/members"
        )


class NoSuchColleague(NotFound):
    """Says the same of users who are strangers as of users whom there are not."""

    code = "user_not_found"
    title = "There is no such user"

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"No workspace of yours has a user {reference[:80]!r}.",
            hint="Invite them: POST /api/v3/workspace/invitations.",
        )


class AlreadyMember(Conflict):
    code = "already_member"
    title = "They are a member already"


class NoSuchInvitation(NotFound):
    code = "invitation_not_found"
    title = "There is no such invitation"


class QuotaExceeded(Conflict):
    """Something is not made because the workspace may hold no more of it."""

    code = "quota_exceeded"
    title = "The workspace's quota is used up"

    def __init__(self, what: str, most: int) -> None:
        super().__init__(
            f"This workspace may have {most} {what}.",
            hint="Ask who administers the installation for more: PUT /api/v3/admin/workspaces/{slug}/quota.",
        )
        self.members = {"quota": what, "limit": most}


class SlugTaken(Conflict):
    code = "workspace_slug_taken"
    title = "Another workspace has this short name"


class CreationClosed(Denied):
    code = "workspace_creation_closed"
    title = "Only administrators of the installation create workspaces"


class OwnersOnly(Denied):
    code = "owner_needed"
    title = "Only an owner of the workspace may do this"


class NotConfirmed(Conflict):
    code = "confirmation_wrong"
    title = "The confirmation does not fit"

    def __init__(self, slug: str) -> None:
        super().__init__("Nothing was deleted.", hint=f"Send the workspace's short name as `confirm`: {slug}.")


class NeededWorkspace(Conflict):
    code = "workspace_needed"
    title = "This workspace is needed"
