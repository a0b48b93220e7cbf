"""Step kinds of intake; their one rule: however often a step is repeated, each thing becomes one document."""

import asyncio
from collections.abc import AsyncIterable
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, StringConstraints

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Effect, Params, Result, StepContext, StepError, StepKind
from docchain.features.documents.domain import media_type_of
from docchain.features.documents.errors import UploadTooLarge
from docchain.features.documents.intake.arrivals import Arrival
from docchain.features.documents.intake.entries import came_as
from docchain.features.documents.intake.errors import FileRefused, IntakeBusy, NotFetched
from docchain.features.documents.intake.fetching import Fetcher, shown, told
from docchain.features.documents.intake.house import Intake
from docchain.features.documents.intake.slices import slice_of
from docchain.features.documents.intake.taking import bounds_of
from docchain.features.documents.schemas import DocumentRef
from docchain.features.documents.storage.errors import QuotaExceeded
from docchain.features.documents.storage.service import StorageService
from docchain.features.documents.store import StepDocuments
from docchain.platform.processes import ChildBusy, ChildError
from docchain.platform.spool import fill
from docchain.platform.work import Actor

_UNPACK: Final = "docchain.features.documents.intake.unpacking:run"

Pattern = Annotated[str, StringConstraints(min_length=1, max_length=200, to_lower=True)]


class UrlParams(Params):
    url: Annotated[str, StringConstraints(max_length=4_000, pattern=r"^https?://")] = Field(
        description="Public, or listed by the operator."
    )
    name: str | None = Field(None, max_length=500, description="Its name; otherwise what the other side calls it.")


class UrlResult(Result):
    document: DocumentRef
    seen_type: str = Field(description="Its type by content.")


class UnpackParams(Params):
    document: DocumentRef = Field(description="A ZIP or TAR archive, or a message with attachments.")
    only: list[Pattern] = Field([], max_length=50, description="Names that are taken, such as `*.pdf`; all when empty.")


class RefusedFile(Result):
    name: str
    reason: str
    detail: str


class UnpackResult(Result):
    documents: list[DocumentRef]
    refused: list[RefusedFile] = Field(description="What stays out, and why; the ledger has it too.")


class _IntakeStep(StepKind):
    """What they share.

    Args:
        documents: where documents are read and written.
        intake: the one way in; without it, nothing comes in here.
    """

    effect: ClassVar[Effect] = Effect.IDEMPOTENT

    def __init__(self, documents: StepDocuments, intake: Intake | None = None) -> None:
        self._documents = documents
        self._intake = intake

    @property
    def _way_in(self) -> Intake:
        if self._intake is None:
            raise StepError("Nothing comes in through this process.", FailureClass.UNAVAILABLE)
        return self._intake

    async def _take(
        self, context: StepContext, arrival: Arrival, chunks: AsyncIterable[bytes], inputs: list[DocumentRef]
    ) -> UrlResult:
        """Look at it, store it, and let the document be made with the step's outcome.

        A refusal is written down for each attempt, so that another one may go better.
        """
        asking = replace(arrival, key=f"{arrival.key}|{context.attempt}")
        try:
            received = await self._way_in.receive(_actor(context), asking, chunks)
        except QuotaExceeded as refusal:
            raise StepError(refusal.detail, FailureClass.RESOURCE, hint=refusal.hint) from None
        except IntakeBusy as refusal:
            raise StepError(refusal.detail, FailureClass.UNAVAILABLE, hint=refusal.hint) from None
        media_type = media_type_of(arrival.declared, arrival.name)
        came = came_as(replace(received, arrival=arrival))
        made = self._documents.write_stored(
            context, received.stored, arrival.name, media_type, inputs=inputs, came=came
        )
        return UrlResult(document=made, seen_type=received.seen_type)


