"""Use cases of signals from outside: publish an event, take a call-back."""

from typing import Any

from pydantic_core import to_json

from docchain.features.runs import Run, RunService, StepNotWaiting
from docchain.features.signals.callbacks import Callback
from docchain.features.signals.domain import CALLBACK, PUBLISHED
from docchain.features.signals.errors import CallbackUsed, EventCarriesSecret, EventTooLarge
from docchain.features.signals.schemas import EventRequest, PublishedEvent
from docchain.platform.events import CUSTOM
from docchain.platform.ids import new_id
from docchain.platform.secrecy import secret_path
from docchain.platform.work import Work


class SignalService:
    def __init__(self, work: Work) -> None:
        self._work = work

    def publish(self, request: EventRequest, limit: int) -> PublishedEvent:
        """Append an event to the log; what waits for it is told by the log's reader."""
        size = len(to_json(request.data))
        if size > limit:
            raise EventTooLarge(size, limit)
        if leak := secret_path(request.data, "data"):
            raise EventCarriesSecret(leak)
        id_ = new_id()
        told = {"event_type": request.event_type, "key": request.key, "data": request.data}
        self._work.emit(PUBLISHED, CUSTOM, id_, told)
        return PublishedEvent(id=id_, event_type=request.event_type, key=request.key, accepted_at=self._work.now)

    def call_back(self, callback: Callback, data: Any) -> Run:
        """Answer the step; of many answers at once, one counts."""
        runs, payload = RunService(self._work), {"data": data}
        try:
            return runs.signal(str(callback.run_id), callback.step, CALLBACK, payload, callback.attempt)
        except StepNotWaiting:
            raise CallbackUsed(callback.step) from None
