"""What answers score: literal ones by every metric, and what holds whatever is compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docchain.features.ai.evaluation.domain import METRICS
from docchain.features.ai.evaluation.scoring import graded, nothing, same, score_of

EUROS = {"amount": "302.50", "currency": "EUR"}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("metric", "expected", "got", "score"),
    [
        ("exact", "Ana García", "  ana   GARCÍA ", 1.0),
        ("exact", "Ana García", "Ana Garcia", 0.0),
        ("exact", {"n": 1}, {"n": "1.0", "more": True}, 1.0),
        ("exact", True, 1, 0.0),
        ("label", "billing", "Billing", 1.0),
        ("label", "billing", None, 0.0),
        ("fields", {"total": EUROS}, {"total": {"amount": "302.5", "currency": "EUR"}}, 1.0),
        ("fields", {"total": EUROS}, {"total": {"amount": "302.5", "currency": "USD"}}, 0.0),
        ("fields", {"number": "F-1", "date": "2026-03-12", "buyer": None}, {"number": "F-1", "date": None}, 0.666667),
        ("fields", {"number": "F-1", "buyer": None}, {"number": "F-1", "buyer": "Acme"}, 0.666667),
        ("fields", {"number": "F-1"}, "no fields", 0.0),
        ("token_f1", "31 de diciembre de 2027", "el 31 de diciembre de 2027", 0.909091),
        ("token_f1", "31 December 2027", "", 0.0),
        ("phrases", {"contains": ["302,50 €", "vence"], "excludes": ["IBAN"]}, "Vence el lunes: 302,50 €.", 1.0),
        ("phrases", {"contains": ["302,50 €", "vence"], "excludes": ["IBAN", "lunes"]}, "Vence el lunes.", 0.5),
        ("phrases", {"excludes": ["IBAN"]}, {"account": "IBAN ES91"}, 0.0),
        ("phrases", {"contains": ["año"]}, {"a": "Un año"}, 1.0),
        ("phrases", {"excludes": ["IBAN"]}, None, 0.0),
        ("phrases", {"excludes": ["IBAN"]}, " ", 0.0),
        ("token_f1", "!!!", "", 0.0),
        ("token_f1", "!!!", "!!!", 1.0),
        ("exact", "00123", "123", 0.0),
        ("exact", "1E5", "100000", 0.0),
        ("exact", "12.50", 12.5, 1.0),
    ],
)  # fmt: skip
def test_an_answer_scores(metric, expected, got, score):
    assert round(graded(metric, expected, got).score, 6) == score


def test_fields_of_all_examples_count_alike_and_other_scores_are_means():
    one = graded("fields", {"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "2", "c": "3"})
    none = graded("fields", {"a": "1"}, {"a": "9"})
    assert score_of("fields", [one, none]) == 0.75
    assert score_of("label", [graded("label", "a", "a"), graded("label", "a", "b")]) == 0.5
    assert score_of("exact", []) == 0.0


@given(st.sampled_from(sorted({metric for metrics in METRICS.values() for metric in metrics})), VALUES)
def test_scores_are_shares_and_no_answer_is_never_right(metric, got):
    expected = {
        "fields": {"a": "x", "b": None},
        "phrases": {"contains": ["x"], "excludes": []},
        "exact": {"a": 1},
    }.get(metric, "x")
    assert 0.0 <= graded(metric, expected, got).score <= 1.0
    assert nothing(metric, expected).score == 0.0


@given(VALUES)
def test_a_value_is_the_same_as_itself(value):
    assert same(value, value)
