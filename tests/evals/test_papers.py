"""The frozen papers that are no invoices: unchanged, read as well as ever, with boxes on their words."""

import sys
from pathlib import Path

import pytest

EVALS = Path(__file__).parents[2] / "evals"
sys.path.append(str(EVALS))

from papers_score import ACCEPT, OVERLAP, error_of, frozen, paper_of, score  # noqa: E402 - of a folder


@pytest.fixture(scope="module")
def told():
    return score([paper_of(path) for path in sorted((EVALS / "papers").glob("*.txt"))])


def test_the_papers_are_as_they_were_frozen():
    assert frozen() == []
    counts = {"papers": 24, "papers2": 19, "papers3": 16, "papers4": 10}
    assert [frozen(of) for of in counts] == [[], [], [], []]
    assert {of: len(list((EVALS / of).glob("*.txt"))) for of in counts} == counts


def test_values_are_as_right_as_they_say(told):
    every = [*told.points[0], *told.points[1]]
    accepted = [right for sure, right in every if sure >= ACCEPT]
    assert sum(right for _, right in every) / len(every) >= 0.9
    assert sum(accepted) / len(accepted) >= 0.98
    assert error_of(told.points[0]) <= 0.1


@pytest.mark.parametrize(("of", "precision"), [("papers2", 0.98), ("papers3", 0.94), ("papers4", 0.98)])
def test_later_papers_are_read_as_well_as_ever(of, precision):
    told = score([paper_of(path) for path in sorted((EVALS / of).glob("*.txt"))])
    every = [*told.points[0], *told.points[1]]

    assert sum(right for _, right in every) / len(every) >= precision
    assert all(right for sure, right in every if sure >= ACCEPT)
    assert error_of(every) <= 0.1


def test_boxes_lie_on_the_words_of_their_values(told):
    assert sum(share >= OVERLAP for share in told.boxes) / len(told.boxes) >= 0.95
