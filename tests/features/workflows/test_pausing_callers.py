"""Pausing a run pauses what it called, at any depth; resuming it resumes them."""

from test_calling import GREET, INPUTS, call
from whole_product import step_of


async def test_runs_that_were_called_are_paused_and_resumed_with_their_caller(product):
    await pause_and_resume(product)


async def test_so_they_are_on_postgresql(on_postgres):
    await pause_and_resume(on_postgres)


async def pause_and_resume(product):
    steps = [{"id": "wait", "use": "wait", "with": {"signal": "go"}}, *GREET]
    await product.workflow("greeting", steps, inputs=INPUTS, output="${steps.text.text}")
    names = {"names": {"type": "list"}}
    each = {**call("greeting", {"name": "${item}"}), "for_each": "${inputs.names}"}
    await product.workflow("crowd", [each], inputs=names, output="${steps.call.items}")
    outer = await product.workflow("outer", [call("crowd", {"names": ["Ana", "Ben"]})], output="${steps.call}")
    top = await product.start(outer)
    other = await product.start(outer)

    async def below(run):
        """The run that it called, and those that this one called, when the latter wait."""
        [crowd] = (await product.eventually("/runs", lambda told: len(told["items"]) == 1, parent=run))["items"]
        waiting = await product.eventually(
            "/runs", lambda told: [item["status"] for item in told["items"]] == ["waiting"] * 2, parent=crowd["handle"]
        )
        return crowd["handle"], *sorted(item["handle"] for item in waiting["items"])

    crowd, ana, ben = await below(top)
    others = await below(other)
    await product.post(f"/runs/{ben}/signal", {"step": "wait", "signal": "go"})
    await product.until(ben, "succeeded")
    await product.post(f"/runs/{top}/pause", {"reason": "The bank is closed"}, 202)
    for run in (top, crowd, ana):
        await product.until(run, "paused")
    assert [(await product.get(f"/runs/{run}"))["status"] for run in (ben, *others)] == ["succeeded", *["waiting"] * 3]
    await product.post(f"/runs/{ana}/signal", {"step": "wait", "signal": "go"})
    told = await product.eventually(f"/runs/{ana}", lambda told: step_of(told, "wait")["status"] == "done")
    assert (told["status"], step_of(told, "text")["status"]) == ("paused", "pending")
    await product.post(f"/runs/{top}/resume", status=202)
    ended = await product.until(top, "succeeded", "failed")
    assert (ended["status"], ended["output"]) == ("succeeded", ["Hello Ana!", "Hello Ben!"])
    assert (await product.get(f"/runs/{other}"))["status"] == "waiting"
