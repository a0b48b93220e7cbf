"""Hiding every field hides each under whatever name it is told: by key, by member, by facet; counts are no fields."""

from docchain.platform.veil import Veil

EVERY = frozenset({"document.fields.*"})
TOTAL = frozenset({"document.fields.total"})


def test_every_field_is_masked_where_a_change_names_it_by_its_key():
    veil = Veil(EVERY)
    told = {"changes": {"fields.total": ["1", "999"], "name": ["a", "b"]}}
    assert veil.over(told) == {"changes": {"fields.total": ["•••", "•••"], "name": ["a", "b"]}}
    assert veil.met == {"document.fields.*"}


def test_every_field_is_masked_where_a_member_names_it():
    veil = Veil(EVERY)
    told = [{"name": "field.total", "value": "999"}, {"path": "/fields/total", "value": 9}, {"name": "a", "value": 1}]
    assert veil.over(told) == [
        {"name": "field.total", "value": "•••"},
        {"path": "/fields/total", "value": "•••"},
        {"name": "a", "value": 1},
    ]
    assert veil.met == {"document.fields.*"}


def test_facts_of_a_hit_are_masked():
    assert Veil(EVERY).over({"facts": {"field.total": "999"}}) == {"facts": {"field.total": "•••"}}


def test_the_count_of_a_search_is_no_field_called_total():
    rest = {"total": 3, "facets": {}, "mode": "text", "took_ms": 1.5}
    told = {"total": "999", "hits": [1]}
    assert Veil(TOTAL).over({"hits": [{"facts": {"total": "9"}}], **rest}) == {
        "hits": [{"facts": {"total": "•••"}}],
        **rest,
    }
    assert Veil(TOTAL).over(told) == {"total": "•••", "hits": [1]}
