"""Workflows: definitions that people write, publish and execute."""

from docchain.features.workflows.calling import CallWorkflow
from docchain.features.workflows.definition_schemas import ValidationFault
from docchain.features.workflows.definitions import WorkflowDefinitions
from docchain.features.workflows.execution import ExecutionService
from docchain.features.workflows.keeping import Keeper
from docchain.features.workflows.reader import ErrorWorkflows
from docchain.features.workflows.repository import workflow_ids
from docchain.features.workflows.retention import retention_of_workflows
from docchain.features.workflows.schemas import (
    Workflow,
    WorkflowCreate,
    WorkflowFilter,
    WorkflowSummary,
    WorkflowUpdate,
)
from docchain.features.workflows.searchable import WorkflowSource
from docchain.features.workflows.service import WorkflowService, validate
from docchain.features.workflows.steps import language_kinds
from docchain.features.workflows.trial_step import TryAgain
from docchain.features.workflows.version_schemas import WorkflowVersion
from docchain.features.workflows.versions import VersionService

__all__ = [
    "CallWorkflow",
    "ErrorWorkflows",
    "ExecutionService",
    "Keeper",
    "TryAgain",
    "ValidationFault",
    "VersionService",
    "Workflow",
    "WorkflowCreate",
    "WorkflowDefinitions",
    "WorkflowFilter",
    "WorkflowService",
    "WorkflowSource",
    "WorkflowSummary",
    "WorkflowUpdate",
    "WorkflowVersion",
    "language_kinds",
    "retention_of_workflows",
    "validate",
    "workflow_ids",
]
