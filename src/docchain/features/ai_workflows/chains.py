"""Chains: prompt, document, prompt, document; each link is a run whose document the next link works on."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from docchain.engine.definition import check_spec, read_spec
from docchain.engine.kinds import Kinds
from docchain.features.ai_workflows.chain_schemas import Chain, ChainLink, ChainRequest, LinkRequest
from docchain.features.ai_workflows.errors import ChainTooLong, LinkChanged, LinkNotFound, LinkNotReady
from docchain.features.ai_workflows.repository import LINK, AiWorkflows
from docchain.features.ai_workflows.schemas import AiWorkflow
from docchain.features.ai_workflows.service import AiWorkflowService
from docchain.features.ai_workflows.tables import AiChainLinkRow
from docchain.features.documents import DocumentService, searchable_among
from docchain.features.runs import Run, RunOrder, RunService, with_definitions
from docchain.features.workflows import ExecutionService
from docchain.platform.handles import next_number
from docchain.platform.ids import Handle, new_id
from docchain.platform.preconditions import Expected, etag_of
from docchain.platform.work import Work

_LONGEST: Final = 80
"""Letters of a title that is taken from a prompt."""
_NAME: Final = re.compile(r"[^\w]+")


class ChainService:
    """The chain of an AI workflow, of which one sees what one may see the documents of.

    Args:
        work: the transaction.
        kinds: what steps there are.
        most: links that a chain may have.
    """

    def __init__(self, work: Work, kinds: Kinds, most: int) -> None:
        self._work = work
        self._kinds = kinds
        self._most = most
        self._rows = AiWorkflows(work.session)
        self._workflows = AiWorkflowService(work, kinds)

    def read(self, reference: str) -> Chain:
        """The tree, as far as its documents may be seen."""
        workflow = self._workflows.read(reference)
        rows = self._rows.links(workflow.id)
        runs = self._runs(rows)
        seen = [row for row in _without_hidden(rows, self._hidden(runs)) if row.run_id in runs]
        handles = {row.id: _handle(row) for row in rows}
        shown = [
            _shown(row, runs[row.run_id], handles.get(row.parent_id or row.id), place) for row, place in _placed(seen)
        ]
        return Chain(ai_workflow=workflow.handle, links=shown)

    def begin(self, reference: str, wanted: ChainRequest) -> tuple[Run, UUID]:
        workflow = self._workflows.read(reference)
        given = None if wanted.document is None else DocumentService(self._work).resolve(wanted.document)
        document = None if given is None else given.model_dump(mode="json")
        return self._link(workflow, wanted, None, document, wanted.text)

    def go_on(self, reference: str, link: str, wanted: LinkRequest) -> tuple[Run, UUID]:
        """Let a prompt work on the document of a link."""
        workflow = self._workflows.read(reference)
        parent = self._found(workflow, link)
        return self._link(workflow, wanted, parent, self._document_of(parent), "")

    def branch(self, reference: str, link: str, wanted: LinkRequest) -> tuple[Run, UUID]:
        """Let another prompt work on what a link worked on, beside it."""
        workflow = self._workflows.read(reference)
        beside = self._found(workflow, link)
        if beside.parent_id is not None:
            parent = self._found(workflow, str(beside.parent_id))
            return self._link(workflow, wanted, parent, self._document_of(parent), "")
        run = RunService(self._work).read(str(beside.run_id))
        return self._link(workflow, wanted, None, run.inputs.get("document"), run.inputs.get("text", ""))

    def rename(self, reference: str, link: str, title: str, expected: Expected) -> ChainLink:
        workflow = self._workflows.read(reference)
        row = self._found(workflow, link, to_change=True)
        if expected.tags is not None and etag_of(row.revision) not in expected.tags:
            raise LinkChanged(f"{_handle(row)} is at revision {row.revision} now.")
        row.title, row.revision = title, row.revision + 1
        self._emit("workflow.chain_renamed", workflow, row)
        self._work.session.flush()
        return self.link(reference, row.id)

    def link(self, reference: str, link: UUID) -> ChainLink:
        chain = self.read(reference)
        found = next((one for one in chain.links if one.id == link), None)
        if found is None:
            raise LinkNotFound(str(link), chain.ai_workflow)
        return found

    def _link(
        self, workflow: AiWorkflow, wanted: LinkRequest, parent: AiChainLinkRow | None, document: Any, text: str
    ) -> tuple[Run, UUID]:
        self._work.require("write", "workflow", workflow.id)
        if self._rows.length(workflow.id) >= self._most:
            raise ChainTooLong(self._most)
        inputs = {"prompt": wanted.prompt, **({"document": document} if document else {"text": text})}
        run = RunService(self._work).start(self._order(workflow, inputs, wanted.title))
        row = AiChainLinkRow(
            id=new_id(),
            number=next_number(self._work, LINK),
            workflow_id=workflow.id,
            parent_id=None if parent is None else parent.id,
            input_version_id=UUID(document["version_id"]) if document else None,
            run_id=run.id,
            title=wanted.title or _short(wanted.prompt),
            prompt=wanted.prompt,
            revision=1,
            created_at=self._work.now,
            created_by=self._work.actor.name,
        )
        self._rows.add(row)
        self._emit("workflow.chain_continued", workflow, row, run=run.handle)
        return run, row.id

    def _order(self, workflow: AiWorkflow, inputs: dict[str, Any], title: str) -> RunOrder:
        execution = ExecutionService(self._work)
        name = _NAME.sub("_", (title or _short(inputs["prompt"])).lower()).strip("_")[:60] or "link"
        asks = {"provider": workflow.ai_provider, "model": workflow.ai_model}
        spec = read_spec(_definition(name, asks, of_document="document" in inputs))
        check_spec(spec, self._kinds)
        row = execution.find(str(workflow.id))
        values, warnings = execution.complete(spec, inputs)
        return RunOrder(spec, values, warnings, workflow_id=row.id, workflow_number=row.number)

    def _document_of(self, link: AiChainLinkRow) -> dict[str, Any]:
        run = RunService(self._work).read(str(link.run_id))
        document = _output_document(run)
        if document is None:
            raise LinkNotReady(_handle(link), run.handle, run.status)
        return DocumentService(self._work).resolve(str(document["version_id"])).model_dump(mode="json")

    def _found(self, workflow: AiWorkflow, link: str, *, to_change: bool = False) -> AiChainLinkRow:
        row = self._rows.link(workflow.id, link, to_change=to_change)
        if row is None or self._hidden(self._runs([row])):
            raise LinkNotFound(link, workflow.handle)
        return row

    def _runs(self, rows: Sequence[AiChainLinkRow]) -> dict[UUID, Run]:
        return {run.id: run for _, run, _ in with_definitions(self._work, [row.run_id for row in rows])}

    def _hidden(self, runs: dict[UUID, Run]) -> set[UUID]:
        """The runs that work on documents, or made some, that one may not see."""
        touched = {run.id: _documents_of(run) for run in runs.values()}
        wanted = {document for documents in touched.values() for document in documents}
        seen = searchable_among(self._work, wanted) if self._work.actor.may("documents:read") else set()
        return {run for run, documents in touched.items() if not documents <= seen}

    def _emit(self, type_: str, workflow: AiWorkflow, row: AiChainLinkRow, **told: Any) -> None:
        data = {"workflow": workflow.handle, "link": _handle(row), "title": row.title, **told}
        self._work.emit(type_, "workflow", workflow.id, data)


def _definition(name: str, asks: dict[str, str], *, of_document: bool) -> dict[str, Any]:
    """What a link's run does; its one step of a model asks whom the AI workflow asks."""
    given = {"document": "${inputs.document}"} if of_document else {"text": "${inputs.text}"}
    write = {"prompt": "${inputs.prompt}", **given, "as_document": f"{name}.md"}
    write |= {key: value for key, value in asks.items() if value}
    source = {"document": {"type": "document"}} if of_document else {"text": {"type": "string", "default": ""}}
    return {
        "workflow": "chain_link",
        "title": "Link of a chain",
        "inputs": {"prompt": {"type": "string"}, **source},
        "steps": [{"id": "write", "use": "ai.generate", "with": write}],
        "output": {"document": "${steps.write.document}"},
    }


