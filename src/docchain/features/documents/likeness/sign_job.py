"""What a child process does to sign a text: an encoded parsed document in, its signature out."""

from pathlib import Path

from docchain.features.documents.likeness.signing import signature_of
from docchain.features.documents.parsing.model import decode


def run(given: str) -> list[int]:
    return signature_of(decode(Path(given).read_bytes()).text)
