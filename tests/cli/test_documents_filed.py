"""Filing from the command line, beside a server: what is made here is seen there, and what is refused says why."""

import json

import httpx
from command_line import sign_in


def told(outcome):
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def test_documents_are_filed_many_at_once(docchain):
    for name in ("carta.txt", "factura.txt", "nota.txt"):
        docchain.write(name, f"{name} de marzo")
    assert docchain("document", "add", "carta.txt", "factura.txt", "nota.txt").code == 0
    with docchain.serving() as url:
        fields = ("--field", "total:money!", "--field", "route:enumeration=post|mail")
        made = told(docchain("document", "types", "create", "Invoice", *fields, "--keep-days", 30, "--json"))
        assert [(field["name"], field["kind"], field["required"]) for field in made["fields"]] == [
            ("total", "money", True),
            ("route", "enumeration", False),
        ]
        changed = told(
            docchain("document", "types", "fields", "invoice", "--add", "due:date", "--remove", "total", "--json")
        )
        assert [field["name"] for field in changed["fields"]] == ["route", "due"]
        assert (
            told(docchain("document", "types", "rename", "invoice", "Bill", "--json"))["retention"]["keep_days"] == 30
        )
        bulk = ("document", "bulk", "update", "type=Bill", "tag=marzo", "--only", "status=inbox", "--json")
        assert told(docchain(*bulk, "--dry-run"))["succeeded"] == 3
        assert told(docchain("document", "tags", "list", "--json")) == {"items": []}
        assert told(docchain(*bulk))["succeeded"] == 3
        seen = httpx.get(f"{url}/api/v3/documents", params={"type": "bill"}, headers=sign_in(url)).json()["items"]
        assert [(item["handle"], item["tags"]) for item in seen] == [
            ("document_3", ["marzo"]),
            ("document_2", ["marzo"]),
            ("document_1", ["marzo"]),
        ]
        assert docchain("document", "tags", "rename", "marzo", "march").out == "3 of 3 documents done, 0 refused\n"
        assert told(docchain("document", "tags", "list", "--json"))["items"] == [{"tag": "march", "documents": 3}]
        kept = docchain("document", "bulk", "delete", "--only", "name=nota")
        assert (kept.code, "of type Bill" in kept.err or "Bill" in kept.err) == (1, True)
        used = docchain("document", "types", "delete", "Bill", "--json")
        assert (used.code, json.loads(used.err)["code"]) == (2, "filing_in_use")


def test_correspondents_and_collections_are_made_renamed_and_deleted(docchain):
    docchain("document", "add", docchain.write("nota.txt", "nota"))
    with docchain.serving() as url:
        assert docchain("document", "correspondents", "create", "Acme", "--tax-id", "B12345674").code == 0
        assert (
            told(docchain("document", "correspondents", "rename", "acme", "Acme S.L.", "--json"))["tax_id"]
            == "B12345674"
        )
        assert docchain("document", "collections", "create", "Audit").code == 0
        inner = told(docchain("document", "collections", "create", "2026", "--parent", "audit", "--json"))
        assert inner["parent"]["name"] == "Audit"
        assert (
            told(docchain("document", "collections", "rename", "2026", "Year 2026", "--json"))["parent"]
            == inner["parent"]
        )
        assert docchain("document", "file", "document_1", "collection=Year 2026", "correspondent=Acme S.L.").code == 0
        found = httpx.get(f"{url}/api/v3/documents", params={"collection": "Audit"}, headers=sign_in(url)).json()
        assert [item["correspondent"]["name"] for item in found["items"]] == ["Acme S.L."]
        assert docchain("document", "bulk", "update", "correspondent=", "--all").code == 0
        assert docchain("document", "correspondents", "delete", "Acme S.L.").code == 0
        assert told(docchain("document", "correspondents", "list", "--json")) == []
        unsaid = docchain("document", "bulk", "delete")
        assert (unsaid.code, "--only name=value, or say --all" in unsaid.err) == (2, True)
        bad = docchain("document", "types", "create", "Bill", "--field", "total:gold", "--json")
        assert (bad.code, json.loads(bad.err)["errors"][0]["path"]) == (2, "fields[0].kind")
