"""Grants on single things, and restrictions: what is restricted is there only for those to whom it was granted."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from docchain.features.identity import domain
from docchain.features.identity.authorization.catalogue import GIVEN_BY, actions_of
from docchain.features.identity.authorization.errors import NoSuchGrant, NoSuchSubject, NoSuchThing, NotGrantable
from docchain.features.identity.authorization.repository import RightsRepository
from docchain.features.identity.authorization.rights import Rights
from docchain.features.identity.authorization.schemas import Grant, GrantRequest, Restriction, RestrictionRequest
from docchain.features.identity.authorization.tables import GrantRow, RestrictionRow
from docchain.features.identity.repository import IdentityRepository
from docchain.platform.errors import Invalid, Refusal
from docchain.platform.ids import new_id
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.reach import Thing
from docchain.platform.work import Work

Resolver = Callable[[Work, Sequence[str]], Sequence[UUID]]
"""Finds what references name in the workspace of the work; raises NotFound."""
_GRANT: Final = "grant"
_RESTRICTION: Final = "restriction"


class OneSubject(Invalid):
    code = "grant_subject"
    title = "Name a user or a role"


class Things:
    """Finds what can be granted; higher features hand down how theirs are found.

    Args:
        resolvers: by kind of thing.
    """

    def __init__(self, resolvers: Mapping[str, Resolver]) -> None:
        self._resolvers = resolvers

    def find(self, work: Work, kind: str, reference: str) -> Thing:
        """The thing, if whoever asks sees it.

        Raises:
            NoSuchThing: there is none.
        """
        resolver = self._resolvers.get(kind)
        try:
            found = resolver(work, [reference]) if resolver else ()
        except Refusal:
            found = ()
        if not found:
            raise NoSuchThing(kind, reference)
        return kind, found[0]


class GrantService:
    def __init__(self, work: Work, things: Things) -> None:
        self._work = work
        self._things = things
        self._rows = RightsRepository(work.session)

    def list(self, request: PageRequest) -> Page[Grant]:
        """Those on things that one sees; `total` counts all."""
        rows, cursor, total = self._rows.grants(request)
        return Page[Grant](items=[_grant(row) for row in rows if self._sees(row)], next_cursor=cursor, total=total)

    def give(self, wanted: GrantRequest) -> Grant:
        """Grant, or change what was granted to the same subject on the same thing."""
        kind, thing = self._things.find(self._work, wanted.kind, wanted.thing)
        possible = actions_of(kind)
        if not possible.issuperset(wanted.actions):
            raise NotGrantable(kind, sorted(possible))
        self._check_has(kind, thing, wanted.actions)
        subject_kind, subject = self._subject(wanted)
        row = self._rows.same_grant(kind=kind, thing_id=thing, subject_kind=subject_kind, subject=subject)
        actions: list[str] = [action for action in ("read", "write", "execute", "answer") if action in wanted.actions]
        if row is None:
            row = GrantRow(
                id=new_id(),
                kind=kind,
                thing_id=thing,
                label=wanted.thing,
                subject_kind=subject_kind,
                subject=subject,
                actions=actions,
                created_at=self._work.now,
                created_by=self._work.actor.name,
            )
            self._rows.add(row)
        row.actions = actions
        self._emit("given", row)
        return _grant(row)

    def take(self, grant_id: UUID) -> None:
        row = self._rows.grant(grant_id)
        if row is None or not self._sees(row):
            raise NoSuchGrant
        self._rows.drop(row)
        self._emit("taken", row)

    def restrictions(self) -> Sequence[Restriction]:
        """Those of things that one sees."""
        return [_restriction(row) for row in self._rows.all_restrictions() if self._sees(row)]

    def restrict(self, wanted: RestrictionRequest) -> Restriction:
        """Keep a thing from everybody to whom it is not granted; whoever restricts it is granted all of it."""
        kind, thing = self._things.find(self._work, wanted.kind, wanted.thing)
        row = self._rows.restriction(kind, thing)
        if row is not None:
            return _restriction(row)
        row = RestrictionRow(
            kind=kind,
            thing_id=thing,
            label=wanted.thing,
            created_at=self._work.now,
            created_by=self._work.actor.name,
        )
        self._rows.add(row)
        self._work.emit("restriction.set", _RESTRICTION, thing, self._told(kind, thing, wanted.thing))
        actor = self._work.actor
        if actor.user_id is not None and domain.OWNER not in actor.roles:
            mine = {"kind": kind, "thing": str(thing), "user": str(actor.user_id), "actions": sorted(actions_of(kind))}
            self.give(GrantRequest.model_validate(mine))
        return _restriction(row)

    def release(self, kind: str, reference: str) -> None:
        """Let everybody see it again whose role lets them; grants stay."""
        kind, thing = self._things.find(self._work, kind, reference)
        row = self._rows.restriction(kind, thing)
        if row is not None:
            self._rows.drop(row)
            self._work.emit("restriction.removed", _RESTRICTION, thing, self._told(kind, thing, row.label))

    def _sees(self, row: GrantRow | RestrictionRow) -> bool:
        return self._work.actor.reach.allows("read", row.kind, row.thing_id)

    def _check_has(self, kind: str, thing: UUID, actions: Sequence[str]) -> None:
        """Nobody grants what they may not do there themselves."""
        for action in actions:
            self._work.require(action, kind, thing)
            given = {permission for permission, *where in self._work.actor.reach.granted if where == [kind, thing]}
            Rights(self._work).check_has(GIVEN_BY[kind, action] - given)

    def _subject(self, wanted: GrantRequest) -> tuple[str, str]:
        user, role = wanted.user, wanted.role
        if (user is None) == (role is None):
            raise OneSubject("Send either `user` or `role`.")
        if user is None:
            if Rights(self._work).of_role(self._work.workspace_id, role or "") is None:
                raise NoSuchSubject(role or "")
            return "role", role or ""
        found = IdentityRepository(self._work.session).member_of(
            self._work.workspace_id, user, domain.username_key(user)
        )
        if found is None:
            raise NoSuchSubject(user)
        return "user", str(found.id)

    def _told(self, kind: str, thing: UUID, label: str) -> dict[str, str]:
        return {"kind": kind, "thing": label, "thing_id": str(thing), "workspace_id": str(self._work.workspace_id)}

    def _emit(self, what: str, row: GrantRow) -> None:
        told = {row.subject_kind: row.subject, "actions": row.actions}
        data = {**self._told(row.kind, row.thing_id, row.label), **told}
        self._work.emit(f"grant.{what}", _GRANT, row.id, data)


def _grant(row: GrantRow) -> Grant:
    return Grant(
        id=row.id,
        kind=row.kind,
        thing=row.label,
        thing_id=row.thing_id,
        user=row.subject if row.subject_kind == "user" else None,
        role=row.subject if row.subject_kind == "role" else None,
        actions=row.actions,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _restriction(row: RestrictionRow) -> Restriction:
    return Restriction(
        kind=row.kind, thing=row.label, thing_id=row.thing_id, created_at=row.created_at, created_by=row.created_by
    )
