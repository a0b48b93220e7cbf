"""What models say of papers: values with their boxes, values that no page says, and questions with quotes."""

import pytest

from docchain.features.ai.errors import SchemaInvalid
from docchain.features.ai.steps.ask import AskDocuments
from docchain.features.ai.steps.classify import Classify
from docchain.features.ai.steps.extract import Extract

LEASE = """
CONTRATO DE ARRENDAMIENTO

Arrendadora: Inmuebles Sur, S.L.
Arrendatario: Ana Torres Vidal
Fecha de inicio: 01/04/2026
Renta mensual: 850,00 €
Fianza: 1.700,00 €
IBAN: ES91 2100 0418 4502 0005 1332
""".strip("\n")
FIELDS = {
    "fields": {
        "landlord": {"type": "text"},
        "rent": {"type": "money"},
        "starts": {"type": "date"},
        "account": {"type": "iban"},
        "penalty": {"type": "money"},
    }
}


def said(value, quote="", page=1):
    return {"value": value, "quote": quote, "page": page}


NOTHING = {"value": None, "quote": None, "page": None}


async def test_local_fields_are_those_of_the_extractor(desk):
    _, stored, run = desk
    result = await run(Extract, document=await stored(LEASE), schema="contract", provider="local")
    assert result.value["party_a"] == "Inmuebles Sur, S.L."
    assert result.value["amount"] == {"amount": "850.00", "currency": "EUR"}
    assert result.fields["iban"].accepted
    assert result.fields["iban"].page == 1
    assert result.fields["iban"].grounded
    assert (result.ai.provider, result.ai.split) == ("local", None)


async def test_rules_of_a_schema_hold_for_local_and_remote_values(desk):
    cloud, stored, run = desk
    rule = {"check": "!exceeds(item.rent, 800)", "message": "The rent is above 800.", "message_es": "Más de 800."}
    fields = {"rent": {"type": "money", "labels": ["renta mensual"]}, "account": {"type": "iban", "labels": ["iban"]}}
    schema = {"fields": fields, "rules": [rule]}
    cloud.replies = [{"rent": said("850.00 EUR"), "account": said("ES9121000418450200051332")}]
    for provider in ("local", "openai"):
        result = await run(Extract, document=await stored(LEASE), schema=schema, provider=provider)
        assert [(fault.path, fault.message_es) for fault in result.faults] == [("rules[0]", "Más de 800.")]
        assert (result.fields["rent"].accepted, result.fields["account"].accepted) == (False, True)
        assert not result.ok


async def test_a_wrong_rule_is_refused_before_anybody_is_asked(desk):
    cloud, stored, run = desk
    schema = {**FIELDS, "rules": [{"check": "item.fee > 1", "message": "x"}]}
    with pytest.raises(SchemaInvalid, match=r"rules\[0\]\.check"):
        await run(Extract, document=await stored(LEASE), schema=schema, provider="openai")
    assert cloud.asked == []


async def test_a_models_values_get_the_boxes_of_their_words(desk):
    cloud, stored, run = desk
    cloud.replies = [
        {
            "landlord": said("Inmuebles Sur, S.L.", "Arrendadora: Inmuebles Sur, S.L."),
            "rent": said("850.00 EUR", "Renta mensual: 850,00 €"),
            "starts": said("2026-04-01", "Fecha de inicio: 01/04/2026"),
            "account": said("ES9121000418450200051332"),
            "penalty": said("300.00 EUR", "Penalización: 300 €"),
        }
    ]
    result = await run(Extract, document=await stored(LEASE), schema=FIELDS, provider="openai")
    assert result.fields["rent"].box == (36 + 15 * 6, 36 + 5 * 12, 36 + 23 * 6, 36 + 5 * 12 + 10)
    assert result.value["rent"] == {"amount": "850.00", "currency": "EUR"}
    assert result.value["starts"] == "2026-04-01"
    assert [name for name, field in result.fields.items() if field.accepted] == [
        "landlord",
        "rent",
        "starts",
        "account",
    ]
    penalty = result.fields["penalty"]
    assert (penalty.grounded, penalty.accepted, penalty.page, penalty.confidence) == (False, False, None, 0.3)
    assert [fault.code for fault in result.faults] == ["not_on_page"]
    assert "penalty" in result.unsure


