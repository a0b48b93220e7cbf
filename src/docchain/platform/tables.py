"""What every table shares: the metadata, the column types, and the workspace a row belongs to."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import MetaData
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from docchain.platform.columns import Id, Json, Moment

WORKSPACE = "workspace_id"


class Table(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Id(),
        datetime: Moment(),
        dict[str, Any]: Json,
        list[Any]: Json,
        list[str]: Json,
    }


def _workspace_of(context: DefaultExecutionContext) -> UUID | None:
    workspace: UUID | None = context.root_connection.info.get(WORKSPACE)
    return workspace


class WorkspaceScoped:
    """Mixin for rows of one workspace: the unit of work fills the column in and filters every statement by it."""

    workspace_id: Mapped[UUID] = mapped_column(default=_workspace_of)
