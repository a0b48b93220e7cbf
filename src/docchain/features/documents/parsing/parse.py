"""The one entry: bytes of any supported file to an encoded `ParsedDocument`. Runs in a child process."""

from collections.abc import Iterable, Iterator
from pathlib import PurePath

import msgspec

from docchain.features.documents.parsing import grid, mail, markdown, office, pictures, plain
from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.kinds import IMAGES, Kind, detect
from docchain.features.documents.parsing.limits import MEGABYTE, ParseLimits
from docchain.features.documents.parsing.model import Page, ParsedDocument, encode
from docchain.features.documents.parsing.paper import image_page, pdf_pages

DEFAULT_LANGUAGES = ("es", "en")


def parse(
    data: bytes,
    name: str,
    media_type: str | None = None,
    languages: tuple[str, ...] = DEFAULT_LANGUAGES,
    limits: ParseLimits | None = None,
) -> bytes:
    """Read one file. Raises `Unreadable` with a message for the user."""
    return encode(_Parser(limits or ParseLimits(), languages).document(data, PurePath(name).name or "file", media_type))


class _Parser:
    """One parse: its limits and the attachments still allowed."""

    def __init__(self, limits: ParseLimits, languages: tuple[str, ...]) -> None:
        self._limits = limits
        self._languages = languages
        self._attachments_left = limits.attachments

    def document(self, data: bytes, name: str, media_type: str | None = None, depth: int = 0) -> ParsedDocument:
        if len(data) > self._limits.bytes:
            raise Unreadable(
                "too_large", f"{name} is larger than {self._limits.bytes // MEGABYTE} MB; split it and send the parts."
            )
        kind = detect(data, name, media_type)
        if kind is Kind.PDF:
            return self._pdf(data, name)
        if kind in IMAGES:
            return self._image(data, name, kind)
        if kind is Kind.EML:
            return self._mail(data, name, depth)
        return self._grid(data, name, kind)

    def _pdf(self, data: bytes, name: str) -> ParsedDocument:
        found, warnings = pdf_pages(data, name, self._limits, self._languages)
        text = "\n\n".join(text for _, text in found)
        return ParsedDocument(Kind.PDF.value, text, [page for page, _ in found], warnings=warnings)

    def _image(self, data: bytes, name: str, kind: Kind) -> ParsedDocument:
        found = [
            image_page(image, scale, number, self._languages)
            for number, (image, scale) in enumerate(pictures.frames(data, name, kind, self._limits), start=1)
        ]
        text = "\n\n".join(text for _, text in found)
        return ParsedDocument(kind.value, text, [page for page, _ in found], warnings=_unread(name, text))

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
        return self.document(data, name, depth=depth + 1)


def _within(page: Page, attached: str) -> Page:
    origin = f"{attached}/{page.origin}" if page.origin else attached
    return msgspec.structs.replace(page, origin=origin)


def _numbered(parts: Iterable[list[Page]]) -> Iterator[Page]:
    pages = (page for part in parts for page in part)
    return (msgspec.structs.replace(page, number=number) for number, page in enumerate(pages, start=1))


def _unread(name: str, text: str) -> list[str]:
    return [] if text.strip() else [f"{name}: no text was found in it."]
