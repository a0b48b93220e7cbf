"""What words and facts are called in the index: every generation has names of its own, so none meets another's.

Indexes of PostgreSQL span all workspaces; with such names nobody's questions walk through what others have.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from uuid import UUID

FIELDS: Final = {"title": "t", "title_es": "ts", "title_en": "te", "text": "x", "text_es": "xs", "text_en": "xe"}
WEIGHTS: Final = {"title": "A", "title_es": "B", "title_en": "B", "text": "C", "text_es": "D", "text_en": "D"}
VALUE_BITS: Final = 40


@dataclass(frozen=True, slots=True)
class Current:
    """The generation that is searched: how often it was written, the number of its last entry, and its passages."""

    name: UUID
    number: int = 0
    version: int = 0
    last: int = 0
    passages: int = 0


class Names:
    """Those of the generation with this number."""

    def __init__(self, number: int) -> None:
        self._space = f"{number:x}"

    def lexeme(self, field: str, word: str) -> str:
        """As PostgreSQL reads a word of a tsvector or a tsquery."""
        escaped = word.replace("\\", "\\\\").replace("'", "''")
        return f"'{self._space}{FIELDS[field]}/{escaped}'"

    def fact(self, name: str) -> int:
        """What the codes of all its values begin with."""
        return int.from_bytes(_digest(f"{self._space}/{name}", 3), signed=True)

    def code(self, mark: str) -> int:
        name, _, value = mark.partition("=")
        return (self.fact(name) << VALUE_BITS) | int.from_bytes(_digest(value, VALUE_BITS // 8))


def _digest(text: str, size: int) -> bytes:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=size).digest()
