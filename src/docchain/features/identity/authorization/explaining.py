"""Why somebody may do something, or may not: every rule that decides it, in words."""

from uuid import UUID

from docchain.features.identity import domain
from docchain.features.identity.authorization.catalogue import CATALOGUE, GIVEN_BY
from docchain.features.identity.authorization.errors import NoSuchSubject, UnknownPermissions
from docchain.features.identity.authorization.grants import Things
from docchain.features.identity.authorization.repository import RightsRepository
from docchain.features.identity.authorization.rights import Rights
from docchain.features.identity.authorization.schemas import ExplainQuery, Explanation, Rule
from docchain.features.identity.repository import IdentityRepository
from docchain.platform.errors import Denied
from docchain.platform.reach import Reach, Thing
from docchain.platform.work import Actor, Work

_READS_OTHERS = "rights:read"


class ExplainService:
    def __init__(self, work: Work, things: Things) -> None:
        self._work = work
        self._things = things
        self._rights = Rights(work)

    def explain(self, wanted: ExplainQuery) -> Explanation:
        """Whether the user may, by the very rules that decide it when they try."""
        if wanted.action not in CATALOGUE:
            raise UnknownPermissions([wanted.action])
        user_id, name = self._whom(wanted.user)
        kind, _, reference = (wanted.resource or "").partition(":")
        thing = self._things.find(self._work, kind, reference) if wanted.resource else None
        found = RightsRepository(self._work.session).membership(self._work.workspace_id, user_id)
        if found is None:
            told = [Rule(rule="member", outcome="denies", because=f"{name} is no member of this workspace.")]
            return self._told(wanted, name, told, allowed=False)
        role = found[1]
        actor = self._rights.actor(user_id, name, self._work.workspace_id, role)
        rules = [
            Rule(rule="member", outcome="allows", because=f"{name} is a member with the role {role}."),
            _of_role(actor, role, wanted.action),
            *self._of_thing(actor, role, wanted.action, thing),
        ]
        allowed = may(actor, wanted.action, thing)
        own = self._work.actor
        if own.key_id is not None and user_id == own.user_id:
            allowed = may(own, wanted.action, thing)
            rules.append(_of_key(own, wanted.action, thing))
        return self._told(wanted, name, rules, allowed=allowed)

    def _whom(self, reference: str | None) -> tuple[UUID, str]:
        actor = self._work.actor
        if reference is None or reference in (actor.name, str(actor.user_id)):
            if actor.user_id is None:
                raise Denied("The system may everything.")
            return actor.user_id, actor.name
        if not actor.may(_READS_OTHERS):
            raise Denied(f"To ask about others needs the permission {_READS_OTHERS}.", hint="Leave `user` out.")
        row = IdentityRepository(self._work.session).member_of(
            self._work.workspace_id, reference, domain.username_key(reference)
        )
        if row is None:
            raise NoSuchSubject(reference)
        return row.id, row.username

    def _of_thing(self, actor: Actor, role: str, permission: str, thing: Thing | None) -> list[Rule]:
        if thing is None:
            return _granted_somewhere(actor, permission)
        restricted = RightsRepository(self._work.session).restriction(*thing) is not None
        rules = [_of_grant(actor.reach, permission, thing)]
        if not restricted:
            return [*rules, Rule(rule="restriction", outcome="says nothing", because="It is not restricted.")]
        if role == domain.OWNER:
            return [*rules, Rule(rule="owner", outcome="allows", because="It is restricted, but not for owners.")]
        barred = not _reaches(actor.reach, permission, thing)
        because = "It is restricted, and this was not granted." if barred else "It is restricted, and this was granted."
        return [*rules, Rule(rule="restriction", outcome="denies" if barred else "allows", because=because)]

    def _told(self, wanted: ExplainQuery, name: str, rules: list[Rule], *, allowed: bool) -> Explanation:
        return Explanation(user=name, action=wanted.action, resource=wanted.resource, allowed=allowed, rules=rules)


def may(actor: Actor, permission: str, thing: Thing | None) -> bool:
    """Whether an actor may do something to a thing, or to those that nothing keeps from them."""
    if thing is None:
        return actor.may(permission)
    given = actor.may(permission) or thing in actor.reach.things_for(permission)
    within = actor.reach.confined_to(thing[0])
    return given and _reaches(actor.reach, permission, thing) and (not within or thing in within)


def _reaches(reach: Reach, permission: str, thing: Thing) -> bool:
    kind, id_ = thing
    actions = {"read"} | {action for (of, action), gives in GIVEN_BY.items() if of == kind and permission in gives}
    return not any((action, kind, id_) in reach.barred for action in actions)


def _of_role(actor: Actor, role: str, permission: str) -> Rule:
    has = permission in actor.permissions
    word, outcome = ("has", "allows") if has else ("does not have", "denies")
    return Rule(rule="role", outcome=outcome, because=f"The role {role} {word} {permission}.")


def _of_grant(reach: Reach, permission: str, thing: Thing) -> Rule:
    if thing in reach.things_for(permission):
        return Rule(rule="grant", outcome="allows", because=f"{permission} was granted here.")
    return Rule(rule="grant", outcome="says nothing", because=f"{permission} was not granted here.")


def _granted_somewhere(actor: Actor, permission: str) -> list[Rule]:
    count = len(actor.reach.things_for(permission))
    if not count:
        return []
    return [Rule(rule="grant", outcome="says nothing", because=f"It was granted on {count} things; name one.")]


def _of_key(own: Actor, permission: str, thing: Thing | None) -> Rule:
    allowed = may(own, permission, thing)
    because = "The API key that asks has it." if allowed else "The API key that asks does not have it."
    return Rule(rule="key", outcome="allows" if allowed else "denies", because=because)