class FetchUrl(_IntakeStep):
    """Fetches a document from a web address into the intake ledger."""

    name: ClassVar[str] = "intake.url"
    title: ClassVar[str] = "Fetch a document"
    params: ClassVar[type[Params]] = UrlParams
    result: ClassVar[type[BaseModel]] = UrlResult

    def provider(self, params: Any) -> str:
        return urlsplit(str(params.get("url", ""))).hostname or ""

    async def run(self, params: UrlParams, context: StepContext) -> UrlResult:
        settings = self._way_in.settings
        own = settings.outgoing.outgoing_allow, settings.intake.intake_url_timeout
        fetcher = Fetcher(*own, self._way_in.watch, context.workspace_id)
        try:
            async with asyncio.timeout(fetcher.timeout), fetcher.client() as client:
                fetched = await fetcher.open(client, params.url)
                name = params.name or fetched.name
                arrival = Arrival("step", _key(context, 0), name, fetched.media_type, shown(params.url))
                return await self._take(context, arrival, fetched.chunks(), [])
        except (FileRefused, UploadTooLarge) as refusal:
            raise StepError(refusal.detail, FailureClass.BAD_INPUT, hint=refusal.hint) from None
        except Exception as error:
            problem = error if isinstance(error, NotFetched) else told(error)
            if problem is None:
                raise
            failure = FailureClass.UNAVAILABLE if problem.later else FailureClass.BAD_INPUT
            raise StepError(problem.detail, failure, hint=problem.hint) from None


class Unpack(_IntakeStep):
    """Takes an archive (ZIP, TAR) or a message apart: each file in it goes through intake and becomes a document."""

    name: ClassVar[str] = "intake.unpack"
    title: ClassVar[str] = "Unpack"
    params: ClassVar[type[Params]] = UnpackParams
    result: ClassVar[type[BaseModel]] = UnpackResult

    async def run(self, params: UnpackParams, context: StepContext) -> UnpackResult:
        source, intake = params.document, self._way_in
        documents: list[DocumentRef] = []
        refused: list[RefusedFile] = []
        async with intake.file() as given, intake.file() as made:
            await fill(given, self._documents.open(context, source))
            parts = await self._parts(params, context, str(given), str(made))
            for index, part in enumerate(parts):
                origin = f"{source.name}/{part['name']}"
                arrival = Arrival("step", _key(context, index), part["name"], part["media_type"], origin)
                content = slice_of(made, part["start"], part["size"])
                try:
                    documents.append((await self._take(context, arrival, content, [source])).document)
                except (FileRefused, UploadTooLarge) as refusal:
                    reason = getattr(refusal, "reason", "too_large")
                    refused.append(RefusedFile(name=part["name"], reason=reason, detail=refusal.detail))
        context.log(f"Took {source.name} apart.", documents=len(documents), refused=len(refused))
        return UnpackResult(documents=documents, refused=refused)

    async def _parts(self, params: UnpackParams, context: StepContext, given: str, made: str) -> list[dict[str, Any]]:
        intake, own = self._way_in, self._way_in.settings.intake
        bounds = bounds_of(await intake.taking(_actor(context)), own) | {"files": own.intake_unpack_files}
        try:
            told = await intake.in_child(_UNPACK, given, made, params.document.name, params.only, bounds)
        except ChildBusy:
            raise StepError("Too many files are being looked into.", FailureClass.UNAVAILABLE) from None
        except ChildError as error:
            raise StepError(f"It could not be unpacked ({error}).", FailureClass.BAD_INPUT) from None
        if told["code"]:
            raise StepError(f"{params.document.name}: {told['detail']}", FailureClass.BAD_INPUT)
        parts: list[dict[str, Any]] = told["parts"]
        await self._check_room(context, sum(part["size"] for part in parts))
        return parts

    async def _check_room(self, context: StepContext, size: int) -> None:
        try:
            room = await self._way_in.database.read(lambda work: StorageService(work).room(), _actor(context))
        except QuotaExceeded as refusal:
            raise StepError(refusal.detail, FailureClass.RESOURCE, hint=refusal.hint) from None
        if room is not None and size > room:
            hint = "Ask an administrator for a larger quota, or name fewer files with `only`."
            raise StepError(f"It unpacks to {size:,} bytes; {room:,} are left.", FailureClass.RESOURCE, hint=hint)


def _key(context: StepContext, index: int) -> str:
    return f"{context.run_id}|{context.effect_key}|{index}"


def _actor(context: StepContext) -> Actor:
    return Actor(None, context.actor, context.workspace_id)
