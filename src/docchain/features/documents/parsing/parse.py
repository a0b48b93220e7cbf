"""The one entry: bytes of any supported file to an encoded `ParsedDocument`. Runs in a child process."""

import io
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any, BinaryIO

import msgspec

from docchain.features.documents.parsing import embedded, grid, mail, markdown, markup, office, pictures, plain
from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.kinds import IMAGES, Kind, detect
from docchain.features.documents.parsing.language import language_of
from docchain.features.documents.parsing.limits import ParseLimits
from docchain.features.documents.parsing.model import UNREAD, Page, ParsedDocument
from docchain.features.documents.parsing.options import DEFAULT_LANGUAGES, Options
from docchain.features.documents.parsing.paper import PageText, Start, image_page, pdf_pages
from docchain.features.documents.parsing.pdf import open_pdf
from docchain.features.documents.parsing.watch import PageWatch
from docchain.features.documents.parsing.writing import Head, PageLine, PageWriter, trim, whole_lines, write_line

PAPER = frozenset({Kind.PDF, *IMAGES})

Read = tuple[Head, "Tally"]


def parse(
    data: bytes,
    name: str,
    media_type: str | None = None,
    languages: tuple[str, ...] = DEFAULT_LANGUAGES,
    limits: ParseLimits | None = None,
) -> bytes:
    """Read one file. Raises `Unreadable` with a message for the user."""
    file = io.BytesIO()
    parse_into(file, data, name, media_type, Options(languages, limits=limits or ParseLimits()))
    return file.getvalue()


def parse_into(file: BinaryIO, data: bytes, name: str, media_type: str | None, options: Options) -> Read:
    """The same into a file, page by page; returns what is not of a page, and how the pages were read."""
    reading = Reading(data, name, media_type, options)
    if not reading.is_paper:
        return reading.write(file)
    lines = io.BytesIO()
    reading.go_on(lines)
    return reading.assemble(lines, file)


class Tally(msgspec.Struct):
    """How many pages were read in which way, and what is wrong with some."""

    read: Counter[str] = msgspec.field(default_factory=Counter)
    problems: dict[int, str] = {}

    def add(self, page: Page) -> None:
        self.read[page.source] += 1
        if page.problem:
            self.problems[page.number] = page.problem


class Reading:
    """One file being read: paper page by page, everything else at once."""

    def __init__(self, data: bytes, name: str, media_type: str | None, options: Options) -> None:
        self.name = PurePath(name).name or "file"
        self.options = options
        self._data = data
        self._parser = _Parser(options)
        self._kind = self._parser.kind(data, self.name, media_type)

    @property
    def is_paper(self) -> bool:
        return self._kind in PAPER

    def go_on(self, lines: BinaryIO, until: float = float("inf"), watch: PageWatch | None = None) -> int | None:
        """Write pages behind those that the file has; the next page's number if it was time to stop before the end.

        Args:
            lines: one line a page.
            until: the moment of the monotonic clock after which no other page is begun.
            watch: is told of every page.
        """
        trim(lines)
        done = Counter(line.page.source for line in whole_lines(lines))
        lines.seek(0, io.SEEK_END)
        first, scans = done.total() + 1, done["ocr"] + done["mixed"]
        with watch or PageWatch() as watched:
            for page, text in self._parser.sheets(self._data, self.name, self._kind, Start(first, scans, watched)):
                write_line(lines, PageLine(page, text))
                if time.monotonic() > until:
                    return page.number + 1
        return None

    def assemble(self, lines: BinaryIO, file: BinaryIO) -> Read:
        """The pages of the lines as one document."""
        writer, texts, tally = PageWriter(file), [], Tally()
        for line in whole_lines(lines):
            writer.page(line.page)
            texts.append(line.text)
            tally.add(line.page)
        if tally.read.total() == tally.read[UNREAD] and tally.problems and not any(texts):
            problem = next(iter(tally.problems.values()))
            raise Unreadable("damaged", f"{self.name}: none of its pages could be read; the first one {problem}.")
        text = "\n\n".join(texts)
        warnings = [f"{self.name}: page {number} {problem}." for number, problem in tally.problems.items()]
        if not warnings and self._kind is not Kind.PDF:
            warnings = _unread(self.name, text)
        head = Head(self._kind.value, text, language=language_of(text), warnings=warnings, **self._einvoice())
        writer.end(head)
        return head, tally

    def _einvoice(self) -> dict[str, Any]:
        """What is attached is exact, whatever the pages show."""
        found = self._kind is Kind.PDF and embedded.embedded_invoice(self._data, self.options.limits.einvoice)
        return {"einvoice_file": found[0], "einvoice": found[1]} if found else {}

    def write(self, file: BinaryIO) -> Read:
        """What has no paper is laid out as a whole."""
        writer, tally = PageWriter(file), Tally()
        document = self._parser.document(self._data, self.name, self._kind)
        for page in document.pages:
            writer.page(page)
            tally.add(page)
        head = Head(
            document.media_type,
            document.text,
            document.title,
            language_of(document.text),
            document.attachments,
            document.warnings,
            document.einvoice,
        )
        writer.end(head)
        return head, tally


