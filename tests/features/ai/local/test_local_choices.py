"""Labels, decisions, answers, templates and routes: what is chosen, how sure, and when a person is asked."""

import pytest

from docchain.features.ai.local.answering import Source, answer
from docchain.features.ai.local.deciding import Option, decide
from docchain.features.ai.local.generation import TEMPLATES, WrongTemplate, generate
from docchain.features.ai.local.labels import classify
from docchain.features.ai.local.routing import route_of
from docchain.features.ai.local.vectors import embedded

LEASE = Source(
    "lease",
    "La renta mensual será de 850,00 € y se paga al principio del mes. El contrato empieza el 1 de abril de 2025 y "
    "dura dos años. Don Juan Pérez García es el arrendador. La fianza es de 1.700,00 €.",
)
SHIPPING = Source("shipping", "The goods leave on 4 May 2025. Northern Haulage Ltd carries them. Freight costs $1,200.")
LABELS = {
    "invoice": "factura, amount due, taxes",
    "complaint": "reclamación, a customer is unhappy",
    "application": "solicitud de empleo, somebody applies for a job",
}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Factura 18: base imponible 400, IVA 84, total 484 €", "invoice"),
        ("I want my money back, the chairs arrived broken", "complaint"),
        ("Adjunto mi currículum para el puesto de contable", "application"),
    ],
)
def test_a_label_that_nobody_taught(text, label):
    found = classify(text, LABELS, embedded)
    assert (found.label, found.unsure) == (label, False)
    assert sum(item.confidence for item in found.labels) <= 1.01


@pytest.mark.parametrize("text", ["xyzzy", "blorf", "kkkkk jjjj", "hola", "12/05/2025", "El gato duerme en el tejado"])
@pytest.mark.parametrize("names", [("queja", "factura", "pedido"), ("complaint", "praise"), ("urgente", "normal")])
def test_what_means_nothing_is_near_to_no_bare_label(text, names):
    found = classify(text, dict.fromkeys(names, ""), embedded)
    assert found.unsure, found
    assert classify(text, dict.fromkeys(names, ""), embedded, many=True).unsure


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Adjunto factura de los trabajos de mayo, vencimiento a 30 días", "factura"),
        ("Exijo que me devuelvan el dinero, es la tercera queja", "queja"),
        ("Pedido número 12: nos faltan 40 cajas de folios", "pedido"),
    ],
)
def test_a_bare_label_is_found_by_what_it_means(text, label):
    found = classify(text, dict.fromkeys(("queja", "factura", "pedido"), ""), embedded)
    assert (found.label, found.unsure) == (label, False)


def test_a_text_about_nothing_of_it_is_unsure():
    assert classify("xq zzt 0042 7 7 7", LABELS, embedded).unsure
    assert classify("", LABELS, embedded).label is None


def test_corrected_examples_change_the_next_label():
    text = "Parte de trabajo del operario, 6 horas en obra"
    labels = {"timesheet": "", "invoice": ""}
    bare = classify(text, labels, embedded)
    taught = classify(text, labels, embedded, examples={"timesheet": ["Parte de trabajo, 8 horas, obra norte"]})
    share = {item.label: item.confidence for item in bare.labels}["timesheet"]
    assert taught.label == "timesheet"
    assert taught.confidence > share


def test_several_labels_may_fit():
    found = classify("Quiero reclamar por la factura que me han cobrado dos veces", LABELS, embedded, many=True)
    sure = {item.label for item in found.labels if item.confidence >= 0.5}
    assert sure == {"invoice", "complaint"}


@pytest.mark.parametrize("text", ["xyzzy", "table", "12345", "hola"])
def test_a_word_or_two_without_a_label_in_them_are_unsure(text):
    assert classify(text, {"complaint": "", "praise": ""}, embedded).unsure


def test_a_short_text_with_a_label_in_it_is_sure():
    assert classify("Factura 12", {"factura": "", "queja": ""}, embedded).label == "factura"
    assert not classify("Factura 12", {"factura": "", "queja": ""}, embedded).unsure


def test_one_side_of_a_contract_is_not_taken_for_the_other():
    text = (
        "De una parte, doña Rosario Bermejo Alonso, en adelante la ARRENDADORA.\n"
        "De otra parte, don Hamid El Amrani, en adelante el ARRENDATARIO.\n"
        "TERCERA. Fianza. El arrendatario entrega 780,00 € en concepto de fianza."
    )
    lease = [Source("lease", text)]

    assert "Rosario Bermejo Alonso" in answer("¿Quién es la arrendadora?", lease, embedded).answer
    assert "Hamid El Amrani" in answer("¿Quién es el arrendatario?", lease, embedded).answer
    assert "780,00 €" in answer("¿Cuál es la fianza?", lease, embedded).answer


@pytest.mark.parametrize(
    ("question", "told", "document"),
    [
        ("¿Cuándo empieza el contrato?", "1 de abril de 2025", "lease"),
        ("¿Cuánto es la renta mensual?", "850,00 €", "lease"),
        ("¿Quién es el arrendador?", "Juan Pérez García", "lease"),
        ("When do the goods leave?", "4 May 2025", "shipping"),
        ("Who carries the goods?", "Northern Haulage Ltd", "shipping"),
        ("How much is the freight?", "$1,200", "shipping"),
    ],
)
def test_an_answer_is_what_was_asked_for_with_its_sentence(question, told, document):
    found = answer(question, [LEASE, SHIPPING], embedded)
    assert (found.answer, found.found) == (told, True)
    first = found.citations[0]
    assert first.document == document
    assert told in first.text
    assert {"lease": LEASE, "shipping": SHIPPING}[document].text[first.start : first.end] == first.text


