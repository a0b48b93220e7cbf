"""Pausing a run pauses what it called, at any depth; resuming it resumes them."""

import asyncio

from test_calling import GREET, INPUTS, call
from whole_product import step_of

from docchain.features.workflows import CallWorkflow


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


class GatedCall(CallWorkflow):
    """Calls a workflow when it is let."""

    name = "gated_call"

    def __init__(self, database):
        super().__init__(database)
        self.reached, self.gate = asyncio.Event(), asyncio.Event()

    async def run(self, params, context):
        self.reached.set()
        await self.gate.wait()
        return await super().run(params, context)


async def test_a_run_called_in_the_very_moment_its_caller_is_paused_is_paused(product):
    await pause_in_the_moment_of_the_call(product)


async def test_so_it_is_on_postgresql(on_postgres):
    await pause_in_the_moment_of_the_call(on_postgres)


async def pause_in_the_moment_of_the_call(product):
    gated = GatedCall(product.services.database)
    product.services.kinds.add(gated)
    await product.workflow("greeting", GREET, inputs=INPUTS, output="${steps.text.text}")
    step = {**call("greeting", {"name": "Ana"}), "use": "gated_call"}
    top = await product.start(await product.workflow("outer", [step], output="${steps.call}"))
    await asyncio.wait_for(gated.reached.wait(), 20)
    await product.post(f"/runs/{top}/pause", {"reason": "The bank is closed"}, 202)
    await product.until(top, "paused")
    gated.gate.set()
    [called] = (await product.eventually("/runs", lambda told: len(told["items"]) == 1, parent=top))["items"]
    told = await product.get(f"/runs/{called['handle']}")
    assert (told["status"], step_of(told, "text")["status"]) == ("paused", "pending")
    await product.post(f"/runs/{top}/resume", status=202)
    ended = await product.until(top, "succeeded", "failed")
    assert (ended["status"], ended["output"]) == ("succeeded", "Hello Ana!")
