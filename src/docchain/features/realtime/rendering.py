"""Events as clients see them: rendered once, whoever hears of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import msgspec

from docchain.features.realtime.domain import addresses_of, family_of, permission_of
from docchain.platform.events import Event
from docchain.platform.reach import READ, WORKFLOW
from docchain.platform.veil import Veil
from docchain.platform.work import Actor

_REMEMBERED: Final = 4_096
_HANG: Final = {
    "workflow": ("workflow",),
    "run": ("workflow",),
    "approval": ("workflow",),
    "document": ("document",),
}
"""Subjects that hang on things which may be restricted."""
_CARRY: Final = frozenset({"custom", "approval"})
"""Subjects whose events carry what somebody sent in `data`."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What is the same of an event for all who hear of it."""

    number: int
    type: str
    permission: str | None
    """Without it, only its addresses say who hears it."""
    addresses: tuple[str, ...]
    text: str
    alone: str
    """As a message of its own: most travel so."""
    kind: str = ""
    """Of what it is about; and the workflow that this belongs to."""
    workflow: UUID | None = None


class Renderings:
    """Remembers the last ones: many clients catch up on the same events after a restart."""

    def __init__(self) -> None:
        self._known: dict[int, Rendered] = {}

    def of(self, event: Event) -> Rendered:
        known = self._known.get(event.position)
        if known is None:
            known = self._known[event.position] = render(event)
            if len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]
        return known


def render(event: Event) -> Rendered:
    shown = {
        "number": event.position,
        "event": event.type,
        "subject": {"kind": event.subject_kind, "id": event.subject_id},
        "actor": event.actor,
        "at": event.at,
        "data": event.data,
    }
    text = msgspec.json.encode(shown).decode()
    permission = permission_of(family_of(event.type))
    workflow = event.data.get("workflow_id") or (event.subject_id if event.subject_kind == "workflow" else None)
    return Rendered(
        event.position,
        event.type,
        permission,
        addresses_of(event),
        text,
        as_message([text]),
        event.subject_kind,
        UUID(str(workflow)) if workflow else None,
    )


def may_hear(actor: Actor, told: Rendered) -> bool:
    """Whether an event is for an actor: of what they may not see all of, only what is known to be theirs is told."""
    if told.permission is not None and told.permission not in actor.permissions:
        return False
    reach = actor.reach
    if not reach.is_limited or told.kind not in _HANG:
        return True
    if told.workflow is not None:
        return reach.allows(READ, WORKFLOW, told.workflow)
    return not any(reach.touches(family) for family in _HANG[told.kind])


def veiled(told: Rendered, hidden: frozenset[str]) -> Rendered:
    """The same without what somebody is not shown."""
    veil = Veil(hidden, of_runs=told.kind in _CARRY)
    shown = veil.over(msgspec.json.decode(told.text))
    if not veil.met:
        return told
    text = msgspec.json.encode(shown).decode()
    return replace(told, text=text, alone=as_message([text]))


def as_message(texts: Iterable[str]) -> str:
    """Events in a row, as one message."""
    return '{"type":"events","events":[' + ",".join(texts) + "]}"
