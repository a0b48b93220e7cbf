"""From what a user wrote to a checked draft, with what was left out proposed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from docchain.engine.definition import (
    DefinitionError,
    Fault,
    WorkflowSpec,
    canonical,
    check_spec,
    digest_of,
    read_spec,
    read_text,
)
from docchain.engine.kinds import Kinds
from docchain.features.workflows import domain
from docchain.features.workflows.schemas import WorkflowUpdate
from docchain.features.workflows.tables import WorkflowRow


@dataclass(frozen=True)
class Draft:
    """A definition and what is wrong with it. `named` tells whether its author gave it a name."""

    spec: WorkflowSpec
    source: str | None
    named: bool
    faults: tuple[Fault, ...] = ()

    @cached_property
    def _body(self) -> str:
        return canonical(self.spec)

    @property
    def definition(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self._body)
        return body

    @property
    def digest(self) -> str:
        return digest_of(self.spec, self._body)

    @property
    def kinds(self) -> list[str]:
        return [step.use for step in self.spec.steps]


def read_draft(definition: dict[str, Any] | str | None, kinds: Kinds, *, keep_faults: bool = False) -> Draft:
    """Read and check a definition; one without a name is named later. Its shape must be right in any case.

    Raises:
        DefinitionError: with every fault, unless those of its meaning are to be kept with the draft.
    """
    source = definition if isinstance(definition, str) else None
    loaded = read_text(definition) if isinstance(definition, str) else dict(definition or {})
    spec = read_spec({"workflow": "workflow", **loaded})
    return Draft(spec, source, "workflow" in loaded, _faults(spec, kinds, keep_faults))


def _faults(spec: WorkflowSpec, kinds: Kinds, keep: bool) -> tuple[Fault, ...]:
    try:
        check_spec(spec, kinds)
    except DefinitionError as error:
        if not keep:
            raise
        return error.faults
    return ()


def named(draft: Draft, name: str) -> Draft:
    """The draft under a name that a person gave or we proposed, where its author gave none."""
    if draft.named:
        return draft
    return replace(draft, spec=draft.spec.model_copy(update={"workflow": domain.slug(name)}), named=True)


@dataclass(frozen=True, slots=True)
class Labels:
    """Name, description and tags, and which of them were proposed."""

    name: str
    description: str
    tags: list[str]
    proposed: list[str]


def label(
    draft: Draft, kinds: Kinds, number: int, given: tuple[str | None, str | None, Sequence[str] | None]
) -> Labels:
    """What a person gave, else what the definition says, else a proposal."""
    name, description, tags = given
    said_name = name or (draft.spec.workflow if draft.named else "")
    said_description = draft.spec.description if description is None else description
    said_tags = list(draft.spec.tags) if tags is None else list(tags)
    proposed = [
        field
        for field, missing in (
            ("name", not said_name),
            ("description", description is None and not said_description),
            ("tags", tags is None and not said_tags),
        )
        if missing
    ]
    return Labels(
        name=said_name or domain.proposed_name(_titles(draft, kinds), abs(number)),
        description=domain.proposed_description(draft.kinds) if "description" in proposed else said_description,
        tags=domain.proposed_tags(draft.kinds) if "tags" in proposed else list(dict.fromkeys(said_tags)),
        proposed=proposed,
    )


def wanted(row: WorkflowRow, request: WorkflowUpdate | None = None) -> tuple[str | None, str | None, list[str] | None]:
    """Labels that a person gave, now or before; what was proposed is proposed again."""
    given = request.model_fields_set if request else frozenset()

    def of(field: str) -> Any:
        if field in given:
            return getattr(request, field)
        return None if field in row.proposed else getattr(row, field)

    return of("name"), of("description"), of("tags")


def _titles(draft: Draft, kinds: Kinds) -> list[str]:
    found = [(name, kinds.get(name)) for name in draft.kinds]
    return [(kind.title if kind else "") or name for name, kind in found]
