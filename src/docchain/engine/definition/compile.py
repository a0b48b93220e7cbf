"""Definition to plan: every fault of meaning is found at once, each with its path."""

import hashlib
import json
from collections.abc import Mapping

from docchain.engine.definition.faults import DefinitionError, Fault, did_you_mean
from docchain.engine.definition.graph import Graph, read_graph
from docchain.engine.definition.models import RetrySpec, StepSpec, WorkflowSpec
from docchain.engine.definition.references import check_references
from docchain.engine.definition.types import check_parameters
from docchain.engine.durations import parse_duration
from docchain.engine.expressions import Expression, ExpressionError, Template, compile_value
from docchain.engine.kinds import Effect, InDoubt, Kinds, StepKind
from docchain.engine.machine.plan import Plan, PlannedStep, RetryPolicy

_DEFAULT_RETRY = RetrySpec()


class _Compiled:
    """A step's expressions, compiled before the graph is known."""

    __slots__ = ("kind", "params", "path", "spec", "when")

    def __init__(self, position: int, spec: StepSpec, kinds: Kinds, faults: list[Fault]) -> None:
        self.spec = spec
        self.path = f"steps[{position}]"
        self.kind = kinds.get(spec.use)
        if self.kind is None:
            known = [kind.name for kind in kinds]
            faults.append(
                Fault(
                    f"{self.path}.use",
                    "unknown_kind",
                    f"no step kind is named {spec.use!r}{did_you_mean(spec.use, known)}",
                )
            )
        found: list[tuple[str, str]] = []
        self.params = compile_value(spec.with_, f"{self.path}.with", found)
        self.when = self._compile_when(found)
        faults.extend(Fault(path, "expression", message) for path, message in found)

    def _compile_when(self, found: list[tuple[str, str]]) -> Expression | bool | None:
        when = self.spec.when
        if not isinstance(when, str):
            return when
        text = when.strip()
        if text.startswith("${") and text.endswith("}"):
            text = text[2:-1]
        try:
            return Expression(text)
        except ExpressionError as error:
            found.append((f"{self.path}.when", str(error)))
            return None

    def expressions(self) -> list[tuple[str, Expression]]:
        own = [(f"{self.path}.when", self.when)] if isinstance(self.when, Expression) else []
        return [*own, *self.params.expressions]

    def mentions(self) -> set[str]:
        return {
            str(path[1])
            for _, expression in self.expressions()
            for path in expression.paths
            if path[0] == "steps" and len(path) > 1
        }


def compile_plan(spec: WorkflowSpec, kinds: Kinds) -> Plan:
    """Check `spec` against the step kinds and compile it.

    Raises:
        DefinitionError: with every fault.
    """
    faults: list[Fault] = []
    compiled = [_Compiled(position, step, kinds, faults) for position, step in enumerate(spec.steps)]
    steps = {step.spec.id: step for step in compiled}
    graph = read_graph(spec, faults)
    found: list[tuple[str, str]] = []
    output = compile_value(spec.output, "output", found)
    faults.extend(Fault(path, "expression", message) for path, message in found)
    for step in compiled:
        check_references(spec, step.expressions(), graph.before(step.spec.id), kinds, faults)
        if step.kind is not None:
            check_parameters(spec, step.kind, step.spec.with_, step.path, faults)
            _check_effect(step, step.kind, faults)
    check_references(spec, output.expressions, set(steps), kinds, faults)
    if faults:
        raise DefinitionError(faults)
    return _plan(spec, steps, graph, output)


def _check_effect(step: _Compiled, kind: StepKind, faults: list[Fault]) -> None:
    if step.spec.in_doubt and kind.effect is not Effect.EXTERNAL:
        faults.append(Fault(f"{step.path}.in_doubt", "invalid", f"{kind.name} has no external effect; remove in_doubt"))
    if step.spec.in_doubt == "lookup" and kind.in_doubt is not InDoubt.LOOKUP:
        faults.append(
            Fault(f"{step.path}.in_doubt", "invalid", f"{kind.name} cannot look up its effects; use resend or park")
        )
    timeout = step.spec.timeout
    if timeout and timeout.then == "escalate" and "escalate_to" not in step.spec.with_:
        faults.append(Fault(f"{step.path}.with.escalate_to", "missing", "name who takes over when the time is up"))


def _plan(spec: WorkflowSpec, steps: Mapping[str, _Compiled], graph: Graph, output: Template) -> Plan:
    dependents: dict[str, tuple[str, ...]] = dict.fromkeys(steps, ())
    for name in graph.order:
        for need in graph.needs[name]:
            dependents[need] += (name,)
    heeded = {name for other in steps.values() for name in (*other.mentions(), *(other.spec.needs or ()))}
    planned = {name: _planned(steps[name], graph.needs[name], dependents[name], name in heeded) for name in graph.order}
    return Plan(
        digest=digest_of(spec),
        workflow=spec.workflow,
        steps=planned,
        output=output,
        first=tuple(step for step in planned.values() if not step.needs),
        last=tuple(name for name in graph.order if not dependents[name]),
        has_effects=any(step.external for step in planned.values()),
    )


def _planned(step: _Compiled, needs: tuple[str, ...], dependents: tuple[str, ...], heeded: bool) -> PlannedStep:
    kind = step.kind
    assert kind is not None  # noqa: S101  (an unknown kind was a fault)
    timeout = step.spec.timeout
    return PlannedStep(
        id=step.spec.id,
        use=kind.name,
        external=kind.effect is Effect.EXTERNAL,
        in_doubt=step.spec.in_doubt or kind.in_doubt.value,
        needs=needs,
        dependents=dependents,
        when=step.when,
        params=step.params,
        retry=_retry_policy(step.spec.retry or _DEFAULT_RETRY),
        timeout=parse_duration(timeout.after) if timeout else None,
        timeout_then=timeout.then if timeout else "fail",
        heeds_rejection=heeded,
    )


def _retry_policy(spec: RetrySpec) -> RetryPolicy:
    return RetryPolicy(
        attempts=spec.attempts,
        initial=parse_duration(spec.initial),
        maximum=parse_duration(spec.max),
        factor=spec.factor,
        on=frozenset(spec.on),
    )


def canonical(spec: WorkflowSpec) -> str:
    """The definition's canonical JSON, kept with the runs that follow it."""
    body = spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=False)


def digest_of(spec: WorkflowSpec) -> str:
    return hashlib.sha256(canonical(spec).encode()).hexdigest()
