"""A link hands out one version to whoever knows it, for a while, and every use is known."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from store_place import BASE, a_place

from docchain.features.documents.storage.link_repository import LinkRepository

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


async def links_of(place, document, **wanted):
    answer = await place.client.get(f"/documents/{document['handle']}/links", params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_links_are_listed_with_their_uses_and_without_what_opens_them(place):
    document, other = (await place.upload(b"x")).json(), (await place.upload(b"y")).json()
    first, second = await link_to(place, document), await link_to(place, document, expires_in=60)
    await link_to(place, other)
    for _ in range(2):
        await follow(place, first["url"])
    await follow(place, first["url"], range="bytes=1-")

    newest, oldest = await links_of(place, document)
    assert (newest["id"], newest["uses"], newest["last_used_at"]) == (second["id"], 0, None)
    assert (oldest["id"], oldest["uses"], oldest["created_by"]) == (first["id"], 2, "admin")
    assert (oldest["version"], oldest["expires_at"], oldest["revocable"]) == (1, first["expires_at"], True)
    assert oldest["last_used_at"] is not None
    assert first["url"].rpartition("/")[2] not in str([newest, oldest])
    page = (await place.client.get(f"/documents/{document['handle']}/links", params={"limit": 1})).json()
    assert [item["id"] for item in page["items"]] == [second["id"]]
    assert page["next_cursor"]


async def test_a_revoked_link_leads_nowhere_at_once(place):
    document = (await place.upload(b"x")).json()
    link, other = await link_to(place, document), await link_to(place, document)
    await follow(place, link["url"])
    at = f"/documents/{document['handle']}/links/{link['id']}"
    assert (await place.client.delete(at)).status_code == 204
    assert (await place.client.delete(at)).status_code == 204
    for headers in ({}, {"range": "bytes=0-"}, {"range": "bytes=1-"}):
        gone = await follow(place, link["url"], **headers)
        assert (gone.status_code, gone.json()["code"]) == (404, "link_not_found")
    assert (await follow(place, other["url"])).content == b"x"
    assert [item["id"] for item in await links_of(place, document)] == [other["id"]]
    ended = {item["id"]: item for item in await links_of(place, document, ended=True)}[link["id"]]
    assert (ended["revoked_by"], ended["uses"], ended["revoked_at"] is not None) == ("admin", 1, True)
    assert await place.events("document.link_revoked") == [{"link_id": link["id"], "version": 1, "uses": 1}]


async def test_only_links_of_that_document_are_revoked(place):
    document, other = (await place.upload(b"x")).json(), (await place.upload(b"y")).json()
    link = await link_to(place, document)
    for at in (f"/documents/{other['handle']}/links/{link['id']}", f"/documents/document_1/links/{document['id']}"):
        answer = await place.client.delete(at)
        assert (answer.status_code, answer.json()["code"]) == (404, "link_not_found")
    assert (await follow(place, link["url"])).status_code == 200


async def test_links_that_ended_long_ago_are_forgotten(place):
    document = (await place.upload(b"x")).json()
    link = await link_to(place, document)

    def age(work):
        LinkRepository(work).find(UUID(link["id"])).expires_at = work.now - timedelta(days=91)

    await place.services.database.write(age, await place.actor())
    assert await links_of(place, document) == []
    assert len(await links_of(place, document, ended=True)) == 1
    await link_to(place, document)
    assert len(await links_of(place, document, ended=True)) == 1


async def test_what_the_store_hands_out_cannot_be_revoked_unless_that_was_asked_for(tmp_path):
    import object_servers  # noqa: PLC0415 - starts a server

    with object_servers.s3_server() as url:
        async with a_place(tmp_path, blob_url=url, encryption="none", compression="none") as place:
            document = (await place.upload(b"in the store")).json()
            by_store, ours = await link_to(place, document), await link_to(place, document, revocable=True)
            assert [(link["signed_by"], link["revocable"]) for link in (by_store, ours)] == [
                ("store", False),
                ("server", True),
            ]
            listed = {item["id"]: item["revocable"] for item in await links_of(place, document)}
            assert listed == {by_store["id"]: False, ours["id"]: True}
            at = f"/documents/{document['handle']}/links"
            refused = await place.client.delete(f"{at}/{by_store['id']}")
            assert (refused.status_code, refused.json()["code"]) == (409, "link_not_revocable")
            assert refused.json()["detail"].startswith("The store hands it out by itself, and asks nobody; it ends at ")
            assert (await place.client.delete(f"{at}/{ours['id']}")).status_code == 204
            assert (await follow(place, ours["url"])).status_code == 404
