"""Steps that wait for what happens outside: events by type and key, and call-backs; nothing that came is lost."""

import asyncio
from uuid import UUID

import pytest

from docchain.features.signals.domain import topic, topics_of
from docchain.platform.ids import new_id
from docchain.platform.work import Actor

PAID = [{"id": "paid", "use": "wait", "with": {"event": "payment.received", "key": "${inputs.order}", "for": "1h"}}]
ANY = [{"id": "paid", "use": "wait", "with": {"event": "payment.received"}}]
CALLED = [{"id": "answer", "use": "wait", "with": {"callback": True}}]
OUTPUT = {"output": "${steps.paid.data}"}


async def paid(product, **more):
    inputs = {"order": {"type": "any", "required": False}}
    return await product.workflow("payment", PAID if not more else ANY, inputs=inputs, **OUTPUT)


async def publish(product, event_type="payment.received", key=None, **data):
    return await product.post("/events", {"event_type": event_type, "key": key, "data": data}, 202)


async def test_a_run_goes_on_with_the_data_of_the_event_that_it_waits_for(product):
    run = await product.start(await paid(product), {"order": "17"})
    waiting = await product.until(run, "waiting")
    assert waiting["waits"] == {"paid": "event"}
    assert waiting["steps"][0]["request"] == {"kind": "event", "event": "payment.received", "key": "17"}
    event = await publish(product, key="17", amount="12.50")
    ended = await product.until(run, "succeeded")
    assert ended["output"] == {"amount": "12.50"}
    output = ended["steps"][0]["output"]
    assert (output["event"], output["key"], output["id"]) == ("payment.received", "17", event["id"])


async def test_only_runs_of_the_event_s_key_go_on_and_each_takes_one_event(product):
    workflow = await paid(product)
    one, two = [await product.start(workflow, {"order": order}) for order in (1, 2)]
    await product.until(one, "waiting")
    await product.until(two, "waiting")
    await publish(product, key="3", n=0)
    await publish(product, "payment.refused", key="1", n=0)
    await publish(product, key="2", n=1)
    await publish(product, key="2", n=2)
    await product.services.events.catch_up()
    assert (await product.until(two, "succeeded"))["output"] == {"n": 1}
    assert (await product.get(f"/runs/{one}"))["status"] == "waiting"


async def test_a_wait_without_a_key_takes_any_event_of_the_type(product):
    workflow = await paid(product, any=True)
    runs = [await product.start(workflow) for _ in range(3)]
    for run in runs:
        await product.until(run, "waiting")
    await publish(product, key="whatever", n=7)
    assert [(await product.until(run, "succeeded"))["output"] for run in runs] == [{"n": 7}] * 3


async def test_an_event_right_behind_the_wait_is_never_lost(product):
    """The wait is durable when the run says so; the tables that events are matched by follow a moment later."""
    workflow = await paid(product)
    for number in range(20):
        run = await product.start(workflow, {"order": number})
        await product.eventually(f"/runs/{run}", lambda told: told["status"] == "waiting", lists=False)
        await publish(product, key=str(number), n=number)
        assert (await product.until(run, "succeeded"))["output"] == {"n": number}


async def test_waits_and_events_outlive_a_restart(product):
    workflow = await paid(product)
    early, late = [await product.start(workflow, {"order": order}) for order in ("early", "late")]
    for run in (early, late):
        await product.until(run, "waiting")
    await publish(product, key="early", n=1)
    await product.restart()
    await publish(product, key="late", n=2)
    assert (await product.until(early, "succeeded"))["output"] == {"n": 1}
    assert (await product.until(late, "succeeded"))["output"] == {"n": 2}


async def test_items_of_a_list_wait_each_for_its_own_event(product):
    steps = [
        {
            "id": "paid",
            "use": "wait",
            "for_each": "${inputs.orders}",
            "with": {"event": "payment.received", "key": "${item}"},
        }
    ]
    inputs = {"orders": {"type": "list"}}
    output = "${steps.paid.items.map(got, got.data.n)}"
    run = await product.start(
        await product.workflow("payments", steps, inputs=inputs, output=output), {"orders": ["a", "b"]}
    )
    await product.eventually(f"/runs/{run}", lambda told: len(told["waits"]) == 2)
    await publish(product, key="b", n=2)
    await publish(product, key="a", n=1)
    assert (await product.until(run, "succeeded"))["output"] == [1, 2]


async def test_a_repeated_request_publishes_once(product):
    body = {"event_type": "payment.received", "key": "9"}
    first = await product.post("/events", body, 202, **{"Idempotency-Key": "a"})
    assert await product.post("/events", body, 202, **{"Idempotency-Key": "a"}) == first
    assert (await product.post("/events", body, 202))["id"] != first["id"]


