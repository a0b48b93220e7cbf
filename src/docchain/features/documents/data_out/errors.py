"""Why an export is refused."""

from docchain.platform.errors import Invalid, TooLarge


class ExportTooLarge(TooLarge):
    code = "export_too_large"
    title = "The export has too many documents"


class BadExport(Invalid):
    code = "bad_export"
    title = "The export cannot be made"
