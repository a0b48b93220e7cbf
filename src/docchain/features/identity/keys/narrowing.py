"""What somebody may do by a key of theirs: never more than they may themselves, nor more than the key was given."""

from dataclasses import replace
from uuid import UUID

from docchain.features.identity.keys.tables import ApiKeyRow
from docchain.platform.reach import Thing
from docchain.platform.work import Actor


def narrowed(actor: Actor, row: ApiKeyRow) -> Actor:
    """The same member, acting by a key."""
    given = frozenset(row.permissions)
    granted = frozenset(bar for bar in actor.reach.granted if bar[0] in given)
    reach = replace(actor.reach, granted=granted)
    return replace(
        actor,
        permissions=actor.permissions & given,
        reach=reach.confined(_things(row)) if row.things else reach,
        key_id=row.id,
        method="key",
    )


def _things(row: ApiKeyRow) -> list[Thing]:
    return [(kind, UUID(thing)) for kind, _, thing in (named.partition(":") for named in row.things)]
