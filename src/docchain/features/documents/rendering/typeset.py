"""Clean HTML to Typst markup. Every character of text travels inside a string literal, so none can be markup."""

import re
from html.parser import HTMLParser

import msgspec

DEPTH = 40
SPACES = re.compile(r"[ \t\r\n\f]+")
ALIGN = re.compile(r"(left|center|right)")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
WRAPPERS = {
    "strong": "strong", "b": "strong", "em": "emph", "i": "emph", "u": "underline", "s": "strike", "del": "strike",
    "sub": "sub", "sup": "super", "mark": "highlight",
}  # fmt: skip
PARAGRAPHS = {"p", "div", "dt", "dd", "caption"}
HOLDERS = {"ul", "ol", "table", "thead", "tbody", "tfoot", "tr", "dl"}


class Element(msgspec.Struct):
    """An open tag and what it holds so far."""

    tag: str
    attributes: dict[str, str | None]
    parts: list[str] = []
    cells: list[tuple[str, int]] = []
    rows: list[list[tuple[str, int]]] = []
    header: int = 0


def typst_markup(html: str) -> str:
    setter = _Setter()
    setter.feed(html)
    setter.close()
    return setter.finished()


def literal(text: str) -> str:
    """Text as a Typst string."""
    plain = CONTROLS.sub("", text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain}"'


class _Setter(HTMLParser):
    """Walks the HTML and folds each element, when it closes, into its parent."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open = [Element("body", {})]

    def finished(self) -> str:
        while len(self._open) > 1:
            self._fold()
        return "".join(self._open[0].parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._open[-1].parts.append("#linebreak()")
        elif tag == "hr":
            self._open[-1].parts.append("\n\n#line(length: 100%, stroke: 0.5pt + luma(180))\n\n")
        elif len(self._open) < DEPTH:
            self._open.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self._open[1:]):
            while self._open[-1].tag != tag:
                self._fold()
            self._fold()

    def handle_data(self, data: str) -> None:
        if self._open[-1].tag in HOLDERS:
            return
        if not any(element.tag == "pre" for element in self._open):
            data = SPACES.sub(" ", data)
            if data == " " and self._open[-1].tag in {"body", "div", "blockquote", "li"}:
                return
        self._open[-1].parts.append("#" + literal(data) + ";" if "pre" not in self._tags() else data)

    def _tags(self) -> set[str]:
        return {element.tag for element in self._open}

    def _fold(self) -> None:
        element = self._open.pop()
        parent = self._open[-1]
        inner = "".join(element.parts)
        match element.tag:
            case "td" | "th":
                parent.cells.append(_cell(element, inner))
                parent.header += element.tag == "th"
            case "tr":
                if element.cells:
                    parent.rows.append(element.cells)
                    parent.header = max(parent.header, len(parent.rows) * (element.header == len(element.cells)))
            case "thead" | "tbody" | "tfoot":
                parent.header = max(parent.header, len(element.rows) * (element.tag == "thead"))
                parent.rows.extend(element.rows)
            case "li":
                parent.parts.append(f"[{inner}]")
            case _:
                parent.parts.append(_set(element, inner))


def _set(element: Element, inner: str) -> str:
    tag = element.tag
    if tag in WRAPPERS:
        return f"#{WRAPPERS[tag]}[{inner}];"
    if tag in {"code", "a"}:
        return _inline(element, inner)
    block = _block(element, inner)
    return f"\n\n{block}\n\n" if block else inner


def _inline(element: Element, inner: str) -> str:
    if element.tag == "code":
        return f"#text(font: mono, size: 0.85em)[{inner}];" if inner.startswith("#") else inner
    target = element.attributes.get("href")
    return f"#link({literal(target)})[{inner}];" if target else inner


def _block(element: Element, inner: str) -> str:
    match element.tag:
        case tag if tag in PARAGRAPHS:
            return inner
        case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
            return f"#heading(level: {element.tag[1]})[{inner}]"
        case "ul":
            return f"#list({', '.join(element.parts)})"
        case "ol":
            return f"#enum(start: {_number(element, 'start', 1, 100_000)}, {', '.join(element.parts)})"
        case "table":
            return _table(element)
        case "pre":
            return f"#raw({literal(inner.rstrip())}, block: true)"
        case "blockquote":
            return f"#quote(block: true)[{inner}]"
    return ""


def _table(element: Element) -> str:
    if not element.rows:
        return ""
    columns = max(sum(span for _, span in row) for row in element.rows)
    rows = [_row(row, columns) for row in element.rows]
    header = "".join(f"table.header({row})," for row in [", ".join(rows[: element.header])] if row)
    return f"#table(columns: {columns}, {header} {', '.join(rows[element.header :])})"


def _row(cells: list[tuple[str, int]], columns: int) -> str:
    missing = columns - sum(span for _, span in cells)
    return ", ".join([cell for cell, _ in cells] + ["[]"] * missing)


def _cell(element: Element, inner: str) -> tuple[str, int]:
    span = _number(element, "colspan", 1, 30)
    wanted = ALIGN.search(f"{element.attributes.get('style') or ''} {element.attributes.get('align') or ''}")
    align = f", align: {wanted[1]}" if wanted else ""
    body = f"#strong[{inner}]" if element.tag == "th" else inner
    return f"table.cell(colspan: {span}{align})[{body}]", span


def _number(element: Element, name: str, default: int, most: int) -> int:
    text = element.attributes.get(name) or ""
    return max(1, min(int(text), most)) if text.isdecimal() and len(text) < 9 else default  # noqa: PLR2004 -- digits
