"""Lineage of an extracted value: told from the run's own facts, so it is there as soon as the run is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from docchain.engine.kinds import Kinds
from docchain.engine.machine.facts import Done, Fact
from docchain.features.documents.errors import FieldNotFound
from docchain.features.documents.parsing.model import MEDIA_TYPE
from docchain.features.documents.products import VersionMade, read_product
from docchain.features.documents.schemas import DocumentRef, FieldLineage, references_in
from docchain.features.runs import RunDetail

_PLACE = ("confidence", "page", "box", "path", "text")


def trace_field(run: RunDetail, facts: Sequence[Fact], kinds: Kinds, step: str, field: str) -> FieldLineage:
    """Where a field that a step of a run extracted comes from.

    Raises:
        FieldNotFound: the run has no such step, or its result no such field.
    """
    detail = next((found for found in run.steps if found.id == step), None)
    if detail is None:
        raise FieldNotFound(f"{run.handle} has no step {step!r}; it has {_listed(found.id for found in run.steps)}.")
    fields = fields_of(detail.output)
    if field not in fields:
        raise FieldNotFound(f"Step {step!r} has no field {field!r}; it has {_listed(fields)}.")
    found = fields[field]
    products = list(_products(facts))
    parsed = _parsed(detail.input, detail.output)
    known = {reference.version_id: reference for reference in references_in(_values(run))}
    made = next((product for product in products if product.step == step), None)
    kind = kinds.get(detail.kind)
    return FieldLineage(
        run_id=run.id,
        step=step,
        attempt=max((attempt.attempt for attempt in detail.attempts), default=1),
        step_kind=detail.kind,
        step_kind_version=made.step_kind_version if made else kind.version if kind else 1,
        field=field,
        value=found.get("value"),
        parsed=parsed,
        sources=_sources(parsed, products, known) if parsed else list(references_in(detail.input)),
        **{name: found.get(name) for name in _PLACE},
    )


def fields_of(output: Any) -> dict[str, Mapping[str, Any]]:
    """The extracted fields in a step's outcome, if it has any."""
    fields = output.get("fields") if isinstance(output, Mapping) else None
    if not isinstance(fields, Mapping):
        return {}
    return {name: found for name, found in fields.items() if isinstance(found, Mapping)}


def _products(facts: Iterable[Fact]) -> Iterable[VersionMade]:
    for fact in facts:
        if isinstance(fact, Done):
            yield from (made for made in map(read_product, fact.products) if made is not None)


def _parsed(*values: Any) -> DocumentRef | None:
    return next((given for given in references_in(list(values)) if given.media_type == MEDIA_TYPE), None)


def _values(run: RunDetail) -> list[Any]:
    return [run.inputs, *(step.output for step in run.steps), *(step.input for step in run.steps)]


def _sources(
    parsed: DocumentRef, products: Iterable[VersionMade], known: Mapping[UUID, DocumentRef]
) -> list[DocumentRef]:
    """Follow what this run made back to what it was given."""
    inputs = {made.version_id: made.inputs for made in products}
    frontier, seen, sources = [parsed.version_id], set(), []
    while frontier:
        version_id = frontier.pop(0)
        if version_id in seen:
            continue
        seen.add(version_id)
        if inputs.get(version_id):
            frontier += inputs[version_id]
        elif version_id in known:
            sources.append(known[version_id])
    return sources


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
