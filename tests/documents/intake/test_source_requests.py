"""What requests about sources say is taken for what it says, or refused at its place."""


async def test_flags_and_numbers_of_bodies_are_what_they_say(place):
    mail = {"host": "mail.example.com", "user": "ana", "password": {"env": "DOCCHAIN_INTAKE_SECRET_X"}}
    for method, path, body, fault in (
        ("PUT", "/intake/rules", {"max_bytes": True}, "max_bytes"),
        ("PUT", "/intake/rules", {"max_bytes": "10"}, "max_bytes"),
        ("PUT", "/intake/rules", {"max_bytes": 0}, "max_bytes"),
        ("POST", "/intake/sources", {"kind": "hook", "name": "h", "enabled": "yes"}, "enabled"),
        ("POST", "/intake/sources", {"kind": "hook", "name": "h", "options": {"signed": 0}}, "options.signed"),
        (
            "POST",
            "/intake/sources",
            {"kind": "folder", "name": "f", "options": {"path": ".", "recursive": "on"}},
            "options.recursive",
        ),
        ("POST", "/intake/sources", {"kind": "mail", "name": "m", "options": {**mail, "port": "993"}}, "options.port"),
        ("POST", "/intake/sources", {"kind": "mail", "name": "m", "options": {**mail, "port": True}}, "options.port"),
        ("POST", "/intake/sources", {"kind": "mail", "name": "m", "options": {**mail, "port": 0}}, "options.port"),
    ):
        answer = await place.client.request(method, path, json=body)
        assert (answer.status_code, [told["path"] for told in answer.json()["errors"]]) == (422, [fault]), body
    assert (await place.client.put("/intake/rules", json={"max_bytes": 8.0})).json()["max_bytes"] == 8


async def test_a_workflow_that_is_not_there_is_told_at_once(place):
    wanted = {"kind": "hook", "name": "scanner", "options": {}, "workflow": "workflow_99"}
    answer = await place.client.post("/intake/sources", json=wanted)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_intake_source")
    assert answer.json()["errors"][0]["path"] == "workflow"
    assert (await place.client.get("/intake/sources")).json()["items"] == []


async def test_a_delivery_that_comes_with_another_file_is_told_so(place):
    wanted = {"kind": "hook", "name": "hook", "options": {"signed": False}}
    source = await place.client.post("/intake/sources", json=wanted)
    address = source.json()["address"].partition("/api/v3")[2]

    async def send(content):
        return await place.client.post(address, params={"name": "a.txt"}, content=content, headers={"webhook-id": "7"})

    first, again, other = await send(b"one"), await send(b"one"), await send(b"two")

    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert (other.status_code, other.json()["code"]) == (409, "delivery_reused")
