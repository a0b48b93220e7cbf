"""What differs between two outputs: told by path, and enough to make the one from the other."""

import copy
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docchain.features.workflows.differences import Difference, differences, written

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


def told(before, after):
    return [(written(one.path, "output"), one.change, one.before, one.after) for one in differences(before, after)]


def same(left, right):
    """Equal as JSON: true is not 1."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def applied(value, found):
    """The value with every difference made; removals from lists go last to first."""
    made = {"": copy.deepcopy(value)}
    removals = [one for one in found if one.change == "removed"]
    for one in [*(one for one in found if one.change != "removed"), *reversed(removals)]:
        *above, last = ("", *one.path)
        holder = reduce(lambda inner, part: inner[part], above, made)
        if one.change == "removed":
            del holder[last]
        elif isinstance(holder, list) and one.change == "added":
            holder.append(one.after)
        else:
            holder[last] = one.after
    return made[""]


@given(VALUES)
def test_a_value_does_not_differ_from_itself(value):
    assert told(value, copy.deepcopy(value)) == []


@given(VALUES, VALUES)
def test_the_differences_make_the_one_from_the_other(before, after):
    found = list(differences(before, after))
    assert same(applied(before, found), after)
    assert bool(found) is not same(before, after)


@given(VALUES, VALUES)
def test_the_way_back_is_the_same_way(before, after):
    back = {"added": "removed", "removed": "added", "changed": "changed"}
    turned = [Difference(one.path, back[one.change], one.after, one.before) for one in differences(after, before)]
    assert sorted(turned, key=repr) == sorted(differences(before, after), key=repr)


def test_each_difference_has_its_path():
    before = {"total": {"amount": "12.50", "currency": "EUR"}, "lines": [{"qty": 1}, {"qty": 2}], "note": "old"}
    after = {"total": {"amount": "12.05", "currency": "EUR"}, "lines": [{"qty": 1}], "due date": "2026-12-31"}
    assert told(before, after) == [
        ("output.total.amount", "changed", "12.50", "12.05"),
        ("output.lines[1]", "removed", {"qty": 2}, None),
        ("output.note", "removed", "old", None),
        ("output['due date']", "added", None, "2026-12-31"),
    ]


@pytest.mark.parametrize(("before", "after"), [(1, True), (0, False), ("1", 1), (None, {}), ([], {})])
def test_values_of_different_types_differ(before, after):
    assert told(before, after) == [("output", "changed", before, after)]


def test_one_number_in_two_spellings_is_the_same():
    assert told({"n": 1}, {"n": 1.0}) == []


def test_documents_differ_by_what_they_hold():
    def made(version, sha256):
        return {
            "document_id": f"d{version}",
            "version_id": f"v{version}",
            "sha256": sha256,
            "media_type": "application/pdf",
            "name": "note.pdf",
            "size": 3,
        }

    assert told({"pdf": made(1, "aa")}, {"pdf": made(2, "aa")}) == []
    assert [path for path, *_ in told({"pdf": made(1, "aa")}, {"pdf": made(2, "bb")})] == ["output.pdf"]
