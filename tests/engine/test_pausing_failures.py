"""A failure that a person can help with pauses the run; resumed, it goes on where it was."""

from drivers import LocalDriver, has_ended
from flows import begin, names, pure, start, statuses, workflow
from scripted import Script, kinds_of


async def test_the_run_pauses_with_the_reason_and_goes_on_where_it_was():
    script = Script(b=["hold"])
    run = await start(workflow(pure("a", 1), pure("b", 2), pure("c", "${steps.b.value}")), script)
    assert (run.state.status, run.state.reason) == ("paused", "b has no money left Raise it.")
    assert statuses(run) == {"a": "done", "b": "pending", "c": "pending"}
    run.crash()
    assert run.ready == ()
    assert await run.resume()
    assert (run.state.status, run.state.reason) == ("succeeded", "")
    assert script.calls == [("a", 1), ("b", 1), ("b", 2), ("c", 1)]


async def test_it_pauses_again_as_often_as_needed_and_keeps_its_attempts():
    script = Script(a=["hold", "hold", "fail:unavailable"])
    run = await start(workflow(pure("a", retry={"attempts": 2, "initial": "1s"})), script)
    assert await run.resume()
    assert run.state.status == "paused"
    assert await run.resume()
    assert (run.state.status, statuses(run)) == ("running", {"a": "retrying"})
    await run.advance("1m")
    assert (run.state.status, script.calls) == ("succeeded", [("a", 1), ("a", 2), ("a", 3), ("a", 4)])


async def test_two_at_once_pause_the_run_once():
    script = Script(a=["hold"], b=["hold"])
    run = await start(workflow(pure("a", needs=[]), pure("b", needs=[])), script)
    assert (run.state.status, names(run).count("Paused")) == ("paused", 1)
    assert await run.resume()
    assert (run.state.status, sorted(script.calls)) == ("succeeded", [("a", 1), ("a", 2), ("b", 1), ("b", 2)])


async def test_a_handler_of_errors_goes_before():
    script = Script(a=["hold"])
    steps = [pure("a", on_error="b"), pure("b", "${errors.a.failure}", needs=[])]
    run = await start(workflow(*steps, output="${steps.b.value}"), script)
    assert (run.state.status, run.state.output) == ("succeeded", "budget")


async def test_items_pause_the_run_and_go_on():
    script = Script(**{"a[1]": ["hold"]})
    run = await start(workflow(pure("a", "${item}", for_each={"items": [1, 2, 3], "concurrency": 1})), script)
    assert statuses(run) == {"a": "mapping", "a[0]": "done", "a[1]": "pending", "a[2]": "pending"}
    assert run.state.status == "paused"
    run.crash()
    assert await run.resume()
    assert (run.state.status, script.calls) == ("succeeded", [("a[0]", 1), ("a[1]", 1), ("a[1]", 2), ("a[2]", 1)])


async def test_a_paused_one_can_be_cancelled():
    run = begin(workflow(pure("a")), Script(a=["hold"]))
    await run.settle()
    await run.cancel("no more")
    assert (run.state.status, statuses(run)) == ("cancelled", {"a": "cancelled"})


async def test_the_engine_itself_does_so(tmp_path):
    script = Script(b=["hold"])
    driver = LocalDriver(kinds_of(script), tmp_path)
    await driver.open()
    run = await driver.start(workflow(pure("a", 1), pure("b", 2)))
    state = await run.until(lambda state: state.status == "paused" and state.steps["b"].status == "pending")
    assert state.reason == "b has no money left Raise it."
    await run.resume()
    assert (await run.until(has_ended)).status == "succeeded"
    assert script.calls == [("a", 1), ("b", 1), ("b", 2)]
    await driver.close()
