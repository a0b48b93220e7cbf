"""The record that a step leaves in the journal when it made a document version; fields are only ever added."""

from typing import Any, Final
from uuid import UUID

import msgspec

PRODUCT: Final = "document_version"


class VersionMade(msgspec.Struct, tag_field="kind", tag=PRODUCT, frozen=True, kw_only=True):
    workspace_id: UUID
    document_id: UUID
    version_id: UUID
    sha256: str
    size: int
    media_type: str
    name: str
    inline: bool
    inputs: list[UUID]
    run_id: UUID
    step: str
    attempt: int
    step_kind: str
    step_kind_version: int
    actor: str = ""
    came: dict[str, Any] | None = None
    """What the intake ledger says of it, if it came from outside."""


def read_product(product: dict[str, Any]) -> VersionMade | None:
    """The record, if the product is one of ours."""
    return msgspec.convert(product, VersionMade) if product.get("kind") == PRODUCT else None
