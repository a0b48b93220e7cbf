"""What the operator may choose of e-invoices, page work, exports and look-up tables."""

from pydantic import Field

from docchain.platform.settings_concerns import Concern

_MIB = 1024 * 1024


class DataSettings(Concern):
    """How much e-invoices, page work, exports and look-up tables may use."""

    max_einvoice_bytes: int = Field(20 * _MIB, ge=1024, description="Largest XML of an e-invoice that is read.")
    einvoice_timeout: float = Field(30.0, gt=0, description="Seconds that reading one e-invoice may take.")
    extract_first_pages: int = Field(8, ge=1, description="Pages at the start of a document that fields are read from.")
    extract_last_pages: int = Field(4, ge=0, description="Pages at its end that fields are read from.")
    page_work_documents: int = Field(
        200, ge=1, le=10_000, description="Documents that one split may make, or one merge may take."
    )
    export_max: int = Field(100_000, ge=1, description="Documents that one export may have.")
    table_bytes: int = Field(32 * _MIB, ge=1024, description="Largest file that is uploaded as a look-up table.")
    table_rows: int = Field(100_000, ge=1, description="Rows that a look-up table may have.")
    table_columns: int = Field(100, ge=1, le=1_000, description="Columns that a look-up table may have.")
    tables_max: int = Field(200, ge=1, description="Look-up tables that a workspace may have.")
