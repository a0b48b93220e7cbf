"""The documentation as tests see it: pages, their headings, and their blocks of code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATED = (
    "docs/settings.md",
    "docs/socket.schema.json",
    "docs/steps.md",
    "docs/workflow.schema.json",
    ".env.example",
)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMENT_BEFORE = re.compile(r"<!--(?:(?!-->).)*-->\s*\Z", re.DOTALL)
_HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block; `note` is the HTML comment right above it."""

    page: str
    line: int
    language: str
    text: str
    note: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Page:
    path: Path

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """The text without blocks of code."""
        return _BLOCK.sub("", self.text)

    def blocks(self, *languages: str) -> Iterator[Block]:
        text = self.text
        for match in _BLOCK.finditer(text):
            if match[1] in languages:
                note = _COMMENT_BEFORE.search(text[: match.start()])
                line = text.count("\n", 0, match.start()) + 1
                yield Block(self.name, line, match[1], match[2], note.group().strip() if note else "")

    def headings(self) -> list[tuple[int, str]]:
        return [(len(match[1]), match[2]) for match in _HEADING.finditer(self.prose)]

    def anchors(self) -> set[str]:
        """As code hosts make them: lower case, punctuation dropped, spaces to hyphens."""
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for _, title in self.headings()}


def pages() -> list[Page]:
    found = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
    return [Page(path) for path in found]


def blocks(*languages: str) -> list[Block]:
    return [block for page in pages() for block in page.blocks(*languages)]
