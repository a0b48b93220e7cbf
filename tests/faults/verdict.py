"""The verdict: what was acknowledged, what the journal tells, and what the receivers hold are compared."""

import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from audit import Audit, busy
from load import Acknowledged, Load
from receiver import Receiver
from system import client_of

from docchain.engine.machine import facts as f

SETTLE_SECONDS = 600.0
SAMPLE = 200


@dataclass
class Outcome:
    """What was counted; `faults` is what must be empty."""

    database: str
    strikes: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    tried: int = 0
    turned_away: int = 0
    entries: int = 0
    effects: int = 0
    duplicates: int = 0
    parked: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    under_way: list[int] = field(default_factory=list)
    gave_up: int = 0
    pauses: list[float] = field(default_factory=list)
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """One line of JSON."""
        pauses = sorted(self.pauses) or [0.0]
        told: dict[str, Any] = {
            "database": self.database,
            **{f"{name}s": count for name, count in sorted(self.strikes.items())},
            "effects_under_way_at_least": min(self.under_way, default=0),
            "runs": self.runs,
            "starts_tried": self.tried,
            "starts_turned_away": self.turned_away,
            **{name.replace(" ", "_"): count for name, count in sorted(self.statuses.items())},
            "journal_entries": self.entries,
            "effects": self.effects,
            "repeated_deliveries_applied_once": self.duplicates,
            "parked_as_unknown": self.parked,
            "processes_that_gave_up": self.gave_up,
            "pause_median_s": round(pauses[len(pauses) // 2], 2),
            "pause_longest_s": round(pauses[-1], 2),
            "seconds": round(self.seconds),
            "faults": len(self.faults),
        }
        return json.dumps(told)


def settle(system: Any, load: Load, receiver: Receiver, outcome: Outcome) -> None:
    """Every acknowledged run must come to an end, or stand as unknown; then all books are compared."""
    audit = _settled(system, load)
    outcome.runs, outcome.tried, outcome.turned_away = len(load.acknowledged), len(load.tried), load.turned_away
    outcome.entries, outcome.effects = audit.entries, len(audit.effects)
    outcome.pauses, outcome.duplicates = system.pauses, receiver.duplicates
    outcome.gave_up = system.gave_up
    unknown = {entry.key for entry in load.acknowledged if parked(audit.runs[entry.run])}
    outcome.parked = len(unknown)
    outcome.faults += load.refused[:5] + audit.faults
    for entry in load.acknowledged:
        history = audit.runs[entry.run]
        outcome.statuses[f"{entry.workflow} {_status(history)}"] += 1
        outcome.faults += _faults_of_run(entry, history)
    outcome.faults += _faults_of_receivers(unknown, load, receiver, system)
    outcome.faults += _faults_of_doors(system, load, audit)


def _settled(system: Any, load: Load) -> Audit:
    end = time.monotonic() + SETTLE_SECONDS
    while True:
        if busy(system.books) == 0 or time.monotonic() > end:
            audit = Audit(system.books)
            open_ = [entry for entry in load.acknowledged if _status(audit.runs[entry.run]) in {"missing", "running"}]
            if not open_ or time.monotonic() > end:
                return audit
        time.sleep(0.5)


def _status(history: list[f.Fact]) -> str:
    if not history:
        return "missing"
    if isinstance(history[-1], f.Ended):
        return history[-1].status
    return "parked" if parked(history) else "running"


def parked(history: list[f.Fact]) -> bool:
    return any(isinstance(fact, f.Unknown) and fact.policy == "park" for fact in history)


def _faults_of_run(entry: Acknowledged, history: list[f.Fact]) -> list[str]:
    status = _status(history)
    if entry.workflow == "appended" and status == "parked":
        return []
    if status != "succeeded":
        return [f"{entry.handle} was acknowledged and is {status}: {history[-1:]}"]
    expected = {"key": entry.key, "double": entry.number * 2}
    output = history[-1].output
    return [] if output == expected else [f"{entry.handle} answered {output}, not {expected}"]


def _faults_of_receivers(unknown: set[str], load: Load, receiver: Receiver, system: Any) -> list[str]:
    wanted = {kind: {entry.key for entry in load.acknowledged if entry.workflow == kind} for kind in load.kinds}
    once, lines, files = Counter(receiver.applied.values()), Counter(receiver.lines), _delivered(system)
    faults = [f"{key} was applied {count} times" for key, count in once.items() if count > 1]
    faults += [f"{key} lies in the folder {count} times" for key, count in files.items() if count > 1]
    faults += [f"{key} was appended {count} times" for key, count in lines.items() if count > 1]
    faults += [f"{key} never reached the receiver" for key in wanted["delivered"] - once.keys()]
    faults += [f"{key} never reached the folder" for key in wanted["delivered"] - files.keys()]
    faults += [f"{key} is missing and not listed as unknown" for key in wanted["appended"] - lines.keys() - unknown]
    faults += [f"{key} was refused and happened" for key in {*once, *lines, *files} & load.not_kept]
    return faults + [f"{key} was never asked for" for key in {*once, *lines, *files} - load.tried]


def _delivered(system: Any) -> Counter[str]:
    """Keys of the files in the folder; a file that is not whole is no JSON and fails here."""
    files = [path for path in system.deliveries.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return Counter(json.loads(path.read_text())["key"] for path in files)


def _faults_of_doors(system: Any, load: Load, audit: Audit) -> list[str]:
    """What the API tells of some runs is what the journal holds."""
    found = []
    with client_of(system.url) as client:
        for entry in random.sample(load.acknowledged, min(SAMPLE, len(load.acknowledged))):
            told = client.get(f"/runs/{entry.handle}").json()
            status = _status(audit.runs[entry.run])
            if status == "parked":
                fits = "unknown" in {step["status"] for step in told.get("steps", [])}
            else:
                fits = told.get("status") == status
            found += [] if fits else [f"{entry.handle} is {status} in the journal, and told as {told.get('status')}"]
    return found
