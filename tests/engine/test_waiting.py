"""Waits, approvals, time-outs, cancelling and effects in doubt; the same for both drivers, in literal values."""

import asyncio

import pytest
from drivers import LocalDriver, has_ended
from scripted import Script, kinds_of
from test_conformance import chain, names_of, pure, send, statuses

NOON = 1_750_075_200.0  # the virtual clock starts at 1_750_000_000


def ask(name="ok", **rest):
    return {"id": name, "use": "t.ask", "with": {"assignees": ["ana"], **rest.pop("params", {})}, **rest}


def is_waiting(state):
    return "waiting" in statuses(state).values()


async def test_a_wait_until_a_moment_ends_by_itself(drive):
    driver = await drive(Script())
    hold = {"id": "hold", "use": "t.hold", "with": {"until": NOON}}
    run = await driver.start(chain(hold, pure("b", 1), output="${steps.b.value}"))
    await run.until(is_waiting)
    await run.advance("20h")
    assert statuses(await run.until(is_waiting)) == {"hold": "waiting", "b": "pending"}
    await run.advance("1h")
    state = await run.until(has_ended)
    assert (state.status, state.outputs["hold"], state.output) == ("succeeded", None, 1)
    assert state.ended_at == int(NOON * 1_000_000)


async def test_a_moment_in_the_past_does_not_hold_the_run(drive):
    driver = await drive(Script())
    run = await driver.start(chain({"id": "hold", "use": "t.hold", "with": {"until": 5.0}}))
    await run.until(lambda state: is_waiting(state) or has_ended(state))
    await run.advance("1s")
    assert (await run.until(has_ended)).status == "succeeded"


async def test_a_signal_ends_a_wait_with_its_payload_and_other_signals_do_not(drive):
    driver = await drive(Script())
    hold = {"id": "hold", "use": "t.hold", "with": {"signal": "paid"}}
    run = await driver.start(chain(hold, output="${steps.hold.amount}"))
    await run.until(is_waiting)
    await run.signal("hold", {"amount": 1}, "refunded")
    await run.signal("nowhere", {"amount": 2}, "paid")
    await run.signal("hold", {"amount": 3}, "paid")
    await run.signal("hold", {"amount": 4}, "paid")
    state = await run.until(has_ended)
    assert (state.status, state.output) == ("succeeded", 3)
    assert (await names_of(run)).count("Signalled") == 1


async def test_an_approval_hands_on_the_answer(drive):
    driver = await drive(Script())
    run = await driver.start(chain(ask(), pure("b", "${steps.ok.comment}"), output="${steps.b.value}"))
    state = await run.until(is_waiting)
    assert (state.steps["ok"].signal, state.steps["ok"].request) == ("answer", {"assignees": ["ana"]})
    await run.signal("ok", {"decision": "approved", "comment": "fine"})
    state = await run.until(has_ended)
    assert (state.status, state.output) == ("succeeded", "fine")


async def test_a_rejection_ends_the_run_where_no_step_heeds_it(drive):
    script = Script()
    driver = await drive(script)
    run = await driver.start(chain(ask(), pure("b", 1)))
    await run.until(is_waiting)
    await run.signal("ok", {"decision": "rejected", "comment": "too dear"})
    state = await run.until(has_ended)
    assert (state.status, state.message, state.failed_step) == ("rejected", "too dear", "ok")
    assert (statuses(state), script.calls) == ({"ok": "done", "b": "cancelled"}, [])


async def test_a_rejection_that_a_step_heeds_is_an_answer_like_any_other(drive):
    driver = await drive(Script())
    heeding = pure("no", "sorry", when="steps.ok.decision == 'rejected'")
    run = await driver.start(chain(ask(), heeding, output="${steps.no.value}"))
    await run.until(is_waiting)
    await run.signal("ok", {"decision": "rejected"})
    state = await run.until(has_ended)
    assert (state.status, state.output) == ("succeeded", "sorry")


