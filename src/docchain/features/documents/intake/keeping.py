"""What sources bring: kept once, as a document or a duplicate, with the start of a workflow, in one transaction."""

from collections.abc import AsyncIterable, Callable
from uuid import UUID

from docchain.features.documents.errors import UploadTooLarge
from docchain.features.documents.intake.arrivals import Arrival, Received
from docchain.features.documents.intake.errors import BadSource, FileRefused
from docchain.features.documents.intake.house import Intake
from docchain.features.documents.intake.schemas import IntakeItem
from docchain.features.documents.intake.service import IntakeService
from docchain.features.documents.intake.source_schemas import IntakeSource
from docchain.platform.errors import FieldFault
from docchain.platform.work import Actor, Work

Start = Callable[[Work, str, str, UUID], tuple[UUID | None, str | None]]
"""Orders a run of a workflow with a document as its input: the run, or why there is none."""

Missing = Callable[[Work, str], str | None]
"""Why there is no such workflow, if there is none."""


class Keeper:
    """Takes what a source brings.

    Args:
        intake: the one way in.
        start: how a workflow is started; handed down by the composition root.
        missing: whether there is one; from there, too.
    """

    def __init__(self, intake: Intake, start: Start, missing: Missing) -> None:
        self.intake = intake
        self._start = start
        self._missing = missing

    def check_workflow(self, work: Work, workflow: str | None) -> None:
        """Refuse a source whose workflow is not there.

        Raises:
            BadSource: with the path.
        """
        if workflow and (why := self._missing(work, workflow)):
            fault = FieldFault("workflow", why, "workflow_not_found")
            raise BadSource(f"workflow: {why}", errors=[fault], hint="GET /workflows lists them.")

    async def take(
        self, actor: Actor, arrival: Arrival, chunks: AsyncIterable[bytes], source: IntakeSource | None = None
    ) -> IntakeItem:
        """What became of a thing; one that came before, or stays out, is told of as it is in the ledger."""
        database = self.intake.database

        def known(work: Work) -> IntakeItem | None:
            return IntakeService(work).known(arrival.source, arrival.key)

        before = await database.read(known, actor)
        if before is not None:
            return before
        received = await self.receive(actor, arrival, chunks)
        if received is None:
            refused = await database.read(known, actor)
            assert refused is not None  # noqa: S101 - that is where refusals are
            return refused
        return await database.write(lambda work: self.keep(work, received, source), actor)

    async def receive(self, actor: Actor, arrival: Arrival, chunks: AsyncIterable[bytes]) -> Received | None:
        """The same without keeping it yet; nothing if it stays out."""
        try:
            return await self.intake.receive(actor, arrival, chunks)
        except (FileRefused, UploadTooLarge):
            return None

    def keep(self, work: Work, received: Received, source: IntakeSource | None = None) -> IntakeItem:
        service, arrival = IntakeService(work), received.arrival
        if source is not None and source.duplicates == "skip" and (skipped := service.skip_duplicate(received)):
            return skipped
        document = service.accept(received)
        item = service.known(arrival.source, arrival.key)
        assert item is not None  # noqa: S101 - it was accepted just now, or before
        if document is not None and source is not None and source.workflow:
            run, problem = self._start(work, source.workflow, source.input, document.id)
            service.note_run(item.id, run, problem)
        return service.read(item.id)


def actor_of(workspace: UUID, source: IntakeSource) -> Actor:
    """Who a source acts as: itself, within its workspace."""
    return Actor(user_id=None, name=f"intake {source.name}", workspace_id=workspace)
