"""The fault suite: kills and other strikes under load, and a count of what became of every run.

python tests/faults/kill.py --database sqlite --kills 200 --runs 20000
"""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from load import Load
from receiver import Receiver
from system import System, client_of, create
from verdict import Outcome, settle
from workflows import appended, delivered

PATIENCE = 180.0
PROGRESS = 20
"""Effects between two strikes, so that it is not the same few runs that are struck each time."""
AHEAD = 100
"""Runs that are started beyond a strike's turn, so that it falls under load."""


@dataclass(frozen=True)
class Plan:
    """How many runs, and how many strikes of each sort; `restarts` of the database need PostgreSQL."""

    database: str = "sqlite"
    runs: int = 20_000
    kills: int = 200
    stands: int = 10
    restarts: int = 10
    fills: int = 5
    seed: int = 0

    def strikes(self, dice: random.Random) -> list[str]:
        others = ["kill"] * self.kills + ["stand"] * self.stands + ["full disk"] * self.fills
        made = others + ["database restart"] * (self.restarts if self.database == "postgresql" else 0)
        dice.shuffle(made)
        return made


class Suite:
    """One system, one receiver, one load, and the strikes that fall."""

    def __init__(self, plan: Plan, folder: Path, tell: Callable[[str], None]) -> None:
        self._plan, self._folder, self._tell = plan, folder, tell
        self._dice = random.Random(plan.seed)  # noqa: S311 - a test's dice
        self.outcome = Outcome(plan.database)

    def run(self) -> Outcome:
        began = time.monotonic()
        with Receiver().serving() as receiver:
            self._receiver, self._system = receiver, self._make(receiver)
            try:
                self._system.start()
                self._load = self._begin()
                self._strike_all()
                self._load.end()
                self._tell("settling")
                settle(self._system, self._load, receiver, self.outcome)
            except RuntimeError:
                self._system.ask()
                time.sleep(2)
                raise
            finally:
                self._system.end()
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    def _make(self, receiver: Receiver) -> Any:
        if self._plan.database == "sqlite":
            return System(self._folder, receiver.address, disk=self._plan.fills > 0)
        from cluster import Cluster  # noqa: PLC0415 - the suite on SQLite needs no driver

        return Cluster(self._folder, receiver.address, disk=self._plan.fills > 0)

    def _begin(self) -> Load:
        with client_of(self._system.url) as client:
            handles = {"delivered": create(client, delivered(self._receiver.url))}
            handles["appended"] = create(client, appended(self._receiver.url))
            token = client.headers["authorization"]
        load = Load(self._system.port, token, handles, self._folder / "acknowledged.txt")
        load.begin()
        return load

    def _strike_all(self) -> None:
        strikes = self._plan.strikes(self._dice)
        for number, strike in enumerate(strikes, 1):
            due, seen = self._plan.runs * number // len(strikes), self._receiver.total
            self._load.allow(due + AHEAD)
            _wait(lambda due=due: len(self._load.acknowledged) >= due, "the load to be acknowledged")
            _wait(lambda seen=seen: self._more_than(seen + PROGRESS), "effects since the last strike")
            time.sleep(self._dice.uniform(0, 0.3))
            _wait(self._are_under_way, "effects to be under way")
            self.outcome.under_way.append(self._receiver.under_way)
            self._strike(strike)
            self.outcome.strikes[strike.replace(" ", "_")] += 1
            self._tell(f"{number} of {len(strikes)} strikes, {len(self._load.acknowledged)} runs")

    def _more_than(self, effects: int) -> bool:
        self._load.allow(len(self._load.acknowledged) + AHEAD)
        return self._receiver.total > effects

    def _are_under_way(self) -> bool:
        self._load.allow(len(self._load.acknowledged) + AHEAD)
        return self._receiver.under_way > 0

    def _strike(self, strike: str) -> None:
        if strike == "kill":
            self._system.kill()
        elif strike == "stand":
            self._system.stand()
        elif strike == "database restart":
            self._system.restart_database()
        else:
            self._system.disk.fill()
            time.sleep(self._dice.uniform(0.2, 1.5))
            self._system.disk.clear()


def strike_under_load(plan: Plan, folder: Path, tell: Callable[[str], None] = lambda _: None) -> Outcome:
    return Suite(plan, folder, tell).run()


def _wait(test: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not test():
        if time.monotonic() > end:
            raise RuntimeError(f"waited in vain for {what}")
        time.sleep(0.002)


def _bar(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    for name, count in (("runs", 20_000), ("kills", 200), ("stands", 10), ("restarts", 10), ("fills", 5)):
        parser.add_argument(f"--{name}", type=int, default=count)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311 - a test's dice
    plan = Plan(**vars(parser.parse_args()))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the processes under test end with us
    folder = Path(tempfile.mkdtemp(prefix="docchain-faults-"))
    try:
        outcome = strike_under_load(plan, folder, _bar)
    except BaseException:
        sys.stderr.write(f"\nThe data and the log of the processes are in {folder}\n")
        raise
    shutil.rmtree(folder)
    sys.stderr.write(f"\r\x1b[Kseed {plan.seed}\n" + "".join(f"{fault}\n" for fault in outcome.faults[:20]))
    print(outcome.summary())  # noqa: T201 - a program
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
