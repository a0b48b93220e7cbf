"""Markdown and HTML to clean HTML: no scripts, no styles, nothing that would be fetched."""

import re
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

BLOCKS = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "blockquote", "pre", "hr"}
LISTS = {"ul", "ol", "li", "dl", "dt", "dd"}
TABLES = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
INLINE = {"a", "strong", "b", "em", "i", "u", "s", "del", "code", "br", "sub", "sup", "span", "small", "mark"}
TAGS = BLOCKS | LISTS | TABLES | INLINE
ATTRIBUTES = {
    "a": {"href"},
    "ol": {"start"},
    "td": {"style", "colspan", "align"},
    "th": {"style", "colspan", "align"},
}
SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&!$])")
LINE_START = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")


def from_markdown(text: str) -> str:
    renderer = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return clean(str(renderer.render(text)))


def clean(html: str) -> str:
    """Only the tags we set, links to web and mail, and the alignment of cells."""
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags={"script", "style", "title", "template", "noscript", "iframe", "svg", "math"},
        attributes=ATTRIBUTES,
        filter_style_properties={"text-align"},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def as_literal(value: Any) -> Any:
    """A value that a template writes, as text: its characters are no Markdown. `safe` lets Markdown through."""
    if value is None:
        return ""
    if isinstance(value, Markup):
        return value
    text = SPECIAL.sub(r"\\\1", " ".join(str(value).split()))
    return LINE_START.sub(lambda match: f"{match[1]}\\{match[2]}" if not match[2].isdigit() else match[0], text)
