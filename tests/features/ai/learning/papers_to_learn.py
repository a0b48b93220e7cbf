"""Papers of two layouts, in plain text."""


def note(number, total):
    """A layout whose number and total have labels that nobody knows; other amounts and numbers stand beside."""
    return (
        "NORTHGATE FREIGHT SERVICES\nYard 4, Hull\n\n"
        f"Waybill W4711     Charge note {number}     Raised 10/08/2026\n\nConsignee\nAshdown Clinic\n\n"
        f"Insured value     1,700.35\nWe will collect     {total}\nAll in GBP\n"
    )


def minute(number, total):
    """Another layout."""
    return (
        "GESTORIA PEÑALARA\nLaboral · Fiscal · Contable\n\n"
        f"Expediente P1189     Minuta {number}     Librada el 18-10-2026\n\nPor cuenta de\nColegio Santa Ines\n\n"
        f"Honorarios y suplidos\nSuma y sigue     6.762,55\nLiquido a percibir     {total}\nImportes en EUR\n"
    )
