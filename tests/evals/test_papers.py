"""The frozen papers that are no invoices: unchanged, read as well as ever, with boxes on their words."""

import sys
from pathlib import Path

import pytest

EVALS = Path(__file__).parents[2] / "evals"
sys.path.append(str(EVALS))

from papers_score import ACCEPT, OVERLAP, error_of, frozen, isotonic, mapped, paper_of, score  # noqa: E402 - of a folder


@pytest.fixture(scope="module")
def told():
    return score([paper_of(path) for path in sorted((EVALS / "papers").glob("*.txt"))])


def test_the_papers_are_as_they_were_frozen():
    assert frozen() == []
    assert frozen("papers2") == []
    assert {of: len(list((EVALS / of).glob("*.txt"))) for of in ("papers", "papers2")} == {"papers": 24, "papers2": 19}


def test_values_are_as_right_as_they_say(told):
    every = [*told.points[0], *told.points[1]]
    accepted = [right for sure, right in every if sure >= ACCEPT]
    assert sum(right for _, right in every) / len(every) >= 0.9
    assert sum(accepted) / len(accepted) >= 0.98
    curve = isotonic(told.points[1])
    assert error_of([(mapped(curve, sure), right) for sure, right in told.points[0]]) <= 0.1


def test_boxes_lie_on_the_words_of_their_values(told):
    assert sum(share >= OVERLAP for share in told.boxes) / len(told.boxes) >= 0.95


def test_a_fitted_confidence_never_sinks_where_the_told_one_rises():
    curve = isotonic([(0.2, False), (0.4, True), (0.5, False), (0.9, True)])
    assert curve == ([0.2, 0.4, 0.9], [0.0, 0.5, 1.0])
    assert [mapped(curve, sure) for sure in (0.1, 0.45, 0.95)] == [0.0, 0.5, 1.0]
