"""Line tables and totals in less common shapes."""

import pytest


def amounts(found, *names):
    return tuple(found[name]["amount"] if name in found else None for name in names)


def test_lines_without_a_head_are_rows_that_add_up(values):
    found = values(
        """
Mowing April          4 x $35.00      $140.00
Fertilizer                             $60.00

Total                                 $200.00
""".strip("\n")
    )

    assert [(line["description"], line["quantity"]) for line in found["lines"]] == [
        ("Mowing April", 4),
        ("Fertilizer", None),
    ]
    assert amounts(found, "total") == ("200.00",)


def test_unknown_heads_are_understood_by_arithmetic(values):
    found = values(
        """
Worker                        Shifts      Per shift     Charge
A. Forklift                     5.00          80.00     400.00
B. Warehouse                    3.00          75.50     226.50

Total                                                   626.50 GBP
""".strip("\n")
    )

    assert [(line["quantity"], line["unit_price"]["amount"]) for line in found["lines"]] == [(5, "80.00"), (3, "75.50")]


def test_a_description_goes_on_under_its_line(values):
    found = values(
        """
Concepto                         Cantidad    Precio      Importe
Revisión anual de caldera,              1     90,00        90,00
con informe
Filtro                                  2     12,50        25,00

Total                                                     115,00 €
""".strip("\n")
    )

    assert [line["description"] for line in found["lines"]] == ["Revisión anual de caldera, con informe", "Filtro"]


def test_surcharge_columns_belong_to_the_tax(values):
    found = values(
        """
Base imp.    % IVA   Cuota IVA    % RE   Cuota RE    TOTAL
74,38        21      15,62        5,2    3,87        93,87 €
""".strip("\n")
    )

    assert amounts(found, "net", "tax", "total") == ("74.38", "19.49", "93.87")


def test_several_taxes_are_added(values):
    found = values(
        """
Subtotal                $1,000.00
GST 5%                     $50.00
PST 7%                     $70.00
Total CAD               $1,120.00
""".strip("\n")
    )

    assert amounts(found, "net", "tax", "total") == ("1000.00", "120.00", "1120.00")
    assert found["total"]["currency"] == "CAD"


def test_a_tax_inside_the_total_is_found_without_a_net(values):
    found = values(
        """
Totaal                                   € 64,90
Waarvan btw 21%                          € 11,26
""".strip("\n")
    )

    assert amounts(found, "net", "tax", "total") == (None, "11.26", "64.90")


def test_a_summary_beside_the_table_is_no_line(values):
    found = values(
        """
Net of VAT        1,046.50
VAT 20%             209.30
Invoice total    £1,255.80       Product                   Pack     Each      Goods
                                 Compost 50 l               100     4.85     485.00
Pay by 31 Aug 2026               Bird feeder, steel          40    14.04     561.60
                                 Twine                        1    -0.10      -0.10
""".strip("\n")
    )

    assert amounts(found, "net", "tax", "total") == ("1046.50", "209.30", "1255.80")
    assert [line["description"] for line in found["lines"]] == ["Compost 50 l", "Bird feeder, steel", "Twine"]


def test_a_credit_note_is_negative(values):
    found = values(
        """
Item                        Qty    Price    Amount
Masonry paint returned       -3    45.00   -135.00

                    Net                    -135.00
                    VAT 20%                 -27.00
                    Total                 GBP -162.00
""".strip("\n")
    )

    assert amounts(found, "net", "tax", "total") == ("-135.00", "-27.00", "-162.00")
    assert found["lines"][0]["quantity"] == -3


@pytest.mark.parametrize(
    "retention",
    [
        "Ret. 7%                   -28,00 €",
        "- 7 % I.R.P.F.            -28,00 €",
        "Retención IRPF 7 por 100  -28,00 €",
        "Retención a cuenta 7%     -28,00 €",
    ],
)
def test_what_is_held_back_is_no_line_and_no_part_of_the_net(values, retention):
    found = values(
        f"""
Maquetación               400,00 €
{retention}
IVA 21%                    84,00 €
Total                     456,00 €
""".strip("\n")
    )

    assert amounts(found, "net", "tax", "total") == ("400.00", "84.00", "456.00")
    assert [line["description"] for line in found.get("lines", [])] in ([], ["Maquetación"])


def test_liquido_is_what_is_paid_after_retention(values):
    found = values(
        """
Formación                     700,00
IRPF 15%                     -105,00
LÍQUIDO                       595,00 €
""".strip("\n")
    )

    assert amounts(found, "net", "total") == ("700.00", "595.00")


def test_figures_in_brackets_after_the_amount_in_words_are_not_negative(values):
    found = values("Invoice No. 9004\nAmount due: two thousand five hundred dollars ($2,500.00)")

    assert amounts(found, "total") == ("2500.00",)
