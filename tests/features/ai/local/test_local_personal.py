"""What a text says of people: every kind with its check, and nothing that takes forever."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docchain.features.ai.local.entities import entities_in, personal_in
from docchain.features.ai.local.fields import fields_in


def told(text, level="names"):
    return [(find.kind, find.text) for find in personal_in(text, level)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("DNI 12345678Z", [("tax_id", "12345678Z")]),
        ("IBAN ES91 2100 0418 4502 0005 1332.", [("iban", "ES91 2100 0418 4502 0005 1332")]),
        ("Card 4111 1111 1111 1111 was charged", [("card", "4111 1111 1111 1111")]),
        ("Her SSN is 536-22-1234", [("tax_id", "536-22-1234")]),
        ("Tel. 612 345 678", [("phone", "612 345 678")]),
        ("Call (212) 555-0147", [("phone", "(212) 555-0147")]),
        ("write to a.b+c@example.co.uk, please", [("email", "a.b+c@example.co.uk")]),
        ("Nació el 3 de mayo de 1971", [("birth_date", "3 de mayo de 1971")]),
        ("Firma don Juan Pérez García ante mí", [("person", "Juan Pérez García")]),
        ("Ms Sarah O'Neill called", [("person", "Sarah O'Neill")]),
        ("Regards, Priya Patel", [("person", "Priya Patel")]),
        ("pagado por Transportes Morales e Hijos, S.A. ayer", [("organization", "Transportes Morales e Hijos, S.A.")]),
        ("la factura F-2026-118 de Talleres Ibáñez S.L. llegó", [("organization", "Talleres Ibáñez S.L.")]),
        ("lives at 221 Baker Street", [("address", "221 Baker Street")]),
        ("en calle Mayor, 12, 28013 Madrid", [("address", "calle Mayor, 12, 28013 Madrid")]),
    ],
)
def test_each_kind_is_found(text, found):
    assert told(text) == found


@pytest.mark.parametrize(
    "text",
    ["IBAN ES92 2100 0418 4502 0005 1332", "4111 1111 1111 1112", "Pedido 20250312", "Total 1.250,00 € el 1/2/2025"],
)
def test_wrong_check_digits_and_plain_numbers_are_nobodys(text):
    assert told(text, "identifiers") == []


def test_levels_find_more_and_more():
    text = "Zoltan Kadar llamó desde el 612 345 678 por don Luis Gil; exp. 8847120."
    assert told(text, "identifiers") == [("phone", "612 345 678")]
    assert told(text, "names") == [("phone", "612 345 678"), ("person", "Luis Gil")]
    assert told(text, "strict") == [
        ("name", "Zoltan Kadar"), ("phone", "612 345 678"), ("person", "Luis Gil"), ("number", "8847120"),
    ]  # fmt: skip


def test_names_and_streets_without_capitals_are_found_where_nothing_may_stay():
    text = "quedamos con gómez en calle luna 8, o con smith at 12 elm street; su cuenta acaba en 4471"
    assert told(text, "strict") == [
        ("name", "gómez"), ("address", "calle luna 8"), ("name", "smith"), ("address", "12 elm street"),
        ("number", "4471"),
    ]  # fmt: skip
    assert told("translate to german: the black hunter will grant a rose to the king", "strict") == []


@settings(deadline=None)
@given(st.text(alphabet="ABCabc 0123456789.-@+ñÉ,\n/€", max_size=300))
def test_finds_are_what_stands_there_and_never_overlap(text):
    for found in (entities_in(text), personal_in(text, "strict")):
        assert all(text[find.start : find.end] == find.text for find in found)
        ends = [place for find in found for place in (find.start, find.end)]
        assert ends == sorted(ends)


@pytest.mark.parametrize(
    "piece",
    ["Ana ", "A", "1", "1 ", "9.", "a@", "Calle A ", "10 Aa ", "de la ", "DNI ", "(1) ", "Aa & ", "€1,", "C/ de la "],
)
def test_no_text_makes_it_slow(piece):
    started = time.perf_counter()
    personal_in(piece * (40_000 // len(piece)), "strict")
    assert time.perf_counter() - started < 10


def test_named_fields_of_plain_text():
    text = "Nombre: Ana Gil\nFecha: 3/4/2025\nImporte total: 120,50 €\nReferencia: AB-12\nSaldo 77"
    found = fields_in(
        text,
        {
            "nombre": {"type": "person"},
            "fecha": {"type": "date"},
            "total": {"type": "money", "labels": ["importe total"]},
            "referencia": {},
            "saldo": {"type": "number"},
            "iban": {"type": "iban"},
        },
    )
    assert {name: (field.value, field.method) for name, field in found.items()} == {
        "nombre": ("Ana Gil", "label"),
        "fecha": ("3/4/2025", "label"),
        "total": ("120,50 €", "label"),
        "referencia": ("AB-12", "label"),
        "saldo": ("77", "label"),
    }
    assert all(text[field.start : field.end] == field.value for field in found.values())
