"""The signals' reader of the journal: a row for every step that waits for an event, as long as it waits."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from docchain.engine.doors import JournalEntry
from docchain.engine.machine import facts as f
from docchain.features.runs import known_workspaces
from docchain.features.signals.domain import EVENT, topic
from docchain.features.signals.repository import EventWaitRepository
from docchain.features.signals.tables import EventWaitRow
from docchain.platform.work import Work

_ENDS_WAIT: Final = (f.Signalled, f.Done, f.Failed, f.Retry, f.Skipped)
_ENDS_RUN: Final = (f.Stopping, f.Ended)
_Wait = tuple[UUID, str]


class EventWaitReader:
    """Register it behind the runs' own reader, which knows each run's workspace."""

    name = "event_waits"

    def handle(self, work: Work, entries: Sequence[JournalEntry]) -> None:
        waits = EventWaitRepository(work.session)
        rows = waits.of_runs({entry.run_id for entry in entries if not isinstance(entry.facts[0], f.Started)})
        begun: dict[_Wait, f.Waiting] = {}
        settled: set[_Wait] = set()
        for entry in entries:
            _read(entry, begun, settled, rows)
        waits.remove(rows[wait] for wait in settled & rows.keys())
        if begun:
            _keep(work, waits, begun)


def _read(
    entry: JournalEntry, begun: dict[_Wait, f.Waiting], settled: set[_Wait], rows: dict[_Wait, EventWaitRow]
) -> None:
    """Which waits begin in an entry and which end; a wait that begins anew takes the place of the old one."""
    for fact in entry.facts:
        if isinstance(fact, f.Waiting):
            if fact.request.get("kind") == EVENT:
                begun[entry.run_id, fact.step] = fact
                settled.add((entry.run_id, fact.step))
        elif isinstance(fact, _ENDS_WAIT):
            begun.pop((entry.run_id, fact.step), None)
            settled.add((entry.run_id, fact.step))
        elif isinstance(fact, _ENDS_RUN):
            for wait in [wait for wait in begun if wait[0] == entry.run_id]:
                del begun[wait]
            settled.update(wait for wait in rows if wait[0] == entry.run_id)


def _keep(work: Work, waits: EventWaitRepository, begun: dict[_Wait, f.Waiting]) -> None:
    workspaces = known_workspaces(work, {run_id for run_id, _ in begun})
    for (run_id, step), fact in begun.items():
        if (workspace_id := workspaces.get(run_id)) is not None:
            about = topic(workspace_id, fact.request["event"], fact.request.get("key"))
            waits.add(EventWaitRow(run_id=run_id, step=step, topic=about, workspace_id=workspace_id))
