"""Deleting somebody leaves alone what others were answered, unless it names them."""


async def _made_and_deleted(product, name):
    product.ids[name] = None
    await product.member(name, "viewer")
    boss = product.somebody(await product.sign_in("olga"))
    assert (await boss.delete(f"/admin/users/{product.ids[name]}")).status_code == 204


async def test_words_that_are_spelt_like_a_deleted_user_stay(owner, product):
    typed = {"name": "Invoice", "fields": [{"name": "due", "kind": "date"}]}
    keyed = {"headers": {"idempotency-key": "words"}}
    first = await owner.post("/documents/types", json=typed, **keyed)
    assert first.status_code == 201, first.text
    await product.long_ago("olga")
    await _made_and_deleted(product, "date")
    again = await owner.post("/documents/types", json=typed, **keyed)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.json()["fields"][0]["kind"] == "date"


async def test_actions_that_are_spelt_like_a_deleted_user_stay(owner, product):
    product.ids["read"] = None
    await product.member("read", "viewer")
    await owner.made("/documents/collections", {"name": "Payroll"})
    asked = {"user": "read", "kind": "collection", "thing": "Payroll", "actions": ["read"]}
    keyed = {"headers": {"idempotency-key": "grant"}}
    first = await owner.post("/security/grants", json=asked, **keyed)
    assert first.is_success, first.text
    await product.long_ago("olga")
    boss = product.somebody(await product.sign_in("olga"))
    assert (await boss.delete(f"/admin/users/{product.ids['read']}")).status_code == 204
    assert (await boss.post("/security/grants", json=asked, **keyed)).json() == first.json()
