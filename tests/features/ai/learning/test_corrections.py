"""A correction changes the next result of the same layout, no other, until it is withdrawn."""

import json

import pytest
from papers_to_learn import minute, note

from docchain.features.ai import examples_of
from docchain.platform.work import Actor

TOTAL = {"amount": "2550.53", "currency": "GBP"}


async def taught(school, **fields):
    first = await school.upload(note("SH00514", "2,550.53"))
    answer = await school.corrected(first, **(fields or {"number": "SH00514", "total": TOTAL}))
    assert answer.status_code == 201, answer.text
    return first, answer.json()


async def test_the_next_paper_of_the_layout_is_read_by_what_was_corrected(school):
    other = await school.upload(minute("0883/26", "11.689,56"))
    first = await school.upload(note("SH00514", "2,550.53"))
    before, untouched = await school.extracted(first), await school.extracted(other)
    assert (before["value"]["number"], before["value"]["total"], before["learned_from"]) == (None, None, [])
    _, made = await taught(school)
    assert (made["handle"], made["state"], made["origin"], made["created_by"]) == (
        "ai_correction_1",
        "kept",
        "person",
        "admin",
    )
    assert made["fields"]["number"] == {
        "before": None,
        "value": "SH00514",
        "page": 1,
        "box": [216.0, 72.0, 258.0, 84.0],
    }
    second = await school.extracted(await school.upload(note("SH00602", "731.08")))
    assert (second["value"]["number"], second["value"]["total"]) == ("SH00602", {"amount": "731.08", "currency": "GBP"})
    assert (second["learned_from"], second["fields"]["number"]["method"]) == (["ai_correction_1"], "corrected layout")
    assert second["fields"]["total"]["page"] == 1
    again = await school.extracted(other)
    assert {name: again[name] for name in ("value", "fields", "learned_from")} == {
        name: untouched[name] for name in ("value", "fields", "learned_from")
    }


async def test_more_corrections_that_agree_make_surer(school):
    await taught(school)
    one = await school.extracted(await school.upload(note("SH00602", "731.08")))
    await school.corrected(await school.upload(note("SH00540", "99.10")), number="SH00540")
    two = await school.extracted(await school.upload(note("SH00603", "18.40")))
    assert (one["fields"]["number"]["confidence"], two["fields"]["number"]["confidence"]) == (0.8, 0.9)
    assert two["learned_from"] == ["ai_correction_2", "ai_correction_1"]


async def test_one_paper_is_one_witness_however_often_it_is_corrected(school):
    first, _ = await taught(school)
    copy = await school.upload(note("SH00514", "2,550.53"), name="copy.txt")
    for paper in (first, copy):
        assert (await school.corrected(paper, number="SH00514")).status_code == 201
    later = await school.extracted(await school.upload(note("SH00602", "731.08")))
    assert (later["value"]["number"], later["fields"]["number"]["confidence"]) == ("SH00602", 0.8)
    assert later["value"]["total"] == {"amount": "731.08", "currency": "GBP"}
    assert later["learned_from"] == ["ai_correction_3", "ai_correction_1"]


async def test_a_field_that_is_not_on_the_paper_is_not_read_on_the_next(school):
    paper = await school.upload(minute("0883/26", "11.689,56"))
    assert (await school.extracted(paper))["value"]["net"] == {"amount": "6762.55", "currency": "EUR"}
    assert (await school.corrected(paper, net=None)).status_code == 201
    later = await school.extracted(await school.upload(minute("0911/26", "2.100,00")))
    assert (later["value"]["net"], later["value"]["number"]) == (None, "0911/26")
    assert later["learned_from"] == ["ai_correction_1"]


async def test_what_was_withdrawn_teaches_nothing_any_more(school):
    await taught(school)
    assert (await school.http.delete("/ai/corrections/ai_correction_1")).status_code == 204
    assert (await school.http.delete("/ai/corrections/ai_correction_1")).status_code == 204
    later = await school.extracted(await school.upload(note("SH00602", "731.08")))
    assert (later["value"]["number"], later["learned_from"]) == (None, [])
    [listed] = (await school.http.get("/ai/corrections?state=withdrawn")).json()["items"]
    assert (listed["handle"], listed["withdrawn_by"]) == ("ai_correction_1", "admin")
    assert (await school.http.get("/ai/corrections/examples?schema=invoice")).text == ""
    gone = await school.http.delete("/ai/corrections/ai_correction_9")
    assert (gone.status_code, gone.json()["code"]) == (404, "ai_correction_not_found")


async def test_another_workspace_learns_nothing_and_sees_nothing(school):
    await taught(school)
    stranger = await school.member("zoe", "owner", "elsewhere")
    paper = await stranger.upload(note("SH00602", "731.08"))
    assert (await stranger.extracted(paper))["value"]["number"] is None
    assert (await stranger.http.get("/ai/corrections")).json()["items"] == []
    assert (await stranger.http.delete("/ai/corrections/ai_correction_1")).status_code == 404


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"number": "SH99999"}, "fields.number"),
        ({"total": {"amount": "9999.00", "currency": "GBP"}}, "fields.total"),
        ({"date": "soon"}, "fields.date"),
        ({"seller_tax_id": "GB123456789"}, "fields.seller_tax_id"),
        ({"colour": "red"}, "fields.colour"),
        ({"lines": "Carriage"}, "fields.lines"),
        ({"number": "SH00514", "date": "2026-08-11"}, "fields.date"),
    ],
)
async def test_what_the_paper_does_not_say_is_refused_by_its_field(school, fields, path):
    first = await school.upload(note("SH00514", "2,550.53"))
    refused = await school.corrected(first, **fields)
    assert (refused.status_code, refused.json()["code"]) == (422, "ai_correction_refused")
    assert [fault["path"] for fault in refused.json()["errors"]] == [path]
    assert (await school.http.get("/ai/corrections")).json()["items"] == []


