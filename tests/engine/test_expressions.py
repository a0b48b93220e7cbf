"""Expressions: CEL as people mean it, bounded, and never an error of another kind."""
# ruff: noqa: E501 (tables of faults, a row a line)

import contextlib
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from docchain.engine.expressions import Expression, ExpressionError, compile_value
from docchain.engine.expressions.lexer import scan
from docchain.engine.expressions.values import split

EUR = {"amount": "12.50", "currency": "EUR"}
SCOPE = {
    "inputs": {
        "n": 2,
        "i": 1,
        "s": "ñandú",
        "l": [5, 6, 7],
        "m": {"size": 2, "k": "v"},
        "big": 2**53 + 1,
        "d": "2026-02-01",
    },
    "steps": {"skipped": None, "made": {"total": EUR, "lines": [{"q": 2, "p": 1.5}, {"q": 1, "p": 4}], "none": None}},
    "run": {"id": "r1", "actor": "ana", "workflow": "w"},
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 1.5", 2.5),
        ("7 / 2", 3.5),
        ("mod(7, 3)", 1),
        ("mod(-7, 3)", -1),
        ("6 / 2", 3),
        ("-inputs.n", -2),
        ("inputs.n in [1, 2]", True),
        ("inputs.l[0]", 5),
        ("inputs.l[inputs.i]", 6),
        ("inputs.l[size(inputs.l) - 1]", 7),
        ("inputs.m['k']", "v"),
        ("inputs.m.size > 1 && size(inputs.m) == 2", True),
        ("size('ñ')", 1),
        ("inputs.s.size()", 5),
        ("size(inputs.l) == 3", True),
        ("duration('3d')", 259_200),
        ("duration('1h30m') > duration('89m')", True),
        ("inputs.d < '2026-12-31'", True),
        ("string(inputs.n) + 'x'", "2x"),
        ("inputs.l.filter(x, x > 5).map(x, x * 2)", [12, 14]),
        ("inputs.l.exists(size, size > 6)", True),
        ("steps.skipped.total", None),
        ("steps.skipped.total == null", True),
        ("steps.made.none == null || steps.made.none.x > 1", True),
        ("has(steps.made.total) && !has(steps.made.nothing)", True),
        ("exceeds(steps.made.total, 12)", True),
        ("at_least(steps.made.total, '12.50')", True),
        ("same_amount(steps.made.total, 12.5)", True),
        ("plus(steps.made.total, '0.1')", {"amount": "12.60", "currency": "EUR"}),
        ("minus(money('0.3', 'EUR'), money('0.1', 'EUR'))", {"amount": "0.2", "currency": "EUR"}),
        ("plus('99999999999999999999999999999.99', '0.01')", {"amount": "100000000000000000000000000000.00", "currency": None}),
        ("total(steps.made.lines.map(l, l.q * l.p))", {"amount": "7.0", "currency": None}),
        ("inputs.big", 2**53 + 1),
        ("run.actor + ' ' + run.workflow", "ana w"),
        ("timestamp('2026-01-02T03:04:05Z')", "2026-01-02T03:04:05+00:00"),
        ("inputs.n > 1 ? 'many' : 'one'", "many"),
    ],
)  # fmt: skip
def test_a_value(source, value):
    result = Expression(source).evaluate(SCOPE)
    if isinstance(value, dict) and value["amount"] == "7.0":
        assert float(result["amount"]) == 7
    else:
        assert result == value
        assert type(result) is type(value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("inputs.big + 1", "9007199254740993 is too large for an exact number; keep it as text"),
        ("1 / 0", "the result is not a finite number (a division by zero?)"),
        ("int(1) / int(0)", "int(1) / int(0): division by zero in CEL expression"),
        ("inputs.l[9]", "inputs.l[9]: there is no such value"),
        ("inputs.l[9 + 0]", "inputs.l[9 + 0]: index out of bounds: 9"),
        ("inputs.nothing", "inputs.nothing: there is no such value"),
        ("inputs.nothing + 1", "inputs.nothing + 1: there is no value named 'nothing'"),
        ("plus(money('1', 'EUR'), money('1', 'USD'))", "plus(money('1', 'EUR'), money('1', 'USD')): amounts in different currencies: EUR, USD"),
        ("money('1e999999999', 'EUR')", "money('1e999999999', 'EUR'): '1e999999999' is no amount of at most 40 digits"),
        ("money('twelve', 'EUR')", "money('twelve', 'EUR'): 'twelve' is no amount; write it like 1234.56"),
        ("b'abc'", "the result is a bytes, which is no JSON value"),
    ],
)  # fmt: skip
def test_data_that_does_not_fit_is_an_expression_error(source, message):
    with pytest.raises(ExpressionError) as refused:
        Expression(source).evaluate(SCOPE)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "is empty; write an expression such as inputs.limit > 10"),
        ("env.HOME", "names 'env', which is none of errors, index, inputs, item, run, steps"),
        ("nope(1)", "calls nope(), which does not exist"),
        ("x" * 2001, "is longer than 2000 characters; split it over several steps"),
        ("(" * 25 + "1" + ")" * 25, "nests deeper than 24 brackets"),
        ("inputs.l.all(a, inputs.l.all(b, inputs.l.all(c, true)))", "nests deeper than 24 brackets, uses more than 4 list macros"),
        (" && ".join(["inputs.l.all(x, true)"] * 5), "nests deeper than 24 brackets, uses more than 4 list macros"),
        ("1 +", "is no valid expression"),
        ("inputs.n % 2", "uses %, which numbers here do not have; write mod(a, b)"),
        ("9007199254740993", "holds 9007199254740993, which is too large for an exact number; keep it as text"),
        ("bool(1)", "calls bool(), which does not exist"),
    ],
)  # fmt: skip
def test_what_cannot_be_compiled_says_why(source, message):
    with pytest.raises(ExpressionError) as refused:
        Expression(source)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("size(inputs.nothing)", "size() wants a text, a list or an object, not None"),
        ("9007199254740991 * 2", "the result 18014398509481982 is too large for an exact number"),
        ("mod(1, 0)", "mod() by zero"),
    ],
)
def test_what_has_no_exact_answer_says_so(source, message):
    with pytest.raises(ExpressionError) as refused:
        Expression(source).evaluate({**SCOPE, "inputs": {"nothing": None}})
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("source", "items"),
    [
        ("size(inputs.l)", 20_001),
        ("inputs.l.map(x, x)", 501),
        ("inputs.l.all(x, inputs.l.all(y, true))", 101),
    ],
)
def test_long_lists_are_refused_before_they_cost_anything(source, items):
    with pytest.raises(ExpressionError, match=f"a list of {items} items is too long"):
        Expression(source).evaluate({"inputs": {"l": [1] * items}})


