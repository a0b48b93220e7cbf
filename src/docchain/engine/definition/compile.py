"""Definition to plan: every fault of meaning is found at once, each with its path."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from msgspec import structs
from pydantic import BaseModel, ValidationError

from docchain.engine.definition.branches import timeout_to
from docchain.engine.definition.faults import DefinitionError, Fault, did_you_mean, with_nodes
from docchain.engine.definition.graph import Graph, read_graph
from docchain.engine.definition.models import RetrySpec, StepSpec, WorkflowSpec
from docchain.engine.definition.references import Sight, check_references
from docchain.engine.definition.types import check_items, check_parameters
from docchain.engine.durations import parse_duration
from docchain.engine.expressions import Expression, ExpressionError, Template, compile_value
from docchain.engine.kinds import Effect, InDoubt, Kinds, StepKind
from docchain.engine.machine.plan import ForEach, Plan, PlannedStep, RetryPolicy, Steps

_DEFAULT_RETRY = RetrySpec()


class _Compiled:
    """A step's expressions, compiled before the graph is known."""

    __slots__ = ("items", "kind", "params", "path", "spec", "when")

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
        items = spec.for_each.items if spec.for_each else None
        self.items = compile_value(items, f"{self.path}.for_each.items", found)
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

    @property
    def each_when(self) -> bool:
        """The condition looks at items, so that each of them has it."""
        paths = self.when.paths if isinstance(self.when, Expression) else ()
        return self.spec.for_each is not None and any(path[0] in {"item", "index"} for path in paths)

    def mentions(self) -> set[str]:
        return {
            str(path[1])
            for _, expression in (*self.expressions(), *self.items.expressions)
            for path in expression.paths
            if path[0] == "steps" and len(path) > 1
        }


def compile_plan(spec: WorkflowSpec, kinds: Kinds) -> Plan:
    """Check `spec` against the step kinds and compile it.

    Raises:
        DefinitionError: with every fault.
    """
    return _plan(spec, *_checked(spec, kinds))


def check_spec(spec: WorkflowSpec, kinds: Kinds) -> None:
    """The same check, where nothing is to run yet."""
    _checked(spec, kinds)


def _checked(spec: WorkflowSpec, kinds: Kinds) -> tuple[Mapping[str, _Compiled], Graph, Template]:
    faults: list[Fault] = []
    compiled = [_Compiled(position, step, kinds, faults) for position, step in enumerate(spec.steps)]
    steps = {step.spec.id: step for step in compiled}
    graph = read_graph(spec, faults)
    found: list[tuple[str, str]] = []
    output = compile_value(spec.output, "output", found)
    faults.extend(Fault(path, "expression", message) for path, message in found)
    specs = {step.id: step for step in spec.steps}
    for step in compiled:
        sight = Sight(spec, kinds, specs, graph.before(step.spec.id), item=step.spec.for_each is not None)
        check_references(sight, step.expressions(), faults)
        check_references(replace(sight, item=False), step.items.expressions, faults)
        check_items(spec, step.spec, step.path, faults)
        if step.kind is not None:
            check_parameters(spec, step.kind, step.spec.with_, step.path, faults)
            _check_effect(step, step.kind, faults)
    check_references(Sight(spec, kinds, specs, set(steps)), output.expressions, faults)
    if faults:
        raise DefinitionError(with_nodes(faults, [step.id for step in spec.steps]))
    return steps, graph, output


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
    raced = {name for name, step in steps.items() if step.spec.join == "any"}
    last = {need for name in raced for need in graph.needs[name]} | {name for name in steps if not dependents[name]}
    heeded = {name for other in steps.values() for name in (*other.mentions(), *(other.spec.needs or ()))}
    planned = Steps()
    for name in graph.order:
        catches = graph.catches.get(name, frozenset())
        roles = {"needs": graph.needs[name], "dependents": dependents[name], "last": name in last, "catches": catches}
        planned[name] = _planned(steps[name], heeds_rejection=name in heeded, **roles)
    return Plan(
        digest=digest_of(spec),
        workflow=spec.workflow,
        steps=planned,
        output=output,
        first=tuple(step for step in planned.values() if not step.needs),
        last=tuple(name for name in graph.order if name in last),
        has_effects=any(step.external for step in planned.values()),
        raced=tuple(sorted({before for name in raced for before in graph.before(name)})),
        priority=spec.priority,
        error_workflow=spec.error_workflow or "",
    )


def _planned(step: _Compiled, **roles: Any) -> PlannedStep:
    """`roles`: what the step is among the others."""
    kind, spec = step.kind, step.spec
    assert kind is not None  # noqa: S101  (an unknown kind was a fault)
    planned = PlannedStep(
        id=spec.id,
        use=kind.name,
        external=kind.effect is Effect.EXTERNAL,
        in_doubt=spec.in_doubt or kind.in_doubt.value,
        when=step.when,
        params=step.params,
        fixed=_fixed(kind, step.params),
        retry=_retry_policy(spec.retry or _DEFAULT_RETRY),
        timeout=parse_duration(spec.timeout.after) if spec.timeout else None,
        timeout_then=spec.timeout.then if spec.timeout else "fail",
        timeout_to=timeout_to(spec),
        on_error=spec.on_error or "",
        join=spec.join,
        plain=step.when is None and spec.for_each is None and spec.join != "any" and not roles["catches"],
        **roles,
    )
    return structs.replace(planned, for_each=_for_each(step, planned)) if spec.for_each else planned


def _fixed(kind: StepKind, params: Template) -> BaseModel | None:
    """Parameters that are the same in every run; what does not fit was told as a fault, or is by the attempt."""
    with suppress(ValidationError):
        return kind.params.model_validate(params.render(None)) if params.constant else None
    return None


def _for_each(step: _Compiled, planned: PlannedStep) -> ForEach:
    """An item is like its step, but stands alone."""
    spec = step.spec.for_each
    assert spec is not None  # noqa: S101  (seen by the caller)
    alone = {"needs": (), "dependents": (), "last": False, "catches": frozenset(), "join": "all"}
    when = step.when if step.each_when else None
    item = structs.replace(planned, of=planned.id, when=when, on_error="", timeout_to="", **alone)
    return ForEach(step.items, spec.concurrency, spec.tolerate, step.each_when, item)


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


def digest_of(spec: WorkflowSpec, body: str | None = None) -> str:
    """What names a definition; `body` is its canonical JSON, where that is at hand."""
    return hashlib.sha256((body or canonical(spec)).encode()).hexdigest()
