"""How far an actor reaches among the things of a workspace: what is kept from them, and what they are confined to.

Tables say what their rows hang on; the session then adds the condition to every statement of a limited actor.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, literal, not_, select
from sqlalchemy.orm import Session, with_loader_criteria

Thing = tuple[str, UUID]
"""The kind of a thing, and its id."""
Bar = tuple[str, str, UUID]
"""An action or a permission, and the thing that it is about."""
HangsOn = Callable[[Any, list[UUID]], ColumnElement[bool]]
"""Whether a row hangs on one of these; never unknown."""

READ: Final = "read"
WRITE: Final = "write"
WORKFLOW: Final = "workflow"
COLLECTION: Final = "collection"
DOCUMENT_TYPE: Final = "document_type"
_FAMILIES: Final = {WORKFLOW: WORKFLOW, COLLECTION: "document", DOCUMENT_TYPE: "document"}
"""Documents hang on collections and types alike: to reach one of them is enough to be confined there."""
_TABLES: Final[dict[str, list["_Hanging"]]] = defaultdict(list)


class _Hanging(NamedTuple):
    table: type
    condition: HangsOn
    held: HangsOn
    root: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """What an actor may not do to which thing; which permissions grants give them there; what they are confined to."""

    barred: frozenset[Bar] = frozenset()
    granted: frozenset[Bar] = frozenset()
    only: frozenset[Thing] = frozenset()

    @property
    def is_limited(self) -> bool:
        return bool(self.barred or self.only)

    def allows(self, action: str, kind: str, id_: UUID | None) -> bool:
        """Whether they may do this to a thing, as far as it is about the thing; None: a new one, or none of them."""
        within = self.confined_to(kind)
        if within and (kind, id_) not in within:
            return False
        return id_ is None or (action, kind, id_) not in self.barred

    def confined_to(self, kind: str) -> frozenset[Thing]:
        """The things of a kind's family that they are confined to; none: all of them."""
        return frozenset(thing for thing in self.only if _FAMILIES[thing[0]] == _FAMILIES[kind])

    def confined(self, things: Iterable[Thing]) -> "Reach":
        """The same, and confined to these; where they were confined before, to what is in both."""
        wanted = frozenset(things)
        kept = {thing for thing in self.only if not any(_family(thing) == _family(other) for other in wanted)}
        both = {thing for thing in wanted if not self.confined_to(thing[0]) or thing in self.only}
        nowhere = {(kind, UUID(int=0)) for kind, _ in wanted} if not both else set()
        return Reach(self.barred, self.granted, frozenset(kept | both | nowhere))

    def things_for(self, permission: str) -> frozenset[Thing]:
        """Where grants give a permission."""
        return frozenset((kind, thing) for given, kind, thing in self.granted if given == permission)

    def touches(self, family: str) -> bool:
        """Whether anything of a family is limited."""
        return bool(self.kept_from(READ, family)) or any(_family(thing) == family for thing in self.only)

    def kept_from(self, action: str, family: str) -> list[UUID]:
        return [id_ for barred, kind, id_ in self.barred if barred == action and _FAMILIES[kind] == family]


EVERYWHERE: Final = Reach()


def hangs_on(table: type, family: str, condition: HangsOn, *, held: HangsOn | None = None, root: bool = False) -> None:
    """Say what the rows of a table hang on.

    Args:
        table: the mapped class.
        family: `workflow` or `document`.
        condition: whether a row hangs on one of some things.
        held: whether a restriction of one of some things keeps a row from people; else where it hangs on one.
        root: its rows are the things themselves, or what is filed under them: who is confined makes no new ones.
    """
    _TABLES[family].append(_Hanging(table, condition, held or condition, root))


def criteria_of(reach: Reach) -> tuple[Any, ...]:
    """What is added to every statement of a limited actor."""
    found = []
    for family, tables in _TABLES.items():
        hidden = reach.kept_from(READ, family)
        only = [id_ for kind, id_ in reach.only if _FAMILIES[kind] == family]
        for table, condition, held, _ in tables if hidden or only else ():
            seen = [not_(held(table, hidden))] if hidden else []
            seen += [condition(table, only)] if only else []
            found += [with_loader_criteria(table, one, include_aliases=True) for one in seen]
    return tuple(found)


def may_add(reach: Reach, added: type) -> bool:
    """Whether an actor may add rows of a table at all: who is confined to some things makes no others."""
    confined = {_family(thing) for thing in reach.only}
    return not any(one.root and one.table is added for family in confined for one in _TABLES.get(family, ()))


def may_change(session: Session, reach: Reach, rows: Sequence[object]) -> bool:
    """Whether an actor may change rows that are there, as far as they are things, or filed under things."""
    for family, tables in _TABLES.items():
        barred = reach.kept_from(WRITE, family)
        for table, _, held, root in tables if barred else ():
            ids = [row.id for row in rows if isinstance(row, table)] if root else []  # type: ignore[attr-defined]
            if not ids:  # most tables are no roots, and some of them have no id
                continue
            asked: Any = table
            wanted = select(literal(1)).select_from(asked).where(asked.id.in_(ids), held(asked, barred))
            if session.scalar(wanted.limit(1)) is not None:
                return False
    return True


def _family(thing: Thing) -> str:
    return _FAMILIES[thing[0]]
