"""The search box never refuses, and understands what it can."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docchain.features.search.fusion import fuse
from docchain.features.search.passages import passages_of
from docchain.features.search.queries import (
    AllOf,
    AnyOf,
    Between,
    Everything,
    Exactly,
    Fuzzy,
    Not,
    Phrase,
    Prefix,
    Words,
    stated,
)
from docchain.features.search.query_text import narrowed, parse_query


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", Everything()),
        ("unpaid invoice", Words("unpaid invoice")),
        ('"to be paid"~3', Phrase("to be paid", slop=3)),
        ('"never closed', Phrase("never closed")),
        ("invo*", Prefix("invo")),
        ("telefnoa~", Fuzzy("telefnoa", distance=2)),
        ("name:lease", Words("lease", "title")),
        ("a -b", AllOf((Words("a"), Not(Words("b"))))),
        ("-b", AllOf((Everything(), Not(Words("b"))))),
        ("a OR b c", AnyOf((Words("a"), Words("b c")))),
        ("a (b OR -c)", AllOf((Words("a"), AnyOf((Words("b"), AllOf((Everything(), Not(Words("c"))))))))),
        ("tag:x,y", Exactly("tag", ("x", "y"))),
        ('tag:"x, y"', Exactly("tag", ("x, y",))),
        ('created:"2026"', parse_query("created:2026")),
        ("amount:<=12.5", Between("amount", None, 12.5)),
        ("year:2024..2026", Between("year", 2024.0, 2026.0)),
        (
            "created:2026-02",
            Between("created", datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 28, 23, 59, 59, 999999, UTC)),
        ),
        ("OR )(", Everything()),
        ("a +b", AllOf((Words("a b"), Words("b", required=True)))),
        ("a b AND c", AllOf((Words("a b c"), Words("b", required=True), Words("c", required=True)))),
        ("a AND NOT b", AllOf((Words("a", required=True), Not(Words("b"))))),
        ("AND a AND", Words("a")),
    ],
)
def test_what_is_typed_is_understood(typed, expected):
    assert parse_query(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("unpaid invoice~ OR bill", None),
        ("lease -draft", AllOf((Not(Words("draft")),))),
        ('rent "to be paid"', AllOf((Phrase("to be paid"),))),
        ("rent title:lease", AllOf((Words("lease", "title"),))),
        ("(rent OR -draft) +lease", AllOf((Words("lease", required=True),))),
        ('"to be paid" OR tag:x', AnyOf((Phrase("to be paid"), Exactly("tag", ("x",))))),
    ],
)
def test_what_is_stated_is_told_from_what_is_meant(typed, expected):
    assert stated(parse_query(typed)) == expected


def test_a_value_in_quotes_is_one_value_with_its_commas():
    assert narrowed("tag", '"x, y",z, "a..b"') == Exactly("tag", ("x, y", "z", "a..b"))
    assert narrowed("owner", '5" disk') == Exactly("owner", ('5" disk',))


@given(st.text(max_size=200))
def test_anything_at_all_is_a_query(typed):
    parse_query(typed)


@given(st.text(max_size=3_000), st.integers(1, 20))
def test_passages_follow_each_other_and_stay_short(text, most):
    places = passages_of(text, most, 100)
    assert len(places) <= most
    assert all(start < end <= start + 100 for start, end in places)
    assert all(before[1] <= after[0] for before, after in pairwise(places))


def test_what_is_high_in_both_rankings_comes_before_what_leads_one():
    fused = fuse({"text": ["a", "b"], "semantic": ["c", "b"]})
    assert [item.id for item in fused] == ["b", "a", "c"]
    assert fused[0].parts == {"text": (2, 1 / 62), "semantic": (2, 1 / 62)}