class _Parser:
    """One parse: its limits and the attachments still allowed."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._limits = options.limits
        self._attachments_left = options.limits.attachments

    def kind(self, data: bytes, name: str, media_type: str | None = None) -> Kind:
        self._limits.check_size(name, len(data))
        return detect(data, name, media_type)

    def sheets(self, data: bytes, name: str, kind: Kind, start: Start | None = None) -> Iterator[PageText]:
        """Pages of paper from the first one that is wanted."""
        begin = start or Start()
        if kind is Kind.PDF:
            document = open_pdf(data, name)
            if len(document) > self._limits.pages:
                pages = self._limits.pages
                raise Unreadable("too_large", f"{name} has {len(document)} pages; split it into parts of {pages}.")
            yield from pdf_pages(document, self._options, begin)
            return
        for number, (image, scale) in enumerate(pictures.frames(data, name, kind, self._limits), start=1):
            if number >= begin.first:
                begin.watch.begins(number)
                yield image_page(image, scale, number, self._options.languages)

    def document(self, data: bytes, name: str, kind: Kind, depth: int = 0) -> ParsedDocument:
        if kind in PAPER:
            return self._paper(data, name, kind)
        if kind is Kind.EML:
            return self._mail(data, name, depth)
        return self._grid(data, name, kind)

    def _paper(self, data: bytes, name: str, kind: Kind) -> ParsedDocument:
        read = list(self.sheets(data, name, kind))
        text = "\n\n".join(text for _, text in read)
        warnings = [f"{name}: page {page.number} {page.problem}." for page, _ in read if page.problem]
        if kind is not Kind.PDF:
            warnings = _unread(name, text)
        return ParsedDocument(kind.value, text, [page for page, _ in read], warnings=warnings)

    def _grid(self, data: bytes, name: str, kind: Kind) -> ParsedDocument:
        """Everything without paper: Markdown text and its lines on the grid."""
        title: str | None = None
        if kind in {Kind.DOCX, Kind.XLSX, Kind.PPTX, Kind.HTML}:
            parts, title = office.to_markdown(data, name, kind, self._limits)
            text = "\n\n".join(part.strip("\n") for part in parts)
            laid_out = [markdown.blocks(part) for part in parts]
        elif kind is Kind.XML:
            text = markup.readable(data, name)
            laid_out = [iter(text.split("\n"))]
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
        einvoice = data if kind is Kind.XML and embedded.is_einvoice(data) else None
        return ParsedDocument(kind.value, text, pages, title, warnings=_unread(name, text), einvoice=einvoice)

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
        return self.document(data, name, self.kind(data, name), depth + 1)


def _within(page: Page, attached: str) -> Page:
    origin = f"{attached}/{page.origin}" if page.origin else attached
    return msgspec.structs.replace(page, origin=origin)


def _numbered(parts: Iterable[list[Page]]) -> Iterator[Page]:
    pages = (page for part in parts for page in part)
    return (msgspec.structs.replace(page, number=number) for number, page in enumerate(pages, start=1))


def _unread(name: str, text: str) -> list[str]:
    return [] if text.strip() else [f"{name}: no text was found in it."]
