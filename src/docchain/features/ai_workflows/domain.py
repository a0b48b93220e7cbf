"""Rules of AI workflows: their types, how they are named, and whom the AI steps of a definition ask."""

from typing import Any, Final, Literal, get_args
from uuid import UUID

from docchain.platform.ids import parse_reference

WorkflowKind = Literal[
    "content_generation",
    "text_analysis",
    "document_processing",
    "extraction",
    "classification",
    "summarization",
    "translation",
    "question_answering",
    "custom",
]
KINDS: Final[tuple[str, ...]] = get_args(WorkflowKind)
HANDLE: Final = "ai_workflow"
AUTO: Final = "auto"
_AI: Final = "ai."


def name_of(reference: str) -> str | None:
    """How the workflows know an AI workflow: here, a bare number means one; nothing else than one is meant."""
    key = parse_reference(reference, HANDLE, bare_number=True)
    if key is None:
        return None
    return str(key) if isinstance(key, UUID) else f"{HANDLE}_{key}"


def asking(definition: dict[str, Any], provider: str, model: str) -> dict[str, Any]:
    """The definition whose AI steps ask this provider, whomever they asked before."""
    chosen = {"provider": provider, **({"model": model} if model else {})}
    return {**definition, "steps": [_asking(step, chosen) for step in definition.get("steps", ())]}


def _asking(step: dict[str, Any], chosen: dict[str, str]) -> dict[str, Any]:
    if not str(step.get("use", "")).startswith(_AI):
        return step
    given = {name: value for name, value in (step.get("with") or {}).items() if name not in {"provider", "model"}}
    return {**step, "with": {**given, **chosen}}
