"""What the doors say and hear about events from outside."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from docchain.features.runs import Handed
from docchain.features.signals.domain import EventKey, EventType
from docchain.platform.model import Model


class EventRequest(BaseModel):
    """Something that happened outside."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"event_type": "payment.received", "key": "order-17", "data": {"amount": "12.50"}}
        },
    )

    event_type: EventType
    key: EventKey | None = None
    data: Handed[dict[str, Any]] = Field({}, description="What the waiting steps are handed.")


class PublishedEvent(Model):
    """An event that was accepted: every run that waits for it goes on with its data."""

    id: UUID
    event_type: str
    key: str | None
    accepted_at: datetime


class CallbackTaken(Model):
    """A call-back that was accepted."""

    step: str
