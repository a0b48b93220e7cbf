"""The step `table.lookup`; its one rule: what was found says how sure it is, and which version it was found in."""

from typing import ClassVar

from pydantic import BaseModel, Field

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Effect, Params, Result, StepContext, StepError, StepKind
from docchain.features.documents.lookups.schemas import Found, LookupRequest, TableName
from docchain.features.documents.lookups.service import LookupService
from docchain.platform.database import Database
from docchain.platform.errors import Refusal
from docchain.platform.work import Actor


class LookupParams(LookupRequest, Params):
    table: TableName = Field(description="A look-up table of the workspace.")
    value: str | None = Field(None, max_length=2_000, description="What is looked for; nothing finds nothing.")  # type: ignore[assignment]
    required: bool = Field(default=False, description="Fail when nothing is found; else `found` is false.")


class LookupResult(Found, Result):
    pass


class LookUp(StepKind):
    """Finds a row of a look-up table: exactly, by its normal form (tax ids, names without accents), or the nearest.

    Args:
        database: where tables are; without it, there are none here.
    """

    name: ClassVar[str] = "table.lookup"
    title: ClassVar[str] = "Look up in a table"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT
    params: ClassVar[type[Params]] = LookupParams
    result: ClassVar[type[BaseModel]] = LookupResult

    def __init__(self, database: Database | None = None) -> None:
        self._database = database

    async def run(self, params: LookupParams, context: StepContext) -> LookupResult:
        if self._database is None:
            raise StepError("This process has no tables.", FailureClass.UNAVAILABLE)
        asked = {name: getattr(params, name) for name in LookupRequest.model_fields}
        wanted = LookupRequest(**asked | {"value": params.value or ""})
        actor = Actor(None, context.actor, context.workspace_id)
        try:
            found = await self._database.read(lambda work: LookupService(work).look_up(params.table, wanted), actor)
        except Refusal as refusal:
            raise StepError(refusal.detail, FailureClass.BAD_INPUT, hint=refusal.hint) from None
        if params.required and not found.found:
            hint = "Add it to the table and try the step again."
            raise StepError(f"Nothing in {params.table} fits.", FailureClass.BAD_INPUT, hint=hint)
        context.log(f"Looked into {params.table}.", version=found.version, found=found.found, how=found.how)
        return LookupResult(**dict(found))
