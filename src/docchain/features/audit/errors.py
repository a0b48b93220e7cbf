"""Why something of the audit is refused."""

from docchain.platform.errors import Conflict, Invalid, NotFound, Refusal, Stale


class BadAuditKey(Refusal):
    code = "bad_audit_key"
    title = "The key of the audit cannot be used"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, hint="Put back the key file, or name another with DOCCHAIN_AUDIT_KEY_FILE.")


class BadExport(Invalid):
    code = "bad_audit_export"
    title = "This is no export of the audit"


class NotOfTheInstallation(Refusal):
    code = "installation_only"
    title = "Only administrators of the first workspace see entries of the installation"
    status = 403


class ReportNotFound(NotFound):
    code = "report_not_found"
    title = "There is no such report"


class StreamNotFound(NotFound):
    code = "audit_stream_not_found"
    title = "There is no such stream"


class RuleNotFound(NotFound):
    code = "audit_rule_not_found"
    title = "There is no such rule"


class AlertNotFound(NotFound):
    code = "audit_alert_not_found"
    title = "There is no such alert"


class TooMany(Conflict):
    code = "too_many_audit_resources"
    title = "There are as many as the workspace may have"


class Changed(Stale):
    code = "audit_resource_changed"
    title = "This was changed since you read it"
