"""The frozen stream: unchanged; corrections help the layouts they are of, and change no other."""

import sys
from pathlib import Path

import pytest

EVALS = Path(__file__).parents[2] / "evals"
sys.path.append(str(EVALS))

from stream import FIELDS, Run, frozen, share, stream  # noqa: E402 - of a folder


@pytest.fixture(scope="module")
def run():
    return Run(stream())


def test_the_papers_are_as_they_were_frozen(run):
    assert frozen(run.papers) == []
    assert len(run.papers) == 200


def test_corrections_make_the_next_papers_right_and_none_wrong(run):
    later = [at for at, made in enumerate(run.papers) if made.place > 1]
    assert share([run.before[at] for at in later]) < 0.75
    assert share([run.after[at] for at in later]) > 0.98
    lost = [name for one, two in zip(run.before, run.after, strict=True) for name in FIELDS if one[name] > two[name]]
    assert lost == []


def test_other_layouts_corrections_change_nothing(run):
    assert run.beside_others() == (0, 0)
