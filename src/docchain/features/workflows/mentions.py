"""Which other workflows a definition names; pure."""

from collections.abc import Iterator

from docchain.engine.definition import Fault, WorkflowSpec

CALL = "workflow"
"""The step kind that calls another workflow."""


def mentioned(spec: WorkflowSpec) -> Iterator[tuple[str, str]]:
    """Path and name of each workflow that is named outright; one that an expression names is known at run time only."""
    for place, step in enumerate(spec.steps):
        name = step.with_.get("workflow") if step.use == CALL else None
        if isinstance(name, str | int) and not isinstance(name, bool) and "${" not in str(name):
            yield f"steps[{place}].with.workflow", str(name)
    if error_workflow := spec.error_workflow:
        yield "error_workflow", error_workflow


def unknown(spec: WorkflowSpec, known: set[str]) -> list[Fault]:
    """A fault for each named workflow that is not `known`; a workflow may name itself."""
    return [
        Fault(path, "unknown_workflow", f"no workflow is named {name!r}; create it, or correct the name")
        for path, name in mentioned(spec)
        if name not in known and name != spec.workflow
    ]