@pytest.mark.parametrize(
    ("question", "told"),
    [("When does the work begin?", "1 February 2025"), ("When must the work be finished?", "30 June 2025")],
)
def test_of_two_dates_the_one_beside_the_words_of_the_question(question, told):
    text = "The work begins on 1 February 2025 and must be finished by 30 June 2025."
    assert answer(question, [Source("order", text)], embedded).answer == told


@pytest.mark.parametrize("question", ["¿De qué color es el coche?", "Who won the football match?", "???"])
def test_what_no_source_says_is_not_answered(question):
    found = answer(question, [LEASE, SHIPPING], embedded)
    assert (found.answer, found.found) == ("", False)


def test_rules_decide_in_order_and_say_why():
    options = [Option("director", "item.total > 1000"), Option("clerk", "item.total > 0")]
    found = decide({"total": 1200}, options, embedded)
    assert (found.decision, found.confidence, found.reasons) == ("director", 1.0, ["`item.total > 1000` is true."])
    assert decide({"total": 20}, options, embedded).decision == "clerk"
    none = decide({"total": -1}, options, embedded)
    assert (none.decision, none.needs_person) == (None, True)
    assert decide({"total": -1}, options, embedded, default="bin").decision == "bin"


def test_a_rule_that_cannot_be_judged_is_told_and_passed_over():
    found = decide({}, [Option("a", "item.total > 1000"), Option("b", "true")], embedded)
    assert (found.decision, found.needs_person) == ("b", True)
    assert found.reasons[0].startswith("The rule of `a` could not be judged:")
    left = decide({}, [Option("a", "item.total > 1000")], embedded, default="c")
    assert (left.decision, left.confidence, left.needs_person) == ("c", 0.5, True)


def test_nearness_decides_where_no_rule_does_and_asks_when_unsure():
    options = [
        Option("complaints", description="a customer complains and wants money back"),
        Option("sales", description="somebody wants to buy and asks for a quote"),
    ]
    found = decide({"text": "el cliente está muy enfadado y quiere su dinero"}, options, embedded)
    assert (found.decision, found.needs_person) == ("complaints", False)
    assert decide({"text": "0042 xq"}, options, embedded).needs_person


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("name", TEMPLATES)
def test_each_template_is_filled_with_what_it_needs(name, language):
    needed, optional = TEMPLATES[name]
    few = generate(name, {part: f"<{part}>" for part in needed}, language).text
    all_of_it = generate(name, {part: f"<{part}>" for part in (*needed, *optional)}, language).text
    assert [part for part in needed if f"<{part}>" not in few] == []
    assert [part for part in (*needed, *optional) if f"<{part}>" not in all_of_it] == []
    assert "None" not in few.replace("- None.", "")


def test_a_reminder_reads_as_it_should():
    given = {"customer": "Acme", "number": "F-4", "amount": "10,00 €", "due_date": "1 de mayo", "sender": "Ana"}
    assert generate("payment_reminder", given, "es").text == (
        "Estimado cliente, Acme:\n\nLe recordamos que la factura F-4, por un importe de 10,00 €, venció el 1 de mayo "
        "y, según nuestros datos, sigue pendiente de pago.\n\nSi ya la ha pagado, no tenga en cuenta este aviso.\n\n"
        "Atentamente,\nAna\n"
    )


def test_values_are_never_templates():
    given = {"recipient": "{{ 7 * 7 }}", "document": "{% for %}", "sender": "Ana"}
    assert "{{ 7 * 7 }}" in generate("cover_note", given, "en").text


def test_what_a_template_lacks_is_named():
    with pytest.raises(WrongTemplate, match=r"meeting_note needs date, attendees: give them in `variables`"):
        generate("meeting_note", {"subject": "Obra"}, "es")
    with pytest.raises(WrongTemplate, match=r"no template 'poem'. Use one of supplier_reply,"):
        generate("poem", {}, "es")


@pytest.mark.parametrize(
    ("prompt", "task", "text"),
    [
        ("Resume el siguiente texto: El sol sale.", "summarize", "El sol sale."),
        ("Please summarize this\nThe sun rises.", "summarize", "The sun rises."),
        ("Traduce al inglés: hola", "translate", "hola"),
        ("Clasifica este correo", "classify", ""),
        ("Extract the keywords: sun and moon", "keywords", "sun and moon"),
        ("Analiza el sentimiento: bien", "sentiment", "bien"),
        ("Extrae los datos de la factura", "extract", ""),
    ],
)
def test_prompts_that_begin_with_a_known_verb_have_a_way(prompt, task, text):
    found = route_of(prompt)
    assert (found.task, found.text) == (task, text)


@pytest.mark.parametrize("prompt", ["Write a poem about rain", "Escribe un cuento", "", "Resumidamente, no"])
def test_free_writing_has_none(prompt):
    assert route_of(prompt) is None
