"""Which reports there are: which entries each tells, and what the compliance views ask for as evidence. Data only."""

from dataclasses import dataclass
from typing import Final, Literal

ReportName = Literal["access", "changes", "permissions", "retention", "soc2", "iso27001", "gdpr"]


@dataclass(frozen=True, slots=True)
class EntryReport:
    """Lists the entries of some types; `*` at the end stands for a family. `without`: what is left out of those."""

    title: str
    types: tuple[str, ...]
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """One line of a view: what is asked for; entries of which types show it, or which setting or state does."""

    id: str
    asks: str
    types: tuple[str, ...] = ()
    state: str = ""


_SIGN_IN: Final = ("session.*",)
_ACCESS: Final = (*_SIGN_IN, "security.*", "document.link_created", "document.link_used", "document.exported")
_PERMISSIONS: Final = ("membership.*", "user.*", "role.*", "grant.*", "api_key.*", "workspace.*")
_RETENTION: Final = ("retention.*", "document.deleted", "document.purged", "document.held", "document.released")

ENTRY_REPORTS: Final[dict[str, EntryReport]] = {
    "access": EntryReport("Access: sign-ins, refusals and what left", _ACCESS),
    "changes": EntryReport("Changes", ("*",), ("run.", "session.", "security.", "document.made")),
    "permissions": EntryReport("Permissions: users, roles and keys", _PERMISSIONS),
    "retention": EntryReport("Retention: what was removed, and what was held", _RETENTION),
}
SEALED: Final = "sealed"
ENCRYPTED: Final = "encrypted"
WATCHED: Final = "watched"
STREAMED: Final = "streamed"

VIEWS: Final[dict[str, tuple[str, tuple[Control, ...]]]] = {
    "soc2": (
        "SOC 2 (Trust Services Criteria)",
        (
            Control("CC6.1", "Access is restricted to those who signed in", _SIGN_IN),
            Control("CC6.2", "Users are registered, and their access ends when they leave", ("user.*", "membership.*")),
            Control("CC6.3", "Access follows roles, and changes of roles are recorded", ("membership.*", "role.*")),
            Control("CC6.6", "Attempts from outside are refused and recorded", ("security.*", "session.sign_in_*")),
            Control("CC6.7", "Data at rest is encrypted", state=ENCRYPTED),
            Control("CC6.8", "Unwanted files are kept out", ("intake.refused",)),
            Control("CC7.2", "Anomalies are watched for by rules", state=WATCHED),
            Control("CC7.3", "Security events raise alerts that are followed up", ("alert.*",)),
            Control("CC8.1", "Changes of workflows are recorded with who made them", ("workflow.*",)),
            Control("PI1.5", "Records are protected against alteration", state=SEALED),
            Control("C1.2", "Confidential data is disposed of", ("document.purged", "retention.*")),
        ),
    ),
    "iso27001": (
        "ISO/IEC 27001:2022, Annex A",
        (
            Control("A.5.15", "Access control", ("session.*", "security.*")),
            Control("A.5.16", "Identity management", ("user.*",)),
            Control("A.5.18", "Access rights are given, reviewed and removed", ("membership.*", "role.*", "grant.*")),
            Control("A.5.28", "Collection of evidence that was not altered", state=SEALED),
            Control("A.5.33", "Protection of records", ("document.held", "document.released")),
            Control("A.8.3", "Restriction of access to information", ("security.access_refused",)),
            Control("A.8.7", "Protection against malware", ("intake.refused",)),
            Control("A.8.10", "Deletion of information", ("document.purged", "retention.*")),
            Control("A.8.15", "Logging, kept where it cannot be changed", state=STREAMED),
            Control("A.8.16", "Monitoring activities", state=WATCHED),
            Control("A.8.24", "Use of cryptography", state=ENCRYPTED),
            Control("A.8.32", "Change management", ("workflow.published", "workflow.status_changed")),
        ),
    ),
    "gdpr": (
        "GDPR",
        (
            Control("Art. 5(1)(e)", "Storage limitation: retention removes what is no longer needed", ("retention.*",)),
            Control("Art. 5(1)(f)", "Integrity and confidentiality", state=ENCRYPTED),
            Control("Art. 5(2)", "Accountability: who did what is recorded and sealed", state=SEALED),
            Control("Art. 15", "Right of access: data was handed out", ("document.exported", "workspace.exported")),
            Control("Art. 17", "Right to erasure: data was removed", ("document.purged", "subject.erased")),
            Control("Art. 18", "Restriction of processing: holds", ("document.held",)),
            Control("Art. 30", "Records of processing: workflows that process data", ("workflow.published",)),
            Control("Art. 32", "Security of processing: refused attempts are recorded", ("security.*",)),
            Control("Art. 33", "Breaches are noticed: alerts", ("alert.*",)),
        ),
    ),
}
TITLES: Final[dict[str, str]] = {
    **{name: report.title for name, report in ENTRY_REPORTS.items()},
    **{name: title for name, (title, _) in VIEWS.items()},
}
