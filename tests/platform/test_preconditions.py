"""`If-Match` and `Accept-Encoding` as their standards read them."""

import pytest

from docchain.platform.errors import Stale
from docchain.platform.web.codings import coding_of
from docchain.platform.web.preconditions import BadIfMatch, expected_of


@pytest.mark.parametrize(
    ("header", "is_met"),
    [
        ('"3"', True),
        ('"2"', False),
        ('"2", "3"', True),
        ('"2" ,"3"', True),
        ('W/"3"', False),
        ('W/"2", "3"', True),
        ('"3-br"', True),
        ('"3-gzip"', True),
        ('"3-other"', False),
        ("*", True),
        ('"a,b", "3"', True),
    ],
)
def test_a_change_names_the_state_it_was_made_on(header, is_met):
    assert expected_of([header]).met_by(3) is is_met


def test_several_headers_are_one_list():
    assert expected_of(['"1"', '"3"']).met_by(3)


@pytest.mark.parametrize("header", ["3", '"3', '"3" "4"', "*, *", '"3",', '"\x00"', '"1",' * 2_000])
def test_what_is_no_list_of_tags_is_refused(header):
    with pytest.raises(BadIfMatch):
        expected_of([header])


def test_without_the_header_nothing_is_expected():
    assert expected_of([]) is None


def test_the_refusal_of_a_stale_change_tells_the_present_state():
    with pytest.raises(Stale) as refused:
        expected_of(['"2"']).check(3, Stale())
    assert refused.value.etag == '"3"'


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip;q=0.1", "gzip"),
        ("gzip;q=0", None),
        ("*", "zstd"),
        ("*;q=0", None),
        ("zstd;q=0, *;q=0.5", "br"),
        ("identity", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity, gzip", "gzip"),
        ("deflate", None),
        ("gzip;q=nonsense", None),
        ("GZIP;Q=0.8", "gzip"),
        ("", None),
    ],
)
def test_the_coding_a_client_likes_best(header, coding):
    assert coding_of(header) == coding
