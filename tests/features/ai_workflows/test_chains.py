"""Chains over HTTP, offline: prompt, document, prompt, document; continued, branched, titled, rendered as one."""

import json

TEXT = (
    "El pedido 4711 llegó el lunes con dos cajas rotas. El cliente pide la reposición antes del viernes. "
    "El transportista reconoce el daño y asume el coste. Almacén prepara hoy las dos cajas nuevas."
)
SUMMARY = {"prompt": "Resume el texto", "title": "Resumen", "text": TEXT, "wait": 30}
WORDS = {"prompt": "Extrae las palabras clave", "title": "Palabras", "wait": 30}


async def chain_of(offline):
    await offline.post("/ai-workflows", {"name": "Incidencia", "workflow_type": "custom"})
    first = await offline.post("/ai-workflows/1/chain", SUMMARY)
    second = await offline.post(f"/ai-workflows/1/chain/{first['handle']}/continue", WORDS)
    return first, second


async def test_the_document_of_a_link_is_what_the_next_works_on(offline):
    first, second = await chain_of(offline)
    assert (first["handle"], first["parent"], first["status"]) == ("chain_link_1", None, "succeeded"), first
    assert (second["parent"], second["place"], second["status"]) == ("chain_link_1", "1.1", "succeeded"), second
    run = await offline.get(f"/runs/{second['run']}")
    assert run["inputs"]["document"] == first["document"]
    assert run["workflow"] == "ai_workflow_1"
    lineage = await offline.get(f"/documents/{second['document']['document_id']}/lineage")
    assert first["document"]["version_id"] in json.dumps(lineage)


async def test_a_branch_stands_beside_the_link_it_branches_from(offline):
    _, second = await chain_of(offline)
    other = await offline.post(
        f"/ai-workflows/1/chain/{second['handle']}/branch", {"prompt": "Detecta el idioma", "wait": 30}
    )
    assert (other["parent"], other["place"], other["title"]) == ("chain_link_1", "1.2", "Detecta el idioma")
    again = await offline.post("/ai-workflows/1/chain/chain_link_1/branch", {"prompt": "Detecta el idioma", "wait": 30})
    assert (again["parent"], again["place"], again["status"]) == (None, "2", "succeeded")
    tree = await offline.get("/ai-workflows/1/chain")
    assert [(link["place"], link["handle"]) for link in tree["links"]] == [
        ("1", "chain_link_1"),
        ("1.1", "chain_link_2"),
        ("1.2", "chain_link_3"),
        ("2", "chain_link_4"),
    ]


async def test_a_link_is_titled_as_it_was_read(offline):
    await chain_of(offline)
    path = "/ai-workflows/1/chain/chain_link_2"
    titled = await offline.client.patch(path, json={"title": "Claves"}, headers={"if-match": '"1"'})
    assert (titled.status_code, titled.json()["title"], titled.headers["etag"]) == (200, "Claves", '"2"')
    stale = await offline.client.patch(path, json={"title": "Otra"}, headers={"if-match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "chain_link_changed")


async def test_the_chain_is_one_document_with_its_tree(offline):
    await chain_of(offline)
    told = await offline.client.get("/ai-workflows/1/chain/document")
    assert told.headers["content-type"] == "text/markdown; charset=utf-8"
    assert told.text.startswith(
        "# Incidencia\n\n- 1 Resumen\n  - 1.1 Palabras\n\n## 1 Resumen\n\n> Resume el texto\n\n"
    )
    assert "### 1.1 Palabras\n\n> Extrae las palabras clave\n\n" in told.text
    page = await offline.client.get("/ai-workflows/1/chain/document?format=html")
    assert "<h2>1 Resumen</h2>" in page.text
    paper = await offline.client.get("/ai-workflows/1/chain/document?format=pdf")
    assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")


async def test_a_link_without_document_is_not_gone_on_from(offline):
    await offline.post("/ai-workflows", {"workflow_type": "custom"})
    failed = await offline.post("/ai-workflows/1/chain", {"prompt": "Escribe un poema", "wait": 30})
    assert (failed["status"], failed["document"]) == ("failed", None)
    assert "DOCCHAIN_AI_ORDER" in failed["message"]
    answer = await offline.client.post("/ai-workflows/1/chain/chain_link_1/continue", json=WORDS)
    assert (answer.status_code, answer.json()["code"]) == (409, "chain_link_not_ready")


async def test_links_of_documents_that_are_gone_are_hidden_with_what_follows(offline):
    first, _ = await chain_of(offline)
    document = first["document"]["document_id"]
    gone = await offline.client.delete(f"/documents/{document}", headers={"if-match": "*"})
    assert gone.status_code == 204
    assert (await offline.get("/ai-workflows/1/chain"))["links"] == []
    assert (await offline.client.post("/ai-workflows/1/chain/chain_link_1/continue", json=WORDS)).status_code == 404


async def test_a_repeated_request_makes_one_link(offline):
    await offline.post("/ai-workflows", {"workflow_type": "custom"})
    twice = [await offline.post("/ai-workflows/1/chain", SUMMARY, **{"idempotency-key": "k"}) for _ in range(2)]
    assert twice[0]["id"] == twice[1]["id"]
    assert len((await offline.get("/ai-workflows/1/chain"))["links"]) == 1
