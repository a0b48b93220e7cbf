"""Language, sentences, keywords, summaries, feeling and ease: what is said of a text, and where in it."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docchain.features.ai.local.analysis import UnknownAnalysis, analyze
from docchain.features.ai.local.jobs import work
from docchain.features.ai.local.keywords import keywords_of
from docchain.features.ai.local.language import language_of
from docchain.features.ai.local.readability import readability_of, syllables_en, syllables_es
from docchain.features.ai.local.sentences import sentences_of
from docchain.features.ai.local.sentiment import sentiment_of
from docchain.features.ai.local.summary import summary_of
from docchain.features.ai.local.vectors import embedded

LEASE = (
    "En Sevilla, a 3 de marzo de 2025. De una parte don Juan Pérez García, con DNI 12345678Z, como arrendador. "
    "De otra parte Transportes Morales, S.L., como arrendataria. La renta mensual será de 850,00 € y se pagará en los "
    "primeros cinco días de cada mes. El contrato empieza el 1 de abril de 2025 y dura dos años. La fianza es de "
    "1.700,00 €. Cualquiera de las partes podrá resolverlo con un mes de preaviso."
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Total a pagar 121,00 €", "es"),
        ("factura", "es"),
        ("Amount due: £121.00", "en"),
        ("hello", "en"),
        ("Le fournisseur livrera la marchandise dans les trente jours suivant la commande.", "fr"),
        ("4711-0815", "und"),
        ("", "und"),
    ],
)
def test_the_language_of_short_and_long_texts(text, code):
    assert language_of(text).code == code


def test_how_a_language_was_told_is_said():
    assert language_of("factura").method == "word-vote"
    assert language_of("El proveedor entregará la mercancía en el almacén del cliente.").method == "fasttext-lite"


def test_abbreviations_end_no_sentence():
    told = [piece.text for piece in sentences_of("El Sr. Gil, de Gil, S.L., vino el 3. Mar. Fin. ¿Qué? Sí.")]
    assert told == ["El Sr. Gil, de Gil, S.L., vino el 3.", "Mar. Fin.", "¿Qué?", "Sí."]
    assert [piece.text for piece in sentences_of("Acme Inc. won. Mr. Day lost.")] == ["Acme Inc. won.", "Mr. Day lost."]


def test_lines_that_go_on_are_one_sentence_and_items_are_their_own():
    text = "Condiciones\nEl pago se hará\nen treinta días.\n- uno\n- dos\n\nFin"
    told = [piece.text for piece in sentences_of(text)]
    assert told == ["Condiciones", "El pago se hará en treinta días.", "- uno", "- dos", "Fin"]


@settings(deadline=None)
@given(st.text(alphabet="aÁb1 .?!\n\t-¿(),S.L", max_size=200))
def test_sentences_are_in_order_and_hold_every_letter(text):
    pieces = sentences_of(text)
    assert all(" ".join(text[piece.start : piece.end].split()) == piece.text for piece in pieces)
    assert all(before.end <= after.start for before, after in pairwise(pieces))
    held = sum(map(str.isalnum, "".join(piece.text for piece in pieces)))
    assert held == sum(map(str.isalnum, text))


@pytest.mark.parametrize(
    ("word", "count"),
    [("aéreo", 4), ("leía", 3), ("ciudad", 2), ("buey", 1), ("prohibir", 3), ("guitarra", 3), ("país", 2), ("yo", 1)],
)
def test_spanish_syllables(word, count):
    assert syllables_es(word) == count


@pytest.mark.parametrize(("word", "count"), [("made", 1), ("asked", 1), ("wanted", 2), ("table", 2), ("the", 1)])
def test_english_syllables(word, count):
    assert syllables_en(word) == count


def test_readability_names_its_formula_and_band():
    easy = readability_of("El sol sale. El gato come pan. Yo leo.", "es")
    assert (easy.method, easy.band) == ("inflesz", "muy fácil")
    assert set(easy.scores) == {"fernandez_huerta", "szigriszt_pazos"}
    hard = readability_of("Notwithstanding contractual considerations, intermediary organisations deliberate.", "en")
    assert (hard.method, hard.band) == ("flesch", "very difficult")
    assert readability_of("12 34", "es") is None


@pytest.mark.parametrize(
    ("text", "language", "label"),
    [
        ("El servicio no fue nada bueno.", "es", "negative"),
        ("No está nada mal.", "es", "positive"),
        ("La web es bonita, pero se cuelga continuamente.", "es", "negative"),
        ("Buenos días, adjunto la factura.", "es", "neutral"),
        ("Not bad at all.", "en", "positive"),
        ("I would not recommend this company.", "en", "negative"),
        ("Payment is due within thirty days.", "en", "neutral"),
        ("I am fed up.", "en", "negative"),
    ],
)
def test_feeling_reads_denials_and_buts(text, language, label):
    assert sentiment_of(text, language).label == label


def test_more_of_a_word_feels_more():
    scores = [sentiment_of(text, "en").score for text in ("slightly good", "good", "very good")]
    assert scores == sorted(scores)
    assert scores[0] < scores[2]


@settings(deadline=None)
@given(st.text(max_size=300), st.sampled_from(["es", "en"]))
def test_feeling_stays_in_its_bounds_for_any_text(text, language):
    found = sentiment_of(text, language)
    assert -1 <= found.score <= 1
    assert 0.5 <= found.confidence <= 0.95


def test_keywords_stand_in_the_text_and_none_is_in_another():
    found = keywords_of(LEASE, "es", 6)
    assert len(found) == 6
    assert all(LEASE[word.start : word.end] == word.text for word in found)
    assert "Juan Pérez García" in [word.text for word in found]
    assert not any(one is not two and one.text in two.text for one in found for two in found)


def test_a_text_too_short_for_phrases_has_its_words():
    assert [word.text for word in keywords_of("El pedido llegó roto.", "es")] == ["pedido", "llegó", "roto"]
    assert keywords_of("de la y", "es") == []


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("Extrae las palabras clave: El pedido llegó roto.", "pedido, llegó, roto"),
        ("Extract the keywords: The parcel came broken.", "parcel, came, broken"),
        ("Analiza el sentimiento: El servicio fue horrible.", "negativo"),
    ],
)
def test_one_analysis_is_told_in_words_of_the_text_and_nothing_else(prompt, told):
    assert work("generate", {}, prompt, "", 10_000)["text"] == told


def test_several_analyses_are_told_line_by_line_in_the_language_of_the_text():
    asked = {"text": "El servicio fue horrible.", "analyses": ["sentiment", "language"]}
    assert work("analyze", asked, "", "", 10_000)["text"] == "sentimiento: negativo\nidioma: es"
    asked["text"] = "The service was awful."
    assert work("analyze", asked, "", "", 10_000)["text"] == "sentiment: negative\nlanguage: en"


def test_a_summary_quotes_in_the_order_of_the_text():
    found = summary_of(LEASE, embedded, sentences=3)
    assert len(found.sentences) == 3
    assert [piece.start for piece in found.sentences] == sorted(piece.start for piece in found.sentences)
    assert all(LEASE[piece.start : piece.end] == piece.text for piece in found.sentences)


def test_a_summary_keeps_to_its_words_and_repeats_nothing():
    text = "La fianza es de mil euros para siempre. " * 5 + "El pago se hace cada mes en el banco."
    found = summary_of(text, embedded, words=18)
    assert len(found.text.split()) <= 18
    assert "banco" in found.text


def test_each_analysis_has_its_confidence_and_method():
    found = analyze(LEASE, ["sentiment", "language", "entities", "readability"], embedded)
    assert list(found) == ["sentiment", "language", "entities", "readability"]
    assert all(0 <= part["confidence"] <= 1 and part["method"] for part in found.values())
    assert [part["kind"] for part in found["entities"]["entities"]] == [
        "place", "date", "person", "tax_id", "organization", "money", "date", "money",
    ]  # fmt: skip


def test_what_is_measured_of_no_other_language_says_so():
    found = analyze("Le fournisseur livrera la marchandise dans les trente jours.", ["readability"], embedded)
    assert found["readability"]["missing"] == "Readability is measured of Spanish and English only."


def test_an_unknown_analysis_is_refused_with_the_known_ones():
    with pytest.raises(UnknownAnalysis, match=r"no analysis 'mood'.*sentiment, keywords"):
        analyze("Hola", ["mood"], embedded)


@pytest.mark.parametrize(("text", "code"), [("货物迟到了。而且坏了。服务很差。", "zh"), ("Товар сломан.", "ru")])
def test_short_texts_in_other_letters_are_of_other_languages(text, code):
    found = analyze(text, ["language", "readability"], embedded)

    assert found["language"]["code"] == code
    assert found["readability"]["missing"] == "Readability is measured of Spanish and English only."
