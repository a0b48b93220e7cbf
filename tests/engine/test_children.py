"""Child runs: begun once, told once, cancelled with their parent; whatever is killed in between."""

import asyncio
from uuid import UUID

from drivers import LocalDriver, has_ended
from scripted import Script, kinds_of
from test_conformance import chain, pure, send, statuses

from docchain.engine.definition import canonical, read_spec
from docchain.engine.kinds import Call
from docchain.engine.local.children import Children
from docchain.engine.machine.facts import Started


def call(name, child, **rest):
    return {"id": name, "use": "t.call", "with": {"child": child, **rest.pop("given", {})}, **rest}


def child_of(*steps, **rest):
    return {"workflow": "child", "steps": list(steps), **rest}


async def test_a_childs_output_is_the_steps_output(drive):
    script = Script()
    driver = await drive(script)
    child = child_of(pure("x", "$${inputs.n + 1}"), inputs={"n": {"type": "integer"}}, output="$${steps.x.value}")
    run = await driver.start(chain(call("sub", child, given={"inputs": {"n": 41}}), output="${steps.sub}"))
    state = await run.until(has_ended)
    assert (state.status, state.output) == ("succeeded", 42)
    assert [step for step, _ in script.calls] == ["sub", "x"]


async def test_a_failed_child_fails_its_step_with_its_words(drive):
    script = Script(x=["fail:denied"])
    driver = await drive(script)
    run = await driver.start(chain(call("sub", child_of(pure("x", 1)))))
    state = await run.until(has_ended)
    assert (state.status, state.failure, state.message, state.failed_step) == ("failed", "denied", "x failed", "sub")


async def test_a_step_that_called_a_failed_child_is_retried_with_another_child(drive):
    script = Script(sub=["ok", "ok"])
    script.plan["x"] = ["fail:unavailable"]
    driver = await drive(script)
    child = child_of(pure("x", 1, retry={"attempts": 1}))
    run = await driver.start(chain(call("sub", child, retry={"attempts": 2, "initial": "1s"})))
    await run.until(lambda state: statuses(state) == {"sub": "retrying"})
    await run.advance("10s")
    state = await run.until(has_ended)
    assert (state.status, [step for step, _ in script.calls]) == ("failed", ["sub", "x", "sub", "x"])


async def open_local(tmp_path, script, **options):
    driver = LocalDriver(kinds_of(script), tmp_path, **options)
    await driver.open()
    return driver


async def child_id(run):
    state = await run.until(lambda state: state.steps["sub"].child is not None)
    return UUID(state.steps["sub"].child)


async def test_a_child_inherits_who_where_how_urgent_and_whether_it_is_dry(tmp_path):
    driver = await open_local(tmp_path, Script())
    run = await driver.start(chain(call("sub", child_of(send("x")))), priority=7, dry=True, actor="ana")
    assert (await run.until(has_ended)).status == "succeeded"
    (started, *_) = await driver.engine.history(await child_id(run))
    assert isinstance(started, Started)
    assert (started.priority, started.dry, started.actor, started.label) == (7, True, "ana", "child")
    assert (started.parent.run, started.parent.step, started.parent.depth) == (run.id, "sub", 1)
    assert [await driver.engine.effects(status) for status in ("sending", "confirmed")] == [[], []]
    await driver.close()


async def test_a_parent_that_is_cancelled_cancels_its_child_and_waits_for_it(tmp_path):
    script = Script(x=["gate"])
    driver = await open_local(tmp_path, script)
    run = await driver.start(chain(call("sub", child_of(send("x")))))
    child = await child_id(run)
    await asyncio.wait_for(script.reached["x"].wait(), 10)
    await run.cancel("stop it")
    state = await run.until(lambda state: state.stopping != "")
    assert (state.status, state.ended_at) == ("running", None)
    script.gates["x"].set()
    assert (await run.until(has_ended)).status == "cancelled"
    assert (await driver.engine.state(child)).status == "cancelled"
    await driver.close()