@pytest.mark.parametrize("source", ["!" * 1990 + "true", "-" * 1990 + "1", "1+" * 990 + "1", "inputs.l" + "[0]" * 600])
def test_long_chains_of_operators_end_in_time(source):
    began = time.monotonic()
    with contextlib.suppress(ExpressionError):
        Expression(source).evaluate(SCOPE)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("value", "rendered"),
    [
        ("${inputs.n}", 2),
        ("n is ${inputs.n}", "n is 2"),
        ("${inputs.n}${inputs.i}", "21"),
        ("${steps.skipped}|${inputs.l}|${inputs.n > 1}", "|[5, 6, 7]|true"),
        ("$${inputs.n}", "${inputs.n}"),
        ("costs $5", "costs $5"),
        ("${'}' + \"${\"}", "}${"),
        ("${{'a': inputs.n}}", {"a": 2}),
        ({"a": ["${inputs.n}", {"b": "x${inputs.i}"}], "c": 1}, {"a": [2, {"b": "x1"}], "c": 1}),
    ],
)  # fmt: skip
def test_a_template_keeps_types_where_it_stands_alone(value, rendered):
    faults = []
    template = compile_value(value, "with", faults)
    assert faults == []
    assert template.render(SCOPE) == rendered


def test_faults_of_a_template_carry_their_path():
    faults = []
    compile_value({"a": ["fine", "${1 +"], "b": {"c": "${nope.x}"}}, "with", faults)
    assert faults == [
        ("with.a[1]", "${1 +… is never closed by }"),
        ("with.b.c", "names 'nope', which is none of errors, index, inputs, item, run, steps"),
    ]


PIECES = st.sampled_from(
    ["inputs", "steps", "run", ".", "n", "l", "[", "]", "(", ")", "{", "}", "'", '"', "\\", "0", "1.5", "1e9", "+", "-", "/", "%",
     "&&", "||", "!", "<", "==", "?", ":", ",", " ", "in", "null", "true", "size", "duration", "map", "all", "x", "${", "ñ", "\n",
     "int", "money", "'3d'", "9223372036854775807"]
)  # fmt: skip
SOURCES = st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=40)


@settings(max_examples=600, deadline=None)
@given(source=SOURCES)
@example("inputs.l[-1]")
def test_nothing_but_an_expression_error_ever_comes_out(source):
    with contextlib.suppress(ExpressionError):
        Expression(source).evaluate(SCOPE)


@settings(max_examples=300, deadline=None)
@given(source=SOURCES)
def test_the_lexer_reads_any_text(source):
    scanned = scan(source)
    assert scanned.depth >= 0
    assert scan(source) == scanned


@settings(max_examples=300, deadline=None)
@given(
    texts=st.lists(st.text(max_size=8), min_size=1, max_size=4),
    source=st.sampled_from(["inputs.n", "'}'", "{'a': 1}.a"]),
)
def test_splitting_gives_back_what_was_joined(texts, source):
    texts = [text.replace("$", "€") for text in texts]
    pieces = split(("${" + source + "}").join(texts))
    literal = "".join(piece for piece, _ in pieces)
    assert literal == "".join(texts)
    assert [inner for _, inner in pieces if inner is not None] == [source] * (len(texts) - 1)
