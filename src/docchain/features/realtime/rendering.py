"""Events as clients see them: rendered once, whoever hears of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from docchain.features.realtime.domain import addresses_of, family_of, permission_of
from docchain.platform.events import Event

_REMEMBERED: Final = 4_096


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
    return Rendered(event.position, event.type, permission, addresses_of(event), text, as_message([text]))


def as_message(texts: Iterable[str]) -> str:
    """Events in a row, as one message."""
    return '{"type":"events","events":[' + ",".join(texts) + "]}"
