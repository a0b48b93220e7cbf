"""Known answers about a document are sealed, and go when the document is purged."""

from dataclasses import replace
from uuid import UUID

import httpx

from docchain.entrypoints.web.app import create_app
from docchain.features.ai.asking import Choice
from docchain.features.ai.caching.tables import AiAnswerRow
from docchain.features.ai.port import Ask, Message
from docchain.features.documents.filing.retention import Sweeper
from docchain.platform.work import Actor


async def test_of_too_many_answers_the_oldest_go_and_those_of_others_stay(books):
    other = type(books)(books.services, UUID(int=9))
    await other.call("of another workspace")
    [size] = [row.size for row in await other.rows(AiAnswerRow, AiAnswerRow.made_at)]
    few = books.process("here", most=3 * size)
    for text in ("1", "2", "3", "4", "5"):
        await books.call(text, calls=few)
    kept = await books.rows(AiAnswerRow, AiAnswerRow.made_at)
    assert [row.size for row in kept] == [size] * 3
    known = [(await books.call(text, calls=few)).cached for text in ("3", "4", "5", "1")]
    assert (known, books.model.asked) == ([True, True, True, False], 6)
    assert len(await other.rows(AiAnswerRow, AiAnswerRow.made_at)) == 1


async def test_answers_about_a_document_go_when_it_is_purged(books):
    services, everything = books.services, Actor(None, "system", books.workspace)
    app = create_app(services, services.settings.limits)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://docchain.test/api/v3") as http:
        signed = await http.post("/auth/login", json={"username": "admin", "password": "admin123"})
        http.headers["Authorization"] = f"Bearer {signed.json()['access_token']}"
        document = (await http.post("/documents", params={"name": "uno.txt"}, content=b"one")).json()
        books.model.script = ["a telling secret", "something else"]
        question = Ask("generate", (Message("user", "what is in it?"),))
        await books.calls.call(question, replace(books.origin, document=UUID(document["id"])), Choice())
        await books.call("what else is there?")
        kept = await books.rows(AiAnswerRow, AiAnswerRow.made_at)
        assert [row.document_id and str(row.document_id) for row in kept] == [document["id"], None]
        assert not any(b"telling" in row.sealed for row in kept)
        deleted = await http.delete(f"/documents/{document['handle']}", headers={"If-Match": "*"})
        assert deleted.status_code == 204
        assert await services.database.write(lambda work: Sweeper(work, 0).sweep(), everything) == 1
        assert [row.document_id for row in await books.rows(AiAnswerRow, AiAnswerRow.made_at)] == [None]
