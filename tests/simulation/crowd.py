"""The crowd: how much executes at once in each process, against the limits that were set."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from docchain.engine.local.gates import EngineLimits

from .loop import PROCESS


class Limits:
    """Limits that the seed chose, as the engine takes them and as the crowd counts them."""

    def __init__(self, dice: random.Random) -> None:
        self.most: dict[str, int] = {}
        kinds, providers, workspace = {}, {}, None
        if dice.random() < 0.5:
            kinds["sim.once"] = self.most["kind sim.once"] = dice.randint(1, 3)
        if dice.random() < 0.5:
            providers["acme"] = self.most["provider acme"] = dice.randint(1, 3)
        if dice.random() < 0.3:
            workspace = self.most["workspace"] = dice.randint(2, 4)
        rates = {"sim.find": (2, 0.5)} if dice.random() < 0.2 else {}
        self.engine = EngineLimits(kinds, providers, workspace, rates, dice.choice((2, 4_096)))


class Crowd:
    """`faults` tells of every moment at which there were too many."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._now: Counter[tuple[str, str]] = Counter()
        self.widths: dict[str, int] = {}
        self.faults: list[str] = []

    @contextmanager
    def within(self, names: Sequence[str]) -> Iterator[None]:
        process = PROCESS.get()
        keys = [(process.name if process else "", name) for name in names]
        for key in keys:
            self._now[key] += 1
            most = self._most(key[1])
            if most is not None and self._now[key] > most:
                self.faults.append(f"{self._now[key]} at once of {key[1]} in {key[0]}, where {most} may be")
        try:
            yield
        finally:
            for key in keys:
                self._now[key] -= 1

    def _most(self, name: str) -> int | None:
        if name.startswith("items "):
            return self.widths.get(name)
        return self._limits.most.get("workspace" if name.startswith("workspace ") else name)
