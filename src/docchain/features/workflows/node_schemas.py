"""What the doors say and hear about the nodes and edges of a workflow's draft."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from docchain.engine.definition.models import Duration, ForEachSpec, Name, RetrySpec, StepSpec, TimeoutSpec
from docchain.features.workflows.definition_schemas import ValidationFault
from docchain.features.workflows.edges import EdgeKind
from docchain.features.workflows.nodes import Place
from docchain.platform.model import NO_FLAG, Model

Index = Annotated[int, Field(ge=0, le=1_000, description="From 0; a larger one than there are means the end."), NO_FLAG]
_STEP: dict[str, Any] = {"id": "text", "use": "text.template", "with": {"template": "Hello {{ name }}!"}}
_NODE: dict[str, Any] = {
    **_STEP,
    "title": "",
    "needs": None,
    "join": "all",
    "for_each": None,
    "on_error": None,
    "when": None,
    "retry": None,
    "timeout": None,
    "in_doubt": None,
    "index": 0,
    "kind": "Fill a text template",
    "effect": "pure",
    "follows": [],
    "faults": [],
}
_STATE: dict[str, Any] = {"workflow": "workflow_1", "revision": 3, "valid": True, "faults": [], "warnings": []}
_EDGE: dict[str, Any] = {"from": "text", "to": "send", "kind": "order"}


def _example(**more: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": {**_STATE, **more}})


class _Placed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    before: Name | None = Field(None, description="Right above this step.")
    after: Name | None = Field(None, description="Right below this step.")
    index: Index | None = None

    @property
    def place(self) -> Place:
        return Place(self.before, self.after, self.index)

    @property
    def _given(self) -> int:
        return sum(value is not None for value in (self.before, self.after, self.index))


class NodeCreate(StepSpec, _Placed):
    """A new step, at the end unless said otherwise."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {**_STEP, "before": "send"}},
        populate_by_name=True,
        defer_build=False,  # a body of requests, unlike the model it is made of
    )

    id: Name = Field(default="", description="Made from `use` if left out.")

    @model_validator(mode="after")
    def _one_place(self) -> "NodeCreate":
        if self._given > 1:
            raise ValueError("give one of `before`, `after` and `index`")
        return self

    @property
    def step(self) -> dict[str, Any]:
        """As its author would write it."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"before", "after", "index"})


class NodeMove(_Placed):
    """Where a step is to stand."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"after": "text"}})

    @model_validator(mode="after")
    def _one_place(self) -> "NodeMove":
        if self._given != 1:
            raise ValueError("give one of `before`, `after` and `index`")
        return self


def _for_each(value: Any) -> Any:
    return {"items": value} if isinstance(value, str | list) else value


def _timeout(value: Any) -> Any:
    return {"after": value} if isinstance(value, str | int | float) and not isinstance(value, bool) else value


class NodeChange(BaseModel):
    """New values of a step's fields: what is left out stays, `null` takes a field away."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={"example": {"with": {"template": "Hola {{ name }}!"}, "when": None}},
    )

    id: Name | None = Field(None, description="A new name; whatever names the step follows.")
    use: str | None = Field(None, min_length=1, max_length=100)
    title: str | None = Field(None, max_length=200)
    with_: dict[str, Any] | None = Field(None, alias="with", description="All parameters.")
    needs: list[Name] | None = Field(None, description="`null`: it follows the step above it.")
    join: Literal["all", "any", "settled"] | None = None
    for_each: Annotated[
        ForEachSpec | None, BeforeValidator(_for_each, json_schema_input_type=str | list[Any] | ForEachSpec | None)
    ] = None
    on_error: Name | None = None
    when: str | StrictBool | None = None
    retry: RetrySpec | None = None
    timeout: Annotated[
        TimeoutSpec | None, BeforeValidator(_timeout, json_schema_input_type=Duration | TimeoutSpec | None)
    ] = None
    in_doubt: Literal["resend", "lookup", "park"] | None = None

    @model_validator(mode="after")
    def _keeps_its_kind(self) -> "NodeChange":
        for field in ("id", "use"):
            if field in self.model_fields_set and getattr(self, field) is None:
                raise ValueError(f"a step always has `{field}`; leave it out to keep it")
        return self

    @property
    def changes(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class Node(StepSpec):
    """A step of the draft, and what it is among the others."""

    model_config = ConfigDict(json_schema_extra={"example": _NODE})

    index: int = Field(description="Its place among the steps, from 0.")
    kind: str | None = Field(description="What it does, for people; null if no step kind has that name.")
    effect: Literal["pure", "idempotent", "external"] | None = Field(description="How far it reaches.")
    follows: list[str] = Field(description="The steps it waits for, said or implied.")
    faults: list[ValidationFault]


class Edge(Model):
    """`to` waits for `from`."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"example": _EDGE})

    from_: str = Field(alias="from")
    to: str
    kind: EdgeKind = Field(
        description="`needs`: said; `order`: implied by standing below; `on_error`, `timeout`: goes on when it failed."
    )


class DraftState(Model):
    """The draft after an edit, or as it stands."""

    model_config = _example()

    workflow: str
    revision: int = Field(description="Of the workflow; its ETag.")
    valid: bool = Field(description="The draft has no faults: it can be published and executed.")
    faults: list[ValidationFault] = Field(description="What is wrong with the whole draft.")
    warnings: list[ValidationFault] = Field(
        [], description="After an edit: what the draft names that is not there yet."
    )


class NodeList(DraftState):
    model_config = _example(items=[_NODE])

    items: list[Node]


class EdgeList(DraftState):
    model_config = _example(items=[_EDGE])

    items: list[Edge]


class Graph(DraftState):
    """The draft as nodes and edges."""

    model_config = _example(nodes=[_NODE], edges=[_EDGE])

    nodes: list[Node]
    edges: list[Edge]


class NodeState(DraftState):
    model_config = _example(node=_NODE)

    node: Node


class EdgeState(DraftState):
    model_config = _example(edge={**_EDGE, "kind": "needs"})

    edge: Edge
