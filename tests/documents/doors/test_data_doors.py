"""E-invoices, pages, rows and tables through the doors that clients use."""

import csv
import io
from pathlib import Path

import httpx
import pypdfium2
import pytest
import typst

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app
from docchain.platform.settings import LimitSettings, StorageSettings, load_settings

EXAMPLE = Path(__file__).parents[3] / "examples" / "invoice_matching"


def pdf_of(*pages):
    body = "\n#pagebreak()\n".join(pages)
    return typst.compile(f"#set page(width: 595pt, height: 842pt)\n{body}".encode())


@pytest.fixture
async def client(tmp_path):
    settings = load_settings(
        env_file=None,
        storage=StorageSettings(data_dir=tmp_path, database_url="", blob_url=""),
        limits=LimitSettings(require_if_match=False),
    )
    async with open_services(settings, run_engine=False) as services:
        app = create_app(services, settings.limits)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://docchain.test/api/v3") as signed_in:
            body = {"username": "admin", "password": "admin123"}
            answer = await signed_in.post("/security/auth/login", json=body)
            signed_in.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield signed_in


async def upload(client, name, data):
    answer = await client.post("/documents", params={"name": name}, content=data, headers={"content-type": ""})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_the_einvoice_in_a_pdf_is_shown_beside_that_pdf(client):
    document = await upload(client, "factur-x.pdf", (EXAMPLE / "documents" / "factur-x.pdf").read_bytes())

    told = (await client.get(f"/documents/{document['handle']}/einvoice")).json()

    assert (told["format"], told["valid"], told["file"]) == ("cii", True, "factur-x.xml")
    assert told["value"]["total"] == {"amount": "230.05", "currency": "EUR"}
    assert (told["pdf"]["how"], told["pdf"]["handle"]) == ("embedded", document["handle"])


async def test_xml_and_pdf_of_one_name_belong_together(client):
    pdf = await upload(client, "Factura 0042.pdf", pdf_of("Factura 0042"))
    xml = await upload(client, "factura 0042.xml", (EXAMPLE / "documents" / "facturae.xml").read_bytes())

    by_xml = (await client.get(f"/documents/{xml['handle']}/einvoice")).json()
    by_pdf = (await client.get(f"/documents/{pdf['handle']}/einvoice")).json()

    assert by_xml["pdf"] == by_pdf["pdf"]
    assert (by_pdf["pdf"]["how"], by_pdf["pdf"]["handle"]) == ("companion", pdf["handle"])
    assert by_pdf["document_id"] == xml["id"]
    assert by_pdf["value"]["number"] == "A-0042"


async def test_a_broken_sum_is_told_and_other_documents_are_none(client):
    wrong = await upload(client, "wrong.xml", (EXAMPLE / "documents" / "ubl_wrong_total.xml").read_bytes())
    plain = await upload(client, "carta.pdf", pdf_of("Estimados señores"))

    told = (await client.get(f"/documents/{wrong['handle']}/einvoice")).json()
    none = await client.get(f"/documents/{plain['handle']}/einvoice")

    assert [fault["rule"] for fault in told["faults"]] == ["BR-CO-15", "BR-CO-16"]
    assert (none.status_code, none.json()["code"]) == (404, "no_einvoice")


async def test_an_edit_is_a_new_version_with_its_lineage(client):
    document = await upload(client, "pila.pdf", pdf_of("uno", "dos", "tres"))
    operations = [{"op": "delete", "pages": "2"}, {"op": "rotate", "pages": "1", "degrees": 90}]

    made = await client.post(f"/documents/{document['handle']}/pages", json={"operations": operations})
    lineage = (await client.get(f"/documents/{document['handle']}/lineage")).json()
    first = await client.get(f"/documents/{document['handle']}/versions/1/content")

    assert (made.status_code, made.json()["current"]["number"]) == (201, 2)
    assert lineage["versions"][0]["inputs"] == [document["current"]["id"]]
    assert len(pypdfium2.PdfDocument(first.content)) == 3
    now = pypdfium2.PdfDocument((await client.get(f"/documents/{document['handle']}/content")).content)
    assert (len(now), now[0].get_rotation()) == (2, 90)


