"""Rules across fields: what does not fit together is told, and nobody accepts it unseen."""

import pytest
from pydantic import ValidationError

from docchain.engine.kinds import StepError
from docchain.features.extraction import judge, rules_of, wanted_of
from docchain.features.extraction.schema import parse_schema

FIELDS = {
    "start": {"type": "date", "labels": ["start"]},
    "end": {"type": "date", "labels": ["end"]},
    "rent": {"type": "money", "labels": ["rent"]},
    "deposit": {"type": "money", "labels": ["deposit"]},
}
LATER = {
    "check": "item.end > item.start",
    "message": "It ends before it starts.",
    "message_es": "Acaba antes de empezar.",
}


def judged(rules, **values):
    schema = {"fields": FIELDS, "rules": rules}
    found = {
        name: {"value": value, "text": str(value), "confidence": 0.95, "page": 1, "box": None, "method": "label"}
        for name, value in values.items()
    }
    return judge({"fields": found, "missing": {}, "faults": []}, wanted_of(schema), 0.85, rules_of(schema))


def test_a_broken_rule_is_a_fault_and_its_fields_need_a_person():
    result = judged([LATER], start="2026-05-01", end="2026-04-01", rent={"amount": "700.00", "currency": "EUR"})

    assert [fault.model_dump() for fault in result.faults] == [
        {
            "path": "rules[0]",
            "code": "rule",
            "message": "It ends before it starts.",
            "severity": "error",
            "message_es": "Acaba antes de empezar.",
            "source": "",
        }
    ]
    assert {name: field.accepted for name, field in result.fields.items()} == {
        "start": False,
        "end": False,
        "rent": True,
    }
    assert not result.ok


def test_a_rule_that_holds_says_nothing():
    result = judged([LATER], start="2026-05-01", end="2027-04-30")

    assert (result.faults, result.ok, result.fields["end"].accepted) == ([], True, True)


def test_a_rule_about_a_value_that_was_not_found_is_not_judged():
    assert judged([LATER], start="2026-05-01").faults == []


def test_has_looks_at_what_was_not_found():
    rule = {"check": "has(item.end) || has(item.rent)", "message": "Neither end nor rent.", "severity": "warning"}

    result = judged([rule], start="2026-05-01")

    assert [(fault.path, fault.severity) for fault in result.faults] == [("rules[0]", "warning")]
    assert result.ok


def test_when_says_whether_a_rule_is_looked_at():
    rule = {"when": "item.start > '2026-12-31'", **LATER}

    assert judged([rule], start="2026-05-01", end="2026-04-01").faults == []
    assert len(judged([rule], start="2027-05-01", end="2026-04-01").faults) == 1


def test_money_is_compared_exactly_and_never_across_currencies():
    rule = {"check": "!exceeds(item.deposit, plus(item.rent, item.rent))", "message": "More than two rents."}
    euros, pounds = {"amount": "1400.01", "currency": "EUR"}, {"amount": "10.00", "currency": "GBP"}
    rent = {"amount": "700.00", "currency": "EUR"}

    assert [fault.message for fault in judged([rule], rent=rent, deposit=euros).faults] == ["More than two rents."]
    failed = judged([rule], rent=rent, deposit=pounds).faults
    assert [(fault.path, fault.code) for fault in failed] == [("rules[0]", "rule_failed")]
    assert "different currencies" in failed[0].message


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"check": "item.end >", "message": "x"}, ("rules", 0, "check")),
        ({"check": "item.nothing == 1", "message": "x"}, ("rules", 0, "check")),
        ({"check": "steps.text.ok", "message": "x"}, ("rules", 0, "check")),
        ({"when": "item.other", "check": "item.end > item.start", "message": "x"}, ("rules", 0, "when")),
        ({"check": "item.end > item.start"}, ("rules", 0, "message")),
        ({**LATER, "severity": "fatal"}, ("rules", 0, "severity")),
    ],
)
def test_a_wrong_rule_is_refused_with_its_path(rule, path):
    with pytest.raises(ValidationError) as refused:
        parse_schema({"fields": FIELDS, "rules": [rule]})

    assert refused.value.errors()[0]["loc"] == path


def test_the_step_says_where_a_rule_is_wrong():
    with pytest.raises(StepError) as refused:
        wanted_of({"fields": FIELDS, "rules": [LATER, {"check": "item.nothing == 1", "message": "x"}]})

    assert str(refused.value) == ("The schema is wrong at rules[1].check: There is no field “nothing” in this schema.")


def test_fields_of_a_preset_can_be_named():
    assert rules_of({"$ref": "invoice", "rules": [{"check": "item.date <= item.due_date", "message": "x"}]})[0].message
