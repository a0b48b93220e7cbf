"""Short ways to write definitions, and to see what became of a simulated run."""

from typing import Any

from scripted import Script, kinds_of

from docchain.engine.simulation import SimulatedRun, Simulation


def workflow(*steps: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"workflow": "w", "steps": list(steps), **rest}


def pure(name: str, value: Any = None, **rest: Any) -> dict[str, Any]:
    return {"id": name, "use": "t.pure", "with": {"value": value}, **rest}


def send(name: str, value: Any = None, **rest: Any) -> dict[str, Any]:
    return {"id": name, "use": "t.send", "with": {"value": value}, **rest}


def ask(name: str, **rest: Any) -> dict[str, Any]:
    return {"id": name, "use": "t.ask", **rest}


def begin(definition: dict[str, Any], script: Script | None = None, inputs: Any = None, **how: Any) -> SimulatedRun:
    return Simulation(kinds_of(script or Script())).begin(definition, inputs, **how)


async def start(
    definition: dict[str, Any], script: Script | None = None, inputs: Any = None, **how: Any
) -> SimulatedRun:
    run = begin(definition, script, inputs, **how)
    await run.settle()
    return run


def statuses(run: SimulatedRun) -> dict[str, str]:
    return {name: step.status for name, step in run.state.steps.items()}


def because(run: SimulatedRun) -> dict[str, str]:
    """Why steps were skipped."""
    return {name: step.because for name, step in run.state.steps.items() if step.status == "skipped"}


def names(run: SimulatedRun) -> list[str]:
    return [type(fact).__name__ for fact in run.journal]
