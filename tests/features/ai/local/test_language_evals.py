"""The sentences that local methods are judged by: the held-out half is as it was frozen, and the figures hold."""

import hashlib
import sys
from pathlib import Path

import pytest

EVALS = Path(__file__).parents[4] / "evals" / "language"
sys.path.insert(0, str(EVALS.parent))

from language import score  # noqa: E402  # the folder is on the path only now


@pytest.mark.parametrize("name", ["holdout", "blind"])
def test_nothing_of_what_was_frozen_changed(name):
    locked = dict(line.split("  ")[::-1] for line in (EVALS / f"{name}.lock").read_text().splitlines())
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (EVALS / name).iterdir()} == locked


@pytest.mark.parametrize("which", ["tuning", "holdout"])
def test_the_methods_stay_as_good_as_they_were(which):
    told = score.judged(which, "language.tsv", lambda text, _: score.language_of(text).code)
    felt = score.judged(which, "sentiment.tsv", lambda text, code: score.sentiment_of(text, code, score.embedded).label)
    assert (told.right, told.of) == (20, 20)
    assert felt.right >= 29
    assert score.personal(which, "strict")[0].wrong == []


def test_answers_quote_the_paper_that_says_it_and_nothing_is_made_up():
    right, none = score.answered("blind")
    assert (right.right, right.of) >= (14, 15)
    assert none.wrong == []
