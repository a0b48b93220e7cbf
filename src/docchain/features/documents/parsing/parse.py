"""The one entry: bytes of any supported file to an encoded `ParsedDocument`. Runs in a child process."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

import msgspec

from docchain.features.documents.parsing import grid, mail, markdown, office, pictures, plain
from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.kinds import IMAGES, Kind, detect
from docchain.features.documents.parsing.limits import ParseLimits
from docchain.features.documents.parsing.model import Page, ParsedDocument
from docchain.features.documents.parsing.paper import PageText, image_page, pdf_pages
from docchain.features.documents.parsing.writing import Head, PageWriter

DEFAULT_LANGUAGES = ("es", "en")
PAPER = frozenset({Kind.PDF, *IMAGES})


def parse(
    data: bytes,
    name: str,
    media_type: str | None = None,
    languages: tuple[str, ...] = DEFAULT_LANGUAGES,
    limits: ParseLimits | None = None,
) -> bytes:
    """Read one file. Raises `Unreadable` with a message for the user."""
    file = io.BytesIO()
    parse_into(file, data, name, media_type, Options(languages, limits or ParseLimits()))
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Options:
    languages: tuple[str, ...]
    limits: ParseLimits


def parse_into(file: BinaryIO, data: bytes, name: str, media_type: str | None, options: Options) -> tuple[Head, int]:
    """The same into a file, page by page; returns what is not of a page, and the number of pages."""
    name = PurePath(name).name or "file"
    parser, writer = _Parser(options.limits, options.languages), PageWriter(file)
    head = parser.write(writer, data, name, parser.kind(data, name, media_type))
    writer.end(head)
    return head, writer.pages


class _Parser:
    """One parse: its limits and the attachments still allowed."""

    def __init__(self, limits: ParseLimits, languages: tuple[str, ...]) -> None:
        self._limits = limits
        self._languages = languages
        self._attachments_left = limits.attachments

    def kind(self, data: bytes, name: str, media_type: str | None = None) -> Kind:
        self._limits.check_size(name, len(data))
        return detect(data, name, media_type)

    def write(self, writer: PageWriter, data: bytes, name: str, kind: Kind) -> Head:
        """Pages of paper are written one by one; those of other kinds are laid out together."""
        if kind in PAPER:
            return self._paper(writer.page, data, name, kind)
        document = self._document(data, name, kind)
        for page in document.pages:
            writer.page(page)
        return Head(
            document.media_type,
            document.text,
            document.title,
            document.language,
            document.attachments,
            document.warnings,
        )

    def _document(self, data: bytes, name: str, kind: Kind, depth: int = 0) -> ParsedDocument:
        if kind in PAPER:
            pages: list[Page] = []
            head = self._paper(pages.append, data, name, kind)
            return ParsedDocument(head.media_type, head.text, pages, warnings=head.warnings)
        if kind is Kind.EML:
            return self._mail(data, name, depth)
        return self._grid(data, name, kind)

    def _paper(self, keep: Callable[[Page], None], data: bytes, name: str, kind: Kind) -> Head:
        warnings: list[str] = []
        texts = []
        for page, text in self._sheets(data, name, kind, warnings):
            keep(page)
            texts.append(text)
        text = "\n\n".join(texts)
        return Head(kind.value, text, warnings=warnings if kind is Kind.PDF else _unread(name, text))

    def _sheets(self, data: bytes, name: str, kind: Kind, warnings: list[str]) -> Iterator[PageText]:
        if kind is Kind.PDF:
            yield from pdf_pages(data, name, self._limits, self._languages, warnings)
            return
        for number, (image, scale) in enumerate(pictures.frames(data, name, kind, self._limits), start=1):
            yield image_page(image, scale, number, self._languages)

    def _grid(self, data: bytes, name: str, kind: Kind) -> ParsedDocument:
        """Everything without paper: Markdown text and its lines on the grid."""
        title: str | None = None
        if kind in {Kind.DOCX, Kind.XLSX, Kind.PPTX, Kind.HTML}:
            parts, title = office.to_markdown(data, name, kind, self._limits)
            text = "\n\n".join(part.strip("\n") for part in parts)
            laid_out = [markdown.blocks(part) for part in parts]
        else:
            text = plain.decode_text(data, name, self._limits)
            blocks: Iterable[grid.Block] = text.split("\n")
            if kind is Kind.MARKDOWN:
                blocks = markdown.blocks(text)
            elif kind is Kind.CSV:
                rows = plain.csv_rows(text, name, self._limits)
                blocks, text = [rows], markdown.pipe_table(rows)
            laid_out = [iter(blocks)]
        if len(text) > self._limits.characters:
            raise Unreadable("too_large", f"{name} holds more text than this server reads; split it.")
        pages = list(_numbered(grid.pages(blocks) for blocks in laid_out))
        return ParsedDocument(kind.value, text, pages, title, warnings=_unread(name, text))

    def _mail(self, data: bytes, name: str, depth: int) -> ParsedDocument:
        letter = mail.open_mail(data, name)
        head = [f"{field}: {value}" for field, value in letter.head]
        body = self._grid(letter.html, name, Kind.HTML).text if letter.html else letter.plain.replace("\r\n", "\n")
        lines = markdown.blocks(body) if letter.html else body.split("\n")
        texts = ["\n".join(head), body.strip("\n")]
        pages = [grid.pages([*head, "", *lines])]
        warnings: list[str] = []
        for attached, content in letter.attachments:
            try:
                inner = self._attachment(content, attached, depth)
            except Unreadable as error:
                warnings.append(error.message)
                continue
            texts += [f"## {attached}", inner.text]
            pages.append([_within(page, attached) for page in inner.pages])
            warnings += inner.warnings
        names = [attached for attached, _ in letter.attachments]
        text = "\n\n".join(texts)
        return ParsedDocument(
            Kind.EML.value, text, list(_numbered(pages)), letter.subject or None, attachments=names, warnings=warnings
        )

    def _attachment(self, data: bytes, name: str, depth: int) -> ParsedDocument:
        if depth >= self._limits.depth:
            raise Unreadable("too_large", f"{name} is nested too deeply to be read; send it by itself.")
        if self._attachments_left <= 0:
            raise Unreadable("too_large", f"{name} was not read: the mail has too many attachments; send it by itself.")
        self._attachments_left -= 1
        return self._document(data, name, self.kind(data, name), depth + 1)


def _within(page: Page, attached: str) -> Page:
    origin = f"{attached}/{page.origin}" if page.origin else attached
    return msgspec.structs.replace(page, origin=origin)


def _numbered(parts: Iterable[list[Page]]) -> Iterator[Page]:
    pages = (page for part in parts for page in part)
    return (msgspec.structs.replace(page, number=number) for number, page in enumerate(pages, start=1))


def _unread(name: str, text: str) -> list[str]:
    return [] if text.strip() else [f"{name}: no text was found in it."]
