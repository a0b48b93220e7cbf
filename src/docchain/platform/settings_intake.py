"""What the operator may choose of intake."""

from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from docchain.platform.settings_concerns import Concern

_PROGRAMS: Final = (
    *(".bat", ".cmd", ".cpl", ".dll", ".exe", ".hta", ".jar", ".js", ".jse", ".lnk", ".msi", ".msp", ".pif", ".ps1"),
    *(".psm1", ".reg", ".scr", ".url", ".vbe", ".vbs", ".wsf", ".wsh"),
)


class IntakeSettings(Concern):
    """What comes in, from where, and what is looked at."""

    intake_allow: list[str] = Field(
        [],
        description='Media types that are taken, by content, as a JSON list such as `["application/pdf", "image/*"]`. '
        "Empty: all but programs and archives that cannot be looked into. A workspace may choose otherwise.",
    )
    intake_programs: list[str] = Field(
        list(_PROGRAMS),
        description="Endings of names that are programs to some system, as a JSON list: such files stay out, also in "
        "archives and messages. What is a program by its content stays out under any name.",
    )
    intake_macros: Literal["refuse", "accept"] = Field("refuse", description="What happens to files with macros.")
    intake_encrypted: Literal["refuse", "accept"] = Field(
        "refuse", description="What happens to files that are protected by a password."
    )
    intake_mismatch: Literal["refuse", "accept"] = Field(
        "refuse", description="What happens to files that are not what their name or declared type says."
    )
    intake_workers: int = Field(1, ge=1, le=64, description="Child processes that look into incoming files.")
    intake_memory_mb: int = Field(512, ge=128, description="Memory one of them may use, in MiB.")
    intake_timeout: float = Field(60.0, gt=0, description="Seconds that looking into one file may take.")
    intake_expanded_mb: int = Field(512, ge=1, description="What an archive may unpack to, in MiB, with all in it.")
    intake_entries: int = Field(10_000, ge=1, description="Files that an archive may have in it.")
    intake_ratio: int = Field(200, ge=2, description="How many times its size an archive of some size may unpack to.")
    intake_depth: int = Field(3, ge=1, le=20, description="How deep archives may lie in archives.")
    intake_unpack_files: int = Field(1_000, ge=1, description="Files that the step `intake.unpack` takes out at once.")
    intake_pages: int = Field(10_000, ge=1, description="Pages that a PDF may have to be taken.")
    clamav_url: str = Field(
        "",
        pattern=r"^(tcp://[^/]+:\d+|unix:///.+)?$",
        description="Where ClamAV listens, `tcp://host:3310` or `unix:///run/clamav/clamd.ctl`; every incoming file is "
        "sent there. Empty: none is.",
    )
    clamav_timeout: float = Field(120.0, gt=0, description="Seconds that a scan may take.")
    clamav_failure: Literal["refuse", "accept"] = Field(
        "refuse", description="What happens to files that could not be scanned."
    )
    tus_hours: float = Field(24.0, gt=0, description="Hours that an unfinished resumable upload is kept.")
    tus_unfinished: int = Field(100, ge=1, description="Unfinished resumable uploads that a workspace may have.")
    intake_url_timeout: float = Field(120.0, gt=0, description="Seconds that fetching a document from a URL may take.")
    intake_roots: list[Path] = Field(
        [],
        description="Folders below which folders may be watched, as a JSON list. Empty: the folder inbox in the data "
        "folder.",
    )
    intake_folder_every: float = Field(5.0, gt=0, description="Seconds between two looks at a watched folder.")
    intake_folder_stable: float = Field(
        2.0, ge=0, description="Seconds that a file in a watched folder must not have changed before it is taken."
    )
    intake_mail_every: float = Field(60.0, gt=0, description="Seconds between two looks at a mailbox.")
    intake_mail_mb: int = Field(50, ge=1, description="Largest message that is taken from a mailbox, in MiB.")
    intake_mail_ca: Path | None = Field(
        None, description="PEM file of authorities that are trusted for mailboxes, besides those of the system."
    )
    intake_secrets_dir: Path | None = Field(
        None,
        description="Folder of files with passwords of mailboxes; besides variables named DOCCHAIN_INTAKE_SECRET_NAME.",
    )
