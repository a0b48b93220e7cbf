import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docchain.features.documents.rendering.failures import Unrenderable
from docchain.features.documents.rendering.render import render

SUMMARY = """\
# Factura {{ number }}

Proveedor: **{{ seller }}**

| Concepto | Importe |
|----------|--------:|
{% for line in lines %}
| {{ line.text }} | {{ line.amount }} |
{% endfor %}
"""
DATA = {
    "number": "F-1",
    "seller": "Papelería Núñez",
    "lines": [{"text": "Lápiz | rojo", "amount": "1,50 €"}, {"text": "*Goma*", "amount": "0,75 €"}],
}


def pdf_text(data):
    text = "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))
    return "\n".join(line.strip() for line in text.splitlines())


def test_a_template_becomes_a_spanish_pdf():
    text = pdf_text(render(SUMMARY, DATA, "template", "pdf", "Resumen", "es"))

    assert text.split("\n") == [
        "Resumen",
        "Factura F-1",
        "Proveedor: Papelería Núñez",
        "Concepto Importe",
        "Lápiz | rojo 1,50 €",
        "*Goma* 0,75 €",
        "Página 1 de 1",
    ]


def test_the_same_source_gives_the_same_bytes():
    assert render(SUMMARY, DATA, "template", "pdf", "R", "es") == render(SUMMARY, DATA, "template", "pdf", "R", "es")


def test_markdown_becomes_a_page_of_html_that_loads_nothing():
    html = render(
        "# Año\n\n- **uno** <script>x</script>\n\n![logo](http://x/y.png)", {}, "markdown", "html", "A & B", "es"
    )

    assert b'<html lang="es">' in html
    assert b"<title>A &amp; B</title>" in html
    assert "<h1>Año</h1>\n<ul>\n<li><strong>uno</strong> &lt;script&gt;x&lt;/script&gt;</li>\n</ul>".encode() in html
    assert b"http://x" not in html
    assert b"default-src 'none'" in html


def test_html_is_cleaned_on_both_ways():
    source = '<p onclick="x()">Hola <a href="javascript:x">a</a><script>alert(1)</script></p>'
    html = render(source, {}, "html", "html")

    assert b"<p>Hola <a" in html
    assert b"alert" not in html
    assert b"javascript" not in html
    assert b"onclick" not in html
    assert pdf_text(render(source, {}, "html", "pdf", "T")) == "T\nHola a\nPage 1 of 1"


def test_all_kinds_of_blocks_reach_the_paper():
    source = "## Dos\n\n1. uno\n2. dos\n   - tres\n\n> cita\n\n```\ncó*di*go\n```\n\n"
    source += "[enlace](https://example.com) ~~no~~ `x`"

    assert pdf_text(render(source, {}, "markdown", "pdf", "T")).split("\n") == [
        "T", "Dos", "1. uno", "2. dos", "• tres", "cita", "có*di*go", "enlace no x", "Page 1 of 1",
    ]  # fmt: skip


def test_long_documents_number_their_pages():
    text = pdf_text(render("\n\n".join(["párrafo"] * 200), {}, "markdown", "pdf", "Largo", "es"))

    assert "Página 1 de 5" in text
    assert "Página 5 de 5" in text


def test_a_spanning_cell_takes_its_columns():
    rows = "<tr><th>a</th><th>b</th><th>c</th></tr><tr><td colspan=2>Total</td><td align=right>1 €</td></tr>"

    assert pdf_text(render(f"<table>{rows}</table>", {}, "html", "pdf", "T")).split("\n")[1:3] == ["a b c", "Total 1 €"]


@pytest.mark.parametrize("evil", ['#read("/etc/passwd")', '"); #panic("x', "\\#{1+1}", "$x$ @ref <label>", "]] } //"])
def test_values_and_text_are_never_markup(evil):
    template_text = pdf_text(render("Nota: {{ note }}", {"note": evil}, "template", "pdf", "T"))
    html_text = pdf_text(render(f"<p>{evil.replace('<', '&lt;')}</p>", {}, "html", "pdf", "T"))

    assert template_text.split("\n")[1] == f"Nota: {evil}"
    assert html_text.split("\n")[1] == evil


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["markdown", "html"]))
def test_any_text_can_be_rendered(text, source):
    assert render(text, {}, source, "pdf", text[:20], "es").startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("{{ x }}", {}, "template", "pdf"), "template", "The template cannot be filled: 'x' is undefined. "),
        (("{% if %}", {}, "template", "pdf"), "template", "Line 1 of the template: Expected an expression, got"),
        (("a", {}, "markdown", "docx"), "unknown_format", 'Documents are rendered to "pdf" or "html", not to "docx".'),
        (("a", {}, "rst", "pdf"), "unknown_format", 'The source is "markdown", "html" or "template", not "rst".'),
        (("a" * 5_000_000, {}, "markdown", "pdf"), "too_large",
         "The source is longer than 4,194,304 characters; split the document."),
    ],
)  # fmt: skip
def test_what_cannot_be_rendered_says_why(arguments, code, message):
    with pytest.raises(Unrenderable) as refused:
        render(*arguments)
    assert refused.value.code == code
    assert str(refused.value).startswith(message)
