"""The step `einvoice.read`; its one rule: what the XML says is taken as it is, and judged by the published rules."""

from typing import Any, ClassVar

from pydantic import BaseModel, Field

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Effect, Params, Result, StepContext, StepError, StepKind
from docchain.features.documents import DocumentRef
from docchain.features.extraction.einvoice.model import EInvoice, EInvoiceFault, EInvoiceField
from docchain.features.extraction.einvoice.reader import EInvoices
from docchain.features.extraction.presets import INVOICE


class ReadParams(Params):
    document: DocumentRef = Field(description="XML, or a PDF that carries it.")
    required: bool = Field(default=True, description="Fail for a document that is no e-invoice; else `found` is false.")


class ReadResult(Result):
    """`value` and `fields` have the names of the preset `invoice`."""

    found: bool
    format: str | None = None
    version: str | None = None
    value: dict[str, Any] = Field({})
    fields: dict[str, EInvoiceField] = Field({})
    missing: dict[str, str] = Field({})
    faults: list[EInvoiceFault] = Field([])
    ok: bool = Field(default=False, description="Whether it breaks no rule but warnings.")
    source: DocumentRef


class ReadEInvoice(StepKind):
    """Reads an e-invoice (Facturae, UBL, Peppol, Factur-X, ZUGFeRD, CFDI): exact values from its XML, validated.

    Args:
        invoices: where they are read.
    """

    name: ClassVar[str] = "einvoice.read"
    title: ClassVar[str] = "Read an e-invoice"
    effect: ClassVar[Effect] = Effect.PURE
    params: ClassVar[type[Params]] = ReadParams
    result: ClassVar[type[BaseModel]] = ReadResult

    def __init__(self, invoices: EInvoices) -> None:
        self._invoices = invoices

    async def run(self, params: ReadParams, context: StepContext) -> ReadResult:
        found = await self._invoices.read(context.workspace_id, params.document)
        if found is None:
            if params.required:
                raise StepError(
                    f"{params.document.name} is no e-invoice.",
                    FailureClass.BAD_INPUT,
                    hint="Read its pages with document.parse and extract.fields, or set `required: false`.",
                )
            return ReadResult(found=False, source=params.document)
        _log(found, context)
        told = found.model_dump(include={"format", "version", "fields", "missing", "faults"})
        value = {name: found.value.get(name) for name in INVOICE}
        return ReadResult(found=True, ok=found.valid, source=params.document, value=value, **told)


def _log(found: EInvoice, context: StepContext) -> None:
    """Rules only: what the invoice says is nobody's business here."""
    context.log(f"Read {len(found.fields)} fields of an e-invoice.", format=found.format, version=found.version)
    for fault in found.faults:
        context.log(f"{fault.path} breaks {fault.rule}.", level="warning", severity=fault.severity)
