"""What events and waits are matched by; pure rules."""

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints

EVENT: Final = "event"
"""The signal that carries an event to a step, and the mark of such a wait's request."""

CALLBACK: Final = "callback"
"""The signal that carries a call-back to a step, and the mark of such a wait's request."""

PUBLISHED: Final = "event.published"
"""What the event log calls every custom event, so that none can pass for one of ours."""


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


EventType = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$"),
    Field(description="What happened, such as `payment.received`.", examples=["payment.received"]),
]
EventKey = Annotated[
    str,
    BeforeValidator(_text),
    StringConstraints(min_length=1, max_length=200),
    Field(description="To whom or what; a wait with a key gets events of this key only.", examples=["order-17"]),
]


def topic(workspace_id: UUID, event_type: str, key: str | None) -> str:
    """One text for what a wait waits for; no colon is in a type, so no two topics are written alike."""
    of_type = f"{workspace_id.hex}:{event_type}"
    return of_type if key is None else f"{of_type}:{key}"


def topics_of(workspace_id: UUID, event_type: str, key: str | None) -> list[str]:
    """What an event answers: waits for its type, and those for its type and key."""
    any_key = topic(workspace_id, event_type, None)
    return [any_key] if key is None else [any_key, topic(workspace_id, event_type, key)]
