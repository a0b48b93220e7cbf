"""Versions, pages and look-up tables from the command line, beside a server."""

import io
import json

import httpx
import pypdfium2
import typst
from command_line import sign_in


def pdf_of(*pages):
    whole = pypdfium2.PdfDocument.new()
    for text in pages:
        single = typst.compile(f"#set page(width: 595pt, height: 842pt)\n{text}".encode())
        whole.import_pages(pypdfium2.PdfDocument(single))
    file = io.BytesIO()
    whole.save(file)
    return file.getvalue()


def told(outcome):
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def texts(data):
    return [page.get_textpage().get_text_bounded().strip() for page in pypdfium2.PdfDocument(data)]


def test_pages_are_split_merged_turned_and_compared(docchain):
    (docchain.folder / "stack.pdf").write_bytes(pdf_of("uno", "dos", "tres"))
    assert docchain("document", "add", "stack.pdf").code == 0
    with docchain.serving() as url, httpx.Client(base_url=f"{url}/api/v3", timeout=60) as client:
        client.headers.update(sign_in(url))
        assert docchain("document", "split", "document_1", "1-2", "3").out.splitlines() == [
            "document_2  stack (1).pdf  pages 1-2",
            "document_3  stack (2).pdf  pages 3",
        ]
        whole = docchain("document", "split", "document_1", "--by", "every=3")
        assert (whole.code, "parts of 3 make one document of it" in whole.err) == (2, True)
        unmarked = docchain("document", "split", "document_1", "--by", "blank")
        assert (unmarked.code, "stack.pdf has no blank page that would part it" in unmarked.err) == (2, True)
        merged = told(docchain("document", "merge", "document_3", "document_2", "--name", "file", "--json"))
        assert (merged["handle"], merged["name"]) == ("document_4", "file.pdf")
        assert texts(client.get("/documents/document_4/content").content) == ["tres", "uno", "dos"]
        assert docchain("document", "reorder", "document_4", "2-3,1").out == "document_4  file.pdf  version 2\n"
        assert docchain("document", "drop-pages", "document_4", "3").out == "document_4  file.pdf  version 3\n"
        assert docchain("document", "rotate", "document_4", "1", "--degrees", 180).code == 0
        assert texts(client.get("/documents/document_4/content").content) == ["uno", "dos"]
        wrong = docchain("document", "drop-pages", "document_4", "9", "--json")
        assert (wrong.code, json.loads(wrong.err)["code"]) == (2, "pages_refused")
        differs = told(docchain("document", "diff", "document_4", "--old", 2, "--new", 3, "--json"))
        assert (differs["old_pages"], differs["new_pages"], differs["text"]["removed"] > 0) == (3, 2, True)
        assert docchain("document", "diff-page", "document_4", 1, "--old", 1, "--new", 2, "-o", "page.png").code == 0
        assert (docchain.folder / "page.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert [item["number"] for item in told(docchain("document", "versions", "document_4", "--json"))] == [
            4,
            3,
            2,
            1,
        ]
        names = {item["name"] for item in told(docchain("document", "lineage", "document_4", "--json"))["versions"]}
        assert {"stack.pdf", "stack (1).pdf", "stack (2).pdf", "file.pdf"} <= names
        assert "wasDerivedFrom" in told(docchain("document", "prov", "document_4"))
        assert told(docchain("document", "restore-version", "document_4", 1))["current"]["number"] == 5
        assert docchain("document", "delete", "document_4").code == 0
        assert docchain("document", "purge", "document_4", "--yes").code == 0
        assert client.get("/documents/document_4").status_code == 404


def test_a_table_is_loaded_asked_and_deleted(docchain):
    docchain.write("suppliers.csv", "nif,nombre\nB31227705,Jardines del Manzanares\nB12345674,Acme\n")
    docchain("document", "add", docchain.write("nota.txt", "nota"))
    with docchain.serving() as url:
        assert docchain("document", "load-table", "suppliers", "suppliers.csv").code == 0
        (listed,) = told(docchain("document", "tables", "list", "--json"))["items"]
        assert (listed["name"], listed["rows"]) == ("suppliers", 2)
        assert told(docchain("document", "tables", "rows", "suppliers", "--from", 2, "--json"))["items"] == [
            {"nif": "B12345674", "nombre": "Acme"}
        ]
        found = told(docchain("document", "tables", "find", "suppliers", "nif=ES-B31227705", "--json"))
        assert (found["how"], found["row"]["nombre"]) == ("normalised", "Jardines del Manzanares")
        nothing = docchain("document", "tables", "find", "suppliers", "nif=X0000000T", "--match", "exact")
        assert (nothing.code, "nothing that is near enough" in nothing.out) == (1, True)
        assert docchain("document", "tables", "delete", "suppliers").code == 0
        assert httpx.get(f"{url}/api/v3/tables/suppliers", headers=sign_in(url)).status_code == 404
