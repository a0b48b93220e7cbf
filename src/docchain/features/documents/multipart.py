"""A multipart upload read as it arrives: one file, small fields beside it, and nothing kept in memory or aside."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from docchain.features.documents.errors import BadUpload, Truncated

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FILE: Final = "file"
LONGEST_BOUNDARY: Final = 70
"""As RFC 2046 has it (section 5.1.1)."""
LONGEST_FIELD: Final = 64 * 1024
LONGEST_HEADERS: Final = 64 * 1024


class MultipartUpload:
    """The file of a multipart form. Read `chunks()` to the end; then `name`, `media_type` and `fields` are known."""

    def __init__(self, stream: AsyncIterator[bytes], content_type: str) -> None:
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary or len(boundary) > LONGEST_BOUNDARY:
            raise BadUpload(
                "The Content-Type names no boundary of at most 70 characters.",
                hint=f"Send a form with one file field, {FILE!r}.",
            )
        self.name = ""
        self.media_type: str | None = None
        self.fields: dict[str, str] = {}
        self._stream = stream
        self._form = _Form(self)
        self._parser = MultipartParser(boundary, self._form.callbacks())

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file's bytes.

        Raises:
            BadUpload: the form is malformed, has no file or more than one.
            Truncated: it ended early.
        """
        async for data in self._stream:
            self._feed(data)
            for piece in self._form.take():
                yield piece
        if not self._form.complete:
            raise Truncated("The form ended before its closing boundary.", hint="Send it again.")
        if not self._form.files:
            raise BadUpload(f"The form has no file; send one in the field {FILE!r}.")

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.write(data)
        except MultipartParseError as error:
            raise BadUpload(f"The multipart form is malformed: {error}") from None


class _Form:
    """What the parser found so far."""

    def __init__(self, upload: MultipartUpload) -> None:
        self.files = 0
        self.complete = False
        self._upload = upload
        self._pieces: list[bytes] = []
        self._header = bytearray()
        self._value = bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._size = 0
        self._field: str | None = None

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._grow(self._header, data[start:end]),
            "on_header_value": lambda data, start, end: self._grow(self._value, data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_content,
            "on_part_data": lambda data, start, end: self._content(data[start:end]),
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def take(self) -> list[bytes]:
        pieces, self._pieces = self._pieces, []
        return pieces

    def _begin(self) -> None:
        self._headers, self._size = {}, 0
        self._value.clear()

    def _grow(self, part: bytearray, data: bytes) -> None:
        self._size += len(data)
        if self._size > LONGEST_HEADERS:
            raise BadUpload("The headers of a part of the form are too long.")
        part += data

    def _end_header(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _begin_content(self) -> None:
        options = parse_options_header(self._headers.get(b"content-disposition"))[1]
        filename = options.get(b"filename")
        self._field = None if filename is not None else options.get(b"name", b"").decode(errors="replace")
        if filename is None:
            return
        self.files += 1
        if self.files > 1:
            raise BadUpload("The form has more than one file; send each in a request of its own.")
        self._upload.name = filename.decode(errors="replace")
        declared = self._headers.get(b"content-type")
        self._upload.media_type = declared.decode("latin-1") if declared else None

    def _content(self, data: bytes) -> None:
        if self._field is None:
            self._pieces.append(data)
        elif len(self._value) + len(data) > LONGEST_FIELD:
            raise BadUpload(f"The field {self._field[:100]!r} is too long; send files with a file name.")
        else:
            self._value += data

    def _end_part(self) -> None:
        if self._field is not None:
            self._upload.fields[self._field] = self._value.decode(errors="replace")
            self._value.clear()

    def _end(self) -> None:
        self.complete = True
