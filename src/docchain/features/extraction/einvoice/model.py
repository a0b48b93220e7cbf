"""What reading an e-invoice hands over: values by field, each with the XML it stands in, and the rules it breaks."""

from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from docchain.features.extraction.einvoice.example import EINVOICE
from docchain.platform.model import Model


class EInvoiceField(Model):
    """One value, exactly as the XML says it."""

    value: Any
    text: str = Field(description="As written in the XML.")
    path: str = Field(description="Where in the XML, such as `/Invoice/LegalMonetaryTotal/PayableAmount`.")
    confidence: float = Field(1.0, description="Always 1: nothing is guessed.")


class EInvoiceFault(Model):
    """A rule that the invoice breaks."""

    rule: str = Field(description="Its id in the source, such as `BR-CO-15`.")
    path: str
    message: str
    message_es: str
    severity: Literal["error", "warning"]
    source: str = Field(description="Who published the rule.")


class EInvoice(Model):
    """An e-invoice, read and validated."""

    format: Literal["facturae", "ubl", "cii", "cfdi"]
    title: str = Field(description="The format's name for people.")
    version: str = Field(description="Of the format, or the specification it says it follows.")
    file: str | None = Field(None, description="The attachment it was read from; null if the document itself is XML.")
    value: dict[str, Any] = Field(description="Values by field: those of the preset `invoice` that are there.")
    fields: dict[str, EInvoiceField]
    terms: dict[str, EInvoiceField] = Field(description="Everything the head says, by business term.")
    missing: dict[str, str]
    faults: list[EInvoiceFault]
    valid: bool = Field(description="Whether it breaks no rule but warnings.")


class ShownBeside(Model):
    """The PDF that a view shows beside the values."""

    document_id: UUID
    version_id: UUID
    handle: str
    name: str
    how: Literal["embedded", "companion"] = Field(
        description="`embedded`: the XML is attached to this PDF; `companion`: a PDF of the same name."
    )


class EInvoiceOfDocument(EInvoice):
    """The e-invoice of a stored document."""

    model_config = ConfigDict(json_schema_extra={"example": EINVOICE})

    document_id: UUID
    version_id: UUID
    pdf: ShownBeside | None = Field(None, description="What to show beside the values.")
