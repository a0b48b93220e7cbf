"""The one entry: a source and its data to the bytes of a PDF or HTML document. Runs in a child process."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docchain.features.documents.rendering.failures import Unrenderable
from docchain.features.documents.rendering.markup import as_literal, clean, from_markdown
from docchain.features.documents.rendering.paper import compile_pdf
from docchain.features.documents.rendering.typeset import typst_markup
from docchain.features.documents.rendering.webpage import page
from docchain.platform.templates import TemplateFault, render_text

MAX_SOURCE = 4 * 1024 * 1024
LANGUAGE = re.compile(r"[a-z]{2,3}")


def render(
    template: str, data: Mapping[str, Any], source: str, to: str, title: str = "", language: str = "en"
) -> bytes:
    """Render a document.

    Args:
        template: Markdown, HTML, or a Markdown template whose values are written as plain text.
        data: what a template's names stand for; unused otherwise.
        source: `markdown`, `html` or `template`.
        to: `pdf` or `html`.
        title: in the head of each page.
        language: two letters; sets hyphenation and the words of the page number.
    """
    if len(template) > MAX_SOURCE:
        raise Unrenderable("too_large", f"The source is longer than {MAX_SOURCE:,} characters; split the document.")
    fragment = _fragment(template, data, source)
    code = language.lower().partition("-")[0]
    code = code if LANGUAGE.fullmatch(code) else "en"
    match to:
        case "html":
            return page(fragment, title, code)
        case "pdf":
            return compile_pdf(typst_markup(fragment), title, code)
    raise Unrenderable("unknown_format", f'Documents are rendered to "pdf" or "html", not to "{to}".')


def render_file(path: str, *job: Any) -> None:
    """The same into a file: the call for a child process."""
    made = render(*job)
    with Path(path).open("r+b") as file:
        file.write(made)


def _fragment(template: str, data: Mapping[str, Any], source: str) -> str:
    match source:
        case "markdown":
            return from_markdown(template)
        case "html":
            return clean(template)
        case "template":
            try:
                return from_markdown(render_text(template, data, as_literal))
            except TemplateFault as fault:
                raise Unrenderable("template", fault.message) from None
    raise Unrenderable("unknown_format", f'The source is "markdown", "html" or "template", not "{source}".')
