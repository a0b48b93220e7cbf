"""What the doors say and hear about searches."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from docchain.features.search import examples
from docchain.features.search.query_text import LONGEST
from docchain.features.search.ranking import Mode
from docchain.platform.model import NO_FLAG, Model

FURTHEST: Final = 10_000
Sort = Literal["relevance", "created_at", "-created_at", "updated_at", "-updated_at"]
FieldName = Annotated[str, StringConstraints(pattern=r"^[\w.-]{1,80}$")]
FilterText = Annotated[str, StringConstraints(min_length=3, max_length=500)]
_TEXT: Final = Field(
    "",
    max_length=LONGEST,
    description='Words; also `"a phrase"`, `invo*`, `telefnoa~`, `-without`, `title:lease`, `status:failed`, '
    "`created:2026-01..2026-03`, `amount:>100`, `(a OR b)`. Nothing finds everything.",
)
_FILTERS: Final[Any] = Field(
    [],
    max_length=40,
    description="What all hits have, each `field:value`, `field:one,other`, `field:low..high`, `field:>low`.",
)
_FACETS: Final[Any] = Field(
    [],
    max_length=20,
    description="Count the values of these, such as `kind`, `media_type`, `status`, `month`, `owner`.",
)


class SearchRequest(BaseModel):
    """What is sought, where, and how the answer is to look."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": examples.REQUEST})

    q: str = _TEXT
    mode: Mode = Field("hybrid", description="By words, by meaning, or by both.")
    kinds: list[FieldName] = Field(
        [], max_length=10, description="`document`, `workflow`, `run`, `audit`; all, if none."
    )
    filters: list[FilterText] = _FILTERS
    facets: list[FieldName] = _FACETS
    facet_size: Annotated[int, NO_FLAG] = Field(10, ge=1, le=100, description="Values of each facet, at most.")
    sort: Sort = Field("relevance", description="Dates order what is found by words.")
    limit: Annotated[int, NO_FLAG] = Field(20, ge=1, le=100)
    offset: Annotated[int, NO_FLAG] = Field(0, ge=0, le=FURTHEST)
    cursor: str | None = Field(None, max_length=500, description="The `next_cursor` of the page before.")
    highlight: bool = Field(default=True, strict=True, description="Show where hits match.")


class SearchQuery(BaseModel):
    """The same in an address."""

    model_config = ConfigDict(extra="forbid")

    q: str = _TEXT
    mode: Mode = Field("hybrid", description="By words, by meaning, or by both.")
    kind: list[FieldName] = Field(
        [], max_length=10, description="`document`, `workflow`, `run`, `audit`; all, if none."
    )
    filter: list[FilterText] = _FILTERS
    facet: list[FieldName] = _FACETS
    facet_size: int = Field(10, ge=1, le=100, description="Values of each facet, at most.")
    sort: Sort = Field("relevance", description="Dates order what is found by words.")
    limit: int = Field(20, ge=1, le=100)
    offset: int = Field(0, ge=0, le=FURTHEST)
    cursor: str | None = Field(None, max_length=500, description="The `next_cursor` of the page before.")
    highlight: bool = Field(default=True, description="Show where hits match.")

    def request(self) -> SearchRequest:
        given = self.model_dump()
        for one, many in (("kind", "kinds"), ("filter", "filters"), ("facet", "facets")):
            given[many] = given.pop(one)
        return SearchRequest.model_validate(given)


class Piece(Model):
    """A part of a field with what matched in it; the text is plain, never markup."""

    field: str
    text: str
    marks: list[tuple[int, int]] = Field(description="Start and end of each match, in characters.")


class WhyText(Model):
    rank: int = Field(description="Its place among the hits by words.")
    share: float = Field(description="What that gave to the score.")
    terms: list[str] = Field(description="What matched, as it is written there.")
    fields: list[str] = Field(description="Where.")


class WhyMeaning(Model):
    rank: int = Field(description="Its place among the hits by meaning.")
    share: float = Field(description="What that gave to the score.")
    similarity: float = Field(description="Of the question and the passage; 1 is the same.")
    passage: str = Field(description="The passage of the text that means something similar.")


class Why(Model):
    """Why this is a hit."""

    said: str = Field(description="In a sentence.")
    text: WhyText | None = None
    semantic: WhyMeaning | None = None


class Hit(Model):
    id: UUID
    kind: str
    handle: str
    title: str
    score: float
    created_at: datetime
    updated_at: datetime
    language: str | None = None
    facts: dict[str, Any]
    highlights: list[Piece]
    why: Why


class FacetValue(Model):
    value: str
    count: int


class SearchAnswer(Model):
    """One page of hits."""

    model_config = ConfigDict(json_schema_extra={"example": examples.ANSWER})

    hits: list[Hit]
    total: int = Field(
        description="All that match, exactly, however many; for whoever sees some things only, of the best."
    )
    facets: dict[str, list[FacetValue]]
    mode: Mode = Field(description="How it was searched; what has no words is listed by `text`.")
    did_you_mean: str | None = Field(None, description="The query with the words that were probably meant.")
    notice: str | None = Field(
        None, description="What was asked for and could not be done, ever or just now; and what to do."
    )
    next_cursor: str | None = None
    took_ms: float


class SuggestQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    q: str = Field(min_length=1, max_length=200, description="What has been typed so far.")
    limit: int = Field(10, ge=1, le=50)


class Suggestions(Model):
    model_config = ConfigDict(json_schema_extra={"example": examples.SUGGESTIONS})

    suggestions: list[str]


class SimilarQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: list[FieldName] = Field([], max_length=10, description="Of which kinds; all, if none.")
    filter: list[FilterText] = _FILTERS
    limit: int = Field(10, ge=1, le=50)


class RebuildRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"fresh": False}})

    fresh: bool = Field(
        default=False, strict=True, description="Read and embed every text again; otherwise known texts are taken over."
    )


class Rebuild(Model):
    id: UUID
    status: Literal["ordered", "running", "done", "failed"]
    fresh: bool
    done: int = Field(description="Entries that are in.")
    total: int
    message: str
    ordered_at: datetime
    ordered_by: str
    ended_at: datetime | None


class SearchStatus(Model):
    """How the index of the workspace is."""

    model_config = ConfigDict(json_schema_extra={"example": examples.STATUS})

    backend: str
    capabilities: dict[str, bool]
    model: str = Field(description="What makes the vectors.")
    entries: int
    passages: int
    bytes: int
    unread: int = Field(
        description="Entries whose text is not read or embedded yet, counted up to 10,000; found by name."
    )
    unreadable: int = Field(description="Entries whose text cannot be read, counted up to 10,000; found by name.")
    behind: int = Field(description="Events that are not in the index yet.")
    rebuild: Rebuild | None = Field(None, description="The last one that was ordered.")


class SavedSearchRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": examples.SAVED_REQUEST})

    name: str = Field(min_length=1, max_length=200)
    shared: bool = Field(default=False, strict=True, description="Whether everybody in the workspace sees it.")
    query: SearchRequest


class SavedSearch(Model):
    model_config = ConfigDict(json_schema_extra={"example": examples.SAVED})

    id: UUID
    handle: str
    name: str
    owner: str
    shared: bool
    query: SearchRequest
    revision: int
    created_at: datetime
    updated_at: datetime
