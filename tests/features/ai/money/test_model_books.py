"""The books of calls: one charge each, budgets that hold under a crowd, and answers that are made once."""

import asyncio
from decimal import Decimal

import pytest

from docchain.features.ai.asking import Choice, Policy
from docchain.features.ai.cost.ledger import Ledger
from docchain.features.ai.cost.tables import AiCallRow
from docchain.features.ai.errors import (
    BudgetReached,
    CapabilityMissing,
    OutputInvalid,
    ProviderNotConfigured,
    ProviderUnavailable,
    SchemaInvalid,
)
from docchain.features.ai.port import Ask, Bound, Message, ProviderFailedError
from docchain.platform.work import SYSTEM

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
BUSY = ProviderFailedError("Overloaded. Try later.", failure="unavailable", retry_after=0.01)

CUT = ProviderFailedError("The stream was cut.", failure="unavailable", billed="unknown", retry_after=0.01)


async def test_a_call_is_charged_once(books):
    answer = await books.call()
    assert (answer.text, answer.cost, answer.calls, answer.cached) == ("well", Decimal(20), 1, False)
    [row] = await books.rows()
    assert (row.state, row.cost, row.tokens_in, row.tokens_out, row.id) == (
        "confirmed", 20_000_000_000, 10, 20, answer.call,
    )  # fmt: skip


async def test_the_same_question_makes_no_second_call(books):
    await books.call()
    again = await books.call()
    assert (again.text, again.cached, again.calls, books.model.asked) == ("well", True, 0, 1)
    assert await books.states() == ["confirmed", "cached"]
    await books.call("another")
    await books.call(choice=Choice(cache=False))
    assert books.model.asked == 3


async def test_who_asks_the_same_at_once_waits_for_one_answer(books):
    other = books.process("there")
    answers = await asyncio.gather(*(books.call(calls=other if n % 2 else None) for n in range(64)))
    assert {answer.text for answer in answers} == {"well"}
    assert (books.model.asked, sum(not answer.cached for answer in answers)) == (1, 1)


async def test_when_whoever_makes_it_fails_the_next_one_does(books):
    books.model.script = [ProviderFailedError("No.", failure="denied")]
    both = await asyncio.gather(books.call(), books.call(), return_exceptions=True)
    [answer] = [one for one in both if not isinstance(one, Exception)]
    assert (answer.text, books.model.asked) == ("well", 2)


async def test_a_crowd_never_passes_a_hard_limit(books):
    await books.budget(1_000)
    told = set()

    async def client(n):
        done = 0
        for m in range(4):
            try:
                await books.call(f"{n} {m}")
            except BudgetReached as refused:
                told.add(refused.members["budget"])
            else:
                done += 1
        return done

    done = sum(await asyncio.gather(*(client(n) for n in range(64))))
    reserved, spent, unknown = await books.used()
    assert (reserved, unknown, told) == (0, 0, {"ai_budget_1"})
    assert spent == 20 * done
    assert 970 < spent <= 1_000


async def test_what_was_cancelled_counts_in_full(books):
    await books.budget(100)
    books.model.hold = asyncio.Event()
    task = asyncio.create_task(books.call())
    await books.model.began.wait()
    assert await books.used() == (30, 0, 0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await books.states(), await books.used()) == (["unknown"], (0, 0, 30))


async def test_what_a_killed_process_left_is_unknown_and_counts_in_full(books):
    await books.budget(100)
    books.model.hold = asyncio.Event()
    task = asyncio.create_task(books.call())
    await books.model.began.wait()

    def killed(work):
        work.session.query(AiCallRow).update({"maker": AiCallRow.maker + "0"})  # as of a process that is gone
        return Ledger(work).recover()

    assert await books.services.database.write(killed, SYSTEM) == 1
    assert (await books.states(), await books.used()) == (["unknown"], (0, 0, 30))
    books.model.hold.set()
    await task
    assert (await books.states(), await books.used()) == (["unknown"], (0, 0, 30))


