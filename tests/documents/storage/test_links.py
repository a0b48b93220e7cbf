"""A link hands out one version to whoever knows it, for a while, and every use is known."""

import asyncio
from uuid import UUID

import httpx
import pytest
from store_place import BASE, a_place

NOBODY = {"authorization": ""}


async def link_to(place, document, **wanted):
    answer = await place.client.post(f"/documents/{document['handle']}/link", json=wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def follow(place, url, **headers):
    path = url[url.index("/api/v3") :]
    return await place.client.get(f"http://docchain.test{path}", headers=NOBODY | headers)


async def test_whoever_has_the_link_gets_that_version_and_no_other(place):
    document = (await place.upload(b"first", "uno.txt")).json()
    link = await link_to(place, document, expires_in=60)
    await place.client.post(f"/documents/{document['handle']}/versions", params={"name": "dos.txt"}, content=b"second")
    assert (link["signed_by"], link["version"]) == ("server", 1)
    answer = await follow(place, link["url"])
    assert (answer.status_code, answer.content) == (200, b"first")
    assert answer.headers["content-disposition"] == 'attachment; filename="uno.txt"'
    assert (await follow(place, link["url"], range="bytes=1-2")).content == b"ir"
    assert (await follow(place, (await link_to(place, document, version=2))["url"])).content == b"second"


async def test_a_repeated_request_gets_the_same_link(place):
    document = (await place.upload(b"x")).json()
    asked = {"url": f"/documents/{document['handle']}/link", "json": {}, "headers": {"idempotency-key": "once"}}
    first, again = await place.client.post(**asked), await place.client.post(**asked)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert again.json() == first.json()
    assert (await follow(place, again.json()["url"])).content == b"x"
    assert len(await place.events("document.link_created")) == 1


async def test_links_are_audited_without_telling_them(place):
    document = (await place.upload(b"x")).json()
    link = await link_to(place, document)
    await follow(place, link["url"])
    (made,), (used,) = await place.events("document.link_created"), await place.events("document.link_used")
    assert made["link_id"] == used["link_id"] == link["id"]
    token = link["url"].rpartition("/")[2]
    assert token not in str(made) + str(used)


async def test_the_log_does_not_tell_links(place, capsys):
    document = (await place.upload(b"x")).json()
    token = (link := await link_to(place, document))["url"].rpartition("/")[2]
    await follow(place, link["url"])
    printed = capsys.readouterr().out
    assert "path=/api/v3/files/***" in printed
    assert token not in printed


async def test_a_link_ends_with_its_time_and_with_its_document(place):
    document = (await place.upload(b"x")).json()
    short = await link_to(place, document, expires_in=1)
    await asyncio.sleep(1.1)  # its time is the point
    assert (await follow(place, short["url"])).json()["code"] == "link_not_found"
    link = await link_to(place, document)
    await place.client.delete(f"/documents/{document['handle']}")
    gone = await follow(place, link["url"])
    assert (gone.status_code, gone.json()["code"]) == (404, "link_not_found")


async def test_a_changed_link_leads_nowhere(place):
    document = (await place.upload(b"x")).json()
    url = (await link_to(place, document))["url"]
    token = url.rpartition("/")[2]
    for at in range(0, len(token), 7):
        other = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert (await follow(place, url.replace(token, other))).status_code == 404
    for wrong in ("x", token[:-4], token + "AAAA", token + "=", token + "!"):
        assert (await follow(place, url.replace(token, wrong))).status_code == 404


async def test_a_link_may_not_last_for_ever(place):
    document = (await place.upload(b"x")).json()
    answer = await place.client.post(f"/documents/{document['handle']}/link", json={"expires_in": 10**7})
    assert (answer.status_code, answer.json()["code"]) == (422, "link_too_long")


async def test_another_workspace_can_neither_link_nor_look(place):
    document = (await place.upload(b"x")).json()
    eve = {"username": "eve", "password": "correct horse battery 17", "name": "Eve"}
    async with httpx.AsyncClient(transport=place.client._transport, base_url=BASE) as client:  # noqa: SLF001 - the same application
        assert (await client.post("/security/auth/register", json=eve)).is_success
        who = {name: eve[name] for name in ("username", "password")}
        answer = await client.post("/security/auth/login", json=who)
        client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        for reference in (document["id"], document["handle"]):
            assert (await client.post(f"/documents/{reference}/link", json={})).status_code == 404
        assert (await client.get("/storage/usage")).json()["bytes"] == 0


@pytest.mark.parametrize("encryption", ["none", "aes-256-gcm"])
async def test_a_store_signs_what_is_stored_as_it_is_and_only_that(tmp_path, encryption):
    import object_servers  # noqa: PLC0415 - starts a server

    with object_servers.s3_server() as url:
        async with a_place(tmp_path, blob_url=url, encryption=encryption, compression="none") as place:
            document = (await place.upload(b"in the store")).json()
            link = await link_to(place, document)
            assert UUID(link["id"])
            if encryption == "none":
                assert link["signed_by"] == "store"
                async with httpx.AsyncClient() as client:
                    assert (await client.get(link["url"])).content == b"in the store"
            else:
                assert link["signed_by"] == "server"
                assert (await follow(place, link["url"])).content == b"in the store"