@pytest.mark.parametrize(
    ("then", "status", "output", "failure"),
    [("fail", "failed", None, "timeout"), ("continue", "succeeded", "timed_out", "")],
)
async def test_an_approval_that_nobody_answers_times_out(drive, then, status, output, failure):
    driver = await drive(Script())
    run = await driver.start(chain(ask(timeout={"after": "3d", "then": then}), output="${steps.ok.decision}"))
    await run.until(is_waiting)
    await run.advance("71h")
    assert is_waiting(await run.until(is_waiting))
    await run.advance("2h")
    state = await run.until(has_ended)
    assert (state.status, state.output, state.failure) == (status, output, failure)
    await run.signal("ok", {"decision": "approved"})
    assert (await run.until(has_ended)).status == status


async def test_an_approval_escalates_to_whom_the_definition_computes(drive):
    driver = await drive(Script())
    step = ask(params={"escalate_to": "${inputs.boss}"}, timeout={"after": "1h", "then": "escalate"})
    run = await driver.start(chain(step, inputs={"boss": {"type": "list"}}), {"boss": ["eva"]})
    await run.until(is_waiting)
    await run.advance("90m")
    state = await run.until(lambda state: "escalated" in (state.steps["ok"].request or {}))
    assert state.steps["ok"].request == {"assignees": ["eva"], "escalated": True}
    await run.advance("30d")
    await run.signal("ok", {"decision": "approved"})
    assert (await run.until(has_ended)).status == "succeeded"


async def test_cancelling_a_waiting_run_ends_it_at_once(drive):
    driver = await drive(Script())
    run = await driver.start(chain(pure("a", 1), ask(), pure("b", 1)))
    await run.until(is_waiting)
    await run.cancel("not needed")
    state = await run.until(has_ended)
    assert (state.status, state.message) == ("cancelled", "not needed")
    assert statuses(state) == {"a": "done", "ok": "cancelled", "b": "cancelled"}
    history = await names_of(run)
    await run.cancel("again")
    await run.signal("ok", {"decision": "approved"})
    assert (await run.until(has_ended)).status == "cancelled"
    assert await names_of(run) == history


async def test_cancelling_awaits_an_effect_under_way(drive):
    script = Script(a=["gate"])
    driver = await drive(script)
    run = await driver.start(chain(send("a"), pure("b", 1)))
    await asyncio.wait_for(script.reached["a"].wait(), 10)
    await cancel_under_way(run)
    script.gates["a"].set()
    state = await run.until(has_ended)
    assert (state.status, statuses(state)) == ("cancelled", {"a": "done", "b": "cancelled"})
    assert await names_of(run) == ["Started", "Sending", "CancelRequested", "Stopping", "Done", "Ended"]
    assert script.happened == [f"{run.id}:a"]


async def cancel_under_way(run):
    if hasattr(run, "run"):
        await run.run.cancel("stop")
        assert run.run.state.stopping == "cancelled"
    else:
        await run.cancel("stop")
        await run.until(lambda state: state.stopping == "cancelled")


async def test_a_failure_elsewhere_awaits_an_effect_under_way_and_interrupts_the_rest(tmp_path):
    script = Script(a=["gate"], b=["gate fail:denied"], c=["gate"])
    driver = LocalDriver(kinds_of(script), tmp_path)
    await driver.open()
    run = await driver.start(chain(send("a", needs=[]), pure("b", 1, needs=[]), pure("c", 1, needs=[])))
    for step in "abc":
        await asyncio.wait_for(script.reached[step].wait(), 10)
    script.gates["b"].set()
    state = await run.until(lambda state: state.stopping == "failed")
    assert statuses(state) == {"a": "sending", "b": "failed", "c": "cancelled"}
    script.gates["a"].set()
    state = await run.until(has_ended)
    await driver.close()
    assert (state.status, state.failed_step, state.failure) == ("failed", "b", "denied")
    assert statuses(state) == {"a": "done", "b": "failed", "c": "cancelled"}
    assert len(script.happened) == 1


async def test_an_effect_is_announced_before_it_is_made(drive):
    script = Script()
    driver = await drive(script)
    run = await driver.start(chain(send("a"), output="${steps.a.value}"))
    state = await run.until(has_ended)
    assert (state.output, script.happened) == ("a", [f"{run.id}:a"])
    assert await names_of(run) == ["Started", "Sending", "Done", "Ended"]


