"""Lists of workflows by words: in name, title or description, in any case, as they are now."""

from whole_product import Product

STEPS = [{"id": "a", "use": "value.set", "with": {"values": {"x": 1}}}]


async def found(product: Product, words: str) -> list[str]:
    return [item["name"] for item in (await product.get("/workflows", q=words, sort="name"))["items"]]


async def test_words_are_found_wherever_they_stand_and_however_they_are_written(on_both):
    await on_both.workflow("invoices", STEPS, title="Facturación de ESPAÑA", description="100% of what comes")
    await on_both.workflow("orders", STEPS, description="What goes out")
    for words, names in {
        "españa": ["invoices"],
        "FACTUR": ["invoices"],
        "what": ["invoices", "orders"],
        "what out": ["orders"],
        "0% of": ["invoices"],
        "_": [],
        "zzzz": [],
    }.items():
        assert await found(on_both, words) == names, words


async def test_what_a_workflow_said_before_is_not_found(on_both):
    workflow = await on_both.workflow("invoices", STEPS)
    assert (await on_both.client.patch(f"/workflows/{workflow}", json={"name": "bills"})).is_success
    assert (await found(on_both, "invoices"), await found(on_both, "bills")) == ([], ["bills"])
    order = {"action": "update", "workflows": [workflow], "changes": {"description": "of last year"}}
    assert (await on_both.client.post("/workflows/bulk", json=order)).is_success
    assert (await found(on_both, "last year"), await found(on_both, "bills")) == (["bills"], ["bills"])
