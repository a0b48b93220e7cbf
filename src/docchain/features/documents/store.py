"""Documents as runs use them: read and written by steps; a version's row follows from the step's committed outcome."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import StepContext, StepError
from docchain.features.documents.contents import Contents
from docchain.features.documents.domain import clean_name
from docchain.features.documents.products import PRODUCT, VersionMade
from docchain.features.documents.schemas import DocumentRef
from docchain.features.documents.service import DocumentService
from docchain.platform.blobs import BlobMissing, Stored
from docchain.platform.spool import pour
from docchain.platform.work import Work


class StepDocuments:
    """What a step kind needs of documents, and what starts a run with them."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents

    def resolve(self, work: Work, reference: str | Mapping[str, Any]) -> dict[str, Any]:
        """What a user names a document by, as the JSON reference that flows through a run."""
        return DocumentService(work).resolve(reference).model_dump(mode="json")

    async def open(self, context: StepContext, document: DocumentRef | Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Read a document in chunks; also one that this step has just written."""
        reference = DocumentRef.model_validate(document)
        pending = context.blobs.get(reference.sha256)
        if pending is not None:
            yield pending
            return
        try:
            async for chunk in self.contents.open(context.workspace_id, reference.sha256):
                yield chunk
        except BlobMissing:
            raise StepError(
                f"The content of {reference.name} is not stored in this workspace.",
                FailureClass.BAD_INPUT,
                hint="Upload the document again and start a new run with it.",
            ) from None

    async def read(self, context: StepContext, document: DocumentRef | Mapping[str, Any]) -> bytes:
        return b"".join([chunk async for chunk in self.open(context, document)])

    async def write(
        self,
        context: StepContext,
        data: bytes,
        name: str,
        media_type: str,
        *,
        inputs: Iterable[DocumentRef] = (),
        document_id: UUID | None = None,
    ) -> DocumentRef:
        """Make a document, or a new version of one. It exists for others once the step's outcome is committed.

        Args:
            context: the step's, which takes the record along.
            data: its content.
            name: its file name; made safe.
            media_type: its type.
            inputs: the versions that it was made from.
            document_id: the document that it becomes the next version of.
        """
        stored = await self._keep(context, data)  # first: ids are counted, so nothing may come between them
        return _made(context, stored, (name, media_type), inputs, document_id)

    async def write_file(
        self, context: StepContext, path: Path, name: str, media_type: str, *, inputs: Iterable[DocumentRef] = ()
    ) -> DocumentRef:
        """The same with the content of a file, which need not fit into memory."""
        size = (await asyncio.to_thread(path.stat)).st_size
        if size <= self.contents.inline_bytes:
            data = await asyncio.to_thread(path.read_bytes)
            return await self.write(context, data, name, media_type, inputs=inputs)
        stored = await self.contents.put_stream(context.workspace_id, pour(path))
        return _made(context, stored, (name, media_type), inputs)

    def write_stored(
        self,
        context: StepContext,
        stored: Stored,
        name: str,
        media_type: str,
        *,
        inputs: Iterable[DocumentRef] = (),
        came: Mapping[str, Any] | None = None,
    ) -> DocumentRef:
        """The same with content that is stored already; what intake says of it goes to its ledger as `came`."""
        reference = _made(context, stored, (name, media_type), inputs)
        if came is not None:
            context.products[-1]["came"] = dict(came)
        return reference

    async def _keep(self, context: StepContext, data: bytes) -> Stored:
        if len(data) > self.contents.inline_bytes:
            return await self.contents.blobs.put(context.workspace_id, data)
        sha256 = hashlib.sha256(data).hexdigest()
        context.blobs[sha256] = data
        return Stored(sha256, len(data))


def _made(
    context: StepContext,
    stored: Stored,
    named: tuple[str, str],
    inputs: Iterable[DocumentRef],
    document_id: UUID | None = None,
) -> DocumentRef:
    """The reference to a new version, whose record goes with the step's outcome."""
    name, media_type = named
    reference = DocumentRef(
        document_id=document_id or _id_of(context, "document"),
        version_id=_id_of(context, "version"),
        sha256=stored.sha256,
        media_type=media_type,
        name=clean_name(name),
        size=stored.size,
    )
    context.products.append(_record(context, reference, inputs))
    return reference


def _record(context: StepContext, reference: DocumentRef, inputs: Iterable[DocumentRef]) -> dict[str, Any]:
    made = VersionMade(
        **reference.model_dump(),
        workspace_id=context.workspace_id,
        inline=reference.sha256 in context.blobs,
        inputs=list(dict.fromkeys(given.version_id for given in inputs)),
        run_id=context.run_id,
        step=context.step_id,
        attempt=context.attempt,
        step_kind=context.kind,
        step_kind_version=context.kind_version,
        actor=context.actor,
    )
    record: dict[str, Any] = msgspec.to_builtins(made)
    return record


def _id_of(context: StepContext, what: str) -> UUID:
    """The same id whenever the same step is repeated, as old as the run so that ids sort by time."""
    index = sum(product.get("kind") == PRODUCT for product in context.products)
    digest = hashlib.sha256(f"{context.run_id}\n{context.effect_key}\n{what}\n{index}".encode()).digest()
    made = bytearray(context.run_id.bytes[:6] + digest[:10])
    made[6] = made[6] & 0x0F | 0x80  # UUID version 8: of our own making
    made[8] = made[8] & 0x3F | 0x80
    return UUID(bytes=bytes(made))
