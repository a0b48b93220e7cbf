"""The kill test: SIGKILL the server under load, again and again, and count what became of every run.

python tests/faults/kill.py --kills 50 --runs 2000
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parent))

from load import Acknowledged, Load
from receiver import Receiver
from system import System, create
from workflows import appended, delivered

SETTLE_SECONDS = 120.0


@dataclass
class Outcome:
    """What was counted; `faults` is what must be empty."""

    kills: int = 0
    runs: int = 0
    tried: int = 0
    duplicates: int = 0
    parked: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    under_way: list[int] = field(default_factory=list)
    slowest_start: float = 0.0
    faults: list[str] = field(default_factory=list)

    def table(self) -> str:
        rows = [
            ("kills, each with effects under way", self.kills),
            ("effects under way at a kill, at least", min(self.under_way, default=0)),
            ("runs acknowledged", self.runs),
            ("starts tried", self.tried),
            *((f"runs {status}", count) for status, count in sorted(self.statuses.items())),
            ("webhook deliveries repeated, applied once", self.duplicates),
            ("effects parked as unknown", self.parked),
            ("slowest start, seconds", f"{self.slowest_start:.1f}"),
            ("faults", len(self.faults)),
        ]
        return "\n".join(f"{name:<45}{value:>10}" for name, value in rows)


def kill_under_load(kills: int, runs: int, folder: Path, seed: int) -> Outcome:
    dice = random.Random(seed)  # noqa: S311 (a test's dice)
    with Receiver().serving() as receiver:
        system = System(folder, receiver.address)
        system.start()
        try:
            with system.client() as client:
                handles = {"delivered": create(client, delivered(receiver.url))}
                handles["appended"] = create(client, appended(receiver.url))
                load = Load(system.url, client.headers["authorization"], handles, folder / "acknowledged.txt")
            load.begin()
            outcome = Outcome()
            for number in range(1, kills + 1):
                _one_life(system, load, receiver, outcome, dice, until=runs * number // kills)
            load.end()
            _settle(system, load, receiver, outcome)
        finally:
            system.kill()
    return outcome


def _one_life(
    system: System, load: Load, receiver: Receiver, outcome: Outcome, dice: random.Random, *, until: int
) -> None:
    """Let the server work until enough was acknowledged, and kill it amid effects; then start it again."""
    load.resume()
    _wait(lambda: len(load.acknowledged) >= until, "the load to be acknowledged")
    time.sleep(dice.uniform(0, 0.2))
    _wait(lambda: receiver.under_way > 0, "effects to be under way")
    outcome.under_way.append(receiver.under_way)
    system.kill()
    outcome.kills += 1
    load.pause()
    _wait(lambda: receiver.under_way == 0, "the receiver to finish")
    system.start()


def _settle(system: System, load: Load, receiver: Receiver, outcome: Outcome) -> None:
    """Every acknowledged run must exist and come to an end; then the receivers' books are compared."""
    with system.client() as client:
        details = Details(client)
        for entry in load.acknowledged:
            detail = details.settled(entry)
            outcome.statuses[f"{entry.workflow} {detail.get('status', 'missing')}"] += 1
            outcome.faults += _faults_of_run(entry, detail)
    outcome.runs, outcome.tried = len(load.acknowledged), len(load.tried)
    outcome.slowest_start, outcome.duplicates = max(system.starts), receiver.duplicates
    outcome.faults += load.refused[:5]
    outcome.faults += _faults_of_receivers(details, load, receiver, system, outcome)


class Details:
    """Runs as the API tells them, once each has settled."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._end = time.monotonic() + SETTLE_SECONDS
        self.runs: dict[str, dict[str, Any]] = {}

    def settled(self, entry: Acknowledged) -> dict[str, Any]:
        while True:
            answer = self._client.get(f"/runs/{entry.run}")
            if answer.status_code != httpx.codes.OK:
                return {}
            detail: dict[str, Any] = answer.json()
            if detail["ended_at"] or parked(detail) or time.monotonic() > self._end:
                self.runs[entry.key] = detail
                return detail
            time.sleep(0.02)


def parked(detail: dict[str, Any]) -> list[str]:
    return [step["id"] for step in detail.get("steps", []) if step["status"] == "unknown"]


def _faults_of_run(entry: Acknowledged, detail: dict[str, Any]) -> list[str]:
    if not detail:
        return [f"{entry.run} was acknowledged and is missing"]
    if entry.workflow == "appended" and parked(detail) == ["sent"]:
        return []
    if detail["status"] != "succeeded":
        return [f"{entry.run} is {detail['status']}: {detail.get('message')}"]
    expected = {"key": entry.key, "double": entry.number * 2}
    return [] if detail["output"] == expected else [f"{entry.run} answered {detail['output']}, not {expected}"]


def _faults_of_receivers(
    details: Details, load: Load, receiver: Receiver, system: System, outcome: Outcome
) -> list[str]:
    wanted = {kind: {entry.key for entry in load.acknowledged if entry.workflow == kind} for kind in load.kinds}
    unknown = {key for key in wanted["appended"] if parked(details.runs.get(key, {}))}
    outcome.parked = len(unknown)
    once, lines, files = Counter(receiver.applied.values()), Counter(receiver.lines), delivered_keys(system)
    faults = [f"{key} was applied {count} times" for key, count in once.items() if count > 1]
    faults += [f"{key} lies in the folder {count} times" for key, count in files.items() if count > 1]
    faults += [f"{key} was appended {count} times" for key, count in lines.items() if count > 1]
    faults += [f"{key} never reached the receiver" for key in wanted["delivered"] - once.keys()]
    faults += [f"{key} never reached the folder" for key in wanted["delivered"] - files.keys()]
    faults += [f"{key} is missing and not listed as unknown" for key in wanted["appended"] - lines.keys() - unknown]
    return faults + [f"{key} was never asked for" for key in {*once, *lines, *files} - load.tried]


def delivered_keys(system: System) -> Counter[str]:
    """Keys of the files in the folder; a file that is not whole is no JSON and fails here."""
    files = [path for path in system.deliveries.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return Counter(json.loads(path.read_text())["key"] for path in files)


def _wait(test: Any, what: str) -> None:
    end = time.monotonic() + SETTLE_SECONDS
    while not test():
        if time.monotonic() > end:
            raise RuntimeError(f"waited in vain for {what}")
        time.sleep(0.002)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311 (a test's dice)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = kill_under_load(chosen.kills, chosen.runs, Path(folder), chosen.seed)
    print(f"seed {chosen.seed}\n{outcome.table()}")  # noqa: T201 (a program)
    print(*outcome.faults[:20], sep="\n")  # noqa: T201 (a program)
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