def _output_document(run: Run) -> dict[str, Any] | None:
    found = run.output.get("document") if isinstance(run.output, dict) else None
    return found if isinstance(found, dict) and "version_id" in found else None


def _documents_of(run: Run) -> set[UUID]:
    found = (run.inputs.get("document"), _output_document(run))
    return {UUID(str(one["document_id"])) for one in found if isinstance(one, dict) and "document_id" in one}


def _without_hidden(rows: Sequence[AiChainLinkRow], hidden: set[UUID]) -> list[AiChainLinkRow]:
    """What follows from a link that is hidden is hidden with it; parents come before their children."""
    gone: set[UUID] = set()
    for row in rows:
        if row.run_id in hidden or row.parent_id in gone:
            gone.add(row.id)
    return [row for row in rows if row.id not in gone]


def _placed(rows: Sequence[AiChainLinkRow]) -> Iterator[tuple[AiChainLinkRow, str]]:
    """Each link before what was made of it, with its place in the tree."""
    children: defaultdict[UUID | None, list[AiChainLinkRow]] = defaultdict(list)
    for row in rows:
        children[row.parent_id].append(row)
    waiting = [(row, str(place)) for place, row in enumerate(children[None], 1)][::-1]
    while waiting:
        row, place = waiting.pop()
        yield row, place
        below = [(child, f"{place}.{number}") for number, child in enumerate(children[row.id], 1)]
        waiting += below[::-1]


def _shown(row: AiChainLinkRow, run: Run, parent: str | None, place: str) -> ChainLink:
    return ChainLink(
        id=row.id,
        handle=_handle(row),
        parent=parent if row.parent_id else None,
        place=place,
        title=row.title,
        prompt=row.prompt,
        run=run.handle,
        status=run.status,
        message=run.message,
        document=_output_document(run),
        revision=row.revision,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _handle(row: AiChainLinkRow) -> str:
    return str(Handle(LINK, row.number))


def _short(prompt: str) -> str:
    line = prompt.splitlines()[0]
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
