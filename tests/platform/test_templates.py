from decimal import Decimal

import pytest

from docchain.platform.templates import TemplateFault, check_template, render_text


def test_values_filters_and_blocks():
    template = "Hola {{ name | upper }}:\n{% for n in numbers %}\n- {{ n * 2 }}\n{% endfor %}\n"
    template += "{{ 7 % 4 }} {{ price * 3 }} {{ name ~ (1 + 1) }} "
    template += "{{ numbers | join('-') }} {{ name | replace('a', 'e') }}"

    assert render_text(template, {"name": "ana", "numbers": [1, 2], "price": Decimal("1.10")}) == (
        "Hola ANA:\n- 2\n- 4\n3 3.30 ana2 1-2 ene"
    )


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ 'x' * 10**9 }}", "** is not available"),
        ("{{ 'x' * 1000000000 }}", "* works on numbers only"),
        ("{{ [1] * 1000000000 }}", "* works on numbers only"),
        ("{{ '%1000000000d' % 1 }}", "% works on numbers only"),
        ("{{ range(100000000) | list }}", "range() gives at most 10,000 numbers"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ '{:>1000000000}'.format(1) }}", "unsafe"),
        ("{{ 'x'.center(1000000000) }}", "unsafe"),
        ("{{ data.clear() }}", "unsafe"),
        ("{% set a = 'xxxxxxxx' %}" + "{% set a = a ~ a %}" * 40, "a text grows past 2,097,152 characters"),
        ("{% set a = 'xxxxxxxx' %}" + "{% set a = a + a %}" * 40, "a text grows past 2,097,152 characters"),
        ("{% set a = 'xxxxxxxx' %}" + "{% set a = [a, a] | join %}" * 40, "a text grows past 2,097,152 characters"),
        ("{% set a = 'xxxxxxxx' %}" + "{% set a = a | replace('x', a) %}" * 9, "a text grows past 2,097,152"),
    ],
)
def test_what_could_eat_memory_or_reach_out_is_refused(template, message):
    with pytest.raises(TemplateFault) as fault:
        render_text(template, {"data": {"a": 1}})
    assert message in str(fault.value)


def test_output_is_capped():
    template = "{% for a in range(9999) %}{% for b in range(999) %}xxxxxxxxxx{% endfor %}{% endfor %}"

    with pytest.raises(TemplateFault, match="writes more than 2,097,152 characters; let it write less"):
        render_text(template, {})


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("a\n{% for x %}", "Line 2 of the template: expected token 'in', got 'end of statement block'."),
        ("{{ 'x' | center(9) }}", "Line 1 of the template: No filter named 'center'."),
        ("{{ [1, 2] | random }}", "Line 1 of the template: No filter named 'random'."),
        ("{{ a", "Line 1 of the template: unexpected end of template, expected 'end of print statement'."),
        ("(" * 300_000, "The template is longer than 262,144 characters; make it shorter."),
        ("{% macro f() %}{% endmacro %}", "Line 1 of the template: macro blocks are not available."),
        ("{% include '/etc/passwd' %}", "Line 1 of the template: include blocks are not available."),
        ("{% for a in b recursive %}{% endfor %}", "Line 1 of the template: recursive loops are not available."),
        ("{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}", "The template is nested too deeply; make it simpler."),
    ],
)
def test_a_wrong_template_is_refused_with_its_line(template, message):
    with pytest.raises(TemplateFault) as fault:
        check_template(template)
    assert str(fault.value) == message


def test_a_missing_value_is_named():
    with pytest.raises(TemplateFault, match="'dict object' has no attribute 'total'"):
        render_text("{{ invoice.total }}", {"invoice": {}})