async def test_a_busy_provider_is_asked_again_and_each_request_is_a_row(books):
    books.model.script = [BUSY, BUSY]
    assert (await books.call()).text == "well"
    assert await books.states() == ["failed", "failed", "confirmed"]
    books.model.script = [BUSY] * 3
    with pytest.raises(ProviderUnavailable, match="Overloaded"):
        await books.call("more")


async def test_a_stream_that_was_cut_counts_in_full_and_listeners_are_told_that_it_does_not_count(books):
    await books.budget(100)
    books.model.script, told = [CUT], []

    async def take(piece):
        told.append(piece)

    answer = await books.calls.call(Ask("generate", (Message("user", "hi"),)), books.origin, Choice(), take)
    assert (answer.text, await books.states()) == ("well", ["unknown", "confirmed"])
    assert told == ["A ", None, "A ", "beginning"]
    assert await books.used() == (0, 20, 30)


async def test_an_answer_that_does_not_fit_is_mended_once(books):
    books.model.script = ["Sure!", 'Here: {"n": 3} as you wished']
    answer = await books.call(schema=SCHEMA)
    assert (answer.value, answer.calls, answer.cost) == ({"n": 3}, 2, Decimal(40))
    assert "Answer again" in books.model.seen[1][1].messages[-1].text
    books.model.script = ["{}", '{"n": "x"}']
    with pytest.raises(OutputInvalid) as refused:
        await books.call("other", schema=SCHEMA)
    assert [(fault.path, fault.code) for fault in refused.value.errors] == [("n", "type")]


async def test_an_unknown_price_is_no_way_around_a_hard_limit(books):
    await books.budget(100)
    books.model.reach = Bound(10, 30, None)
    with pytest.raises(BudgetReached, match="Nobody knows the price") as refused:
        await books.call()
    assert "DOCCHAIN_AI_PRICES" in refused.value.hint
    assert books.model.asked == 0


async def test_from_the_soft_limit_on_the_cheaper_model_answers(books):
    await books.budget(None, soft=20, on_soft="cheaper", cheaper="small")
    assert [(await books.call(text)).model for text in ("a", "b", "c")] == ["big", "small", "small"]
    events = [row.type for row in await books.warnings()]
    assert events == ["ai.budget_warned"]


async def test_who_cannot_and_who_has_no_key_say_what_would_help(books):
    with pytest.raises(ProviderNotConfigured, match="DOCCHAIN_OPENAI_API_KEY"):
        await books.call(choice=Choice("openai"))
    with pytest.raises(CapabilityMissing, match="cannot translate"):
        await books.calls.call(type(books).translation(), books.origin, Choice())


async def test_the_next_of_the_order_answers_and_it_is_said(books):
    books.wishes.policy = Policy(order=("openai", "scripted"), redact="off")
    answer = await books.call()
    assert (answer.provider, answer.fallback.wanted) == ("scripted", "openai")
    assert "DOCCHAIN_OPENAI_API_KEY" in answer.fallback.why


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"properties": {"n": {"$ref": "http://127.0.0.1:9/x"}}}, r"\$ref leads out of the schema"),
        ({"$dynamicRef": "other.json"}, r"\$dynamicRef leads out of the schema"),
        ({"patternProperties": {"(a+)+$": {}}}, "patternProperties is not taken"),
        ({"type": "nothing"}, "nothing"),
    ],
)
async def test_a_schema_that_would_be_fetched_or_never_end_is_refused(books, schema, why):
    with pytest.raises(SchemaInvalid, match=why):
        await books.call(schema=schema)
    assert books.model.asked == 0


async def test_patterns_and_circles_of_schemas_end(books):
    books.model.script = ['{"n": "' + "a" * 5_000 + '!"}'] * 2
    with pytest.raises(OutputInvalid):
        await books.call(schema={"properties": {"n": {"type": "string", "pattern": "^(a+)+$"}}})
    books.model.script = ["{}"] * 2
    with pytest.raises(OutputInvalid) as refused:
        await books.call("round", schema={"$ref": "#"})
    assert [fault.message for fault in refused.value.errors] == ["The schema goes round in circles."]
