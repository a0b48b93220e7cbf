"""Who sells and who buys, with and without labels."""

import pytest


@pytest.mark.parametrize(
    ("text", "seller", "buyer"),
    [
        (
            "luminar\n\nInvoice no. 12-99      Bill to\n                       Amber Web Services, Inc.\n\n"
            + "\n" * 30
            + "Luminar Energy Trading Ltd · VAT GB 980 7806 84 · 1 Dock Road, Leeds LS1 4AB",
            "Luminar Energy Trading Ltd",
            "Amber Web Services, Inc.",
        ),
        (
            "Brackwell Tools Ltd\n9 Quay Road\n\n\nATTN: Dorset Decorators Limited\n12 High St\nWareham BH20 4LX",
            "Brackwell Tools Ltd",
            "Dorset Decorators Limited",
        ),
        (
            "De: Imprenta Sol, S.A.\nPara: Librería Luna, S.L.\n\nFactura: 5/2025",
            "Imprenta Sol, S.A.",
            "Librería Luna, S.L.",
        ),
        (
            "Servidores Pino, S.L.\n\nHola, Bodegas Resol, S.A. (NIF A28015865):\n\nAdjuntamos su factura.",
            "Servidores Pino, S.L.",
            "Bodegas Resol, S.A.",
        ),
    ],
)
def test_seller_and_buyer_are_told_apart(values, text, seller, buyer):
    found = values(text)

    assert (found.get("seller"), found.get("buyer")) == (seller, buyer)


def test_an_id_belongs_to_the_block_it_stands_in(values):
    found = values(
        """
Cliente                                  Emisor
Talleres Pina, S.L.                      Ebro Suministros, S.A.
NIF B58378431                            NIF A28015865
""".strip("\n")
    )

    assert (found["seller_tax_id"], found["buyer_tax_id"]) == ("A28015865", "B58378431")


def test_a_customer_code_column_names_no_buyer(values):
    found = values(
        """
Número        Fecha          Cliente      Vencimiento
F25/00981     15/04/2025     C-0092       15/05/2025

Ebro Suministros, S.A.                     Talleres Pina, S.L.
NIF A28015865                              NIF B58378431
Pol. Malpica 12                            C/ Real 5
50016 Zaragoza                             50740 Fuentes de Ebro
""".strip("\n")
    )

    assert (found["seller"], found["buyer"]) == ("Ebro Suministros, S.A.", "Talleres Pina, S.L.")
    assert found["number"] == "F25/00981"


def test_an_export_registration_is_no_tax_id(values):
    assert "seller_tax_id" not in values("Invoice no. 88-1\nEORI GB980780684000")
