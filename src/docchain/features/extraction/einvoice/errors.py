"""Why a request about an e-invoice is refused."""

from docchain.platform.errors import Invalid, NotFound


class NoEInvoice(NotFound):
    code = "no_einvoice"
    title = "The document is no e-invoice"


class EInvoiceUnreadable(Invalid):
    code = "einvoice_unreadable"
    title = "The e-invoice cannot be read"
