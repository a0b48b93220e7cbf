"""Trivial step kinds: so that a benchmark measures the engine and not the steps."""

from typing import Any

from docchain.engine.kinds import Effect, Kinds, Params, Result, StepContext, StepKind


class EchoParams(Params):
    value: Any = None


class EchoResult(Result):
    value: Any = None


class Echo(StepKind):
    """Hand on the value."""

    name = "echo"
    params = EchoParams
    result = EchoResult

    async def run(self, params: EchoParams, context: StepContext) -> EchoResult:  # noqa: ARG002 (the contract's signature)
        return EchoResult(value=params.value)


class Send(Echo):
    """Hand on the value as an external effect."""

    name = "send"
    effect = Effect.EXTERNAL


KINDS = Kinds([Echo(), Send()])


def bare(kind: str) -> dict[str, Any]:
    """Three steps, constant parameters."""
    steps = [{"id": name, "use": kind, "with": {"value": 1}} for name in "abc"]
    return {"workflow": "bare", "steps": steps}


def full() -> dict[str, Any]:
    """Three steps with expressions, a condition, time-outs and typed inputs."""
    return {
        "workflow": "full",
        "inputs": {"number": {"type": "number"}},
        "steps": [
            {"id": "a", "use": "echo", "with": {"value": "${inputs.number + 1}"}, "timeout": "30s"},
            {
                "id": "b",
                "use": "echo",
                "when": "steps.a.value > 0",
                "with": {"value": "${steps.a.value}"},
                "timeout": "30s",
            },
            {"id": "c", "use": "echo", "with": {"value": "${steps.b.value * 2}"}, "timeout": "30s"},
        ],
        "output": "${steps.c.value}",
    }


def chain(length: int) -> dict[str, Any]:
    """Each step hands on the value of the one before."""
    first = {"id": "s0", "use": "echo", "with": {"value": 1}}
    steps = [
        {"id": f"s{place}", "use": "echo", "with": {"value": f"${{steps.s{place - 1}.value}}"}}
        for place in range(1, length)
    ]
    return {"workflow": "chain", "steps": [first, *steps], "output": f"${{steps.s{length - 1}.value}}"}


def mapped(items: int) -> dict[str, Any]:
    """One step over so many items, a hundred at a time."""
    each = {"items": list(range(items)), "concurrency": 100}
    return {
        "workflow": "mapped",
        "steps": [{"id": "each", "use": "echo", "for_each": each, "with": {"value": "${item}"}}],
        "output": "${steps.each.succeeded}",
    }
