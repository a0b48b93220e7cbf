"""Links of a chain whose documents are restricted are not there for whom they are kept from."""

TEXT = (
    "El pedido 4711 llegó roto. El cliente pide otro antes del viernes. El transportista asume el coste de la avería."
)


async def begin(owner) -> None:
    await owner.made("/documents/collections", {"name": "Payroll"})
    assert (await owner.post("/documents?name=secret.txt", content=TEXT.encode())).status_code == 201
    assert (await owner.patch("/documents/document_1", json={"collections": ["Payroll"]})).status_code == 200
    await owner.made("/ai-workflows", {"name": "Nómina", "workflow_type": "custom"})
    first = {"prompt": "Resume el texto", "title": "Resumen", "document": "document_1", "wait": 30}
    await owner.made("/ai-workflows/1/chain", first)
    then = {"prompt": "Extrae las palabras clave", "title": "Claves", "wait": 30}
    linked = await owner.made("/ai-workflows/1/chain/chain_link_1/continue", then)
    assert linked["status"] == "succeeded", linked


async def links(client) -> list[str]:
    return [link["title"] for link in (await client.get("/ai-workflows/1/chain")).json()["links"]]


async def test_a_chain_of_a_restricted_document_is_hidden(owner, editor):
    await begin(owner)
    assert await links(editor) == ["Resumen", "Claves"]
    await owner.made("/security/restrictions", {"kind": "collection", "thing": "Payroll"})
    assert (await links(owner), await links(editor)) == (["Resumen", "Claves"], [])
    told = await editor.get("/ai-workflows/1/chain/document")
    assert (told.status_code, "4711" in told.text, "Resumen" in told.text) == (200, False, False)
    for way in ("continue", "branch"):
        answer = await editor.post(f"/ai-workflows/1/chain/chain_link_1/{way}", json={"prompt": "Resume"})
        assert (answer.status_code, answer.json()["code"]) == (404, "chain_link_not_found")
    await owner.made("/security/grants", {"kind": "collection", "thing": "Payroll", "user": "edu", "actions": ["read"]})
    assert await links(editor) == ["Resumen", "Claves"]


async def test_a_restricted_ai_workflow_is_not_there(owner, editor):
    await begin(owner)
    await owner.made("/security/restrictions", {"kind": "workflow", "thing": "ai_workflow_1"})
    for path in ("/ai-workflows/1", "/ai-workflows/1/chain", "/ai-workflows/1/runs"):
        assert (await editor.get(path)).status_code == 404, path
    assert (await editor.get("/ai-workflows")).json()["items"] == []
    assert (await editor.post("/ai-workflows/1/execute")).status_code == 404
