"""Secrets that an attempt has resolved: wherever one turns up in what is kept or told, a mask stands in its place."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

from docchain.platform.secrecy import MASK

SHORTEST: Final = 8
"""Characters of the shortest secret: what is shorter would mask half of every text."""


class Revealed:
    """The values that one attempt knows, in the forms that they travel in."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: list[tuple[str, bytes]] = []

    def add(self, value: str) -> None:
        """Mask a value from now on."""
        known = {text for text, _ in self._known}
        known.update(form for form in _forms(value) if len(form) >= SHORTEST)
        self._known = [(text, text.encode()) for text in sorted(known, key=len, reverse=True)]

    def text(self, text: str) -> str:
        for known, _ in self._known:
            if known in text:
                text = text.replace(known, MASK)
        return text

    def data(self, data: bytes) -> bytes:
        for _, known in self._known:
            if known in data:
                data = data.replace(known, MASK.encode())
        return data

    def value(self, value: Any) -> Any:
        """The same JSON value, names and all, without the secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(name)): self.value(item) for name, item in value.items()}
        return [self.value(item) for item in value] if isinstance(value, list | tuple) else value


def _forms(value: str) -> Iterator[str]:
    """As it is, as JSON and addresses write it, in base64 wherever in a longer text it begins, and in hexadecimal."""
    yield value
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield quote(value, safe="")
    yield quote_plus(value)
    raw = value.encode()
    yield raw.hex()
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw).decode()
        inner = coded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6]
        yield inner
        yield inner.translate(str.maketrans("+/", "-_"))
