"""Workflow definitions: their shape, their meaning, and the plan they compile to."""

from docchain.engine.definition.compile import canonical, check_spec, compile_plan, digest_of
from docchain.engine.definition.faults import DefinitionError, Fault
from docchain.engine.definition.inputs import read_inputs
from docchain.engine.definition.loading import read_spec, read_text
from docchain.engine.definition.models import KEEP, RetentionSpec, WorkflowSpec, json_schema

__all__ = [
    "KEEP",
    "DefinitionError",
    "Fault",
    "RetentionSpec",
    "WorkflowSpec",
    "canonical",
    "check_spec",
    "compile_plan",
    "digest_of",
    "json_schema",
    "read_inputs",
    "read_spec",
    "read_text",
]
