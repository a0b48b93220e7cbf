"""The port of search: what every back end offers; fusion, embeddings and permissions are the same above all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from docchain.features.search.queries import Node, Value

READY: Final = "ready"
PENDING: Final = "pending"
FAILED: Final = "failed"
Fact = Value | Sequence[Value]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a back end can do; what it cannot is refused with its name, or answered without."""

    name: str
    phrases: bool = True
    prefixes: bool = True
    fuzzy: bool = True
    facets: bool = True
    highlights: bool = True
    suggestions: bool = True
    corrections: bool = True
    vectors: bool = True
    live_rebuild: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be found, as its feature describes it.

    Args:
        id: of the document, workflow or run.
        kind: `document`, `workflow`, `run`, `audit`.
        handle: what people call it.
        title: its name.
        created_at: when it came to be.
        updated_at: when it changed last.
        facts: what it can be filtered and counted by.
        text: all that is to be found in it, unless that is read from its `content`.
        content: names what the text is read from; `None` if `text` is all.
        key: changes when text or content does; the same key needs no reading and no embedding again.
    """

    id: UUID
    kind: str
    handle: str
    title: str
    created_at: datetime
    updated_at: datetime
    facts: Mapping[str, Fact] = field(default_factory=dict)
    text: str = ""
    content: Any = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Put:
    """An entry as it is indexed. `vectors`: one for each passage, as rows of float16; `None` keeps those there are."""

    entry: Entry
    text: str = ""
    language: str = ""
    state: str = READY
    vectors: bytes | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that become visible together, with the place in the event log that they bring the index to."""

    puts: Sequence[Put] = ()
    drops: Sequence[UUID] = ()
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at, before anything is ranked or counted: kinds that the asker may read, and filters.

    A filter is any question: also words, phrases and what is to be left out.
    """

    kinds: tuple[str, ...]
    filters: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranked:
    id: UUID
    score: float


@dataclass(frozen=True, slots=True)
class Near:
    """An entry that means something similar: how similar, and which passage of its text."""

    id: UUID
    similarity: float
    passage: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What an index holds of an entry."""

    id: UUID
    kind: str
    handle: str
    title: str
    text: str
    language: str
    key: str
    state: str
    created_at: datetime
    updated_at: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Highlight:
    """A piece of a field; `marks` are the starts and ends of what matched in it."""

    field: str
    text: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entries there are, and how many of them have which value of a fact."""

    total: int
    facets: Mapping[str, Sequence[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class Order:
    """By a date, or by relevance if there is no field."""

    field: str = ""
    descending: bool = True


class Generation(Protocol):
    """An index that is built beside the one that is searched."""

    async def apply(self, batch: Batch) -> None: ...
    async def publish(self) -> None: ...
    async def discard(self) -> None: ...


class SearchIndex(Protocol):
    """One index for each workspace: nothing of one tenant weighs, counts or takes time in another's answers."""

    @property
    def capabilities(self) -> Capabilities: ...

    async def apply(self, workspace_id: UUID, batch: Batch) -> None:
        """All of the batch, or nothing; durable when this returns. Applying it again changes nothing."""
        ...

    async def position(self, workspace_id: UUID) -> int | None:
        """Where in the event log the index is; `None` if there is none."""
        ...

    async def rank(
        self, workspace_id: UUID, scope: Scope, query: Node, limit: int, order: Order
    ) -> Sequence[Ranked]: ...

    async def nearest(
        self, workspace_id: UUID, scope: Scope, vector: Sequence[float], limit: int
    ) -> Sequence[Near]: ...

    async def vector_of(self, workspace_id: UUID, id_: UUID) -> Sequence[float] | None:
        """The mean of an entry's passages."""
        ...

    async def count(
        self, workspace_id: UUID, scope: Scope, query: Node, also: Sequence[UUID], facets: Mapping[str, int]
    ) -> Counts:
        """Count what matches the query or is one of `also`; `facets` says how many values to tell of which facts."""
        ...

    async def fetch(self, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Kept]: ...

    async def highlight(
        self, workspace_id: UUID, ids: Sequence[UUID], query: Node, length: int
    ) -> Mapping[UUID, Sequence[Highlight]]: ...

    async def suggest(self, workspace_id: UUID, scope: Scope, prefix: str, limit: int) -> Sequence[str]: ...

    async def correct(self, workspace_id: UUID, scope: Scope, words: Sequence[str]) -> Mapping[str, str]:
        """For words that nothing in the scope has, the nearest that something has."""
        ...

    async def in_state(self, workspace_id: UUID, state: str, limit: int) -> Sequence[UUID]: ...

    async def ids(self, workspace_id: UUID, kind: str) -> Sequence[UUID]:
        """Every entry of a kind."""
        ...

    async def carry(self, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, bytes]:
        """The vectors of entries, to be put into another generation."""
        ...

    async def begin(self, workspace_id: UUID) -> Generation: ...

    async def sizes(self, workspace_id: UUID) -> Mapping[str, int]:
        """`entries`, `passages`, `bytes`."""
        ...

    async def workspaces(self) -> Sequence[UUID]: ...

    async def close(self) -> None: ...
