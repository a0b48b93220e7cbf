"""Why rights are not changed as somebody wished."""

from collections.abc import Sequence

from docchain.platform.errors import Conflict, Denied, Invalid, NotFound, Stale


class NoSuchRole(NotFound):
    code = "role_not_found"
    title = "There is no such role"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no role {name[:60]!r}.", hint="List them: GET /security/roles.")


class RoleTaken(Conflict):
    code = "role_taken"
    title = "There is a role of this name"


class BuiltInRole(Conflict):
    code = "role_built_in"
    title = "Built-in roles stay as they are"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is built in.", hint="Make a role of your own with the permissions you need.")


class RoleInUse(Conflict):
    code = "role_in_use"
    title = "Somebody has this role"

    def __init__(self, name: str) -> None:
        super().__init__(f"Members or grants name {name}.", hint="Give them another role first.")


class RoleChanged(Stale):
    code = "role_changed"
    title = "The role was changed meanwhile"


class UnknownPermissions(Invalid):
    code = "permission_unknown"
    title = "There are no such permissions"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"There are none called {', '.join(names)}.", hint="List them: GET /security/permissions.")


class BeyondYourOwn(Denied):
    code = "beyond_your_own"
    title = "Nobody gives what they do not have"

    def __init__(self, lacking: Sequence[str]) -> None:
        super().__init__(f"You do not have {', '.join(lacking)}.", hint="Ask somebody who has it.")


class LastOwner(Conflict):
    code = "last_owner"
    title = "The workspace needs an owner"

    def __init__(self) -> None:
        super().__init__("This is its last owner.", hint="Make somebody else an owner first.")


class NoSuchGrant(NotFound):
    code = "grant_not_found"
    title = "There is no such grant"

    def __init__(self) -> None:
        super().__init__(hint="List them: GET /security/grants.")


class NoSuchThing(NotFound):
    code = "thing_not_found"
    title = "There is no such thing to grant"

    def __init__(self, kind: str, reference: str) -> None:
        super().__init__(f"There is no {kind.replace('_', ' ')} {reference[:100]!r}.")


class NoSuchSubject(NotFound):
    code = "subject_not_found"
    title = "There is no such member or role"

    def __init__(self, reference: str) -> None:
        super().__init__(f"The workspace has no member or role {reference[:100]!r}.")


class NotGrantable(Invalid):
    code = "action_not_grantable"
    title = "This cannot be granted there"

    def __init__(self, kind: str, actions: Sequence[str]) -> None:
        super().__init__(f"On a {kind.replace('_', ' ')} one can grant {', '.join(actions)}.")
