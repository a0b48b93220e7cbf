"""Fields of one's own: labels in any words, typed by the schema."""

import pytest
from pydantic import ValidationError

from docchain.features.extraction.schema import parse_schema

CONTRACT = """
CONTRATO DE SUMINISTRO

Referencia interna: KX-77/b            Potencia contratada    4,6 kW
Titular             Marta Ruiz Soler
Firmado el          7 de enero de 2025
IBAN de cargo       ES91 2100 0418 4502 0005 1332

Modalidad     Plazas     Cuota mensual
ANUAL             12      1.250,40 €
""".strip("\n")


def schema(**fields):
    return {"fields": fields}


def test_every_type_is_read_beside_or_under_its_label(values):
    found = values(
        CONTRACT,
        schema=schema(
            reference={"type": "text", "labels": ["Referencia interna"]},
            holder={"type": "text", "labels": ["Titular"]},
            signed={"type": "date", "labels": ["Firmado el"]},
            power={"type": "number", "labels": ["Potencia contratada"]},
            account={"type": "iban", "labels": ["IBAN de cargo"]},
            seats={"type": "integer", "labels": ["Plazas"]},
            fee={"type": "money", "labels": ["Cuota mensual"]},
            plan={"type": "enum", "labels": ["Modalidad"], "values": ["mensual", "anual"]},
        ),
    )

    assert found == {
        "reference": "KX-77/b",
        "holder": "Marta Ruiz Soler",
        "signed": "2025-01-07",
        "power": 4.6,
        "account": "ES9121000418450200051332",
        "seats": 12,
        "fee": {"amount": "1250.40", "currency": "EUR"},
        "plan": "anual",
    }


def test_a_field_without_labels_is_looked_for_by_its_name(values):
    assert values("Batch number: 55-A", schema=schema(batch_number={"type": "text"})) == {"batch_number": "55-A"}


def test_a_preset_takes_more_fields_and_other_labels(values):
    own = {
        "$ref": "invoice",
        "fields": {"order": {"type": "text", "labels": ["PO"]}, "total": {"required": False, "type": "money"}},
    }

    found = values("Invoice no. 77-2025     PO 9911\nTotal: 20.00 EUR", schema=own)

    assert (found["order"], found["number"], found["total"]["amount"]) == ("9911", "77-2025", "20.00")


def test_a_required_field_that_is_not_there_is_a_fault(read):
    found = read("Nothing to see", schema=schema(batch={"type": "text", "required": True}))

    assert found.missing == {"batch": "no label or place for it was found"}
    assert [(fault.path, fault.code, fault.severity) for fault in found.faults] == [("batch", "missing", "error")]


@pytest.mark.parametrize(
    "wrong",
    [
        "cheque",
        {"fields": {"a": {"type": "colour"}}},
        {"fields": {"Bad Name": {}}},
        {"fields": {"a": {"label": ["x"]}}},
        {"$ref": "nothing"},
    ],
)
def test_a_wrong_schema_is_refused(wrong):
    with pytest.raises(ValidationError):
        parse_schema(wrong)
