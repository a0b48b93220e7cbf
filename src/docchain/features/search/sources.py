"""Where entries come from: one source for each kind of thing; higher features hand theirs down in the bootstrap."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, ClassVar, Final, Protocol, runtime_checkable
from uuid import UUID

from docchain.features.documents import (
    SearchableDocument,
    documents_named_by,
    documents_read,
    searchable_among,
    searchable_documents,
    searchable_ids,
)
from docchain.features.runs import SearchableRun, searchable_run_ids, searchable_runs
from docchain.features.search.port import Entry, Fact
from docchain.platform.ids import Handle
from docchain.platform.work import Work

MoreFacts = Callable[[Work, Collection[UUID]], Mapping[UUID, Mapping[str, Fact]]]
"""Facts that another feature knows of things, by their ids: types, tags, custom fields."""
_FILED: Final = frozenset({"type", "correspondent", "status", "tag", "collection", "held"})
_VALUES: Final = 200
_VALUE: Final = 400


class Source(Protocol):
    """One kind of thing that can be found; each call is within one workspace."""

    @property
    def kind(self) -> str:
        """What its entries and the subjects of its events are called."""
        ...

    @property
    def permission(self) -> str:
        """Who finds it: whoever has this."""
        ...

    @property
    def facts(self) -> Collection[str]:
        """What its entries can be filtered and counted by; what none has is a slip of who asks."""
        ...

    @property
    def has_meaning(self) -> bool:
        """Whether it is found by meaning, too."""
        ...

    @property
    def comes_last(self) -> bool:
        """Whether it is told behind all others that match as well: what happened to a thing is not the thing."""
        ...

    def entries(self, work: Work, ids: Collection[UUID]) -> list[Entry]:
        """Those that are there now."""
        ...

    def touched(self, work: Work, ids: Collection[UUID]) -> set[UUID]:
        """Whose entries change when something happens to these."""
        ...

    def present(self, work: Work, ids: Collection[UUID]) -> set[UUID]:
        """Which of these are there now."""
        ...

    def page(self, work: Work, after: UUID | None, limit: int) -> list[UUID]:
        """All there are, by id."""
        ...


@runtime_checkable
class TellsNames(Protocol):
    """A source whose entries tell names of other things; `names`: the kinds of these, as events call them."""

    names: ClassVar[frozenset[str]]

    def named_by(self, work: Work, ids: Collection[UUID]) -> list[UUID]:
        """All that tell the name of one of these."""
        ...


@runtime_checkable
class FollowsLog(Protocol):
    """A source whose entries are events themselves."""

    def told_by(self, position: int, type_: str) -> UUID | None:
        """The entry of an event, if it is one."""
        ...


@dataclass(frozen=True, slots=True)
class Content:
    """Where the text of a document is: in its own bytes, or in those of its parsed form."""

    sha256: str
    name: str
    media_type: str
    size: int
    parsed: str | None


class DocumentSource:
    """Documents, found by name, text and meaning.

    Args:
        more: facts that are kept elsewhere; those that come later win.
    """

    kind = "document"
    permission = "documents:read"
    facts: ClassVar = frozenset({"media_type", "format", "origin", "owner", "size", "version", *_FILED})
    has_meaning = True
    comes_last = False
    names: ClassVar = frozenset({"document_type", "document_correspondent", "document_collection"})

    def __init__(self, more: Sequence[MoreFacts] = ()) -> None:
        self._more = more

    def entries(self, work: Work, ids: Collection[UUID]) -> list[Entry]:
        found = searchable_documents(work, ids)
        if not found:
            return []
        present = [item.id for item in found]
        others = [facts(work, present) for facts in self._more]
        return [_document(item, [given.get(item.id, {}) for given in others]) for item in found]

    def touched(self, work: Work, ids: Collection[UUID]) -> set[UUID]:
        return set(ids) | documents_read(work, ids)

    def named_by(self, work: Work, ids: Collection[UUID]) -> list[UUID]:
        return documents_named_by(work, ids)

    def present(self, work: Work, ids: Collection[UUID]) -> set[UUID]:
        return searchable_among(work, ids)

    def page(self, work: Work, after: UUID | None, limit: int) -> list[UUID]:
        return searchable_ids(work, after, limit)


def _document(item: SearchableDocument, others: Sequence[Mapping[str, Fact]]) -> Entry:
    facts: dict[str, Fact] = {
        "media_type": item.media_type,
        "format": PurePosixPath(item.name).suffix.lstrip(".").lower() or item.media_type.rpartition("/")[2],
        "origin": item.origin,
        "owner": item.created_by,
        "size": float(item.size),
        "version": float(item.version),
    }
    for given in others:
        facts.update(given)
    return Entry(
        id=item.id,
        kind="document",
        handle=str(Handle("document", item.number)),
        title=item.name,
        created_at=item.created_at,
        updated_at=item.changed_at,
        facts=facts,
        content=Content(item.sha256, item.name, item.media_type, item.size, item.parsed),
        key=item.parsed or item.sha256,
    )


class RunSource:
    """Runs, found by what they were started with and what became of them."""

    kind = "run"
    permission = "runs:read"
    facts: ClassVar = frozenset({"status", "origin", "mode", "owner", "workflow", "failure", "failed_step"})
    has_meaning = False
    comes_last = False

    def entries(self, work: Work, ids: Collection[UUID]) -> list[Entry]:
        return [_run(item) for item in searchable_runs(work, ids) if item.origin != "system"]

    def touched(self, work: Work, ids: Collection[UUID]) -> set[UUID]:  # noqa: ARG002 - the contract's shape
        return set(ids)

    def present(self, work: Work, ids: Collection[UUID]) -> set[UUID]:
        return {item.id for item in searchable_runs(work, ids)}

    def page(self, work: Work, after: UUID | None, limit: int) -> list[UUID]:
        return searchable_run_ids(work, after, limit)


def _run(item: SearchableRun) -> Entry:
    workflow = None if item.workflow_number is None else str(Handle("workflow", item.workflow_number))
    facts: dict[str, Fact | None] = {
        "status": item.status,
        "origin": item.origin,
        "mode": item.mode,
        "owner": item.actor,
        "workflow": workflow,
        "failure": item.failure,
        "failed_step": item.failed_step,
    }
    return Entry(
        id=item.id,
        kind="run",
        handle=str(Handle("run", item.number)),
        title=item.label,
        created_at=item.created_at,
        updated_at=item.ended_at or item.created_at,
        facts={name: value for name, value in facts.items() if value},
        text="\n".join(filter(None, [item.message, item.failed_step, *texts_in(item.inputs)])),
    )


def texts_in(value: Any) -> Iterator[str]:
    """What a JSON value says in words, as far as somebody might look for it."""
    for number, text in enumerate(_leaves(value)):
        if number == _VALUES:
            return
        yield text[:_VALUE]


def _leaves(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for inner in value.values():
                yield from _leaves(inner)
        case list() | tuple():
            for inner in value:
                yield from _leaves(inner)
