"""What is told as confidence is the share that was right: monotone, and accepted only where it was proved."""

import pytest

from docchain.features.extraction.calibration import CURVES, calibrated

CONTRACT = """CONTRATO DE SUMINISTRO

Comprador: Aceites Vega, S.L.
Fecha de inicio: 01/04/2026
Duración: 12 meses
Preaviso: 30 días
"""


@pytest.mark.parametrize("reader", ["invoice", "label"])
def test_more_evidence_is_never_told_as_less_confidence(reader):
    told = [calibrated(reader, step / 1000) for step in range(1001)]

    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 0.99)


@pytest.mark.parametrize(("reader", "least"), [("invoice", 0.85), ("label", 0.8)])
def test_nothing_is_accepted_with_less_evidence_than_was_proved(reader, least):
    assert calibrated(reader, least - 0.001) == 0.84
    assert calibrated(reader, least) >= 0.85


def test_every_measured_point_is_told_as_it_was_written():
    for reader, curve in CURVES.items():
        assert [calibrated(reader, at) for at, _ in curve] == [share for _, share in curve]


def test_labelled_values_that_are_right_need_no_person(read):
    found = read(CONTRACT, schema="contract").fields

    assert {name: (value.value, value.confidence >= 0.85) for name, value in found.items()} == {
        "party_b": ("Aceites Vega, S.L.", True),
        "start_date": ("2026-04-01", True),
        "term": ("12 meses", True),
        "notice": ("30 días", True),
    }


def test_a_line_table_keeps_what_its_own_evidence_says(read):
    lines = read("Description   Quantity   Price   Amount\nBolts           2         5.00    10.00\n").fields["lines"]

    assert lines.confidence == 0.7
