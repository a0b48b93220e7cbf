"""Runs: everything that happens is one; started, listed, inspected and controlled here."""

from docchain.features.runs.admission import Admission, admit
from docchain.features.runs.ai_run_repository import ai_run_counts, ai_runs
from docchain.features.runs.archive import Archive
from docchain.features.runs.bulk_steps import Controls, control_kinds
from docchain.features.runs.commands import CommandLog
from docchain.features.runs.control_requests import Version, VersionLabel
from docchain.features.runs.costs import Cost
from docchain.features.runs.domain import ENDED, status_of
from docchain.features.runs.emptying import HeldRuns
from docchain.features.runs.erasing import Erasure, ErasureNames, order_erasure
from docchain.features.runs.errors import StepNotWaiting
from docchain.features.runs.history import History
from docchain.features.runs.journal import JournalLoop, JournalReader
from docchain.features.runs.kept import is_kept, keep_definition, kept_definition, with_definitions
from docchain.features.runs.live import Engine, LiveRuns
from docchain.features.runs.logs import LogLine, LogQuery
from docchain.features.runs.orders import Debounce, Deduplicate, Definition, RunOrder, Source, StartOptions
from docchain.features.runs.projector import RunProjector
from docchain.features.runs.repository import known_workspaces, run_ids
from docchain.features.runs.retention import Policy
from docchain.features.runs.retention_repository import inputs_of_runs
from docchain.features.runs.schemas import Handed, Run, RunFilter
from docchain.features.runs.searchable_repository import SearchableRun, searchable_run_ids, searchable_runs
from docchain.features.runs.service import ORDERED, RunService
from docchain.features.runs.signalling import Signal, signal_many
from docchain.features.runs.step_schemas import RunDetail
from docchain.features.runs.timeline_schemas import Bar, Timeline
from docchain.features.runs.waiting import started

__all__ = [
    "ENDED",
    "ORDERED",
    "Admission",
    "Archive",
    "Bar",
    "CommandLog",
    "Controls",
    "Cost",
    "Debounce",
    "Deduplicate",
    "Definition",
    "Engine",
    "Erasure",
    "ErasureNames",
    "Handed",
    "HeldRuns",
    "History",
    "JournalLoop",
    "JournalReader",
    "LiveRuns",
    "LogLine",
    "LogQuery",
    "Policy",
    "Run",
    "RunDetail",
    "RunFilter",
    "RunOrder",
    "RunProjector",
    "RunService",
    "SearchableRun",
    "Signal",
    "Source",
    "StartOptions",
    "StepNotWaiting",
    "Timeline",
    "Version",
    "VersionLabel",
    "admit",
    "ai_run_counts",
    "ai_runs",
    "control_kinds",
    "inputs_of_runs",
    "is_kept",
    "keep_definition",
    "kept_definition",
    "known_workspaces",
    "order_erasure",
    "run_ids",
    "searchable_run_ids",
    "searchable_runs",
    "signal_many",
    "started",
    "status_of",
    "with_definitions",
]
