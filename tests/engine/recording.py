"""What `scripts/record_journals.py` plays and writes down: runs on the real engine that leave every kind of fact."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from drivers import LocalDriver, has_ended, is_quiet
from flows import ask, pure, send, workflow
from journal_fixtures import RELEASES, expected_of
from scripted import Script, kinds_of

Scenario = Callable[[LocalDriver, Script], Awaitable[object]]
CHILD: Final = workflow(pure("inner", "${inputs.n}"), inputs={"n": {}}, output={"n": "${steps.inner.value}"})


async def retries(driver: LocalDriver, script: Script) -> None:
    """Done, failed, retried, fired; an effect confirmed, and one looked up."""
    script.plan.update(a=["fail:unavailable", "ok"], found=["sent"])
    find = {"id": "found", "use": "t.find", "with": {"value": 1}, "needs": ["b"]}
    run = await driver.start(workflow(pure("a", 1, retry={"initial": "5s"}), send("b", "${steps.a.value}"), find))
    await run.advance("1m")
    await run.until(has_ended)


async def waits(driver: LocalDriver, _script: Script) -> None:
    """A person asked and escalated, a moment, a signal; skipped by a condition."""
    hold = {"id": "hold", "use": "t.hold", "with": {"signal": "paid"}, "needs": ["ask"]}
    asked = {**ask("ask", timeout={"after": "1h", "then": "escalate"}), "with": {"escalate_to": ["role:boss"]}}
    run = await driver.start(workflow(asked, hold, pure("never", 1, when=False)))
    await run.advance("2h")
    await run.signal("ask", {"decision": "approved", "comment": "fine"})
    await run.until(lambda state: state.steps["hold"].status == "waiting")
    await run.signal("hold", {"amount": "12.50"}, "paid")
    await run.until(has_ended)


async def rejected(driver: LocalDriver, _script: Script) -> None:
    run = await driver.start(workflow(ask("ask")))
    await run.until(is_quiet)
    await run.signal("ask", {"decision": "rejected"})
    await run.until(has_ended)


async def cancelled(driver: LocalDriver, _script: Script) -> None:
    run = await driver.start(workflow(pure("a", 1), ask("ask")))
    await run.until(is_quiet)
    await run.cancel("uploaded the wrong file")
    await run.until(has_ended)


async def stopped(driver: LocalDriver, script: Script) -> None:
    """Cancelled while an effect is under way, which is awaited."""
    script.plan["s"] = ["gate ok"]
    run = await driver.start(workflow(send("s"), pure("after", 1)))
    await script.reached["s"].wait()
    await run.cancel("enough")
    await run.until(lambda state: state.stopping == "cancelled")
    script.gates["s"].set()
    await run.until(has_ended)


async def in_doubt(driver: LocalDriver, script: Script) -> None:
    """One parked and resolved, one that stays parked."""
    script.plan.update(s=["lost"], t=["lost"])
    run = await driver.start(workflow(send("s")))
    await run.until(is_quiet)
    await run.signal("s", {"outcome": "confirmed", "output": {"value": 5}}, "resolve")
    await run.until(has_ended)
    await (await driver.start(workflow(send("t"), pure("after", 1)))).until(is_quiet)


async def items(driver: LocalDriver, script: Script) -> None:
    """Items, some of which fail; too many that fail; a failure that is caught."""
    script.plan["m[1]"] = ["fail:bad_input"]
    mapped = pure("m", "${item * 2}", for_each={"items": "${inputs.list}", "concurrency": 2, "tolerate": 1})
    inputs = {"list": {"type": "list"}}
    definition = workflow(mapped, inputs=inputs, output="${steps.m.items}")
    await (await driver.start(definition, {"list": [1, 2, 3]})).until(has_ended)
    script.plan["n[0]"] = ["fail:bad_input"]
    strict = pure("n", "${item}", for_each="${inputs.list}", on_error="fix")
    fix = pure("fix", "${errors.n.message}", needs=[])
    await (await driver.start(workflow(strict, fix, inputs=inputs), {"list": [7]})).until(has_ended)


async def joins(driver: LocalDriver, script: Script) -> None:
    """A caught failure, what needed it, and what joins whatever became of its needs."""
    script.plan["a"] = ["fail:denied"]
    steps = [
        pure("a", 1, on_error="fix"),
        pure("b", 2, needs=["a"]),
        pure("fix", "${errors.a.failure}"),
        pure("c", 3, needs=["b", "fix"], join="any"),
        pure("d", 4, needs=["a", "b"], join="settled"),
    ]
    await (await driver.start(workflow(*steps))).until(has_ended)


async def children(driver: LocalDriver, script: Script) -> None:
    call = {"id": "call", "use": "t.call", "with": {"child": "${inputs.child}", "inputs": {"n": 3}}}
    calling = workflow(call, inputs={"child": {}}, output="${steps.call}")
    await (await driver.start(calling, {"child": json.dumps(CHILD)})).until(has_ended)
    script.plan["refused"] = ["fail:denied"]
    call = {"id": "call", "use": "t.call", "with": {"child": workflow(send("refused"))}}
    await (await driver.start(workflow(call))).until(has_ended)


async def paused(driver: LocalDriver, _script: Script) -> None:
    run = await driver.start(workflow(ask("ask"), pure("after", 1)))
    await run.until(is_quiet)
    await run.pause("the month is closed")
    await run.until(lambda state: state.status == "paused")
    await run.signal("ask", {"decision": "approved"})
    await run.resume()
    await run.until(has_ended)


async def reopened(driver: LocalDriver, script: Script) -> None:
    script.plan["b"] = ["fail:denied", "ok"]
    run = await driver.start(workflow(pure("a", 1), send("b"), pure("c", 2)))
    await run.until(has_ended)
    await run.retry("b")
    await run.until(lambda state: state.status == "succeeded")


async def parts(driver: LocalDriver, _script: Script) -> None:
    """Seeded, a part only, dry, later, with a priority."""
    steps = [pure("a", 1), send("b"), pure("c", "${steps.a.value}", needs=["a"])]
    await (await driver.start(workflow(*steps), seed={"a": {"value": 9}}, only=["c"])).until(has_ended)
    preview = {"id": "p", "use": "t.preview", "with": {"value": 1}}
    await (await driver.start(workflow(*steps, preview), dry=True)).until(has_ended)
    later = await driver.start(workflow(pure("a", 1)), not_before=driver.clock.micros() + 60_000_000, priority=5)
    await later.advance("2m")
    await later.until(has_ended)


SCENARIOS: Final[tuple[Scenario, ...]] = (
    retries, waits, rejected, cancelled, stopped, in_doubt, items, joins, children, paused, reopened, parts,
)  # fmt: skip


async def record(scenario: Scenario, folder: Path) -> None:
    """Play a scenario on the real engine, and keep what its journal holds."""
    with tempfile.TemporaryDirectory() as made:
        script = Script()
        driver = LocalDriver(kinds_of(script), Path(made))
        await driver.open()
        await scenario(driver, script)
        entries = await driver.journal.entries_after(0, 100_000)
        definitions = await driver.journal.query("SELECT digest, body FROM definition ORDER BY digest")
        await driver.close()
    facts: dict[str, list[Any]] = {}
    for _, key, encoded in entries:
        facts.setdefault(str(UUID(bytes=key)), []).extend(json.loads(encoded))
    lines = [{"definition": digest, "body": json.loads(body)} for digest, body in definitions]
    lines += [{"run": {"id": run}, "facts": theirs} for run, theirs in facts.items()]
    path = folder / f"{scenario.__name__}.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    expected = json.dumps(expected_of(path), ensure_ascii=False, indent=1, sort_keys=True)
    path.with_suffix(".expected.json").write_text(expected + "\n", "utf-8")


def main() -> None:
    folder = RELEASES / sys.argv[1]
    folder.mkdir(parents=True)
    for scenario in SCENARIOS:
        asyncio.run(record(scenario, folder))


if __name__ == "__main__":
    main()
