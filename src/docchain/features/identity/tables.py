"""Users, workspaces, who is a member of which, and the sessions of signed-in users; read by the system only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.tables import Table


class UserRow(Table):
    __tablename__ = "user_account"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    username: Mapped[str]
    username_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str | None]
    password_hash: Mapped[str]
    disabled: Mapped[bool]
    created_at: Mapped[datetime]
    email_verified_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(default="en", server_default="en")
    """Of the mails they get: `en` or `es`."""
    installation_admin: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether they look after all users and workspaces."""


class WorkspaceRow(Table):
    __tablename__ = "workspace"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[datetime]


class MembershipRow(Table):
    __tablename__ = "membership"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.id"), primary_key=True, index=True)
    role: Mapped[str]
    created_at: Mapped[datetime]


class SessionRow(Table):
    """One sign-in; its refresh tokens follow one another until it ends. A browser's has a cookie instead."""

    __tablename__ = "sign_in_session"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    method: Mapped[str] = mapped_column(server_default="password")
    verified_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(server_default="Unknown device")
    address: Mapped[str] = mapped_column(server_default="")
    seen_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    idle_until: Mapped[datetime | None]
    cookie_hash: Mapped[str | None] = mapped_column(unique=True, index=True)


class RefreshTokenRow(Table):
    __tablename__ = "refresh_token"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sign_in_session.id"), index=True)
    expires_at: Mapped[datetime]
    rotated_at: Mapped[datetime | None]
