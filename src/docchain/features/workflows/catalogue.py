"""The catalogue of step kinds, with JSON Schemas of their parameters and results."""

from inspect import getdoc

from docchain.engine.kinds import Effect, Kinds, StepKind
from docchain.features.workflows.definition_schemas import StepKindInfo


def catalogue(kinds: Kinds) -> list[StepKindInfo]:
    return [_info(kind) for kind in kinds if not kind.internal]


def _info(kind: StepKind) -> StepKindInfo:
    return StepKindInfo(
        name=kind.name,
        version=kind.version,
        title=kind.title or kind.name,
        description=(getdoc(type(kind)) or "").partition("\n")[0],
        effect=kind.effect.value,
        in_doubt=kind.in_doubt.value if kind.effect is Effect.EXTERNAL else None,
        parameters=kind.params.model_json_schema(by_alias=True),
        result=kind.result.model_json_schema(mode="serialization"),
    )
