"""What a child process does to sign a text: an encoded parsed document in, its signature out."""

from pathlib import Path

from docchain.features.documents.likeness.signing import signature_of
from docchain.features.documents.parsing.parts import text_in


def run(given: str) -> list[int]:
    return signature_of(text_in(Path(given).read_bytes()))
