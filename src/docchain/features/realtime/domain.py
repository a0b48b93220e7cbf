"""Who hears of what: an event has addresses, a connection listens at addresses; they meet or do not. Pure rules."""

import re
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from docchain.platform.events import Event

MESSAGE: Final = "message"
MESSAGE_SENT: Final = "message.sent"

GOING_AWAY: Final = 1001
POLICY: Final = 1008
TOO_LONG: Final = 1009
TRY_LATER: Final = 1013
UNAUTHENTICATED: Final = 4401
FOREIGN_ORIGIN: Final = 4403
TOO_SLOW: Final = 4408
IDLE: Final = 4409
DISCONNECTED: Final = 4410
"""Why a socket was closed, as its close code."""

ADMIN: Final = "admin"
READ_BY: Final = {
    "run": "runs:read",
    "retention": "runs:read",
    "event": "runs:read",
    "workflow": "workflows:read",
    "approval": "approvals:read",
    "document": "documents:read",
}
"""The permission that reads events of a family, which is the first word of their type; all others are for admins."""

_PATTERN: Final = re.compile(r"\*|[a-z_]+(\.[a-z_]+)*(\.\*)?")
_PRIVATE: Final = (MESSAGE, f"{MESSAGE}.")


def family_of(event_type: str) -> str:
    return event_type.partition(".")[0]


def permission_of(family: str) -> str | None:
    """What reading events of a family needs; messages are for those they are addressed to."""
    return None if family == MESSAGE else READ_BY.get(family, ADMIN)


def is_pattern(text: str) -> bool:
    """Whether it is `*`, a type of event, or a family such as `run.*`; messages have addresses of their own."""
    return bool(_PATTERN.fullmatch(text)) and not text.startswith(_PRIVATE)


def by_pattern(workspace_id: UUID, pattern: str) -> str:
    return f"{workspace_id.hex}/type/{pattern}"


def by_subject(workspace_id: UUID, kind: str, subject_id: UUID | str) -> str:
    return f"{workspace_id.hex}/{kind}/{subject_id}"


def by_room(workspace_id: UUID, name: str) -> str:
    return f"{workspace_id.hex}/room/{name}"


def by_user(workspace_id: UUID, user_id: UUID | str) -> str:
    return f"{workspace_id.hex}/user/{user_id}"


def by_everybody(workspace_id: UUID) -> str:
    return f"{workspace_id.hex}/all"


def addresses_of(event: Event) -> tuple[str, ...]:
    """Where an event is heard; events of no workspace are heard nowhere."""
    workspace = event.workspace_id
    if workspace is None:
        return ()
    if event.type == MESSAGE_SENT:
        return (_address_of_message(workspace, event),)
    found = [by_pattern(workspace, pattern) for pattern in _patterns_of(event.type)]
    if event.subject_id is not None:
        found.append(by_subject(workspace, event.subject_kind, event.subject_id))
    if workflow := event.data.get("workflow_id"):
        found.append(by_subject(workspace, "workflow", workflow))
    return tuple(found)


def _address_of_message(workspace: UUID, event: Event) -> str:
    if user := event.data.get("user_id"):
        return by_user(workspace, user)
    if room := event.data.get("room"):
        return by_room(workspace, room)
    return by_everybody(workspace)


def _patterns_of(event_type: str) -> list[str]:
    words = event_type.split(".")
    families = [".".join(words[:count]) + ".*" for count in range(1, len(words))]
    return ["*", *families, event_type]


def only_run(addresses: Iterable[str]) -> UUID | None:
    """The run, if that is all they are about: its events are found without reading those of others."""
    match [address.split("/") for address in addresses]:
        case [[_, "run", run_id]]:
            return UUID(run_id)
    return None
