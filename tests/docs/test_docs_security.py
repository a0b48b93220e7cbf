"""What docs/security.md points at is there: every test, every setting; and every line says where it stands."""

import re
from pathlib import Path

import pytest

from docchain.platform.settings_reference import rows

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
LINES = [line for line in TEXT.splitlines() if re.match(r"\| \d+\.\d+", line)]


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:tests|src)/[\w/.]+)`", TEXT))))
def test_the_tests_are_there(path):
    assert (ROOT / path).exists()


def test_the_settings_are_there():
    known = {name for row in rows() for name in (row.variable, *row.aliases)}
    assert set(re.findall(r"DOCCHAIN_[A-Z_]*[A-Z]", TEXT)) <= known


def test_every_line_says_where_it_stands():
    assert len(LINES) > 120
    states = [[cell.strip() for cell in line.strip("|").split("|")] for line in LINES]
    assert {state[2] for state in states} <= {"met", "operator", "not met"}
    assert all(state[3] for state in states)


def test_no_number_stands_twice():
    numbers = [number for line in LINES for number in re.findall(r"\d+\.\d+\.\d+", line.split("|")[1])]
    assert len(numbers) == len(set(numbers))
