"""What the operator may choose of accounts and workspaces, and of the mails that tell their owners."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from docchain.platform.settings_concerns import Concern


class AccountSettings(Concern):
    """Passwords, one-time links, and what a workspace may hold."""

    password_min_length: int = Field(12, ge=8, le=128, description="Shortest password that may be chosen.")
    password_min_score: int = Field(
        3, ge=0, le=4, description="How hard to guess a password must be: 0 anything, 3 safe online, 4 safe offline."
    )
    password_breached: Path | None = Field(
        None,
        description="Passwords that are known to have leaked, by SHA-1: one file, sorted, a hash a line, or a folder "
        "of files named by the first five digits, as Have I Been Pwned offers them.",
    )
    reset_minutes: int = Field(30, ge=5, le=24 * 60, description="How long a link to set a new password is good for.")
    reset_mails: int = Field(3, ge=1, le=100, description="Mails with such a link that one user gets in an hour.")
    email_link_hours: int = Field(24, ge=1, le=24 * 14, description="How long a link to confirm an address is good.")
    mail_language: Literal["en", "es"] = Field("en", description="Of mails to people who have no account yet.")
    invitation_days: int = Field(7, ge=1, le=90, description="How long an invitation is good for.")
    workspace_creation: Literal["administrators", "anyone"] = Field(
        "administrators", description="Who may create workspaces: those who administer the installation, or any user."
    )
    quota_users: int = Field(0, ge=0, description="Members of a workspace, unless it has a quota of its own; 0: any.")
    quota_runs: int = Field(
        0, ge=0, description="Runs that a workspace may start in a day (UTC), unless it has a quota of its own; 0: any."
    )


class MailSettings(Concern):
    """Where mails to users are handed over; without a host there are none."""

    mail_host: str = Field("", max_length=253, description="SMTP server that takes the mails; empty: no mails.")
    mail_port: int = Field(587, ge=1, le=65535, description="Its port.")
    mail_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is encrypted; `none` only within one machine."
    )
    mail_user: str = Field("", description="Who signs in there; empty: nobody does.")
    mail_password: SecretStr = Field(SecretStr(""), description="Their password.")
    mail_from: Annotated[str, StringConstraints(pattern=r"^[^@\s<>]+@[^@\s<>]+$")] = Field(
        "docchain@localhost", description="Address that the mails come from."
    )
    mail_timeout: float = Field(20.0, gt=0, le=300, description="Seconds that handing over one mail may take.")
    mail_hours: int = Field(24, ge=1, le=24 * 7, description="Hours for which a mail that cannot be sent is kept.")
