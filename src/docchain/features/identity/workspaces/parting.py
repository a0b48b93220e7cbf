"""What a member had in a workspace ends with their membership, so that whoever comes back begins anew."""

from uuid import UUID

from docchain.features.identity.authorization.repository import RightsRepository
from docchain.features.identity.keys.repository import KeyRepository
from docchain.platform.work import Work


def end_rights(work: Work, user_id: UUID) -> None:
    """Revoke a member's API keys, and take what was granted to them, in the workspace that the work is in."""
    place = {"workspace_id": str(work.workspace_id)}
    for key in KeyRepository(work.session).revoke_all(work.workspace_id, user_id, work.now):
        told = {"key_id": str(key.id), "owner": key.created_by, "name": key.name, "prefix": key.prefix}
        work.emit("api_key.revoked", "api_key", key.id, told)
    for grant in RightsRepository(work.session).drop_grants(work.workspace_id, user_id):
        thing = {"kind": grant.kind, "thing": grant.label, "thing_id": str(grant.thing_id), **place}
        work.emit("grant.taken", "grant", grant.id, {**thing, "user": grant.subject, "actions": grant.actions})
