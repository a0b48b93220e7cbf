"""Rows of rights: roles of workspaces, grants on things, and which things are restricted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.tables import Table, WorkspaceScoped


class RoleRow(WorkspaceScoped, Table):
    """A role that a workspace made up; members name it as they name the built-in ones."""

    __tablename__ = "workspace_role"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str]
    permissions: Mapped[list[str]]
    hidden: Mapped[list[str]]
    revision: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class GrantRow(WorkspaceScoped, Table):
    """What a user or a role may do with one thing. `subject` is the id of the user or the name of the role."""

    __tablename__ = "access_grant"
    __table_args__ = (UniqueConstraint("workspace_id", "kind", "thing_id", "subject_kind", "subject"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    thing_id: Mapped[UUID]
    label: Mapped[str]
    subject_kind: Mapped[str]
    subject: Mapped[str]
    actions: Mapped[list[str]]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class RestrictionRow(WorkspaceScoped, Table):
    """A thing that only those see to whom it was granted."""

    __tablename__ = "access_restriction"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    thing_id: Mapped[UUID] = mapped_column(primary_key=True)
    label: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