async def test_what_is_too_much_or_no_value_is_refused(school):
    first = await school.upload(note("SH00514", "2,550.53"))
    for value in ("S" * 3_000_000, ["SH00514"], {"amount": "1e999", "currency": "GBP"}, True, 1e300):
        refused = await school.corrected(first, number=value)
        assert refused.status_code in (413, 422), value
    unknown = await school.http.post(
        "/ai/corrections", json={"document": first, "schema": "novel", "fields": {"number": "SH00514"}}
    )
    assert (unknown.status_code, unknown.json()["code"]) == (422, "ai_schema_invalid")
    assert (await school.corrected("document_99", number="SH00514")).status_code == 404
    assert (await school.http.get("/ai/corrections")).json()["items"] == []


async def test_a_repeated_request_is_one_correction(school):
    first = await school.upload(note("SH00514", "2,550.53"))
    body = {"document": first, "schema": {"$ref": "invoice"}, "fields": {"number": "SH00514"}}
    made = [
        (await school.http.post("/ai/corrections", json=body, headers={"Idempotency-Key": "once"})).json()["handle"]
        for _ in range(2)
    ]
    assert made == ["ai_correction_1", "ai_correction_1"]
    assert (await school.extracted(first))["value"]["number"] == "SH00514", "`invoice` and its reference are one schema"


async def test_who_may_not_read_a_document_neither_corrects_it_nor_sees_what_was(school):
    first, _ = await taught(school)
    role = {"name": "asker", "permissions": ["ai:use", "ai:read", "documents:read"]}
    blind = {"name": "blind", "permissions": ["ai:use", "ai:read"]}
    veiled = {
        "name": "veiled",
        "permissions": ["ai:use", "ai:read", "documents:read"],
        "hidden": ["document.fields.total"],
    }
    for one in (role, blind, veiled):
        assert (await school.http.post("/security/roles", json=one)).status_code == 201
    await school.http.post("/documents/types", json={"name": "Secret"})
    await school.http.patch(f"/documents/{first}", json={"type": "Secret"}, headers={"If-Match": "*"})
    kept = await school.http.post("/security/restrictions", json={"kind": "document_type", "thing": "Secret"})
    assert kept.status_code == 201, kept.text
    asker = await school.member("ana", "asker")
    assert (await asker.corrected(first, number="SH00514")).status_code == 404
    assert (await asker.http.get("/ai/corrections")).json()["items"] == []
    assert (await asker.http.get("/ai/corrections/examples")).text == ""
    for name in ("blind", "veiled"):
        somebody = await school.member(name, name)
        for answer in (
            await somebody.corrected(first, number="SH00514"),
            await somebody.http.get("/ai/corrections"),
            await somebody.http.get("/ai/corrections/examples"),
        ):
            assert answer.status_code == 403
    assert (await asker.http.delete("/ai/corrections/ai_correction_1")).status_code == 403


async def test_corrections_are_examples_for_an_evaluation_set(school):
    first, made = await taught(school)
    await school.corrected(first, total={"amount": "2550.53", "currency": "GBP"}, due_date=None)
    told = (await school.http.get("/ai/corrections/examples?schema=invoice")).text
    [line] = [json.loads(line) for line in told.splitlines()]
    expected = {"number": "SH00514", "total": TOTAL, "due_date": None}
    assert (line["input"]["document_id"], line["expected"]) == (made["document"]["document_id"], expected)

    def read(work):
        return [line.expected for line in examples_of(work, {"$ref": "invoice"})]

    actor = Actor(None, "system", (await school.workspace()))
    assert await school.services.database.read(read, actor) == [expected]


async def test_corrections_go_with_their_document(school):
    first, _ = await taught(school)
    assert (await school.http.delete(f"/documents/{first}", headers={"If-Match": "*"})).status_code == 204
    assert (await school.http.post(f"/documents/{first}/purge")).status_code == 204
    assert (await school.http.get("/ai/corrections")).json()["items"] == []
    later = await school.extracted(await school.upload(note("SH00602", "731.08")))
    assert (later["value"]["number"], later["learned_from"]) == (None, [])


async def test_lists_are_filtered_and_paged(school):
    first, made = await taught(school)
    other = await school.upload(minute("0883/26", "11.689,56"))
    await school.corrected(other, number="0883/26")
    page = (await school.http.get("/ai/corrections?limit=1&total=true")).json()
    assert ([item["handle"] for item in page["items"]], page["total"]) == (["ai_correction_2"], 2)
    rest = (await school.http.get("/ai/corrections", params={"limit": 1, "cursor": page["next_cursor"]})).json()
    assert [item["handle"] for item in rest["items"]] == ["ai_correction_1"]
    about = (await school.http.get(f"/ai/corrections?document={first}&schema_key={made['schema_key']}")).json()["items"]
    assert [item["handle"] for item in about] == ["ai_correction_1"]
    assert (await school.http.get("/ai/corrections?origin=approval")).json()["items"] == []
