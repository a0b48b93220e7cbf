"""Documents are filed under types, tags, correspondents and collections, and found by them."""

import pytest
from filing_place import INVOICE, a_place

TOTAL = {"amount": "1210.00", "currency": "eur"}


async def make(place, what, **wanted):
    answer = await place.client.post(f"/documents/{what}", json=wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
async def invoices(place):
    await make(place, "types", **INVOICE)
    await place.upload(b"one", "uno.txt")
    return place


async def test_a_document_is_filed_and_tells_it(invoices):
    await make(invoices, "correspondents", name="Acme S.L.", tax_id="B12345674")
    await make(invoices, "collections", name="Audit")
    filed = await invoices.filed(
        type="invoice",
        correspondent="ACME s.l.",
        status="in_review",
        tags=["urgent", "2026"],
        collections=["audit"],
        fields={"total": TOTAL, "due": "2026-05-01", "orders": ["A-1", "A-2"]},
    )
    assert (filed["type"]["name"], filed["correspondent"]["name"]) == ("Invoice", "Acme S.L.")
    assert (filed["status"], filed["tags"]) == ("in_review", ["2026", "urgent"])
    assert [found["name"] for found in filed["collections"]] == ["Audit"]
    assert filed["fields"] == {
        "total": {"amount": "1210.00", "currency": "EUR"},
        "due": "2026-05-01",
        "orders": ["A-1", "A-2"],
    }
    assert filed["revision"] == 2
    assert (await invoices.client.get("/documents/document_1")).json() == filed


async def test_what_is_uploaded_waits_in_the_inbox(invoices):
    assert await invoices.listed(status="inbox") == ["document_1"]
    await invoices.filed(status="done")
    assert (await invoices.listed(status="inbox"), await invoices.listed(status="done")) == ([], ["document_1"])


async def test_fields_that_do_not_fit_are_told_all_at_once_by_path(invoices):
    wrong = {"total": {"amount": "12,5", "currency": "EUR"}, "due": "soon", "orders": ["A", 1], "route": "fax", "x": 1}
    answer = await invoices.patch(type="invoice", fields=wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "fields_invalid")
    assert [(fault["path"], fault["code"]) for fault in answer.json()["errors"]] == [
        ("fields.x", "unknown_field"),
        ("fields.total.amount", "bad_value"),
        ("fields.due", "bad_value"),
        ("fields.route", "bad_value"),
        ("fields.orders[1]", "bad_value"),
    ]
    missing = (await invoices.patch(type="invoice")).json()["errors"]
    assert [(fault["path"], fault["code"]) for fault in missing] == [("fields.total", "required")]
    assert (await invoices.client.get("/documents/document_1")).json()["type"] is None


@pytest.mark.parametrize("amount", ["1e400", "1234567890123456", "1.00001", "NaN", "\u0661", 5])
async def test_an_amount_is_plain_and_bounded(invoices, amount):
    answer = await invoices.patch(type="invoice", fields={"total": {"amount": amount, "currency": "EUR"}})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "fields.total.amount"
    longest = await invoices.filed(
        type="invoice", fields={"total": {"amount": "-123456789012345.6789", "currency": "EUR"}}
    )
    assert longest["fields"]["total"]["amount"] == "-123456789012345.6789"
    assert await invoices.listed(field="total=1e999999999 EUR") == []


async def test_lists_are_narrowed_by_what_documents_are_filed_under(invoices):
    await invoices.upload(b"two", "dos.txt")
    await invoices.upload(b"three", "tres.txt")
    await invoices.filed("document_1", type="invoice", tags=["a", "b"], fields={"total": TOTAL, "lines": 2.50})
    await invoices.filed("document_2", tags=["a"])
    assert await invoices.listed(tag="a") == ["document_2", "document_1"]
    assert await invoices.listed(tag=["a", "b"]) == ["document_1"]
    assert await invoices.listed(type="INVOICE", tag="a", status="inbox") == ["document_1"]
    assert await invoices.listed(field="total=1210 EUR") == ["document_1"]
    assert await invoices.listed(field="lines=2.5") == ["document_1"]
    assert await invoices.listed(field="lines=3") == []
    assert await invoices.listed(tag="a", name="DOS") == ["document_2"]
    assert await invoices.listed(tag="a", created_after="2999-01-01T00:00:00Z") == []
    number = await invoices.client.get("/documents", params={"created_after": "0.5"})
    assert (number.status_code, number.json()["errors"][0]["path"]) == (422, "query.created_after")
    unknown = await invoices.client.get("/documents", params={"type": "receipt"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "filing_not_found")
    assert (await invoices.client.get("/documents/tags")).json()["items"] == [
        {"tag": "a", "documents": 2},
        {"tag": "b", "documents": 1},
    ]


async def test_pages_of_a_narrowed_list_follow_one_another(place):
    for number in range(5):
        await place.upload(str(number).encode(), f"{number}.txt")
    await place.ordered(action="update", filter={}, all=True, changes={"add_tags": ["x"]})
    seen, cursor = [], None
    while True:
        wanted = {"tag": "x", "limit": 2, "sort": "created_at"} | ({"cursor": cursor} if cursor else {})
        page = (await place.client.get("/documents", params=wanted)).json()
        seen += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["0.txt", "1.txt", "2.txt", "3.txt", "4.txt"]


async def test_a_collection_holds_what_those_within_it_hold(invoices):
    year = await make(invoices, "collections", name="2026")
    await make(invoices, "collections", name="May", parent="2026")
    await invoices.filed(collections=["may"])
    assert await invoices.listed(collection="2026") == await invoices.listed(collection=year["id"]) == ["document_1"]
    deeper = await invoices.client.post("/documents/collections", json={"name": "Week 1", "parent": "May"})
    assert deeper.json()["code"] == "collection_too_deep"
    used = await invoices.client.delete("/documents/collections/May")
    assert (used.status_code, used.json()["code"]) == (409, "filing_in_use")
    await invoices.filed(remove_collections=["May"])
    assert await invoices.listed(collection="2026") == []
    assert (await invoices.client.delete("/documents/collections/May")).status_code == 204


async def test_a_change_of_another_state_is_refused(invoices):
    assert (await invoices.patch(etag='"7"', status="done")).json()["code"] == "document_changed"
    unsaid = await invoices.client.request(
        "PATCH", "/documents/document_1", json={"status": "done"}, headers={"if-match": ""}
    )
    assert unsaid.status_code == 428
    assert (await invoices.patch(etag='"1"', status="done")).headers["etag"] == '"2"'
    assert (await invoices.patch(etag='"2"', status="done")).headers["etag"] == '"2"'


async def test_changes_are_events_that_tell_what_was_before(invoices):
    await invoices.filed(status="done", name="b.txt")
    (event,) = await invoices.events("document.updated")
    assert event == {
        "handle": "document_1",
        "revision": 2,
        "changes": [
            {"name": "name", "from": "uno.txt", "to": "b.txt"},
            {"name": "status", "from": ["inbox"], "to": ["done"]},
        ],
    }


async def test_an_order_for_many_has_a_result_for_each(invoices):
    await invoices.upload(b"two")
    order = {"action": "update", "documents": ["document_2", "document_9", {"document": "document_1", "etag": '"4"'}]}
    told = await invoices.ordered(**order, changes={"tags": ["x"]})
    assert [(item["status"], item["document"]) for item in told["items"]] == [
        (200, "document_2"),
        (404, None),
        (412, "document_1"),
    ]
    assert (told["succeeded"], told["failed"]) == (1, 2)
    assert await invoices.listed(tag="x") == ["document_2"]


async def test_a_dry_run_tells_and_does_nothing(invoices):
    told = await invoices.ordered(action="delete", filter={"status": "inbox"}, dry_run=True)
    assert (told["dry_run"], told["succeeded"]) == (True, 1)
    assert await invoices.listed() == ["document_1"]
    everything = await invoices.client.post("/documents/bulk", json={"action": "delete", "filter": {}})
    assert everything.status_code == 422


async def test_types_are_known_by_name_and_id_and_have_one_name(invoices):
    made = (await invoices.client.get("/documents/types/invoice")).json()
    again = await invoices.client.post("/documents/types", json={"name": " INVOICE "})
    assert (again.status_code, again.json()["code"]) == (409, "filing_name_taken")
    renamed = await invoices.client.put(f"/documents/types/{made['id']}", json={"name": "Bill"})
    assert (renamed.json()["name"], renamed.json()["revision"], renamed.json()["fields"]) == ("Bill", 2, [])
    listed = (await invoices.client.get("/documents/types", params={"total": True})).json()
    assert ([found["name"] for found in listed["items"]], listed["total"]) == (["Bill"], 1)
    assert (await invoices.client.delete("/documents/types/bill")).status_code == 204


async def test_a_new_name_is_shown_at_once(invoices):
    await invoices.filed(type="invoice", fields={"total": TOTAL})
    for _ in range(3):  # what is read often is kept
        assert (await invoices.client.get("/documents/document_1")).json()["type"]["name"] == "Invoice"
    await invoices.client.put("/documents/types/invoice", json=INVOICE | {"name": "Bill"})
    assert (await invoices.client.get("/documents/document_1")).json()["type"]["name"] == "Bill"


async def test_another_workspace_sees_none_of_it(invoices):
    made = (await invoices.client.get("/documents/types/invoice")).json()
    await invoices.filed(tags=["mine"])
    async with invoices.stranger() as eve:
        assert (await eve.get("/documents/types")).json()["items"] == []
        assert (await eve.get(f"/documents/types/{made['id']}")).status_code == 404
        assert (await eve.get("/documents/tags")).json()["items"] == []
        assert (await eve.get("/documents", params={"tag": "mine"})).json()["items"] == []
        assert (await eve.patch("/documents/document_1", json={"status": "done"})).status_code == 404
        assert (await eve.post("/documents/types", json={"name": "Invoice"})).status_code == 201


async def test_filing_holds_on_postgresql(tmp_path, postgres_url):
    async with a_place(tmp_path, database_url=postgres_url) as place:
        await make(place, "types", **INVOICE)
        await place.upload(b"one")
        await place.filed(type="invoice", tags=["a"], fields={"total": TOTAL})
        assert await place.listed(type="invoice", tag="a", field="total=1210 EUR") == ["document_1"]
        assert await place.ordered(action="delete", filter={"tag": ["a"]}) != []
        assert await place.listed(deleted=True, tag="a") == ["document_1"]


async def test_what_a_document_is_filed_under_is_never_told_by_its_old_name(invoices):
    acme = await make(invoices, "correspondents", name="Acme")
    await invoices.filed(correspondent="Acme")
    before = await invoices.client.get("/documents/document_1")

    renamed = await invoices.client.put(f"/documents/correspondents/{acme['id']}", json={"name": "Acme SL"})
    known = {"if-none-match": before.headers["etag"]}
    after = await invoices.client.get("/documents/document_1", headers=known)

    assert renamed.status_code == 200, renamed.text
    assert (after.status_code, after.json()["correspondent"]["name"]) == (200, "Acme SL")
    assert (await invoices.patch(etag=before.headers["etag"], status="done")).status_code == 200


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_moments_at_the_ends_of_time_are_refused(invoices, moment):
    for path, name in (("/documents", "created_after"), ("/intake", "received_before")):
        answer = await invoices.client.get(path, params={name: moment})
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, f"query.{name}")


async def test_a_plain_date_is_a_moment(invoices):
    for path, name in (("/documents", "created_after"), ("/intake", "received_after")):
        answer = await invoices.client.get(path, params={name: "2020-01-01"})
        assert (answer.status_code, len(answer.json()["items"])) == (200, 1), answer.text


async def test_a_link_for_longer_than_people_live_is_refused(invoices):
    answer = await invoices.client.post("/documents/document_1/link", json={"expires_in": 10**30})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "expires_in")


async def test_a_boundary_longer_than_the_standard_allows_is_refused(invoices):
    headers = {"content-type": "multipart/form-data; boundary=" + "x" * 300}
    answer = await invoices.client.post("/documents", content=b"--x", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_upload")


async def test_a_step_with_a_name_too_long_is_not_there(invoices):
    made = await invoices.client.post("/workflows", json={"definition": {"workflow": "empty"}})
    await invoices.client.post(f"/workflows/{made.json()['handle']}/execute", json={})
    answer = await invoices.client.get(f"/runs/run_1/steps/{'1' * 5_000}/logs")
    assert answer.status_code == 404, answer.text