@pytest.mark.parametrize(
    ("body", "status", "code", "path"),
    [
        ({"event_type": "no blanks"}, 422, "invalid", "event_type"),
        ({"event_type": "x", "data": {"user": {"password": "1"}}}, 422, "event_carries_secret", "data.user.password"),
        ({"event_type": "x", "data": {"text": "x" * 70_000}}, 413, "event_too_large", None),
        ({"event_type": "x", "dat": {}}, 422, "invalid", "dat"),
    ],
)
async def test_an_event_that_cannot_be_taken_is_refused(product, body, status, code, path):
    refused = await product.post("/events", body, status)
    assert refused["code"] == code
    assert [fault["path"] for fault in refused.get("errors", [])] == ([path] if path else [])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "give `for`, `until`, `signal`, `event` or `callback`, or the step would wait for ever"),
        ({"event": "x", "signal": "y"}, "give one of `signal`, `event` and `callback`"),
        ({"for": "1s", "key": "x"}, "`key` belongs to an `event`"),
    ],
)
async def test_a_wait_that_makes_no_sense_is_refused_when_it_is_saved(product, parameters, message):
    definition = {"workflow": "x", "steps": [{"id": "w", "use": "wait", "with": parameters}]}
    refused = await product.post("/workflows", {"definition": definition}, 422)
    assert message in refused["errors"][0]["message"]


async def test_a_call_back_answers_the_step_once_and_needs_no_sign_in(product):
    workflow = await product.workflow("call", CALLED, output="${steps.answer.data.paid}")
    run = await product.start(workflow)
    waiting = await product.until(run, "waiting")
    assert waiting["waits"] == {"answer": "callback"}
    url = waiting["steps"][0]["request"]["url"]
    assert url.startswith("http://127.0.0.1:8000/api/v3/callbacks/")
    del product.client.headers["authorization"]
    taken = await product.client.post(url, json={"paid": True})
    assert (taken.status_code, taken.json()) == (202, {"step": "answer"})
    await product.restart()
    assert (await product.until(run, "succeeded"))["output"] is True
    again = await product.client.post(url, json={"paid": False})
    assert (again.status_code, again.json()["code"]) == (409, "callback_used")


async def test_a_call_back_with_a_key_is_told_again(product):
    run = await product.start(await product.workflow("call", CALLED))
    url = (await product.until(run, "waiting"))["steps"][0]["request"]["url"]
    wrong = await product.client.post(url, content=b"<paid/>", headers={"content-type": "text/xml"})
    assert (wrong.status_code, wrong.json()["code"]) == (415, "unsupported_media_type")
    keyed = {"idempotency-key": "payment-7"}
    first = await product.client.post(url, json={"paid": True}, headers=keyed)
    await product.until(run, "succeeded")
    again = await product.client.post(url, json={"paid": True}, headers=keyed)
    assert (first.status_code, again.status_code, again.json()) == (202, 202, {"step": "answer"})
    assert again.headers["idempotency-replayed"] == "true"


async def test_of_many_call_backs_or_signals_at_once_one_is_taken_and_counts(product):
    asked = [{"id": "ask", "use": "wait", "with": {"signal": "paid"}}]
    call = await product.start(await product.workflow("call", CALLED, output="${steps.answer.data.n}"))
    sign = await product.start(await product.workflow("sign", asked, output="${steps.ask.n}"))
    address = (await product.until(call, "waiting"))["steps"][0]["request"]["url"]
    await product.until(sign, "waiting")

    async def taken(send) -> tuple[list[int], set[str]]:
        answers = await asyncio.gather(*(send(n) for n in range(20)))
        good = [n for n, answer in enumerate(answers) if answer.status_code == 202]
        return good, {answer.json()["code"] for answer in answers if answer.status_code != 202}

    called, codes = await taken(lambda n: product.client.post(address, json={"n": n}))
    assert (await product.until(call, "succeeded"))["output"] == called[0]
    assert (len(called), codes) == (1, {"callback_used"})

    def signal(n: int):
        told = {"step": "ask", "signal": "paid", "payload": {"n": n}}
        return product.client.post(f"/runs/{sign}/signal", json=told)

    signalled, codes = await taken(signal)
    assert (await product.until(sign, "succeeded"))["output"] == signalled[0]
    assert len(signalled) == 1
    assert codes <= {"step_not_waiting", "run_ended"}


@pytest.mark.parametrize("token", ["x", "AAAA", "A" * 80, "not base64!"])
async def test_an_address_that_nobody_made_answers_nothing(product, token):
    refused = await product.post(f"/callbacks/{token}", {}, 404)
    assert refused["code"] == "callback_not_found"


async def test_an_address_of_one_step_is_not_good_for_another(product):
    workflow = await product.workflow("call", CALLED)
    run = await product.start(workflow)
    url = (await product.until(run, "waiting"))["steps"][0]["request"]["url"]
    changed = url[:-2] + ("A" if url[-2] != "A" else "B") + url[-1]
    assert (await product.client.post(changed)).status_code == 404
    assert (await product.get(f"/runs/{run}"))["status"] == "waiting"


def test_events_meet_waits_of_their_own_workspace_type_and_key_only():
    here, there = UUID(int=1), UUID(int=2)
    waits = {
        topic(here, "paid", None),
        topic(here, "paid", "7"),
        topic(there, "paid", "7"),
        topic(here, "paid.7", None),
    }
    assert waits & set(topics_of(here, "paid", "7")) == {topic(here, "paid", None), topic(here, "paid", "7")}
    assert waits & set(topics_of(here, "paid", None)) == {topic(here, "paid", None)}
    assert waits & set(topics_of(there, "paid", "8")) == set()


async def test_who_only_reads_may_not_publish(product):
    reader = Actor(new_id(), "cleo", new_id(), permissions=frozenset({"runs:read"}))

    async def authenticate(_token, _workspace):
        return reader

    product.services.sign_in.authenticate = authenticate
    refused = await product.post("/events", {"event_type": "paid"}, 403)
    assert refused["detail"] == "This needs the permission events:publish in the workspace."
