"""Bodies of requests, made of steps' parameters; its one rule: the same bounds, and documents by id or handle."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from docchain.features.ai.examples import EXAMPLES
from docchain.features.ai.steps.shared import AiParams
from docchain.features.documents import DocumentRef
from docchain.platform.model import NO_FLAG

_LEFT_OUT: Final = frozenset({"as_document"})
_ONE: Final = "A document, by id or handle; it is parsed if nobody did."
_MANY: Final = 100
Reference = Annotated[str, Field(min_length=1, max_length=100)]


def body_of(params: type[AiParams], name: str, **more: Any) -> type[BaseModel]:
    """What a request of a step says: a document is its id, handle, or a version's id."""
    fields = {key: _field(told) for key, told in params.model_fields.items() if key not in _LEFT_OUT} | more
    config = ConfigDict(extra="forbid", populate_by_name=True, json_schema_extra={"example": EXAMPLES.get(name, {})})
    made: type[BaseModel] = create_model(name, __config__=config, __doc__=params.__doc__, **fields)
    return made


def references_in(params: type[AiParams], body: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a body that name documents."""
    return {key: body[key] for key, told in params.model_fields.items() if _is_document(told) and body.get(key)}


def _field(told: FieldInfo) -> tuple[Any, Any]:
    if _is_document(told):
        return _reference(told)
    if told.annotation in (int, float):
        return Annotated[told.annotation, *told.metadata, NO_FLAG], _plain(told)
    return told.annotation, told


def _reference(told: FieldInfo) -> tuple[Any, Any]:
    if "list[" not in str(told.annotation):
        default: Any = ... if told.is_required() else None
        return Reference if told.is_required() else Reference | None, Field(default, description=_ONE)
    most = next((part.max_length for part in told.metadata if hasattr(part, "max_length")), _MANY)
    least = 1 if told.is_required() else 0
    kind = Annotated[list[Reference], Field(min_length=least, max_length=most)]
    return kind, Field(... if told.is_required() else [], description="Documents, each by id or handle.")


def _plain(told: FieldInfo) -> Any:
    """Default and description without the constraints, which go before."""
    if told.is_required():
        return Field(description=told.description)
    return Field(told.default, description=told.description)


def _is_document(told: FieldInfo) -> bool:
    return told.annotation is DocumentRef or "DocumentRef" in str(told.annotation)
