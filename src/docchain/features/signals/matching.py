"""The reader of custom events: each answers the waits for it, by commands in the transaction that takes them."""

from collections.abc import Callable, Sequence

from docchain.features.runs import Signal, signal_many
from docchain.features.signals.domain import EVENT, topics_of
from docchain.features.signals.repository import EventWaitRepository
from docchain.features.signals.tables import EventWaitRow
from docchain.platform.events import Event
from docchain.platform.work import Work


class CustomEvents:
    """Read with it only when the journal's readers have caught up: then every wait that was durable has its row.

    Args:
        wake: tells the engine that there are commands.
    """

    name = "custom_events"

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def handle(self, work: Work, events: Sequence[Event]) -> None:
        waits = EventWaitRepository(work.session)
        topics = {event.id: _topics(event) for event in events}
        waiting = waits.by_topic(topic for named in topics.values() for topic in named)
        answered = [(row, event) for event in events for topic in topics[event.id] for row in waiting.pop(topic, [])]
        signal_many(work, [_signal(row, event) for row, event in answered])
        waits.remove([row for row, _ in answered])
        work.after_commit(self._wake)


def _topics(event: Event) -> list[str]:
    if event.workspace_id is None:
        return []
    return topics_of(event.workspace_id, event.data["event_type"], event.data.get("key"))


def _signal(row: EventWaitRow, event: Event) -> Signal:
    payload = {
        "event": event.data["event_type"],
        "key": event.data.get("key"),
        "data": event.data["data"],
        "id": str(event.subject_id),
        "at": event.at.isoformat().replace("+00:00", "Z"),
    }
    return Signal(row.run_id, row.workspace_id, row.step, EVENT, payload)
