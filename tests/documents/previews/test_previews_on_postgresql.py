"""What is kept beside contents, and work on pages, on PostgreSQL, where transactions of a workspace run at once."""

import asyncio
import io
from datetime import timedelta

import made
import pypdfium2
import pytest
from preview_place import a_place

from docchain.features.documents.previews.background import PreviewLoop

PAGES = "#set page(width: 300pt, height: 200pt)\nUno\n#pagebreak()\nDos\n#pagebreak()\nTres"


@pytest.fixture
async def place(tmp_path, postgres_url):
    async with a_place(tmp_path, database_url=postgres_url) as place:
        yield place


def texts(data):
    return [page.get_textpage().get_text_range().strip() for page in pypdfium2.PdfDocument(data)]


async def test_many_who_ask_at_once_get_one_picture_that_is_kept_until_nobody_looks(place):
    document = await place.upload(made.pdf(PAGES), "a.pdf")
    path = f"/documents/{document}/pages/2.png"

    answers = await asyncio.gather(*(place.get(path, width=300) for _ in range(6)))
    await place.services.processes.close()  # nobody is left to draw anything
    again = await place.get(path, width=300)

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.content for answer in answers} == {again.content}
    loop = PreviewLoop(place.services.database, place.services.beside.previews, timedelta(seconds=-1))
    assert await loop.drop_unused() == 1


async def test_two_who_upload_the_same_share_its_text_and_its_refusal(place):
    first, second = [await place.upload(made.pdf(PAGES), "a.pdf") for _ in range(2)]
    broken = await place.upload(b"%PDF-1.7\nnothing", "b.pdf")

    read = await asyncio.gather(*(place.get(f"/documents/{one}/pages/3/text") for one in (first, second)))
    refused = [await place.get(f"/documents/{broken}/thumbnail") for _ in range(2)]
    await place.services.processes.close()
    kept = await place.get(f"/documents/{second}/pages/3/text")

    assert [[word["text"] for word in answer.json()["words"]] for answer in (*read, kept)] == [["Tres"]] * 3
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(404, "preview_impossible")] * 2


async def test_pages_are_split_turned_and_merged_once_for_a_key(place):
    document = await place.upload(made.pdf(PAGES), "a.pdf")
    split = {"by": "ranges", "ranges": ["1-2", "3"]}
    key = {"idempotency-key": "split-1"}

    answers = [await place.client.post(f"/documents/{document}/pages/split", json=split, headers=key) for _ in range(2)]
    parts = [part["document"]["handle"] for part in answers[0].json()["parts"]]
    merged = await place.client.post("/documents/merge", json={"documents": parts[::-1], "name": "otra"})
    turned = await place.client.post(
        f"/documents/{document}/pages",
        json={"operations": [{"op": "delete", "pages": "2"}, {"op": "rotate", "pages": "1", "degrees": 90}]},
        headers={"if-match": "*"},
    )

    assert [answer.status_code for answer in (*answers, merged, turned)] == [201] * 4
    assert answers[0].json() == answers[1].json()
    whole = (await place.client.get(f"/documents/{merged.json()['handle']}/content")).content
    assert texts(whole) == ["Tres", "Uno", "Dos"]
    edited = pypdfium2.PdfDocument(io.BytesIO((await place.client.get(f"/documents/{document}/content")).content))
    assert [page.get_size() for page in edited] == [(200, 300), (300, 200)]
    assert turned.json()["current"]["number"] == 2
