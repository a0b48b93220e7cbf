"""What the operator may choose of the audit."""

from pathlib import Path

from pydantic import Field

from docchain.platform.settings_concerns import Concern


class AuditSettings(Concern):
    """How the event log is sealed, searched, streamed and watched."""

    audit_key_file: Path | None = Field(
        None,
        description="Ed25519 key in PEM that signs the checkpoints of the audit; made at the first start in "
        "`audit.key` of the data folder if not set.",
    )
    audit_seal_seconds: float = Field(2.0, ge=0.1, le=3_600, description="Seconds between two checkpoints.")
    audit_scan_rows: int = Field(
        5_000, ge=100, le=1_000_000, description="Entries that one page of a filtered log looks at, at most."
    )
    audit_reads_seconds: float = Field(
        10.0, ge=0.1, le=3_600, description="Seconds over which the contents that a user reads become one entry."
    )
    audit_refusals_seconds: float = Field(
        5.0, ge=0.1, le=3_600, description="Seconds over which equal refusals (401, 403, 429) become one entry."
    )
    audit_refusals_kinds: int = Field(
        200, ge=1, le=10_000, description="Different refusals that are told apart in that time; the rest are counted."
    )
    audit_report_rows: int = Field(2_000, ge=1, le=100_000, description="Lines that one report has at most.")
    audit_streams_max: int = Field(20, ge=0, description="Streams that a workspace may have.")
    audit_rules_max: int = Field(100, ge=0, description="Alert rules that a workspace may have.")
    audit_stream_file_mb: int = Field(
        1_024, ge=1, description="Size of a streamed file in MiB from which a new one is begun."
    )
