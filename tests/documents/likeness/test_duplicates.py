"""Duplicates: the same bytes, and texts that say nearly the same, within the workspace."""

import random

import pytest

from docchain.features.documents import Children, Fingerprints
from docchain.features.documents.likeness.signing import bands_of, read, signature_of, similarity, written

WORKFLOW = """
workflow: read
inputs:
  document: {type: document}
steps:
  - id: text
    use: document.parse
    with: {document: "${inputs.document}"}
"""
WORDS = [f"palabra{number}" for number in range(2_000)]


def letter(seed: int, words: int = 300) -> list[str]:
    return random.Random(seed).choices(WORDS, k=words)  # noqa: S311 - the same every time


def misread(words: list[str], every: int) -> list[str]:
    """As another scan of it is read: here and there a word is wrong."""
    return [word[::-1] if index % every == 0 else word for index, word in enumerate(words)]


def test_like_texts_have_like_signatures():
    text = letter(1)
    one, again = signature_of(" ".join(text)), signature_of(" ".join(text).upper())
    scan, other = signature_of(" ".join(misread(text, 40))), signature_of(" ".join(letter(2)))
    assert similarity(one, again) == 1.0
    assert 0.7 < similarity(one, scan) < 1
    assert similarity(one, other) < 0.1
    assert set(bands_of(one)) & set(bands_of(scan))
    assert not set(bands_of(one)) & set(bands_of(other))


def test_the_estimate_is_close_to_the_share_of_shingles():
    for seed in range(5):
        text = letter(seed)
        scan = misread(text, 25)
        shingles = [{tuple(words[at : at + 3]) for at in range(len(words) - 2)} for words in (text, scan)]
        true = len(shingles[0] & shingles[1]) / len(shingles[0] | shingles[1])
        assert similarity(signature_of(" ".join(text)), signature_of(" ".join(scan))) == pytest.approx(true, abs=0.15)


def test_a_signature_is_kept_as_text_and_a_short_text_has_none():
    signature = signature_of(" ".join(letter(3)))
    assert (read(written(signature)), len(signature)) == (signature, 96)
    assert signature_of("only a few words") == []
    assert read("") == read(None) == []


async def fingerprints(place):
    services = place.services
    await services.journal.catch_up()
    taking = Fingerprints(services.database, services.contents, Children(services.processes, 30))
    while await taking.take():
        pass


async def read_all(place, count):
    answer = await place.client.post(
        "/workflows/import", content=WORKFLOW.encode(), headers={"content-type": "application/yaml"}
    )
    assert answer.is_success, answer.text
    for number in range(1, count + 1):
        parameters = {"document": f"document_{number}"}
        ran = await place.client.post("/workflows/workflow_1/execute", json={"parameters": parameters, "wait": 30})
        assert ran.json()["status"] == "succeeded", ran.text
    await fingerprints(place)


async def duplicates(place, document="document_1", **wanted):
    told = (await place.client.get(f"/documents/{document}/duplicates", params=wanted)).json()
    return told["compared"], [(item["kind"], item["document"]["name"]) for item in told["items"]]


async def test_exact_and_near_duplicates_are_found(place):
    text = letter(1)
    await place.upload(" ".join(text).encode(), "carta.txt")
    await place.upload(" ".join(text).encode(), "copia.txt")
    await place.upload(" ".join(misread(text, 40)).encode(), "otro escaneo.txt")
    await place.upload(" ".join(letter(2)).encode(), "otra.txt")
    assert await duplicates(place) == (False, [("exact", "copia.txt")])
    await read_all(place, 4)
    assert await duplicates(place) == (True, [("exact", "copia.txt"), ("near", "otro escaneo.txt")])
    assert await duplicates(place, at_least=0.99) == (True, [("exact", "copia.txt")])
    assert await duplicates(place, "document_4") == (True, [])
    await place.client.delete("/documents/document_2")
    assert await duplicates(place) == (True, [("near", "otro escaneo.txt")])
    async with place.stranger() as eve:
        assert (await eve.get("/documents/document_1/duplicates")).status_code == 404
        await eve.post("/documents", params={"name": "x.txt"}, content=" ".join(text).encode())
        assert (await eve.get("/documents/document_1/duplicates")).json()["items"] == []
