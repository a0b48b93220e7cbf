"""What a step notes is durable with its outcome, masked and bounded; steps that note nothing leave no trace of it."""

from decimal import Decimal
from uuid import UUID

import pytest

from docchain.engine import LocalEngine
from docchain.engine.definition import canonical, compile_plan, read_spec
from docchain.engine.doors import StartRun
from docchain.engine.failures import FailureClass
from docchain.engine.journal import SqliteJournal
from docchain.engine.journal.purge import purged
from docchain.engine.kinds import Kinds, Params, Result, StepContext, StepError, StepKind
from docchain.engine.local.engine import EngineOptions
from docchain.engine.local.gates import EngineLimits
from docchain.engine.machine.facts import Charge, Noted
from docchain.engine.notes import NoteLimits, Notes

RUN = UUID(int=7)


class Talk(StepKind):
    """Log what the run's inputs say, then fail as often as they say."""

    name = "talk"
    params = Params
    result = Result

    async def run(self, params, context: StepContext):  # noqa: ARG002 (the contract of a kind)
        for number in range(context.inputs.get("lines", 0)):
            context.log("read a page", page=number + 1, api_key="k-123")
        if cost := context.inputs.get("cost"):
            context.charge(cost, "USD", tokens_in=100, tokens_out=7, what="model-a")
        if context.attempt <= context.inputs.get("fails", 0):
            raise StepError("busy", FailureClass.UNAVAILABLE)
        return Result()


async def history_of(folder, inputs, *, limits=NoteLimits()):  # noqa: B008 (frozen)
    kinds = Kinds([Talk()])
    engine = LocalEngine(
        SqliteJournal(folder / "journal.db"), kinds, options=EngineOptions(limits=EngineLimits(notes=limits))
    )
    await engine.start()
    step = {"id": "a", "use": "talk", "retry": {"attempts": 2, "initial": "1ms"}}
    spec = read_spec({"workflow": "w", "inputs": {}, "steps": [step]})
    plan = compile_plan(spec, kinds)
    engine.submit(StartRun(0, RUN, UUID(int=1), plan.digest, inputs), plan, canonical(spec))
    await engine.wait(RUN)
    facts = await engine.history(RUN)
    await engine.stop()
    return facts


def told(facts):
    return [type(fact).__name__ for fact in facts]


def noted(facts):
    return [fact for fact in facts if isinstance(fact, Noted) and (fact.lines or fact.charges)]


async def test_lines_come_with_the_outcome_of_their_attempt_and_secrets_are_masked(tmp_path):
    facts = await history_of(tmp_path, {"lines": 1, "fails": 1})

    first, second = noted(facts)
    assert (first.step, first.attempt, second.attempt) == ("a", 1, 2)
    assert [(line.level, line.message, line.fields) for line in first.lines] == [
        ("info", "read a page", {"page": 1, "api_key": "***"})
    ]
    assert told(facts)[told(facts).index("Noted") + 1] == "Failed"
    assert told(facts)[-1] == "Ended"


async def test_a_quick_step_that_notes_nothing_adds_no_fact(tmp_path):
    assert noted(await history_of(tmp_path, {})) == []


async def test_what_is_beyond_the_limit_is_cut_and_the_last_line_says_how_much(tmp_path):
    facts = await history_of(tmp_path, {"lines": 5}, limits=NoteLimits(lines=2))

    lines = noted(facts)[0].lines
    assert [line.message for line in lines[:2]] == ["read a page", "read a page"]
    assert lines[2].level == "warning"
    assert lines[2].message.startswith("3 more lines (")
    assert lines[2].message.endswith("were cut: one attempt may log 2 lines and 65,536 bytes.")


def test_bytes_are_bounded_too():
    notes = Notes(NoteLimits(lines=10, bytes=100))
    notes.log("info", "x" * 60, {})
    notes.log("info", "y" * 60, {})
    lines, _ = notes.kept()
    assert [line.message[:6] for line in lines] == ["xxxxxx", "1 more"]


def test_credentials_in_texts_are_masked():
    notes = Notes(NoteLimits())
    notes.log("info", "GET https://ana:pw@bank.example/x?token=abc&page=1", {"header": "Bearer abcdefghijkl"})
    line = notes.kept()[0][0]
    assert line.message == "GET https://ana:***@bank.example/x?token=***&page=1"
    assert line.fields == {"header": "Bearer ***"}


def test_what_is_no_json_is_told_as_text():
    notes = Notes(NoteLimits())
    notes.log("info", "half a character \ud800", {"of": object, "name": "\ud800", "nan": float("nan")})
    line = notes.kept()[0][0]
    assert line.message == "half a character ?"
    assert line.fields == {"of": "<class 'object'>", "name": "?", "nan": None}


async def test_costs_of_one_thing_add_up_exactly(tmp_path):
    facts = await history_of(tmp_path, {"cost": "0.1", "fails": 1})
    assert [fact.charges for fact in noted(facts)] == [[Charge("0.1", "USD", 100, 7, "model-a")]] * 2

    notes = Notes(NoteLimits())
    for _ in range(3):
        notes.charge(Charge("0.1", "EUR", what="ocr"))
    assert notes.kept()[1] == [Charge("0.3", "EUR", what="ocr")]


@pytest.mark.parametrize(
    ("amount", "currency", "error"),
    [(0.1, "EUR", TypeError), ("a lot", "EUR", ValueError), (Decimal("NaN"), "EUR", ValueError), ("1", "", ValueError)],
)
def test_an_amount_is_an_exact_number_with_a_currency(amount, currency, error):
    context = StepContext(RUN, UUID(int=1), "a", 1, "talk", 1, "k", 0, 0, "ana", {})
    with pytest.raises(error):
        context.charge(amount, currency)


async def test_a_purge_takes_the_lines_and_leaves_the_cost(tmp_path):
    facts = await history_of(tmp_path, {"lines": 1, "cost": "2"})
    (fact,) = noted(purged(facts))
    assert (fact.lines, fact.charges[0].amount) == ([], "2")