async def test_no_threshold_accepts_what_no_page_says(desk):
    cloud, stored, run = desk
    cloud.replies = [dict.fromkeys(FIELDS["fields"], NOTHING) | {"penalty": said("300.00 EUR")}]
    result = await run(Extract, document=await stored(LEASE), schema=FIELDS, provider="openai", threshold=0)
    assert not result.fields["penalty"].accepted
    assert result.unsure == ["penalty"]


async def test_a_wrong_page_is_corrected_and_long_papers_are_split(desk):
    cloud, stored, run = desk
    other = "\n".join(f"Cláusula {number}. Las partes cumplen lo que aquí se dice." for number in range(60))
    empty = dict.fromkeys(FIELDS["fields"], NOTHING)
    cloud.replies = [empty, empty | {"rent": said("850.00 EUR", "Renta", 7)}]
    result = await run(Extract, document=await stored(other, LEASE), schema=FIELDS, provider="openai")
    assert result.fields["rent"].page == 2
    assert result.ai.split.parts == 2
    assert "surest" in result.ai.split.merged


async def test_text_without_pages_is_read_without_boxes(desk):
    _, _, run = desk
    result = await run(Extract, text=LEASE, schema="contract", provider="local")
    assert result.value["deposit"] == {"amount": "1700.00", "currency": "EUR"}
    assert result.fields["deposit"].page is None


async def test_an_answer_that_quotes_the_paper_is_cited(desk):
    cloud, stored, run = desk
    document = await stored(LEASE)
    cloud.replies = [
        {
            "found": True,
            "answer": "850 euros al mes.",
            "confidence": 0.9,
            "quotes": [{"number": 1, "quote": "renta mensual: 850,00 €"}],
        }
    ]
    result = await run(AskDocuments, documents=[document], question="¿Cuánto es la renta?", provider="openai")
    assert (result.found, result.answer) == (True, "850 euros al mes.")
    [cited] = result.citations
    assert (cited.document, cited.page, cited.text) == (str(document.document_id), 1, "Renta mensual: 850,00")
    assert cited.box[1] == 36 + 5 * 12


async def test_an_answer_whose_quote_stands_nowhere_is_not_given(desk):
    cloud, stored, run = desk
    cloud.replies = [
        {"found": True, "answer": "300 €", "confidence": 0.99, "quotes": [{"number": 1, "quote": "multa de 300 euros"}]}
    ]
    result = await run(AskDocuments, document=await stored(LEASE), question="¿Y la multa?", provider="openai")
    assert (result.found, result.answer, result.citations, result.confidence) == (False, "", [], 0.3)


async def test_local_answers_quote_page_and_box(desk):
    _, stored, run = desk
    told = "The contract starts on 1 April 2026.\nThe monthly rent is 850.00 EUR.\nPets are not allowed."
    asked = {"document": await stored(told), "provider": "local"}
    result = await run(AskDocuments, question="How much is the monthly rent?", **asked)
    assert result.found
    assert "850.00" in result.answer
    assert result.citations[0].page == 1
    none = await run(AskDocuments, question="Who painted the ceiling?", **asked)
    assert (none.found, none.answer, none.citations) == (False, "", [])


async def test_labels_are_weighed_locally_and_by_models(desk):
    cloud, _, run = desk
    labels = {"invoice": "A bill that asks for money", "holiday": "A request for days off work"}
    text = "Please pay the invoice of 300 EUR within 30 days."
    local = await run(Classify, text=text, labels=labels, provider="local")
    assert local.label == "invoice"
    cloud.replies = [{"labels": [{"label": "invoice", "confidence": 0.4}, {"label": "holiday", "confidence": 0.1}]}]
    remote = await run(Classify, text=text, labels=list(labels), provider="openai")
    assert (remote.label, remote.unsure, remote.chosen) == ("invoice", True, [])
