"""`deliver.folder`: files into an allowed folder; named by the effect's key, so a repeat changes nothing."""

import errno
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Effect, InDoubt, Params, Result, StepContext, StepError, StepKind
from docchain.features.delivery.files import in_thread, keyed_name, put
from docchain.features.delivery.roots import DeliveryRoots, FolderRefusedError, OpenFolder
from docchain.features.documents import DocumentRef, StepDocuments, clean_name
from docchain.platform.model import Model

_FAILURES: Final = {
    errno.ENOSPC: (FailureClass.RESOURCE, "Make room on the disk."),
    errno.EDQUOT: (FailureClass.RESOURCE, "Raise the quota."),
    errno.EACCES: (FailureClass.DENIED, "Give the service the right to write there."),
    errno.EPERM: (FailureClass.DENIED, "Give the service the right to write there."),
    errno.EROFS: (FailureClass.DENIED, "Mount it writable."),
    errno.ENOTDIR: (FailureClass.BAD_INPUT, "Name a folder; there is something else of this name."),
    errno.ELOOP: (FailureClass.BAD_INPUT, "Name a folder, not a link."),
    errno.ENAMETOOLONG: (FailureClass.BAD_INPUT, "Choose shorter names."),
}


class FileToDeliver(Params):
    """One file: a document, a JSON value or a text."""

    name: str = Field("", max_length=1_000, description="File name; a document's own name unless given.")
    document: DocumentRef | None = None
    json_: Any = Field(None, alias="json", description="Written as JSON, in UTF-8.")
    text: str | None = None

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        contents = [self.document is not None, "json_" in self.model_fields_set, self.text is not None]
        if sum(contents) != 1:
            raise ValueError("give exactly one of document, json and text")
        if not self.name and self.document is None:
            raise ValueError("name the file")
        return self

    @property
    def plain_name(self) -> str:
        return clean_name(self.name or (self.document.name if self.document else ""))


class FolderParams(Params):
    folder: str = Field("", max_length=4_000, description="Below an allowed root; relative to the first one.")
    files: tuple[FileToDeliver, ...] = Field(min_length=1, max_length=1_000)

    @model_validator(mode="after")
    def _different_names(self) -> Self:
        names = [file.plain_name for file in self.files]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"two files are named {twice!r}; give each a name of its own")
        return self


class DeliveredFile(Model):
    model_config = ConfigDict(frozen=True)

    name: str = Field(description="The name that was asked for, made safe.")
    path: str
    size: int
    sha256: str


class FolderResult(Result):
    paths: tuple[str, ...]
    files: tuple[DeliveredFile, ...]


class DeliverFolder(StepKind):
    """Puts documents, JSON and texts into a folder; each file appears whole, once.

    Args:
        documents: where documents are read.
        roots: where deliveries may go.
    """

    name = "deliver.folder"
    title = "Deliver to a folder"
    effect = Effect.EXTERNAL
    in_doubt = InDoubt.RESEND
    params: ClassVar[type[Params]] = FolderParams
    result: ClassVar[type[BaseModel]] = FolderResult

    def __init__(self, documents: StepDocuments, roots: DeliveryRoots) -> None:
        self._documents = documents
        self._roots = roots

    async def run(self, params: FolderParams, context: StepContext) -> FolderResult:
        try:
            with ExitStack() as stack:
                folder = await in_thread(stack.enter_context, self._roots.open(params.folder))
                files = [await self._deliver(folder, file, context) for file in params.files]
        except FolderRefusedError as error:
            raise _refused(error) from None
        except OSError as error:
            raise _failed(error, params.folder) from error
        for file in files:
            context.log(f"Wrote {file.path}.", bytes=file.size, sha256=file.sha256)
        return FolderResult(paths=tuple(file.path for file in files), files=tuple(files))

    async def preview(self, params: FolderParams, context: StepContext) -> FolderResult:
        """The names, sizes and contents that would appear; nothing is written, and no folder is opened."""
        try:
            folder = self._roots.path_of(params.folder)
        except FolderRefusedError as error:
            raise _refused(error) from None
        files = [await self._previewed(folder, file, context) for file in params.files]
        return FolderResult(paths=tuple(file.path for file in files), files=tuple(files))

    async def _previewed(self, folder: Path, file: FileToDeliver, context: StepContext) -> DeliveredFile:
        path = folder / keyed_name(file.plain_name, context.effect_key)
        if file.document is not None:
            size, sha256 = file.document.size, file.document.sha256
        else:
            content = b"".join([chunk async for chunk in self._content(file, context)])
            size, sha256 = len(content), hashlib.sha256(content).hexdigest()
        return DeliveredFile(name=file.plain_name, path=str(path), size=size, sha256=sha256)

    async def _deliver(self, folder: OpenFolder, file: FileToDeliver, context: StepContext) -> DeliveredFile:
        name = keyed_name(file.plain_name, context.effect_key)
        written = await put(folder, name, context.attempt, self._content(file, context))
        return DeliveredFile(name=file.plain_name, path=written.path, size=written.size, sha256=written.sha256)

    async def _content(self, file: FileToDeliver, context: StepContext) -> AsyncIterator[bytes]:
        if file.document is not None:
            async for chunk in self._documents.open(context, file.document):
                yield chunk
        elif file.text is not None:
            yield file.text.encode()
        else:
            yield json.dumps(file.json_, ensure_ascii=False, indent=2).encode() + b"\n"


def _refused(error: FolderRefusedError) -> StepError:
    return StepError(str(error), FailureClass.DENIED, hint="DOCCHAIN_DELIVERY_ROOTS lists the roots.")


def _failed(error: OSError, folder: str) -> StepError:
    failure, hint = _FAILURES.get(error.errno or 0, (FailureClass.UNAVAILABLE, "Look at the disk."))
    return StepError(f"Nothing could be written to the folder {folder!r}: {error.strerror}.", failure, hint=hint)