async def test_parking_keeps_a_doubtful_effect_for_a_person(drive):
    script = Script(a=["sent"])
    driver = await drive(script)
    run = await driver.start(chain(send("a"), pure("b", "${steps.a.value}"), output="${steps.b.value}"))
    state = await run.until(lambda state: state.steps["a"].status == "unknown")
    assert (state.status, state.steps["a"].signal, state.steps["a"].message) == (
        "running",
        "resolve",
        "the answer got lost",
    )
    await run.advance("10d")
    await run.signal("a", {"outcome": "confirmd"}, "resolve")
    await run.signal("a", {"outcome": "confirmed", "output": {"value": "7"}}, "resolve")
    state = await run.until(has_ended)
    assert (state.status, state.output, script.happened.count(f"{run.id}:a")) == ("succeeded", "7", 1)


async def test_a_person_may_say_that_a_parked_effect_failed_and_it_is_not_sent_again(drive):
    script = Script(a=["lost"])
    driver = await drive(script)
    run = await driver.start(chain(send("a")))
    await run.until(lambda state: state.steps["a"].status == "unknown")
    await run.signal("a", {"outcome": "failed"}, "resolve")
    state = await run.until(has_ended)
    assert (state.status, state.failed_step, state.message) == ("failed", "a", "a person found that it did not happen")
    assert (statuses(state), script.calls) == ({"a": "failed"}, [("a", 1)])


async def test_a_person_may_have_a_parked_effect_sent_again(drive):
    script = Script(a=["lost"])
    driver = await drive(script)
    run = await driver.start(chain(send("a"), output="${steps.a.value}"))
    await run.until(lambda state: state.steps["a"].status == "unknown")
    await run.signal("a", {"outcome": "resend"}, "resolve")
    state = await run.until(has_ended)
    assert (state.status, state.output, script.calls) == ("succeeded", "a", [("a", 1), ("a", 2)])


async def test_resending_backs_off_with_the_same_key_and_parks_in_the_end(drive):
    script = Script(a=["sent", "lost", "lost"])
    driver = await drive(script)
    step = send("a", in_doubt="resend", retry={"attempts": 3, "initial": "10s"})
    run = await driver.start(chain(step))
    state = await run.until(lambda state: state.steps["a"].status == "retrying")
    assert state.started_at + 5_000_000 <= state.steps["a"].due <= state.started_at + 10_000_000
    await run.advance("1h")
    state = await run.until(lambda state: state.steps["a"].status == "unknown")
    assert (script.calls, state.steps["a"].signal) == ([("a", 1), ("a", 2), ("a", 3)], "resolve")


async def test_looking_up_finds_what_happened(drive):
    script = Script(a=["sent"])
    driver = await drive(script)
    run = await driver.start(chain({"id": "a", "use": "t.find"}, output="${steps.a.value}"))
    state = await run.until(has_ended)
    assert (state.output, script.calls, script.lookups) == ("found", [("a", 1)], [("a", 1)])


async def test_looking_up_makes_a_resend_safe_within_the_attempts(drive):
    script = Script(a=["lost"] * 9)
    driver = await drive(script)
    run = await driver.start(chain({"id": "a", "use": "t.find", "retry": {"attempts": 3, "initial": "1s"}}))
    await run.advance("1h")
    state = await run.until(has_ended)
    assert (state.status, state.failure, state.message) == ("failed", "unavailable", "looked up: it did not happen")
    assert (script.calls, script.lookups) == ([("a", 1), ("a", 2), ("a", 3)],) * 2


async def test_a_look_up_that_fails_never_leads_to_a_resend(drive):
    script = Script(**{"a": ["sent"], "a?": ["bug"]})
    driver = await drive(script)
    run = await driver.start(chain({"id": "a", "use": "t.find"}))
    state = await run.until(lambda state: state.steps["a"].signal == "resolve")
    assert state.steps["a"].message == "could not be looked up: the other side is away"
    await run.advance("1d")
    assert (script.calls, script.lookups) == ([("a", 1)], [("a", 1)])
