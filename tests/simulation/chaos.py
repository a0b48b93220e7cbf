"""Chaos: which fault strikes at which await; the seed decides how often, which ones, and when they are over."""

import random
from collections.abc import Callable
from typing import Any, Final

from .loop import Process

ANYWHERE: Final = ("crash", "crash", "stop", "takeover", "slow", "jump", "full", "away", "source away")
COMMITTED: Final = ("crash", "lost", "lost", "takeover")


class Chaos:
    """A number of faults, struck at random awaits; afterwards the world is kind, so that everything can end."""

    def __init__(self, dice: random.Random, now: Callable[[], float], do: Callable[[str, Process], Any]) -> None:
        self._dice = dice
        self._now = now
        self._do = do
        self.left = dice.choice((0, 1, 1, 2, 3, 5, 8))
        self._rate = dice.choice((0.005, 0.02, 0.05, 0.15))
        self._until = {"full": 0.0, "away": 0.0, "source away": 0.0}
        self.struck: list[str] = []

    @property
    def over(self) -> bool:
        return self.left <= 0 and all(self._now() >= until for until in self._until.values())

    def end(self) -> None:
        self.left = 0

    def strike(self, name: str, process: Process) -> str:
        """Decide on this await; faults that last are told by name while they last."""
        if self.left > 0 and self._dice.random() < self._rate:
            self.left -= 1
            fault = self._dice.choice(COMMITTED if name == "journal.committed" else ANYWHERE)
            self.struck.append(f"{fault} at {name}")
            if fault in self._until:
                self._until[fault] = self._now() + self._dice.choice((0.05, 0.5, 3.0))
            elif fault in {"slow", "lost"}:
                return fault
            else:
                self._do(fault, process)
        return self._lasting(name)

    def _lasting(self, name: str) -> str:
        if name == "journal.commit" and self._now() < self._until["full"]:
            return "full"
        if name.startswith("journal.") and name != "journal.commit" and self._now() < self._until["away"]:
            return "away" if name != "journal.committed" else ""
        if name == "commands" and self._now() < self._until["source away"]:
            return "away"
        return ""
