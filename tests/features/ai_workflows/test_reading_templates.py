"""Templates that read documents and sort texts, on a fresh server without key or network."""

import pytest
from samples_run import run_sample


@pytest.mark.parametrize("language", ["es", "en"])
async def test_a_document_is_processed_to_a_report(offline, language):
    run = await run_sample(offline, "process_document", language)
    assert run["status"] == "succeeded", run["message"]
    assert run["output"]["label"] == "incident"
    assert run["output"]["language"]["code"] == language
    assert "4711" in run["output"]["summary"]
    assert run["output"]["document"]["media_type"] == "application/pdf"


@pytest.mark.parametrize(
    ("language", "number", "total"),
    [
        ("es", "F-2026-0042", {"amount": "302.50", "currency": "EUR"}),
        ("en", "HT-2026-107", {"amount": "300.00", "currency": "EUR"}),
    ],
)
async def test_an_invoice_is_extracted(offline, language, number, total):
    run = await run_sample(offline, "extract_invoice", language)
    assert run["status"] == "succeeded", run["message"]
    assert (run["output"]["value"]["number"], run["output"]["value"]["total"]) == (number, total)


@pytest.mark.parametrize("language", ["es", "en"])
async def test_a_message_is_classified(offline, language):
    run = await run_sample(offline, "classify_message", language)
    assert run["status"] == "succeeded", run["message"]
    assert run["output"]["label"] == "billing"


@pytest.mark.parametrize(("language", "answer"), [("es", "31 de diciembre de 2027"), ("en", "31 December 2027")])
async def test_a_question_is_answered_with_its_place(offline, language, answer):
    run = await run_sample(offline, "ask_document", language)
    assert run["status"] == "succeeded", run["message"]
    assert run["output"]["found"] is True
    assert answer in run["output"]["answer"]
    assert run["output"]["citations"]
