"""No pattern, ours or a user's, keeps a server busy: it ends in time, or is refused with what to do."""

import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from docchain.engine.expressions import Expression, ExpressionError
from docchain.engine.expressions.patterns import weight
from docchain.features.documents.intake.signatures import seen_type
from docchain.features.documents.intake.unpacking import _wanted
from docchain.features.documents.page_work.looking import Seen
from docchain.features.documents.page_work.proposing import propose
from docchain.features.documents.page_work.ranges import BadPages, pages_of
from docchain.features.documents.parsing.kinds import HTML_START
from docchain.features.search.query_text import parse_query

TOO_LONG = "matches() would take too long; repeat less in patterns, or match shorter or fewer texts"


@contextmanager
def within(seconds: float):
    """Of this process's own time, whatever else the machine does."""

    def stop(*_):
        raise AssertionError(f"It took more than {seconds} s.")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_all_patterns_of_the_product_end_on_texts_that_were_made_against_them():
    script = Path(__file__).with_name("endless_patterns.py")
    command = [sys.executable, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own script
    assert done.stdout == ""
    assert int(re.findall(r"(\d+) patterns tried", done.stderr)[0]) > 140


def matches(text, pattern):
    return Expression("inputs.text.matches(inputs.pattern)").evaluate({"inputs": {"text": text, "pattern": pattern}})


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){12}$", "(x+x+)+y", r"^(\w+\s?)*$"])
def test_patterns_in_expressions_never_go_back(pattern):
    with within(3):
        assert matches("a" * 20_000 + "!", pattern) is False


@pytest.mark.parametrize(
    "pattern",
    [
        "(a{0,200}){0,200}b",
        "((a{100}){100}){100}",
        "(((a{1,30}){1,30}){1,30}){1,30}",
        r"(\w{0,90}){0,90}b",
        r"[\w\s]{1,900}z",
        "a{999999999}",
        r"\p{L}{0,5000}z",
    ],
)
def test_patterns_in_expressions_that_would_take_long_are_refused(pattern):
    with within(3), pytest.raises(ExpressionError, match=re.escape(TOO_LONG)):
        matches("a" * 20_000, pattern)


def test_patterns_over_lists_share_one_bound():
    often = Expression('inputs.texts.exists(text, text.matches("(a{0,50}){0,20}b"))')
    with within(5), pytest.raises(ExpressionError, match=re.escape(TOO_LONG)):
        often.evaluate({"inputs": {"texts": ["a" * 5_000] * 400}})


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"(?x)\w {220}", "takes no flag x"),
        ("(?x)\\w # often\n{220}", "takes no flag x"),
        (r"(?i-sx:\w {220})", "takes no flag x"),
        (r"[a[\w]]{900}", "takes no class within a class"),
        (r"[a&&[\w]]{900}", "takes no class within a class"),
        (r"[[:alpha:]\w]{1700}", "would take too long"),
        (r"\w{ 1700 }", "would take too long"),
        (r"\w{1 , 1700 }", "would take too long"),
        (r"\w{000000001700}", "would take too long"),
        (r"\pL{1700}", "would take too long"),
        (r"\p{Greek}{1700}", "would take too long"),
    ],
)
def test_no_way_to_write_a_pattern_hides_how_often_it_repeats(pattern, why):
    with within(1), pytest.raises(ExpressionError, match=why):
        matches("x", pattern)


def test_patterns_that_cannot_be_made_are_not_tried_for_long():
    tried = Expression("inputs.a.all(x, x.matches(inputs.p) || true)")
    for pattern in (r"\w{220}", ".{90000}"):
        with within(2):
            assert tried.evaluate({"inputs": {"a": ["x"] * 200, "p": pattern}}) is True


def test_flags_classes_and_escapes_go_on_to_match():
    assert matches("ABC", "(?i)^abc$") is True
    assert matches("7]", r"^[[:digit:]][]]$") is True
    assert matches("[x)", r"^\[(?P<x>x)[)]$") is True
    assert matches("É", r"^\p{Lu}$") is True
    assert matches("aaa", "^a{ 1, 3 }$") is True


def test_long_patterns_and_what_is_no_pattern_are_refused():
    with pytest.raises(ExpressionError, match=r"takes patterns of 500 characters, not of 501"):
        matches("a", "a" * 501)
    with pytest.raises(ExpressionError, match="not a valid regex"):
        matches("a", "(a")
    with pytest.raises(ExpressionError, match="wants two texts"):
        matches(1, "a")


def test_plain_patterns_work_as_before():
    assert matches("2026-114", r"^\d{4}-\d{3}$") is True
    assert matches("2026-11", r"^\d{4}-\d{3}$") is False
    numbers = {"inputs": {"numbers": [f"F-{number:03}" for number in range(500)]}}
    found = Expression(r'size(inputs.numbers.filter(n, n.matches("^F-[0-4]\\d9$")))').evaluate(numbers)
    assert found == 50


def test_what_is_repeated_counts_so_often():
    assert weight("abc")[0] == 3
    assert weight("a{3}b")[0] == 4
    assert weight("(ab{2}){10}")[0] == 30
    assert weight(r"[a-z{2}]\{3")[0] == 3


@pytest.mark.parametrize("start", [b"<!---->", b"<!-- -->\n", b"<!--x--> <!--"])
def test_a_file_of_comments_is_looked_at_in_no_time(start):
    with within(1):
        assert seen_type(start * 600 + b"x") == "text/plain"
        assert HTML_START.match(start * 600 + b"x") is None
        assert seen_type(b"<!-- a --> <!-- b -->\n<html>") == "text/html"


def page(code):
    return Seen(1, (1, 1), (), codes=(code,))


def test_a_separator_with_many_stars_is_compared_in_no_time():
    with within(1):
        assert len(propose([page("a" * 4_000)] * 3, "barcode", "*a" * 99 + "*b")) == 1
    for code, pattern, parts in (
        ("INV-2026-7", "INV-*", 0),
        ("X-INV", "INV-*", 1),
        ("a.b.c", "a*c", 0),
        ("ab", "ab*b", 1),
    ):
        assert len(propose([page(code)], "barcode", pattern)) == parts


def test_what_is_no_pattern_is_taken_as_it_is():
    assert len(propose([page("abc")], "barcode", "a.c")) == 1
    assert propose([page("a.c")], "barcode", "a.c") == []
    assert len(propose([page("aab")], "barcode", "[a-z]+b")) == 1
    assert _wanted("report+1.pdf", ["report+1.pdf"]) is True


def test_page_numbers_file_names_and_searches_are_read_in_no_time():
    with within(1), pytest.raises(BadPages):
        pages_of(" " * 1_999 + "x", 10)
    with within(2):
        assert _wanted("a" * 255, ["*a" * 90 + "*b"]) is False
        parse_query('("' * 1_000)
        parse_query("a~" * 1_000)
