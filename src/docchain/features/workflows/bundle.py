"""Bundles: many workflows in one ZIP file, each a folder of definitions as they were written, and a list of them."""

import json
import zipfile
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from docchain.engine.definition.faults import from_pydantic
from docchain.features.runs import VersionLabel
from docchain.features.workflows.bulk_errors import BadBundle, TooManyWorkflows
from docchain.features.workflows.schemas import MOST_TAGS, Name, Tag, WorkflowStatus, WorkflowType
from docchain.features.workflows.version_schemas import Note
from docchain.platform.errors import FieldFault

MEDIA_TYPE: Final = "application/zip"
FORMAT: Final = 1
_LIST: Final = "bundle.json"
_LONGEST: Final = 4_000_000
_BEGINNING: Final = (2000, 1, 1, 0, 0, 0)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BundledVersion(_Part):
    """A published version."""

    number: int = Field(ge=1, le=2_147_483_647)
    note: Note = ""
    labels: list[VersionLabel] = Field([], max_length=50)
    file: str = Field(max_length=500)


class BundledWorkflow(_Part):
    """A workflow with the files of its definitions; what was only proposed is left out."""

    file: str = Field(max_length=500)
    name: Name = ""
    description: str | None = Field(None, max_length=10_000)
    tags: list[Tag] | None = Field(None, max_length=MOST_TAGS)
    workflow_type: WorkflowType = "workflow"
    ai_workflow: bool = False
    status: WorkflowStatus = "draft"
    versions: list[BundledVersion] = Field([], max_length=10_000)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        numbers = [version.number for version in self.versions]
        labels = [label for version in self.versions for label in version.labels]
        if numbers != sorted(set(numbers)):
            raise ValueError("its versions are not in the order of their numbers")
        if len(labels) > len(set(labels)):
            raise ValueError("one of its labels stands for two versions")
        return self


class _Listing(_Part):
    bundle: int
    workflows: list[BundledWorkflow] = Field(max_length=10_000)


class Bundle:
    """The workflows of a bundle, and the texts of its files."""

    def __init__(self, workflows: Sequence[BundledWorkflow], texts: dict[str, str]) -> None:
        self.workflows = workflows
        self.texts = texts


def packed(workflows: Iterable[BundledWorkflow], texts: Iterable[tuple[str, str]]) -> bytes:
    """The same workflows make the same bytes."""
    listing = {"bundle": FORMAT, "workflows": [item.model_dump(mode="json", exclude_unset=True) for item in workflows]}
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in [(_LIST, json.dumps(listing, ensure_ascii=False, indent=2) + "\n"), *texts]:
            entry = zipfile.ZipInfo(name, _BEGINNING)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return file.getvalue()


def unpacked(body: bytes, most_bytes: int, most: int) -> Bundle:
    """Read a bundle, within limits: what is said of sizes is not believed.

    Raises:
        BadBundle: with every fault.
    """
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            texts = _texts(archive, most_bytes)
    except BadBundle:
        raise
    except Exception as error:  # noqa: BLE001 - zlib.error, ValueError, IndexError: what damaged bytes make it raise
        raise BadBundle(f"It cannot be read as a ZIP file: {error}.") from None
    if _LIST not in texts:
        raise BadBundle(f"It has no {_LIST}; a bundle comes from GET /workflows/bundle.")
    try:
        listing = _Listing.model_validate_json(texts[_LIST])
    except ValidationError as error:
        faults = [FieldFault(f"{_LIST}: {fault.path}", fault.message, fault.code) for fault in from_pydantic(error)]
        raise BadBundle(f"{faults[0].path}: {faults[0].message}", errors=faults) from None
    if listing.bundle != FORMAT:
        raise BadBundle(f"It has the format {listing.bundle}; this release reads {FORMAT}.")
    if len(listing.workflows) > most:
        raise TooManyWorkflows(most)
    named = [file for item in listing.workflows for file in (item.file, *(version.file for version in item.versions))]
    if missing := [file for file in named if file not in texts]:
        raise BadBundle(f"It lists {missing[0]!r}, and has no such file.")
    return Bundle(listing.workflows, texts)


def _texts(archive: zipfile.ZipFile, most_bytes: int) -> dict[str, str]:
    texts: dict[str, str] = {}
    left = most_bytes
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        with archive.open(entry) as file:
            content = file.read(min(_LONGEST, left) + 1)
        left -= len(content)
        if len(content) > _LONGEST:
            raise BadBundle(f"{entry.filename} has more than {_LONGEST:,} bytes; no definition is that long.")
        if left < 0:
            raise BadBundle(f"Its files have more than {most_bytes:,} bytes together; split it.")
        try:
            texts[entry.filename] = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadBundle(f"{entry.filename} is no UTF-8 text (byte {error.start + 1}).") from None
    return texts
