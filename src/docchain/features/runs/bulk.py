"""One order for many runs: a run of the product's own definition, whose items are the runs it reaches."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from docchain.engine.definition import WorkflowSpec, read_spec
from docchain.engine.durations import parse_duration
from docchain.features.runs.again import Definitions
from docchain.features.runs.bulk_requests import BulkPreview, BulkRequest, BulkTarget, Canary
from docchain.features.runs.domain import ALWAYS, POSSIBLE
from docchain.features.runs.errors import FilterNamesNothing, RunsNotFound, TooManyRuns
from docchain.features.runs.orders import SYSTEM, RunOrder
from docchain.features.runs.repository import RunRepository
from docchain.features.runs.schemas import Run, RunFilter
from docchain.features.runs.service import RunService
from docchain.platform.ids import Handle
from docchain.platform.work import Work

Target = tuple[int, str]
"""A run's number and status."""

_SHOWN: Final = 100
_CONCURRENCY: Final = 10
_RETRY: Final = {"attempts": 5, "initial": "1s", "on": ["unavailable", "timeout", "bug"]}
_MINUTE: Final = 60_000_000


class BulkService:
    """The filter is resolved once, at the request: what matches later is not touched."""

    def __init__(self, work: Work, most: int, definitions: Definitions) -> None:
        self._work = work
        self._most = most
        self._definitions = definitions
        self._runs = RunRepository(work.session)

    def preview(self, request: BulkRequest) -> BulkPreview:
        """What an order would do, as far as the list knows."""
        shown = [_shown(target, request.action) for target in self.targets(request)]
        refused = Counter(target.status for target in shown if not target.possible)
        first = request.canary.count if request.canary else 0
        return BulkPreview(
            action=request.action,
            total=len(shown),
            possible=len(shown) - refused.total(),
            refused=dict(refused),
            canary=[target.run for target in shown[:first]],
            runs=shown[:_SHOWN],
        )

    def start(self, request: BulkRequest, targets: Sequence[Target]) -> Run:
        """Order it; every target is an item of the run's step `runs`, or of `canary`."""
        if self._work.actor.reach.is_limited:
            for workflow in self._runs.workflows_of([number for number, _ in targets]):
                self._work.require("execute", "workflow", workflow)
        handles = [_handle(number) for number, _ in targets]
        first = request.canary.count if request.canary else 0
        inputs: dict[str, Any] = {"action": request.action, "order": request.order(), "runs": handles[first:]}
        if request.canary:
            inputs |= {"canary": handles[:first]}
        run = RunService(self._work).start(RunOrder(bulk_spec(request.action, request.canary), inputs, origin=SYSTEM))
        told = {"run": run.handle, "action": request.action, "runs": len(handles), "reason": request.reason}
        self._work.emit("run.bulk_ordered", "run", run.id, told)
        return run

    def targets(self, request: BulkRequest) -> Sequence[Target]:
        """The runs it reaches, those named in their order, others oldest first.

        Raises:
            TooManyRuns: more than one order takes.
            FilterNamesNothing: a filter with names that there are not, each with its path.
            RunsNotFound: names of no runs, each with its path.
        """
        if request.filter is not None:
            found: Sequence[Target] = self._matching(request.filter.filter())
        else:
            found = self._named(request.runs or [])
        if len(found) > self._most:
            raise TooManyRuns(self._most)
        return found

    def _matching(self, wanted: RunFilter) -> Sequence[Target]:
        unknown = self._runs.unknown(wanted)
        if "workflow" in unknown and self._definitions.known(self._work, wanted.workflow or ""):
            del unknown["workflow"]  # it has no runs yet
        if unknown:
            raise FilterNamesNothing(unknown)
        return self._runs.matching(wanted, self._most + 1)

    def _named(self, references: Sequence[str]) -> Sequence[Target]:
        if len(references) > self._most:
            raise TooManyRuns(self._most)
        found = self._runs.named(references)
        missing = [place for place, reference in enumerate(references) if reference not in found]
        if missing:
            raise RunsNotFound(references, missing)
        return list(dict.fromkeys(found[reference] for reference in references))


def bulk_spec(action: str, canary: Canary | None) -> WorkflowSpec:
    """The definition a bulk order follows."""
    return read_spec(
        {
            "workflow": f"bulk_{action}",
            "title": f"{action.capitalize()} many runs",
            "inputs": {"action": {"type": "string"}, "order": {"type": "object"}, "runs": {"type": "list"}}
            | ({"canary": {"type": "list"}} if canary else {}),
            "steps": [*(_canary_steps(canary) if canary else ()), _each("runs", "all")],
            "output": {name: _total(name, canary) for name in ("succeeded", "failed")},
        }
    )


def _total(name: str, canary: Canary | None) -> str:
    first = f"steps.canary.{name} + " if canary else ""
    return f"${{{first}steps.runs.{name}}}"


def _canary_steps(canary: Canary) -> list[dict[str, Any]]:
    limit = f"{(parse_duration(canary.within) + _MINUTE) // 1_000}ms"
    watch = {"id": "watch", "use": "runs.watch", "timeout": limit, "retry": _RETRY}
    return [
        _each("canary", 0),
        {**watch, "with": {"action": "${inputs.action}", "runs": "${steps.canary.items}", "within": canary.within}},
    ]


def _each(name: str, tolerate: str | int) -> dict[str, Any]:
    return {
        "id": name,
        "use": "runs.control",
        "for_each": {"items": f"${{inputs.{name}}}", "concurrency": _CONCURRENCY, "tolerate": tolerate},
        "with": {"run": "${item}", "action": "${inputs.action}", "order": "${inputs.order}"},
        "retry": _RETRY,
    }


def _shown(target: Target, action: str) -> BulkTarget:
    number, status = target
    possible = action in POSSIBLE[status] or action in ALWAYS
    return BulkTarget(run=_handle(number), status=status, possible=possible)


def _handle(number: int) -> str:
    return str(Handle("run", number))
