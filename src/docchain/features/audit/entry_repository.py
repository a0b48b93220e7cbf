"""What is read of an entry of the log, wherever it is listed."""

from typing import Final

from sqlalchemy import Text, cast

from docchain.platform.events import EventRow

COLUMNS: Final = (
    EventRow.position,
    EventRow.id,
    EventRow.workspace_id,
    EventRow.type,
    EventRow.subject_kind,
    EventRow.subject_id,
    EventRow.actor,
    EventRow.at,
    cast(EventRow.data, Text).label("data"),
    EventRow.request_id,
    cast(EventRow.context, Text).label("context"),
)
"""All of an entry; what is JSON comes as the text that is stored."""
