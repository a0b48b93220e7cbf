"""What the doors say about the difference of two definitions of a workflow."""

from typing import Literal

from pydantic import ConfigDict, Field

from docchain.features.workflows.edges import EdgeKind
from docchain.features.workflows.trial_schemas import Change
from docchain.platform.model import Model


class Side(Model):
    """One of the two definitions."""

    version: int | None = Field(description="Null: the draft.")
    digest: str


class StepAt(Model):
    id: str
    use: str
    index: int


class StepRenamed(Model):
    before: str
    after: str


class StepMoved(Model):
    """A step that stands elsewhere among those that both have."""

    id: str
    before: int
    after: int


class StepChanged(Model):
    id: str
    changes: list[Change] = Field(description="Fields of the step, by path.")


class StepDifferences(Model):
    """Steps are known by their ids, and a renamed one by all the rest of it."""

    added: list[StepAt]
    removed: list[StepAt]
    renamed: list[StepRenamed]
    moved: list[StepMoved]
    changed: list[StepChanged]


class EdgeAt(Model):
    model_config = ConfigDict(populate_by_name=True)

    from_: str = Field(alias="from")
    to: str
    kind: EdgeKind
    change: Literal["added", "removed"]


class WorkflowDiff(Model):
    """What a definition changed of another one, and that in words."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "example": {
                "workflow": "workflow_1",
                "from": {"version": 3, "digest": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"},
                "to": {"version": None, "digest": "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab"},
                "same": False,
                "summary": ["Step text: with.template changed from 'Hello' to 'Hola'."],
                "steps": {
                    "added": [],
                    "removed": [],
                    "renamed": [],
                    "moved": [],
                    "changed": [
                        {
                            "id": "text",
                            "changes": [
                                {"path": "with.template", "change": "changed", "before": "Hello", "after": "Hola"}
                            ],
                        }
                    ],
                },
                "edges": [],
                "inputs": [],
                "output": [],
                "settings": [],
            }
        },
    )

    workflow: str
    from_: Side = Field(alias="from")
    to: Side
    same: bool
    summary: list[str] = Field(description="For people: a line for each difference.")
    steps: StepDifferences
    edges: list[EdgeAt]
    inputs: list[Change]
    output: list[Change]
    settings: list[Change] = Field(description="Name, title, tags, priority and the like.")