async def test_a_proposal_is_confirmed_and_splits(client):
    first, second = "Factura nº: A-1\n\nPágina 1 de 2", "Página 2 de 2"
    document = await upload(client, "lote.pdf", pdf_of(first, second, "Factura nº: B-2"))
    path = f"/documents/{document['handle']}/pages"

    proposal = (await client.get(f"{path}/proposal")).json()
    assert "ranges" in proposal, proposal
    again = {"Idempotency-Key": "split-lote"}
    asked = {"by": "ranges", "ranges": proposal["ranges"]}
    made = await client.post(f"{path}/split", json=asked, headers=again)
    repeated = await client.post(f"{path}/split", json=asked, headers=again)

    assert proposal["ranges"] == ["1-2", "3"]
    assert [(part["document"]["name"], part["pages"]) for part in made.json()["parts"]] == [
        ("lote (1).pdf", "1-2"),
        ("lote (2).pdf", "3"),
    ]
    assert repeated.json() == made.json()
    handles = [part["document"]["handle"] for part in made.json()["parts"]]
    merged = await client.post("/documents/merge", json={"documents": handles[::-1], "name": "todo"})
    content = (await client.get(f"/documents/{merged.json()['handle']}/content")).content
    assert (merged.json()["name"], len(pypdfium2.PdfDocument(content))) == ("todo.pdf", 3)
    assert (merged.json()["origin"], merged.json()["current"]["origin"]) == ("merge", "merge")
    assert [part["document"]["origin"] for part in made.json()["parts"]] == ["split", "split"]
    listed = await client.get("/documents", params={"origin": "split"})
    assert [item["handle"] for item in listed.json()["items"]] == handles[::-1]
    turned = {"operations": [{"op": "rotate", "pages": "1", "degrees": 90}]}
    path = f"/documents/{merged.json()['handle']}/pages"
    edited = await client.post(path, json=turned, headers={"if-match": "*"})
    assert (edited.json()["origin"], edited.json()["current"]["origin"]) == ("merge", "pages")
    refused = await client.post(f"{path}/split", json={"by": "ranges", "ranges": ["4"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "pages_refused")
    assert refused.json()["errors"][0]["path"] == "ranges[0]"


async def test_page_work_that_is_refused_says_where_and_why(client):
    path = f"/documents/{(await upload(client, 'pila.pdf', pdf_of('uno', 'dos', 'tres')))['handle']}/pages"
    operations = [{"op": "rotate", "pages": "1", "degrees": 90}, {"op": "delete", "pages": "3-1"}]

    edited = await client.post(path, json={"operations": operations})
    nothing = [await client.post(f"{path}/split", json={"by": by}) for by in ("blank", "barcode")]
    whole = await client.post(f"{path}/split", json={"every": 3})
    asked = await client.post(f"{path}/split", json={})

    assert (edited.status_code, edited.json()["detail"]) == (422, "“3-1” runs backwards; write it as 1-3.")
    assert [fault["path"] for fault in edited.json()["errors"]] == ["operations[1].pages"]
    assert whole.json()["detail"] == "pila.pdf has 3 pages; parts of 3 make one document of it, as it is."
    assert asked.json()["detail"] == "Nothing says where to split pila.pdf."
    assert asked.json()["hint"].startswith("Give ranges such as 1-2 and 3-, every so many pages (`every`), or")
    assert [(answer.status_code, answer.json()["detail"]) for answer in nothing] == [
        (422, "pila.pdf has no blank page that would part it."),
        (422, "pila.pdf has no page with such a code that would part it."),
    ]


async def test_documents_as_rows(client):
    one = await upload(client, "=uno.pdf", pdf_of("uno"))
    two = await upload(client, "dos.pdf", pdf_of("dos"))
    asked = {
        "documents": [two["handle"], one["handle"]],
        "format": "csv",
        "locale": "es",
        "columns": ["document", "name"],
    }

    answer = await client.post("/documents/export", json=asked)

    assert answer.headers["content-disposition"] == 'attachment; filename="documents.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows == [["documento", "nombre"], [two["handle"], "dos.pdf"], [one["handle"], "'=uno.pdf"]]
    both = await client.post("/documents/export", json=asked | {"filter": {}})
    assert (both.status_code, both.json()["code"]) == (422, "bad_export")
    filtered = await client.post("/documents/export", json={"filter": {"name": "dos.pdf"}, "format": "json"})
    assert [row["document"] for row in filtered.json()] == [two["handle"]]
    unknown = await client.post("/documents/export", json=asked | {"columns": ["name", "status", "totl"]})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "bad_export")
    assert [fault["path"] for fault in unknown.json()["errors"]] == ["columns[2]"]
    none = await client.post("/documents/export", json={"filter": {"name": "tres"}, "format": "csv"})
    assert none.text == "document,name,type,correspondent,status,tags,created_at\r\n"


async def test_a_table_is_uploaded_asked_and_deleted(client):
    suppliers = (EXAMPLE / "tables" / "suppliers.csv").read_bytes()

    loaded = await client.put("/tables/suppliers", content=suppliers, headers={"content-type": "text/csv"})
    asked = {"column": "name", "value": "jardines del manzanares sl"}
    found = (await client.post("/tables/suppliers/lookup", json=asked)).json()
    listed = (await client.get("/tables")).json()["items"]
    rows = (await client.get("/tables/suppliers/rows", params={"limit": 2})).json()

    assert (loaded.status_code, loaded.json()["rows"], loaded.json()["version"]) == (200, 4, 1)
    assert (found["how"], found["row"]["tax_id"]) == ("normalised", "B31227705")
    assert [table["name"] for table in listed] == ["suppliers"]
    assert (len(rows["items"]), rows["next_row"]) == (2, 3)
    assert (await client.delete("/tables/suppliers")).status_code == 204
    assert (await client.post("/tables/suppliers/lookup", json=asked)).json()["code"] == "table_not_found"
    wrong = await client.put("/tables/suppliers?types=name:colour", content=suppliers)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_table")


async def test_pages_that_are_all_blank_propose_nothing(client):
    document = await upload(client, "vacio.pdf", pdf_of(""))
    proposal = await client.get(f"/documents/{document['handle']}/pages/proposal")
    assert (proposal.status_code, proposal.json()["parts"]) == (200, [])


async def test_an_export_is_for_those_who_accept_its_type_only(client):
    for accept in ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"):
        answer = await client.post("/documents/export", json={"format": "csv"}, headers={"accept": accept})
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/csv")