async def test_a_call_whose_time_is_up_cancels_its_child(tmp_path):
    script = Script()
    driver = await open_local(tmp_path, script)
    child = child_of({"id": "x", "use": "t.ask"})
    run = await driver.start(chain(call("sub", child, timeout="1h", retry={"on": []})))
    inner = await child_id(run)
    await run.advance("2h")
    state = await run.until(has_ended)
    assert (state.status, state.failure) == ("failed", "timeout")
    ended = await driver.engine.wait(inner, 10)
    assert ended.status == "cancelled"
    await driver.close()


async def test_workflows_that_call_each_other_without_end_are_stopped(tmp_path):
    script = Script()
    kinds = kinds_of(script)
    body = chain({"id": "sub", "use": "t.again"})

    class CallsItself(type(kinds["t.pure"])):
        """Calls the workflow that it is part of."""

        name = "t.again"

        async def run(self, params, context):  # noqa: ARG002 (the contract's signature)
            return Call(canonical(read_spec(body)), {})

    kinds.add(CallsItself(script))
    driver = LocalDriver(kinds, tmp_path)
    await driver.open()
    state = await (await driver.start(body)).until(has_ended)
    assert (state.status, state.failure) == ("failed", "resource")
    assert state.message.startswith("workflows call each other more than 16 deep")
    await driver.close()


async def test_a_child_goes_on_after_a_restart_and_its_parent_hears_of_it(tmp_path):
    script = Script()
    first = await open_local(tmp_path, script)
    child = child_of({"id": "x", "use": "t.ask"}, output="${steps.x.decision}")
    child["output"] = "$" + child["output"]
    run = await first.start(chain(call("sub", child), pure("after", "${steps.sub}"), output="${steps.after.value}"))
    inner = await child_id(run)
    await first.engine.wait(inner, 10, or_asked=True)
    await first.close()
    second = await open_local(tmp_path, script, clock=first.clock, doors=first.doors)
    run.driver = second
    await type(run)(second, inner).signal("x", {"decision": "approved"})
    state = await run.until(has_ended)
    assert (state.status, state.output) == ("succeeded", "approved")
    assert await second.journal.active_runs() == []
    await second.close()


async def test_an_end_that_nobody_heard_of_is_told_after_the_next_start(tmp_path, monkeypatch):
    """The engine dies between the commit of the child's end and that of its parent's fact."""

    async def deaf(_children):
        await asyncio.Event().wait()

    script = Script()
    with monkeypatch.context() as patch:
        patch.setattr(Children, "run", deaf)
        first = await open_local(tmp_path, script)
        run = await first.start(chain(call("sub", child_of(pure("x", 1), output=5)), output="${steps.sub}"))
        inner = await child_id(run)
        assert (await first.engine.wait(inner, 10)).status == "succeeded"
        assert (await run.until(lambda _: True)).status == "running"
        await first.close()
    second = await open_local(tmp_path, script, clock=first.clock, doors=first.doors)
    run.driver = second
    state = await run.until(has_ended)
    assert (state.status, state.output, [step for step, _ in script.calls]) == ("succeeded", 5, ["sub", "x"])
    await second.close()
    third = await open_local(tmp_path, script, clock=first.clock, doors=first.doors)
    assert await third.journal.active_runs() == []
    await third.close()


async def test_many_children_at_once_are_all_heard_of(tmp_path):
    driver = await open_local(tmp_path, Script())
    each = call("each", child_of(pure("x", 1), output=1), for_each={"items": "${inputs.n}", "concurrency": 100})
    run = await driver.start(chain(each, inputs={"n": {}}, output="${steps.each.succeeded}"), {"n": list(range(300))})
    state = await run.until(has_ended)
    assert (state.status, state.output) == ("succeeded", 300)
    assert await driver.journal.active_runs() == []
    await driver.close()
