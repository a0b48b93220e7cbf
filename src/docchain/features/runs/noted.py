"""What the attempts of a run noted, by step: when they began, what they cost, how much they logged."""

from collections.abc import Iterable, Iterator

from docchain.engine.machine import facts as f


class Noted:
    """Steps that map count what their items noted."""

    def __init__(self, facts: Iterable[f.Fact]) -> None:
        self._by_step: dict[str, list[f.Noted]] = {}
        self._began: dict[tuple[str, int], int] = {}
        for fact in facts:
            if isinstance(fact, f.Noted):
                self._keep(fact)
            elif isinstance(fact, f.Sending | f.FannedOut | f.Waiting | f.Called):
                self._began.setdefault((fact.step, getattr(fact, "attempt", 1)), fact.at)

    def _keep(self, fact: f.Noted) -> None:
        self._began.setdefault((fact.step, fact.attempt), fact.began)
        for name in {fact.step, fact.step.partition("[")[0]}:
            self._by_step.setdefault(name, []).append(fact)

    def began(self, step: str, attempt: int) -> int | None:
        """When the attempt began; `None` of a quick one, which began when it ended."""
        return self._began.get((step, attempt))

    def charges(self, step: str | None = None, attempt: int | None = None) -> Iterator[f.Charge]:
        """Of an attempt, a step or the run."""
        names = [step] if step is not None else [name for name in self._by_step if "[" not in name]
        found = (fact for name in names for fact in self._by_step.get(name, ()))
        if attempt is not None:
            found = (fact for fact in found if (fact.step, fact.attempt) == (step, attempt))
        return (charge for fact in found for charge in fact.charges)

    def lines(self, step: str) -> int:
        return sum(len(fact.lines) for fact in self._by_step.get(step, ()))
